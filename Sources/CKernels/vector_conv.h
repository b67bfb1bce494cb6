/// Causal depthwise convolution with SiLU, lanes across channels, time in the inner loop.
#pragma once
#include "vector_math.h"

/// The input row at step t, reaching back into the history for t < 0.
ALWAYS vf conv_tap(const float *x, int xStride, const float *history, int channels, int taps, int t, int e, int n) {
    if (t >= 0) return load_n(x + (size_t)t * xStride + e, n);
    return history ? load_n(history + (size_t)(t + taps - 1) * channels + e, n) : (vf)(0.0f);
}

ALWAYS void conv_forward_block(int steps, int channels, int taps, const float *x, int xStride, const float *history,
    const float *weight, const float *bias, float *conv, float *y, int e, int n) {
    vf w[16];
    for (int k = 0; k < taps; k++) w[k] = load_strided_n(weight + (size_t)e * taps + k, taps, n);
    const vf b = load_n(bias + e, n);
    for (int t = 0; t < steps; t++) {
        vf c = b;
        for (int k = 0; k < taps; k++)
            c = fma_v(w[k], conv_tap(x, xStride, history, channels, taps, t - taps + 1 + k, e, n), c);
        if (conv) store_n(conv + (size_t)t * channels + e, c, n);
        store_n(y + (size_t)t * channels + e, c * sigmoid_v(c), n);
    }
}

static void conv_silu_forward(int steps, int channels, int taps, const float *x, int xStride, const float *history,
    const float *weight, const float *bias, float *conv, float *y) {
#define BODY(e, n) \
    if (taps == 4) conv_forward_block(steps, channels, 4, x, xStride, history, weight, bias, conv, y, e, n); \
    else conv_forward_block(steps, channels, taps, x, xStride, history, weight, bias, conv, y, e, n);
    FOR_LANES(channels, BODY);
#undef BODY
}

ALWAYS void conv_backward_block(int steps, int channels, int taps, const float *x, int xStride, const float *history,
    const float *weight, const float *bias, const float *dy, float *dconv, float *dx, int dxStride, float *dweight,
    float *dbias, int e, int n) {
    vf w[16], dw[16];
    for (int k = 0; k < taps; k++) {
        w[k] = load_strided_n(weight + (size_t)e * taps + k, taps, n);
        dw[k] = (vf)(0.0f);
    }
    const vf b = load_n(bias + e, n);
    vf db = (vf)(0.0f);
    for (int t = 0; t < steps; t++) {
        vf taps_at[16], c = b;
        for (int k = 0; k < taps; k++) {
            taps_at[k] = conv_tap(x, xStride, history, channels, taps, t - taps + 1 + k, e, n);
            c = fma_v(w[k], taps_at[k], c);
        }
        const vf s = sigmoid_v(c);
        const vf d = load_n(dy + (size_t)t * channels + e, n) * s * fma_v(c, 1.0f - s, (vf)(1.0f));
        for (int k = 0; k < taps; k++) dw[k] = fma_v(d, taps_at[k], dw[k]);
        db += d;
        store_n(dconv + (size_t)t * channels + e, d, n);
    }
    for (int t = 0; t < steps; t++) {
        vf d = (vf)(0.0f);
        for (int k = 0; k < taps && t + k < steps; k++)
            d = fma_v(w[taps - 1 - k], load_n(dconv + (size_t)(t + k) * channels + e, n), d);
        store_n(dx + (size_t)t * dxStride + e, d, n);
    }
    for (int k = 0; k < taps; k++)
        for (int l = 0; l < n; l++) dweight[(size_t)(e + l) * taps + k] += dw[k][l];
    store_n(dbias + e, load_n(dbias + e, n) + db, n);
}

static void conv_silu_backward(int steps, int channels, int taps, const float *x, int xStride, const float *history,
    const float *weight, const float *bias, const float *dy, float *dconv, float *dx, int dxStride, float *dweight,
    float *dbias) {
#define BODY(e, n) \
    if (taps == 4) \
        conv_backward_block(steps, channels, 4, x, xStride, history, weight, bias, dy, dconv, dx, dxStride, dweight, \
            dbias, e, n); \
    else \
        conv_backward_block(steps, channels, taps, x, xStride, history, weight, bias, dy, dconv, dx, dxStride, \
            dweight, dbias, e, n);
    FOR_LANES(channels, BODY);
#undef BODY
}
