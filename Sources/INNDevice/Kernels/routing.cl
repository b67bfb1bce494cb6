/* Who listens to whom: attention over neurons, at every row of text and head. */

/* gate modes: 0 none, 1 as it is, 2 open above one half. */
FUNCTION float spoken(int mode, IN(float) gate, size_t at) {
    return mode == 0 ? 1 : mode == 1 ? gate[at] : gate[at] > 0.5f ? 1 : 0;
}

/* Copies one head's part of all neurons at one row into a tile of NEURONS × (HEAD + 1), with bias where there is one. */
FUNCTION void fetch(float *tile, IN(stored_t) source, IN(float) bias, int rows, int row, int stride, int offset) {
    for (int i = local_id(); i < NEURONS * HEAD; i += 128) {
        const int n = i / HEAD, d = i % HEAD;
        tile[n * (HEAD + 1) + d] =
            source[((size_t)n * rows + row) * stride + offset + d] + (bias ? bias[offset + d] : 0);
    }
}

/* Neurons and columns of a head that one work-item takes in turn: products of 4 × 4 values at a time need half a fetch
   per multiply-add. Places beyond the end are computed from the first ones and thrown away. */
#define QUARTER ((NEURONS + 3) / 4)
#define HEAD_QUARTER ((HEAD + 3) / 4)

/* table[i][j] = scale · a_i · b_j. */
FUNCTION void pair_products(float *table, const float *a, const float *b, float scale) {
    for (int p = local_id(); p < 2 * QUARTER * QUARTER; p += 128) {
        const int i0 = p / QUARTER, j0 = p % QUARTER;
        float sum[2][4];
        int rowA[2], rowB[4];
        UNROLL for (int k = 0; k < 2; k++) rowA[k] = i0 + k * 2 * QUARTER < NEURONS ? i0 + k * 2 * QUARTER : 0;
        UNROLL for (int m = 0; m < 4; m++) rowB[m] = j0 + m * QUARTER < NEURONS ? j0 + m * QUARTER : 0;
        UNROLL for (int k = 0; k < 2; k++) UNROLL for (int m = 0; m < 4; m++) sum[k][m] = 0;
        for (int d = 0; d < HEAD; d++) {
            float x[2], y[4];
            UNROLL for (int k = 0; k < 2; k++) x[k] = a[rowA[k] * (HEAD + 1) + d];
            UNROLL for (int m = 0; m < 4; m++) y[m] = b[rowB[m] * (HEAD + 1) + d];
            UNROLL for (int k = 0; k < 2; k++) UNROLL for (int m = 0; m < 4; m++) sum[k][m] += x[k] * y[m];
        }
        UNROLL for (int k = 0; k < 2; k++) UNROLL for (int m = 0; m < 4; m++) {
            const int i = i0 + k * 2 * QUARTER, j = j0 + m * QUARTER;
            if (i < NEURONS && j < NEURONS) table[i * NEURONS + j] = sum[k][m] * scale;
        }
    }
}

/* sum[k][m] = sum over j of w_ij · b[j][d] for the 4 neurons i and 4 columns d of a work-item; rowStride and columnStride
   lead from one i and one j to the next in the weights. */
FUNCTION void mix_tile(float sum[4][4], const float *weights, int rowStride, int columnStride, const float *b, int i0,
                       int d0) {
    int row[4], column[4];
    UNROLL for (int k = 0; k < 4; k++) {
        row[k] = (i0 + k * QUARTER < NEURONS ? i0 + k * QUARTER : 0) * rowStride;
        column[k] = d0 + k * HEAD_QUARTER < HEAD ? d0 + k * HEAD_QUARTER : 0;
        UNROLL for (int m = 0; m < 4; m++) sum[k][m] = 0;
    }
    for (int j = 0; j < NEURONS; j++) {
        float w[4], v[4];
        UNROLL for (int k = 0; k < 4; k++) {
            w[k] = weights[row[k] + j * columnStride];
            v[k] = b[j * (HEAD + 1) + column[k]];
        }
        UNROLL for (int k = 0; k < 4; k++) UNROLL for (int m = 0; m < 4; m++) sum[k][m] += w[k] * v[m];
    }
}

