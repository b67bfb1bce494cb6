/* What is done row by row. */

/* h[n][row] = table[token] for the neurons that receive the character, 0 for the others. */
KERNEL(256) embed(int rows, int width, int inputs, uint_t count, IN(int) tokens, IN(float) table, OUT(float) h) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t neuron = i / ((uint_t)rows * width), row = i / width % rows, c = i % width;
    h[i] = neuron < (uint_t)inputs ? table[(size_t)tokens[row] * width + c] : 0;
}

/* Gradient of embed once it has been summed over neurons: table[v] += what the rows of character v ask for. Grid
   (width / 64, vocabulary). */
KERNEL(64) embed_backward(int rows, int width, IN(int) tokens, IN(float) dh, OUT(float) dtable) {
    const int c = group_id(0) * 64 + local_id(), v = group_id(1);
    if (c >= width) return;
    float sum = 0;
    for (int row = 0; row < rows; row++)
        if (tokens[row] == v) sum += dh[(size_t)row * width + c];
    dtable[(size_t)v * width + c] += sum;
}

/* out[row] = scale · sum over neurons first ..< end of h[n][row]. */
KERNEL(256) sum_neurons(int first, int end, float scale, uint_t count, IN(float) h, OUT(float) out) {
    const uint_t i = flat_id();
    if (i >= count) return;
    float sum = 0;
    for (int n = first; n < end; n++) sum += h[(size_t)n * count + i];
    out[i] = sum * scale;
}

/* Its gradient: dh[n][row] = scale · dout[row] for neurons first ..< end, 0 for the others. */
KERNEL(256) spread_neurons(int first, int end, float scale, uint_t perNeuron, uint_t count, IN(float) dout,
                           OUT(float) dh) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const int n = i / perNeuron;
    dh[i] = n >= first && n < end ? scale * dout[i % perNeuron] : 0;
}

/* The sum of one value of each of 32 work-items, in a fixed tree. */
FUNCTION float sum32(float *values, float value) {
    const int l = local_id();
    BARRIER();
    values[l] = value;
    for (int reach = 16; reach > 0; reach /= 2) {
        BARRIER();
        if (l < reach) values[l] += values[l + reach];
    }
    BARRIER();
    return values[0];
}

/* Layer norm; one group per row. */
KERNEL(32) norm_forward(int width, IN(float) x, IN(float) weight, IN(float) bias, OUT(stored_t) y, OUT(float) mean,
                        OUT(float) rstd) {
    LOCAL float values[32];
    const int l = local_id();
    const size_t row = group_id(0), first = row * width;
    float sum = 0, squares = 0;
    for (int c = l; c < width; c += 32) sum += x[first + c];
    const float m = sum32(values, sum) / width;
    for (int c = l; c < width; c += 32) squares += (x[first + c] - m) * (x[first + c] - m);
    const float r = RSQRT(sum32(values, squares) / width + 1e-5f);
    for (int c = l; c < width; c += 32) y[first + c] = (x[first + c] - m) * r * weight[c] + bias[c];
    if (l == 0) {
        mean[row] = m;
        rstd[row] = r;
    }
}

/* Adds the gradient of a norm to dx. dy is dy + dgate · gateWeight where there are gates: what a gate asks of the
   normed row needs no buffer of its own. One group per row. */
KERNEL(32) norm_backward(int width, int rowsPerNeuron, int gateStride, IN(float) x, IN(float) weight, IN(float) mean,
                         IN(float) rstd, OUT(stored_t) dy, IN(stored_t) dgate, IN(float) gateWeight,
                         OUT(float) dx) {
    LOCAL float values[32];
    const int l = local_id();
    const size_t row = group_id(0), first = row * width;
    const float m = mean[row], r = rstd[row];
    float total = 0, dot = 0;
    for (int c = l; c < width; c += 32) {
        float d = dy[first + c];
        if (dgate) {
            dy[first + c] = d + dgate[row] * gateWeight[(size_t)(group_id(0) / rowsPerNeuron) * gateStride + c];
            d = dy[first + c];
        }
        total += d * weight[c];
        dot += d * weight[c] * (x[first + c] - m) * r;
    }
    const float average = sum32(values, total) / width, along = sum32(values, dot) / width;
    for (int c = l; c < width; c += 32)
        dx[first + c] += r * (dy[first + c] * weight[c] - average - (x[first + c] - m) * r * along);
}

