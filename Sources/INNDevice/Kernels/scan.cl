/* The selective scan of every tile and channel, with skip and gate: gated = (C s + skip x) SiLU(z). */

/* One work-item per channel. projected rows are (dt, b, c) wide `projected`, b after `rank` values; z has rows of
   zStride. boundaries, for the backward pass, are the states before every CHUNK characters; before and after are
   [tiles, perTile]; all three may be missing. Grid (channels / 128, tiles). */
KERNEL(128) scan_forward(int steps, int channels, int projected, int rank, int batch, int isShared, int zStride,
                         int perTile, IN(stored_t) x, IN(stored_t) delta, IN(stored_t) bc, IN(stored_t) z,
                         IN(float) rates, IN(float) skip, IN(float) before, OUT(float) after, OUT(float) boundaries,
                         OUT(stored_t) gated) {
    LOCAL float rows[CHUNK][2 * MAX_STATES];
    const int channel = group_id(0) * 128 + local_id(), isIn = channel < channels, e = isIn ? channel : 0;
    const size_t tile = group_id(1), set = isShared ? 0 : tile / batch;
    const int chunks = (steps + CHUNK - 1) / CHUNK;
    const float skipped = skip[set * channels + e];
    float s[MAX_STATES], rate[MAX_STATES];
    UNROLL for (int n = 0; n < STATES; n++) {
        s[n] = before ? before[tile * perTile + (size_t)n * channels + e] : 0;
        rate[n] = rates[(set * STATES + n) * channels + e];
    }
    for (int first = 0; first < steps; first += CHUNK) {
        const int count = steps - first < CHUNK ? steps - first : CHUNK;
        BARRIER();
        for (int i = local_id(); i < CHUNK * 2 * STATES; i += 128)
            rows[i / (2 * STATES)][i % (2 * STATES)] =
                i / (2 * STATES) < count
                    ? (float)bc[(tile * steps + first + i / (2 * STATES)) * projected + rank + i % (2 * STATES)] : 0;
        BARRIER();
        if (boundaries && isIn) {
            UNROLL for (int n = 0; n < STATES; n++)
                boundaries[((tile * chunks + first / CHUNK) * STATES + n) * channels + e] = s[n];
        }
        /* Four characters are fetched before the first is used, so that memory is waited for once. */
        for (int top = 0; top < count; top += 4) {
            float us[4], ds[4], gs[4];
            UNROLL for (int k = 0; k < 4; k++) {
                const size_t row = tile * steps + first + top + k;
                const int lives = top + k < count;
                us[k] = lives ? (float)x[row * channels + e] : 0;
                ds[k] = lives ? (float)delta[row * channels + e] : 0;
                gs[k] = lives ? (float)z[row * zStride + e] : 0;
            }
            UNROLL for (int k = 0; k < 4; k++) {
                float y = skipped * us[k];
                UNROLL for (int n = 0; n < STATES; n++) {
                    s[n] = EXP(ds[k] * rate[n]) * s[n] + ds[k] * us[k] * rows[top + k][n];
                    y += rows[top + k][STATES + n] * s[n];
                }
                if (isIn && top + k < count)
                    gated[(tile * steps + first + top + k) * channels + e] = y * gs[k] * sigmoid(gs[k]);
            }
        }
    }
    if (after && isIn) {
        UNROLL for (int n = 0; n < STATES; n++) after[tile * perTile + (size_t)n * channels + e] = s[n];
    }
}

/* Its gradient. A group holds 32 channels, and four work-items, a quarter of the states each, for a channel; states are
   computed again from the boundaries. What is needed of a chunk's characters is fetched once, by all. dz has rows of
   zStride. The gradients of b and c are partial sums over 32 channels, [channels / 32, rows, 2 · STATES]; those of the
   rates and skip are partial sums by tile, [tiles, STATES + 1, channels]. Grid (channels / 32, tiles). */