/* out[i][row][offset + d] = scale_i · sum over j of w_ij · b[j][d] for all neurons and columns; scale is that of what
   neuron i says, or 1. */
FUNCTION void mix_all(OUT(stored_t) out, int rows, int row, int stride, int offset, const float *weights, int rowStride,
                      int columnStride, const float *b, int gateMode, IN(float) gate) {
    for (int p = local_id(); p < QUARTER * HEAD_QUARTER; p += 128) {
        const int i0 = p / HEAD_QUARTER, d0 = p % HEAD_QUARTER;
        float sum[4][4];
        mix_tile(sum, weights, rowStride, columnStride, b, i0, d0);
        UNROLL for (int k = 0; k < 4; k++) {
            const int i = i0 + k * QUARTER;
            if (i >= NEURONS) continue;
            const float scale = spoken(gateMode, gate, (size_t)i * rows + row);
            UNROLL for (int m = 0; m < 4; m++) {
                const int d = d0 + m * HEAD_QUARTER;
                if (d < HEAD) out[((size_t)i * rows + row) * stride + offset + d] = scale * sum[k][m];
            }
        }
    }
}

/* Softmax over speakers of every listener; a neuron does not hear itself unless hearsSelf. */
FUNCTION void softmax_rows(float *table, int hearsSelf) {
    for (int i = local_id(); i < NEURONS; i += 128) {
        float *row = table + i * NEURONS;
        float largest = -INFINITY, sum = 0;
        for (int j = 0; j < NEURONS; j++)
            if (hearsSelf || j != i) largest = fmaxf(largest, row[j]);
        for (int j = 0; j < NEURONS; j++) {
            row[j] = hearsSelf || j != i ? EXP(row[j] - largest) : 0;
            sum += row[j];
        }
        /* A listener with nobody to hear hears nothing: zero, never NaN. */
        for (int j = 0; j < NEURONS; j++) row[j] = sum > 0 ? row[j] / sum : 0;
    }
}

/* The routing weights of one row and head into table; tiles of NEURONS × (HEAD + 1) are used on the way. fixed: the
   weights of static and uniform routing, [heads, NEURONS, NEURONS], or missing. */
FUNCTION void weigh(float *table, float *a, float *b, int rows, int row, int width, int head, int hearsSelf,
                    IN(stored_t) projected, IN(float) bias, IN(float) fixed) {
    if (fixed) {
        for (int p = local_id(); p < NEURONS * NEURONS; p += 128)
            table[p] = fixed[(size_t)head * NEURONS * NEURONS + p];
        return;
    }
    fetch(a, projected, bias, rows, row, 3 * width, head * HEAD);
    fetch(b, projected, bias, rows, row, 3 * width, width + head * HEAD);
    BARRIER();
    pair_products(table, a, b, RSQRT((float)HEAD));
    BARRIER();
    softmax_rows(table, hearsSelf);
}

/* mix[i][row] = sum over j of a_ij g_j v_j. projected rows are (q, k, v), or v alone with fixed weights. Grid
   (rows, heads). */
KERNEL(128) attend_forward(int rows, int width, int hearsSelf, int gateMode, IN(stored_t) projected, IN(float) bias,
                           IN(float) fixed, IN(float) gate, OUT(stored_t) mix) {
    LOCAL float table[MAX_NEURONS * MAX_NEURONS], a[MAX_TILE], b[MAX_TILE];
    const int row = group_id(0), head = group_id(1), stride = fixed ? width : 3 * width;
    weigh(table, a, b, rows, row, width, head, hearsSelf, projected, bias, fixed);
    BARRIER();
    fetch(a, projected, bias, rows, row, stride, stride - width + head * HEAD);
    for (int p = local_id(); p < NEURONS * NEURONS; p += 128)
        table[p] *= spoken(gateMode, gate, (size_t)(p % NEURONS) * rows + row);
    BARRIER();
    mix_all(mix, rows, row, width, head * HEAD, table, NEURONS, 1, a, 0, 0);
}

/* Its gradient: d(projected), without the biases' part, which is its column sums; dgate [heads, NEURONS, rows]; and,
   with fixed weights that learn, dfixed [rows, heads, NEURONS, NEURONS]. */
