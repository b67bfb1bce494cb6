/// Pointwise kernels: softplus, SiLU gate, dropout, sums, AdamW.
#pragma once
#include "vector_math.h"

static void softplus_forward(int rows, int width, float *pre, const float *bias, float limit) {
    for (int r = 0; r < rows; r++, pre += width) {
#define BODY(i, n) store_n(pre + i, min_v(softplus_v(load_n(pre + i, n) + load_n(bias + i, n)), (vf)(limit)), n);
        FOR_LANES(width, BODY);
#undef BODY
    }
}

static void softplus_backward(int rows, int width, const float *delta, float limit, float *ddelta, float *dbias) {
    for (int r = 0; r < rows; r++, delta += width, ddelta += width) {
#define BODY(i, n) \
    { \
        const vf value = load_n(delta + i, n); \
        const vf d = select_v(value < limit, load_n(ddelta + i, n) * one_minus_exp_v(value), (vf)(0.0f)); \
        store_n(ddelta + i, d, n); \
        store_n(dbias + i, load_n(dbias + i, n) + d, n); \
    }
        FOR_LANES(width, BODY);
#undef BODY
    }
}

static void weight_sums(int count, const float *weights, float *sums) {
    vf sum = (vf)(0.0f), entropy = (vf)(0.0f);
#define BODY(i, n) \
    { \
        const vf a = load_n(weights + i, n); \
        sum += a; \
        entropy -= a * log_v(max_v(a, (vf)(FLT_MIN))); \
    }
    FOR_LANES(count, BODY);
#undef BODY
    sums[0] = sum_v(sum);
    sums[1] = sum_v(entropy);
}

static void silu_gate_forward(int rows, int width, const float *y, const float *z, int zStride, float *out) {
    for (int r = 0; r < rows; r++, y += width, z += zStride, out += width) {
#define BODY(i, n) \
    { \
        const vf g = load_n(z + i, n); \
        store_n(out + i, load_n(y + i, n) * g * sigmoid_v(g), n); \
    }
        FOR_LANES(width, BODY);
#undef BODY
    }
}

static void silu_gate_backward(int rows, int width, const float *y, const float *z, int zStride, const float *dout,
    float *dy, float *dz, int dzStride) {
    for (int r = 0; r < rows; r++, y += width, z += zStride, dout += width, dy += width, dz += dzStride) {
#define BODY(i, n) \
    { \
        const vf g = load_n(z + i, n), s = sigmoid_v(g), d = load_n(dout + i, n); \
        const vf value = load_n(y + i, n); \
        store_n(dy + i, d * g * s, n); \
        store_n(dz + i, d * value * s * fma_v(g, 1.0f - s, (vf)(1.0f)), n); \
    }
        FOR_LANES(width, BODY);
#undef BODY
    }
}

static void dropout_add(size_t count, float *out, const float *x, float probability, uint64_t key,
    uint64_t firstIndex) {
    if (probability == 0) {
        for (size_t i = 0; i < count; i++) out[i] += x[i];
        return;
    }
    const float scale = 1.0f / (1.0f - probability);
    const uint32_t threshold = (uint32_t)((double)probability * 4294967296.0);
    for (size_t i = 0; i < count; i++)
        out[i] += inn_counter_bits(key, firstIndex + i) >= threshold ? x[i] * scale : 0.0f;
}

static void add(size_t count, float *out, const float *x) {
    for (size_t i = 0; i < count; i++) out[i] += x[i];
}

static void add_scaled(size_t count, float *out, const float *x, float scale) {
    for (size_t i = 0; i < count; i++) out[i] += scale * x[i];
}

static double sum_squares(size_t count, const float *x) {
    double lanes[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int l = 0; l < 8; l++) lanes[l] += (double)x[i + l] * x[i + l];
    double total = 0;
    for (int l = 0; l < 8; l++) total += lanes[l];
    for (; i < count; i++) total += (double)x[i] * x[i];
    return total;
}

static void adamw(size_t count, float *parameter, const float *gradient, float *first, float *second,
    const inn_adamw_settings *s) {
    const float decay = 1.0f - s->learningRate * s->weightDecay, stepSize = s->learningRate / s->correction1;
    const float rootCorrection = sqrtf(s->correction2);
    for (size_t i = 0; i < count; i++) {
        const float g = gradient[i] * s->gradientScale;
        first[i] = first[i] + (g - first[i]) * (1.0f - s->beta1);
        second[i] = second[i] * s->beta2 + g * g * (1.0f - s->beta2);
        const float denominator = sqrtf(second[i]) / rootCorrection + s->epsilon;
        parameter[i] = parameter[i] * decay - stepSize * (first[i] / denominator);
    }
}

static void exp_all(size_t count, const float *x, float *y) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, exp_v(load(x + i)));
    if (i < count) {
        const int n = (int)(count - i);
        store_n(y + i, exp_v(load_n(x + i, n)), n);
    }
}