/* Gradients of a norm's weight and bias over `rowsPerGroup` rows, [groups, 2 · width]. Grid (width / 64, groups). */
KERNEL(64) norm_weights_backward(int width, int rowsPerGroup, int rows, IN(float) x, IN(float) mean, IN(float) rstd,
                                 IN(stored_t) dy, OUT(float) partial) {
    const int c = group_id(0) * 64 + local_id(), first = group_id(1) * rowsPerGroup;
    if (c >= width) return;
    float dweight = 0, dbias = 0;
    for (int row = first; row < first + rowsPerGroup && row < rows; row++) {
        const float d = dy[(size_t)row * width + c];
        dweight += d * (x[(size_t)row * width + c] - mean[row]) * rstd[row];
        dbias += d;
    }
    partial[(size_t)group_id(1) * 2 * width + c] = dweight;
    partial[(size_t)group_id(1) * 2 * width + width + c] = dbias;
}

/* out = h + dropout(branch + bias); bias may be missing. */
KERNEL(256) drop_add(int width, uint_t count, ulong_t key, uint_t threshold, float scale, IN(float) h,
                     IN(stored_t) branch, IN(float) bias, OUT(float) out) {
    const uint_t i = flat_id();
    if (i >= count) return;
    out[i] = h[i] + dropped(branch[i] + (bias ? bias[i % width] : 0), key, i, threshold, scale);
}

/* dbranch = dropout(dh). */
KERNEL(256) drop_backward(uint_t count, ulong_t key, uint_t threshold, float scale, IN(float) dh,
                          OUT(stored_t) dbranch) {
    const uint_t i = flat_id();
    if (i < count) dbranch[i] = dropped(dh[i], key, i, threshold, scale);
}

/* How loudly each neuron speaks: gate[n][row] = sigmoid(w·u + b). One group per row. */
KERNEL(32) gate_forward(int width, int rowsPerNeuron, int weightStride, int biasStride, IN(stored_t) u,
                        IN(float) weight, IN(float) bias, OUT(float) gate) {
    LOCAL float values[32];
    const int l = local_id();
    const size_t row = group_id(0);
    const int neuron = group_id(0) / rowsPerNeuron;
    float sum = 0;
    for (int c = l; c < width; c += 32) sum += u[row * width + c] * weight[neuron * weightStride + c];
    const float z = sum32(values, sum) + bias[neuron * biasStride];
    if (l == 0) gate[row] = sigmoid(z);
}

/* dlogit = g(1 − g) (sum over heads of dgate + pressure). What presses is weight · (mean gate − target)², alike on every
   gate; rates, the mean gate of every neuron, are missing where nothing does. */
KERNEL(256) gate_backward(int heads, float weight, float target, uint_t count, IN(float) gate, IN(float) dgate,
                          IN(float) rates, OUT(stored_t) dlogit) {
    const uint_t i = flat_id();
    if (i >= count) return;
    float sum = 0;
    if (rates) {
        for (int n = 0; n < NEURONS; n++) sum += rates[n];
        sum = 2 * weight * (sum / NEURONS - target) / count;
    }
    for (int h = 0; h < heads; h++) sum += dgate[(size_t)h * count + i];
    dlogit[i] = sum * gate[i] * (1 - gate[i]);
}

/* Softmax cross-entropy of one row of logits, which get their bias, and its gradient: (p − 1 at the target) · scale.
   loss in nats. One group per row. */
KERNEL(32) cross_entropy(int width, float scale, IN(int) targets, IN(float) bias, OUT(float) logits,
                         OUT(stored_t) dlogits, OUT(float) loss) {
    LOCAL float values[32];
    const int l = local_id();
    const size_t row = group_id(0), first = row * width;
    float largest = -INFINITY, sum = 0;
    for (int c = l; c < width; c += 32) {
        logits[first + c] += bias[c];
        largest = fmaxf(largest, logits[first + c]);
    }
    values[l] = largest;
    for (int reach = 16; reach > 0; reach /= 2) {
        BARRIER();
        if (l < reach) values[l] = fmaxf(values[l], values[l + reach]);
    }
    BARRIER();
    largest = values[0];
    for (int c = l; c < width; c += 32) sum += EXP(logits[first + c] - largest);
    sum = sum32(values, sum);
    if (l == 0) loss[row] = logf(sum) + largest - logits[first + targets[row]];
    for (int c = l; c < width; c += 32)
        dlogits[first + c] = (EXP(logits[first + c] - largest) / sum - (c == targets[row] ? 1 : 0)) * scale;
}
