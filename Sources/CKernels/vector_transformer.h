/// Kernels of the Transformer: causal softmax, GELU and ReLU.
#pragma once
#include "vector_math.h"

static void causal_softmax_forward(int rows, int width, int first, float scale, float *scores) {
    for (int r = 0; r < rows; r++, scores += width) {
        const int seen = first + r + 1;
        vf highest = (vf)(-INFINITY);
        float best = -INFINITY;
        int j = 0;
        for (; j + LANES <= seen; j += LANES) highest = max_v(highest, load(scores + j));
        for (; j < seen; j++) best = fmaxf(best, scores[j]);
        for (int l = 0; l < LANES; l++) best = fmaxf(best, highest[l]);
        vf sum = (vf)(0.0f);
        float rest = 0;
        for (j = 0; j + LANES <= seen; j += LANES) {
            const vf e = exp_v((load(scores + j) - best) * scale);
            store(scores + j, e);
            sum += e;
        }
        if (j < seen) {
            const int n = seen - j;
            const vf e = exp_v((load_n(scores + j, n) - best) * scale);
            for (int l = 0; l < n; l++) rest += e[l];
            store_n(scores + j, e, n);
        }
        const float share = 1.0f / (sum_v(sum) + rest);
        for (j = 0; j < seen; j++) scores[j] *= share;
        for (; j < width; j++) scores[j] = 0;
    }
}

static void causal_softmax_backward(int rows, int width, int first, float scale, const float *weights,
    float *gradient) {
    for (int r = 0; r < rows; r++, weights += width, gradient += width) {
        const int seen = first + r + 1;
        vf sum = (vf)(0.0f);
        float dot = 0;
        int j = 0;
        for (; j + LANES <= seen; j += LANES) sum = fma_v(load(weights + j), load(gradient + j), sum);
        for (; j < seen; j++) dot += weights[j] * gradient[j];
        dot += sum_v(sum);
        for (j = 0; j < seen; j++) gradient[j] = scale * weights[j] * (gradient[j] - dot);
        for (; j < width; j++) gradient[j] = 0;
    }
}

/// erf by Abramowitz and Stegun 7.1.26: absolute error below 2e-7.
ALWAYS vf erf_v(vf x) {
    const vf a = max_v(x, -x), t = 1.0f / fma_v(a, (vf)(0.3275911f), (vf)(1.0f));
    vf p = (vf)(1.061405429f);
    p = fma_v(p, t, (vf)(-1.453152027f));
    p = fma_v(p, t, (vf)(1.421413741f));
    p = fma_v(p, t, (vf)(-0.284496736f));
    p = fma_v(p, t, (vf)(0.254829592f));
    const vf value = 1.0f - p * t * exp_v(-a * a);
    return select_v(x < 0.0f, -value, value);
}

static void gelu_forward(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i += LANES) {
        const int n = count - i < LANES ? (int)(count - i) : LANES;
        const vf v = load_n(x + i, n);
        store_n(y + i, 0.5f * v * (1.0f + erf_v(v * 0.70710678f)), n);
    }
}

static void gelu_backward(size_t count, const float *x, const float *dy, float *dx) {
    for (size_t i = 0; i < count; i += LANES) {
        const int n = count - i < LANES ? (int)(count - i) : LANES;
        const vf v = load_n(x + i, n);
        const vf slope = fma_v(v * 0.39894228f, exp_v(-0.5f * v * v), 0.5f * (1.0f + erf_v(v * 0.70710678f)));
        store_n(dx + i, fma_v(load_n(dy + i, n), slope, load_n(dx + i, n)), n);
    }
}

static void relu_forward(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = x[i] > 0 ? x[i] : 0;
}

static void relu_backward(size_t count, const float *x, const float *dy, float *dx) {
    for (size_t i = 0; i < count; i++) dx[i] += x[i] > 0 ? dy[i] : 0;
}