BUSY_KERNEL(128, 4) scan_backward(int steps, int channels, int projected, int rank, int batch, int isShared, int zStride,
                                  IN(stored_t) x, IN(stored_t) delta, IN(stored_t) bc, IN(stored_t) z,
                                  IN(float) rates, IN(float) skip, IN(float) boundaries, IN(stored_t) dgated,
                                  OUT(stored_t) dx, OUT(stored_t) ddelta, OUT(stored_t) dz, OUT(float) dbc,
                                  OUT(float) drates) {
    LOCAL float rows[CHUNK][2 * MAX_STATES], ys[4][CHUNK][32], sums[4][2 * MAX_STATES][33];
    LOCAL float dxs[4][4][32], dds[4][4][32];
    /* Of every character of the chunk and channel: delta, x, d(y), and d(z) for a y of 1. */
    LOCAL float ds[CHUNK][32], us[CHUNK][32], dys[CHUNK][32], dzs[CHUNK][32];
    const int l = local_id(), q = l / 32, c = l % 32, channel = group_id(0) * 32 + c;
    const int isIn = channel < channels, e = isIn ? channel : 0, chunks = (steps + CHUNK - 1) / CHUNK;
    const size_t tile = group_id(1), set = isShared ? 0 : tile / batch;
    const float skipped = skip[set * channels + e];
    float rate[MAX_STATES / 4], adjoint[MAX_STATES / 4], da[MAX_STATES / 4], dskip = 0;
    UNROLL for (int i = 0; i < STATES / 4; i++) {
        rate[i] = rates[(set * STATES + q * (STATES / 4) + i) * channels + e];
        adjoint[i] = 0;
        da[i] = 0;
    }
    for (int chunk = chunks - 1; chunk >= 0; chunk--) {
        const int first = chunk * CHUNK, count = steps - first < CHUNK ? steps - first : CHUNK;
        const size_t top = tile * steps + first;
        float h[CHUNK + 1][MAX_STATES / 4];
        for (int i = l; i < CHUNK * 2 * STATES; i += 128)
            rows[i / (2 * STATES)][i % (2 * STATES)] =
                i / (2 * STATES) < count
                    ? (float)bc[(top + i / (2 * STATES)) * projected + rank + i % (2 * STATES)] : 0;
        UNROLL for (int k = 0; k < CHUNK / 4; k++) {
            const int t = k * 4 + q, lives = isIn && t < count;
            const size_t at = (top + t) * channels + e;
            const float dg = lives ? (float)dgated[at] : 0, g = lives ? (float)z[(top + t) * zStride + e] : 0;
            const float s = sigmoid(g);
            ds[t][c] = lives ? (float)delta[at] : 0;
            us[t][c] = lives ? (float)x[at] : 0;
            dys[t][c] = dg * g * s;
            dzs[t][c] = dg * s * (1 + g * (1 - s));
        }
        BARRIER();
        UNROLL for (int i = 0; i < STATES / 4; i++)
            h[0][i] = boundaries[((tile * chunks + chunk) * STATES + q * (STATES / 4) + i) * channels + e];
        UNROLL for (int t = 0; t < CHUNK; t++) {
            const float d = ds[t][c], u = us[t][c];
            float y = 0;
            UNROLL for (int i = 0; i < STATES / 4; i++) {
                h[t + 1][i] = EXP(d * rate[i]) * h[t][i] + d * u * rows[t][q * (STATES / 4) + i];
                y += rows[t][STATES + q * (STATES / 4) + i] * h[t + 1][i];
            }
            ys[q][t][c] = y;
        }
        /* Nothing waits here: without it the compiler mixes both halves, and registers spill. */
        BARRIER();
        UNROLL for (int block = CHUNK / 4 - 1; block >= 0; block--) {
            UNROLL for (int step = 3; step >= 0; step--) {
                const int t = block * 4 + step;
                const float d = ds[t][c], u = us[t][c], dy = dys[t][c];
                float dxPart = 0, ddPart = 0;
                UNROLL for (int i = 0; i < STATES / 4; i++) {
                    const int n = q * (STATES / 4) + i;
                    const float dh = adjoint[i] + dy * rows[t][STATES + n], decay = EXP(d * rate[i]);
                    const float through = dh * h[t][i] * decay;
                    sums[step][n][c] = dh * d * u;
                    sums[step][STATES + n][c] = dy * h[t + 1][i];
                    dxPart += dh * rows[t][n];
                    ddPart += through * rate[i];
                    da[i] += through * d;
                    adjoint[i] = dh * decay;
                }
                dxs[q][step][c] = dxPart;
                dds[q][step][c] = ddPart;
            }
            BARRIER();
            /* Work-item (q, c) finishes character q of the block: one column of b and c, and one channel. */
            const int t = block * 4 + q;
            if (t < count) {
                const size_t row = top + t;
                for (int column = c; column < 2 * STATES; column += 32) {
                    float sum = 0;
                    UNROLL for (int i = 0; i < 32; i++) sum += sums[q][column][i];
                    dbc[((size_t)group_id(0) * group_count(1) * steps + row) * 2 * STATES + column] = sum;
                }
                if (isIn) {
                    const size_t at = row * channels + e;
                    const float d = dxs[0][q][c] + dxs[1][q][c] + dxs[2][q][c] + dxs[3][q][c];
                    const float y = ys[0][t][c] + ys[1][t][c] + ys[2][t][c] + ys[3][t][c] + skipped * us[t][c];
                    dx[at] = d * ds[t][c] + dys[t][c] * skipped;
                    ddelta[at] = dds[0][q][c] + dds[1][q][c] + dds[2][q][c] + dds[3][q][c] + d * us[t][c];
                    dz[row * zStride + e] = dzs[t][c] * y;
                    dskip += dys[t][c] * us[t][c];
                }
            }
            BARRIER();
        }
    }
    dxs[0][q][c] = dskip;
    BARRIER();
    if (!isIn) return;
    UNROLL for (int i = 0; i < STATES / 4; i++)
        drates[(tile * (STATES + 1) + q * (STATES / 4) + i) * channels + e] = da[i];
    if (q == 0)
        drates[(tile * (STATES + 1) + STATES) * channels + e] = dxs[0][0][c] + dxs[0][1][c] + dxs[0][2][c] + dxs[0][3][c];
}

/* The partial sums of b's and c's gradients into their places in d(projected). */
KERNEL(256) join_bc(int groups, int projected, int rank, uint_t rows, IN(float) dbc, OUT(stored_t) dprojected) {
    const uint_t i = flat_id();
    if (i >= rows * 2 * STATES) return;
    float sum = 0;
    for (int g = 0; g < groups; g++) sum += dbc[(size_t)g * rows * 2 * STATES + i];
    dprojected[(size_t)(i / (2 * STATES)) * projected + rank + i % (2 * STATES)] = sum;
}