KERNEL(128) attend_backward(int rows, int width, int hearsSelf, int gateMode, IN(stored_t) projected, IN(float) bias,
                            IN(float) fixed, IN(float) gate, IN(stored_t) dmix, OUT(stored_t) dprojected,
                            OUT(float) dgate, OUT(float) dfixed) {
    LOCAL float table[MAX_NEURONS * MAX_NEURONS], dtable[MAX_NEURONS * MAX_NEURONS], a[MAX_TILE], b[MAX_TILE];
    const int row = group_id(0), head = group_id(1), stride = fixed ? width : 3 * width;
    const int values = stride - width + head * HEAD;
    weigh(table, a, b, rows, row, width, head, hearsSelf, projected, bias, fixed);
    fetch(a, dmix, 0, rows, row, width, head * HEAD);
    fetch(b, projected, bias, rows, row, stride, values);
    BARRIER();
    pair_products(dtable, a, b, 1);
    mix_all(dprojected, rows, row, stride, values, table, 1, NEURONS, a, gateMode, gate);
    BARRIER();
    if (gateMode)
        for (int j = local_id(); j < NEURONS; j += 128) {
            float sum = 0;
            for (int i = 0; i < NEURONS; i++) sum += table[i * NEURONS + j] * dtable[i * NEURONS + j];
            dgate[((size_t)head * NEURONS + j) * rows + row] = sum;
        }
    if (gateMode) {
        BARRIER();
        for (int p = local_id(); p < NEURONS * NEURONS; p += 128)
            dtable[p] *= spoken(gateMode, gate, (size_t)(p % NEURONS) * rows + row);
    }
    if (fixed) {
        if (dfixed)
            for (int p = local_id(); p < NEURONS * NEURONS; p += 128)
                dfixed[((size_t)row * group_count(1) + head) * NEURONS * NEURONS + p] = dtable[p];
        return;
    }
    BARRIER();
    for (int i = local_id(); i < NEURONS; i += 128) {
        float dot = 0;
        for (int j = 0; j < NEURONS; j++) dot += table[i * NEURONS + j] * dtable[i * NEURONS + j];
        for (int j = 0; j < NEURONS; j++)
            dtable[i * NEURONS + j] = table[i * NEURONS + j] * (dtable[i * NEURONS + j] - dot) * RSQRT((float)HEAD);
    }
    fetch(a, projected, bias, rows, row, stride, head * HEAD);
    fetch(b, projected, bias, rows, row, stride, width + head * HEAD);
    BARRIER();
    mix_all(dprojected, rows, row, stride, head * HEAD, dtable, NEURONS, 1, b, 0, 0);
    mix_all(dprojected, rows, row, stride, width + head * HEAD, dtable, 1, NEURONS, a, 0, 0);
}

/* The weights of static routing from its scores, or of uniform routing where there are none. One work-item per head and
   listener. */
KERNEL(256) fixed_weights(int heads, int hearsSelf, IN(float) scores, OUT(float) weights) {
    const uint_t r = flat_id();
    if (r >= (size_t)heads * NEURONS) return;
    const int i = r % NEURONS;
    float largest = -INFINITY, sum = 0;
    for (int j = 0; j < NEURONS; j++)
        if (hearsSelf || j != i) largest = fmaxf(largest, scores ? scores[r * NEURONS + j] : 0);
    for (int j = 0; j < NEURONS; j++) {
        const float w = hearsSelf || j != i ? EXP((scores ? scores[r * NEURONS + j] : 0) - largest) : 0;
        weights[r * NEURONS + j] = w;
        sum += w;
    }
    for (int j = 0; j < NEURONS; j++) weights[r * NEURONS + j] = sum > 0 ? weights[r * NEURONS + j] / sum : 0;
}

/* d(scores) += the softmax's gradient. */
KERNEL(256) fixed_weights_backward(int heads, IN(float) weights, IN(float) dweights, OUT(float) dscores) {
    const uint_t r = flat_id();
    if (r >= (size_t)heads * NEURONS) return;
    float dot = 0;
    for (int j = 0; j < NEURONS; j++) dot += weights[r * NEURONS + j] * dweights[r * NEURONS + j];
    for (int j = 0; j < NEURONS; j++)
        dscores[r * NEURONS + j] += weights[r * NEURONS + j] * (dweights[r * NEURONS + j] - dot);
}
