/* Sums over rows, norms of gradients, and the optimizer's update. */

/* Column sums in chunks of rows: out[s][chunk][c] = (add ? out : 0) + sum over the chunk's rows of in[s][row][c].
   Grid (columns / 32, segments · chunks). */
template <typename T>
FUNCTION void sum_columns(int rows, int columns, int rowsPerChunk, int chunks, int rowStride, int adds, ulong_t segment,
                          IN(T) in, OUT(float) out) {
    LOCAL float sums[8][33];
    const int c = local_id() % 32, lane = local_id() / 32, column = group_id(0) * 32 + c;
    const int s = group_id(1) / chunks, first = group_id(1) % chunks * rowsPerChunk;
    const int end = first + rowsPerChunk < rows ? first + rowsPerChunk : rows;
    float sum = 0;
    if (column < columns)
        for (int row = first + lane; row < end; row += 8) sum += in[s * segment + (size_t)row * rowStride + column];
    sums[lane][c] = sum;
    BARRIER();
    if (lane != 0 || column >= columns) return;
    for (int i = 1; i < 8; i++) sum += sums[i][c];
    const size_t at = (size_t)group_id(1) * columns + column;
    out[at] = adds ? out[at] + sum : sum;
}

KERNEL(256) column_sums(int rows, int columns, int rowsPerChunk, int chunks, int rowStride, int adds, ulong_t segment,
                        IN(float) in, OUT(float) out) {
    sum_columns<float>(rows, columns, rowsPerChunk, chunks, rowStride, adds, segment, in, out);
}

/* The same over activations. */
KERNEL(256) stored_column_sums(int rows, int columns, int rowsPerChunk, int chunks, int rowStride, int adds,
                               ulong_t segment, IN(stored_t) in, OUT(float) out) {
    sum_columns<stored_t>(rows, columns, rowsPerChunk, chunks, rowStride, adds, segment, in, out);
}

/* Sums of x or of its squares over 256 stretches, partial[stretch]. */
KERNEL(256) partial_sums(int squares, ulong_t count, IN(float) x, OUT(double) partial) {
    LOCAL double sums[256];
    const int l = local_id();
    double sum = 0;
    for (size_t i = (size_t)group_id(0) * 256 + l; i < count; i += 65536) sum += squares ? (double)x[i] * x[i] : x[i];
    sums[l] = sum;
    for (int reach = 128; reach > 0; reach /= 2) {
        BARRIER();
        if (l < reach) sums[l] += sums[l + reach];
    }
    if (l == 0) partial[group_id(0)] = sums[0];
}

/* The sum of 256 partial sums. */
KERNEL(256) total_sum(IN(double) partial, OUT(double) total) {
    LOCAL double sums[256];
    const int l = local_id();
    sums[l] = partial[l];
    for (int reach = 128; reach > 0; reach /= 2) {
        BARRIER();
        if (l < reach) sums[l] += sums[l + reach];
    }
    if (l == 0) total[0] = sums[0];
}

/* How often gates are open: rates[n] = mean over rows of the gate, or of gate > .5 where they are hard. */
KERNEL(256) gate_rates(int rows, int isHard, IN(float) gate, OUT(float) rates) {
    LOCAL double sums[256];
    const int l = local_id();
    const size_t first = (size_t)group_id(0) * rows;
    double sum = 0;
    for (int row = l; row < rows; row += 256) {
        const float g = gate[first + row];
        sum += isHard ? (g > 0.5f ? 1 : 0) : g;
    }
    sums[l] = sum;
    for (int reach = 128; reach > 0; reach /= 2) {
        BARRIER();
        if (l < reach) sums[l] += sums[l + reach];
    }
    if (l == 0) rates[group_id(0)] = (float)(sums[0] / rows);
}

/* What matrix products take of the weights. */
KERNEL(256) copy_weights(uint_t count, IN(float) weights, OUT(stored_t) copies) {
    const uint_t i = flat_id();
    if (i < count) copies[i] = weights[i];
}

/* AdamW with decoupled decay, as the host's. rate = learningRate / (1 − β1^t), root = sqrt(1 − β2^t). */
KERNEL(256) adamw(uint_t count, float gradientScale, float shrink, float beta1, float beta2, float rate, float root,
                  float epsilon, IN(float) gradient, OUT(float) first, OUT(float) second, OUT(float) parameter) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const float g = gradient[i] * gradientScale;
    const float m = beta1 * first[i] + (1 - beta1) * g, v = beta2 * second[i] + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    parameter[i] = parameter[i] * shrink - rate * m / (sqrtf(v) / root + epsilon);
}
