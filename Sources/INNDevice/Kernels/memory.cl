/* The memory of a neuron: convolution, step sizes, selective scan and gate, and their gradients. */

/* A = −exp(aLog), turned from [sets, channels, STATES] to [sets, STATES, channels]. */
KERNEL(256) decay_rates(int channels, uint_t count, IN(float) aLog, OUT(float) rates) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t states = channels * STATES, set = i / states, e = i % states / STATES, s = i % STATES;
    rates[set * states + s * channels + e] = -EXP(aLog[i]);
}

/* d aLog += dA · A. */
KERNEL(256) decay_rates_backward(int channels, uint_t count, IN(float) drates, IN(float) rates, OUT(float) daLog) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t states = channels * STATES, set = i / states, e = i % states / STATES, s = i % STATES;
    const uint_t at = set * states + s * channels + e;
    daLog[i] += drates[at] * rates[at];
}

/* What the convolution sees at character t of a tile: before the window, the history, or nothing. */
FUNCTION float input_at(IN(stored_t) x, int stride, IN(float) history, int channels, int t, int e) {
    if (t >= 0) return x[(size_t)t * stride + e];
    return history ? history[(size_t)(t + TAPS - 1) * channels + e] : 0;
}

FUNCTION float convolved(IN(stored_t) x, int stride, IN(float) history, int channels, IN(float) weight, float bias,
                         int t, int e) {
    float sum = bias;
    for (int k = 0; k < TAPS; k++)
        sum += weight[(size_t)e * TAPS + k] * input_at(x, stride, history, channels, t - TAPS + 1 + k, e);
    return sum;
}

/* out = SiLU(convolution over x); x has rows of `stride`. isShared: one set of weights for all neurons. state is
   [tiles, perTile], of which the last (TAPS − 1) · channels are history, or missing. */
KERNEL(256) conv_forward(int steps, int channels, int stride, int batch, int isShared, int perTile, uint_t count,
                         IN(stored_t) x, IN(float) state, IN(float) weight, IN(float) bias, OUT(stored_t) out) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t row = i / channels, tile = row / steps, set = isShared ? 0 : tile / batch;
    const int e = i - row * channels, t = row - tile * steps;
    const float c = convolved(x + (size_t)tile * steps * stride, stride,
                              state ? state + (size_t)tile * perTile + STATES * channels : 0, channels,
                              weight + set * channels * TAPS, bias[set * channels + e], t, e);
    out[i] = c * sigmoid(c);
}

/* Keeps the last TAPS − 1 inputs of every tile. `before` is the state that the pass began with. */
KERNEL(256) keep_history(int steps, int channels, int stride, int perTile, uint_t count, IN(stored_t) x,
                         IN(float) before, OUT(float) after) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t tile = i / channels;
    const int e = i - tile * channels;
    IN(float) history = before ? before + (size_t)tile * perTile + STATES * channels : 0;
    for (int k = 0; k < TAPS - 1; k++)
        after[(size_t)tile * perTile + (size_t)(STATES + k) * channels + e] =
            input_at(x + (size_t)tile * steps * stride, stride, history, channels, steps - TAPS + 1 + k, e);
}

/* In place of d(out), d(convolution). */
KERNEL(256) conv_backward(int steps, int channels, int stride, int batch, int isShared, int perTile, uint_t count,
                          IN(stored_t) x, IN(float) state, IN(float) weight, IN(float) bias, OUT(stored_t) dout) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t row = i / channels, tile = row / steps, set = isShared ? 0 : tile / batch;
    const int e = i - row * channels, t = row - tile * steps;
    const float c = convolved(x + (size_t)tile * steps * stride, stride,
                              state ? state + (size_t)tile * perTile + STATES * channels : 0, channels,
                              weight + set * channels * TAPS, bias[set * channels + e], t, e);
    const float s = sigmoid(c);
    dout[i] = dout[i] * (s * (1 + c * (1 - s)));
}

/* From d(convolution) to d(x). */
KERNEL(256) conv_input_backward(int steps, int channels, int stride, int batch, int isShared, uint_t count,
                                IN(float) weight, IN(stored_t) dconv, OUT(stored_t) dx) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t row = i / channels, tile = row / steps, set = isShared ? 0 : tile / batch;
    const int e = i - row * channels, t = row - tile * steps;
    float d = 0;
    for (int k = 0; k < TAPS && t + k < steps; k++)
        d += weight[(set * channels + e) * TAPS + TAPS - 1 - k] * dconv[i + (size_t)k * channels];
    dx[(size_t)row * stride + e] = d;
}

/* Gradients of the convolution's weights and, last, bias of every tile: partial[tile][channels · TAPS + channels].
   Grid (channels / 64, tiles). */
KERNEL(64) conv_weights_backward(int steps, int channels, int stride, int perTile, IN(stored_t) x, IN(float) state,
                                 IN(stored_t) dconv, OUT(float) partial) {
    const int e = group_id(0) * 64 + local_id();
    const size_t tile = group_id(1), row = tile * steps;
    if (e >= channels) return;
    IN(float) history = state ? state + (size_t)tile * perTile + STATES * channels : 0;
    float dweight[MAX_TAPS], window[MAX_TAPS], dbias = 0;
    UNROLL for (int k = 0; k < TAPS; k++) {
        dweight[k] = 0;
        window[k] = input_at(x + row * stride, stride, history, channels, k - TAPS, e);
    }
    for (int t = 0; t < steps; t++) {
        const float d = dconv[(row + t) * channels + e];
        UNROLL for (int k = 0; k < TAPS - 1; k++) window[k] = window[k + 1];
        window[TAPS - 1] = x[(row + t) * stride + e];
        UNROLL for (int k = 0; k < TAPS; k++) dweight[k] += d * window[k];
        dbias += d;
    }
    const size_t first = tile * channels * (TAPS + 1);
    UNROLL for (int k = 0; k < TAPS; k++) partial[first + (size_t)e * TAPS + k] = dweight[k];
    partial[first + (size_t)channels * TAPS + e] = dbias;
}

/* delta = min(softplus(delta + bias), limit). */
KERNEL(256) softplus_forward(int channels, int rowsPerNeuron, int isShared, uint_t count, IN(float) bias,
                             OUT(stored_t) delta) {
    const uint_t i = flat_id();
    if (i >= count) return;
    const uint_t set = isShared ? 0 : i / channels / rowsPerNeuron;
    const float x = delta[i] + bias[set * channels + i % channels];
    delta[i] = fminf(fmaxf(x, 0) + log1pf(EXP(-fabsf(x))), DELTA_LIMIT);
}

/* In place of d(delta), d(what went into softplus). */
KERNEL(256) softplus_backward(uint_t count, IN(stored_t) delta, OUT(stored_t) ddelta) {
    const uint_t i = flat_id();
    if (i < count) ddelta[i] = delta[i] < DELTA_LIMIT ? ddelta[i] * -expm1f(-delta[i]) : 0;
}
