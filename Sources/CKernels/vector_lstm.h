/// Gates of an LSTM: one row of i, f, g, o, each `width` wide.
#pragma once
#include "vector_math.h"

/// tanh by its series near 0, where the difference to the sigmoid would cancel.
ALWAYS vf tanh_v(vf x) {
    const vf s = x * x;
    vf p = (vf)(62.0f / 2835);
    p = fma_v(p, s, (vf)(-17.0f / 315));
    p = fma_v(p, s, (vf)(2.0f / 15));
    p = fma_v(p, s, (vf)(-1.0f / 3));
    p = fma_v(p * s, x, x);
    return select_v(max_v(x, -x) < 0.25f, p, fma_v((vf)(2.0f), sigmoid_v(2.0f * x), (vf)(-1.0f)));
}

static void lstm_gates_forward(int width, float *gates, const float *cellBefore, float *cell, float *hidden) {
    float *in = gates, *forget = gates + width, *candidate = gates + 2 * width, *out = gates + 3 * width;
#define BODY(j, n) \
    { \
        const vf i = sigmoid_v(load_n(in + j, n)), f = sigmoid_v(load_n(forget + j, n)); \
        const vf g = tanh_v(load_n(candidate + j, n)), o = sigmoid_v(load_n(out + j, n)); \
        const vf c = fma_v(f, load_n(cellBefore + j, n), i * g); \
        store_n(in + j, i, n); \
        store_n(forget + j, f, n); \
        store_n(candidate + j, g, n); \
        store_n(out + j, o, n); \
        store_n(cell + j, c, n); \
        store_n(hidden + j, o * tanh_v(c), n); \
    }
    FOR_LANES(width, BODY);
#undef BODY
}

static void lstm_gates_backward(int width, const float *gates, const float *cellBefore, const float *cell,
    const float *dhidden, float *dcell, float *dgates) {
    const float *in = gates, *forget = gates + width, *candidate = gates + 2 * width, *out = gates + 3 * width;
#define BODY(j, n) \
    { \
        const vf i = load_n(in + j, n), f = load_n(forget + j, n), g = load_n(candidate + j, n), \
                 o = load_n(out + j, n); \
        const vf t = tanh_v(load_n(cell + j, n)), d = load_n(dhidden + j, n); \
        const vf dc = fma_v(d * o, fma_v(-t, t, (vf)(1.0f)), load_n(dcell + j, n)); \
        store_n(dgates + j, dc * g * i * (1.0f - i), n); \
        store_n(dgates + width + j, dc * load_n(cellBefore + j, n) * f * (1.0f - f), n); \
        store_n(dgates + 2 * width + j, dc * i * fma_v(-g, g, (vf)(1.0f)), n); \
        store_n(dgates + 3 * width + j, d * t * o * (1.0f - o), n); \
        store_n(dcell + j, dc * f, n); \
    }
    FOR_LANES(width, BODY);
#undef BODY
}
