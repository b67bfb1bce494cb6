/// Layer norm and row reductions, lanes along the row.
#pragma once
#include "vector_math.h"

static void layer_norm_forward(int rows, int width, const float *x, const float *weight, const float *bias,
    float epsilon, float *y, float *mean, float *rstd) {
    for (int r = 0; r < rows; r++, x += width, y += width) {
        vf total = (vf)(0.0f);
#define BODY(i, n) total += load_n(x + i, n);
        FOR_LANES(width, BODY);
#undef BODY
        const float m = sum_v(total) / (float)width;
        vf squares = (vf)(0.0f);
#define BODY(i, n) \
    { \
        vf d = load_n(x + i, n) - m; \
        if (n < LANES) \
            for (int l = n; l < LANES; l++) d[l] = 0; \
        squares = fma_v(d, d, squares); \
    }
        FOR_LANES(width, BODY);
#undef BODY
        const float scale = 1.0f / sqrtf(sum_v(squares) / (float)width + epsilon);
#define BODY(i, n) store_n(y + i, fma_v((load_n(x + i, n) - m) * scale, load_n(weight + i, n), load_n(bias + i, n)), n);
        FOR_LANES(width, BODY);
#undef BODY
        mean[r] = m;
        rstd[r] = scale;
    }
}

static void layer_norm_backward(int rows, int width, const float *x, const float *weight, const float *mean,
    const float *rstd, const float *dy, float *dx, float *dweight, float *dbias) {
    for (int r = 0; r < rows; r++, x += width, dy += width, dx += width) {
        const float m = mean[r], scale = rstd[r];
        vf total = (vf)(0.0f), dot = (vf)(0.0f);
#define BODY(i, n) \
    { \
        const vf d = load_n(dy + i, n), normal = (load_n(x + i, n) - m) * scale, dn = d * load_n(weight + i, n); \
        total += dn; \
        dot = fma_v(dn, normal, dot); \
        store_n(dweight + i, fma_v(d, normal, load_n(dweight + i, n)), n); \
        store_n(dbias + i, load_n(dbias + i, n) + d, n); \
    }
        FOR_LANES(width, BODY);
#undef BODY
        const float a = sum_v(total) / (float)width, b = sum_v(dot) / (float)width;
#define BODY(i, n) \
    { \
        const vf normal = (load_n(x + i, n) - m) * scale, dn = load_n(dy + i, n) * load_n(weight + i, n); \
        store_n(dx + i, load_n(dx + i, n) + scale * (dn - a - normal * b), n); \
    }
        FOR_LANES(width, BODY);
#undef BODY
    }
}

static void add_column_sums(int rows, int width, const float *x, int xStride, float *out) {
#define BODY(i, n) \
    { \
        vf total = load_n(out + i, n); \
        for (int r = 0; r < rows; r++) total += load_n(x + (size_t)r * xStride + i, n); \
        store_n(out + i, total, n); \
    }
    FOR_LANES(width, BODY);
#undef BODY
}

static void add_bias(int rows, int width, float *x, const float *bias) {
    for (int r = 0; r < rows; r++, x += width) {
#define BODY(i, n) store_n(x + i, load_n(x + i, n) + load_n(bias + i, n), n);
        FOR_LANES(width, BODY);
#undef BODY
    }
}

static void gate_forward(int rows, int width, const float *v, const float *weight, float bias, float *gate) {
    for (int r = 0; r < rows; r++) {
        vf dot = (vf)(0.0f);
#define BODY(i, n) dot = fma_v(load_n(v + (size_t)r * width + i, n), load_n(weight + i, n), dot);
        FOR_LANES(width, BODY);
#undef BODY
        gate[r] = sum_v(dot) + bias;
    }
#define BODY(i, n) store_n(gate + i, sigmoid_v(load_n(gate + i, n)), n);
    FOR_LANES(rows, BODY);
#undef BODY
}

static void gate_backward(int rows, int width, const float *v, const float *weight, const float *gate,
    const float *dgate, float *dv, float *dweight, float *dbias) {
    float total = 0;
    for (int r = 0; r < rows; r++) {
        const float dz = dgate[r] * gate[r] * (1.0f - gate[r]);
        total += dz;
#define BODY(i, n) \
    { \
        const size_t at = (size_t)r * width + i; \
        store_n(dv + at, fma_v((vf)(dz), load_n(weight + i, n), load_n(dv + at, n)), n); \
        store_n(dweight + i, fma_v((vf)(dz), load_n(v + at, n), load_n(dweight + i, n)), n); \
    }
        FOR_LANES(width, BODY);
#undef BODY
    }
    *dbias += total;
}

static double softmax_cross_entropy(int rows, int width, const float *logits, const int32_t *targets,
    float gradientScale, float *out) {
    double total = 0;
    for (int r = 0; r < rows; r++, logits += width, out += width) {
        float largest = logits[0];
        for (int i = 1; i < width; i++) largest = logits[i] > largest ? logits[i] : largest;
        vf sums = (vf)(0.0f);
#define BODY(i, n) \
    { \
        vf p = exp_v(load_n(logits + i, n) - largest); \
        if (n < LANES) \
            for (int l = n; l < LANES; l++) p[l] = 0; \
        sums += p; \
        store_n(out + i, p, n); \
    }
        FOR_LANES(width, BODY);
#undef BODY
        const float sum = sum_v(sums);
        const int32_t target = targets ? targets[r] : -1;
        const float scale = gradientScale == 0 ? 1 / sum : target < 0 ? 0 : gradientScale / sum;
#define BODY(i, n) store_n(out + i, load_n(out + i, n) * scale, n);
        FOR_LANES(width, BODY);
#undef BODY
        if (target < 0) continue;
        total += logf(sum) + largest - logits[target];
        if (gradientScale != 0) out[target] -= gradientScale;
    }
    return total;
}
