/// Lane abstraction and elementary functions for the vector kernels. Included once per instruction set with LANES
/// defined.
#pragma once
#include <float.h>
#include <math.h>
#include <string.h>
#include "kernel_table.h"

#define ALWAYS static inline __attribute__((always_inline))

typedef float vf __attribute__((ext_vector_type(LANES)));
typedef int32_t vi __attribute__((ext_vector_type(LANES)));
typedef float vf_unaligned __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

ALWAYS vf load(const float *p) { return *(const vf_unaligned *)p; }
ALWAYS void store(float *p, vf value) { *(vf_unaligned *)p = value; }
/// The first n lanes, zeros above; n == LANES is the fast path after inlining.
ALWAYS vf load_n(const float *p, int n) {
    if (n == LANES) return load(p);
    vf value = (vf)(0.0f);
    for (int i = 0; i < n; i++) value[i] = p[i];
    return value;
}
ALWAYS void store_n(float *p, vf value, int n) {
    if (n == LANES) {
        store(p, value);
        return;
    }
    for (int i = 0; i < n; i++) p[i] = value[i];
}
/// Copies a few floats without calling anybody.
ALWAYS void copy_row(float *to, const float *from, int count) {
    int i = 0;
    for (; i + 4 <= count; i += 4) memcpy(to + i, from + i, 4 * sizeof(float));
    for (; i < count; i++) to[i] = from[i];
}
/// The same into a row of whole vectors, zeros beyond, in single writes: whole vectors can then be read at once.
ALWAYS void fill_row(float *to, const float *from, int count) {
    int i = 0;
    for (; i + LANES <= count; i += LANES) store(to + i, load(from + i));
    if (i == count) return;
    vf rest = (vf)(0.0f);
    if (count - i == LANES / 2) memcpy(&rest, from + i, sizeof rest / 2);
    else rest = load_n(from + i, count - i);
    store(to + i, rest);
}
ALWAYS vf load_strided_n(const float *p, size_t stride, int n) {
    vf value = (vf)(0.0f);
    for (int i = 0; i < n; i++) value[i] = p[(size_t)i * stride];
    return value;
}
ALWAYS vf fma_v(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
ALWAYS vf max_v(vf a, vf b) { return __builtin_elementwise_max(a, b); }
ALWAYS vf min_v(vf a, vf b) { return __builtin_elementwise_min(a, b); }
ALWAYS vf select_v(vi mask, vf a, vf b) { return mask ? a : b; }
ALWAYS float sum_v(vf a) {
    float parts[LANES];
    store(parts, a);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) parts[i] += parts[i + width];
    return parts[0];
}

/// 2^z for z <= 0 by a minimax polynomial of degree 5 on [-1/2, 1/2], relative error below 1e-7 before rounding; exact
/// at 0.
ALWAYS vf exp2_v(vf z) {
#if LANES == 16
    const vf n = (vf)_mm512_roundscale_ps((__m512)z, _MM_FROUND_TO_NEAREST_INT), r = z - n;
#else
    // Round to nearest through the mantissa.
    z = max_v(z, (vf)(-126.0f));
    const vf magic = (vf)(12582912.0f), shifted = z + magic, r = z - (shifted - magic);
#endif
    vf p = (vf)(1.326472721e-3f);
    p = fma_v(p, r, (vf)(9.671512813e-3f));
    p = fma_v(p, r, (vf)(5.550733745e-2f));
    p = fma_v(p, r, (vf)(2.402224208e-1f));
    p = fma_v(p, r, (vf)(6.931469776e-1f));
    p = fma_v(p, r, (vf)(1.0f));
#if LANES == 16
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    return (vf)((vi)p + ((vi)shifted << 23));  // casts between vectors of one size keep the bits
#endif
}

/// e^x: argument reduction in two parts so that large |x| stay exact.
ALWAYS vf exp_v(vf x) {
    x = min_v(max_v(x, (vf)(-87.3f)), (vf)(88.3f));
    const vf magic = (vf)(12582912.0f);
    vf shifted = fma_v(x, (vf)(1.44269504f), magic), n = shifted - magic;
    vf r = fma_v(n, (vf)(-0.693359375f), x);
    r = fma_v(n, (vf)(2.12194440e-4f), r);
    vf p = (vf)(1.9875691500e-4f);
    p = fma_v(p, r, (vf)(1.3981999507e-3f));
    p = fma_v(p, r, (vf)(8.3334519073e-3f));
    p = fma_v(p, r, (vf)(4.1665795894e-2f));
    p = fma_v(p, r, (vf)(1.6666665459e-1f));
    p = fma_v(p, r, (vf)(5.0000001201e-1f));
    p = fma_v(p * r, r, r) + 1.0f;
    return (vf)((vi)p + ((vi)shifted << 23));  // casts between vectors of one size keep the bits
}

ALWAYS vf sigmoid_v(vf x) { return 1.0f / (1.0f + exp_v(-x)); }

/// log(1 + u) for u in [0, 1] as 2 atanh(u/(2+u)): relatively exact for tiny u, where log(1 + u) would round u away.
ALWAYS vf log1p_v(vf u) {
    vf s = u / (u + 2.0f), q = s * s;
    vf p = (vf)(1.0f / 15);
    p = fma_v(p, q, (vf)(1.0f / 13));
    p = fma_v(p, q, (vf)(1.0f / 11));
    p = fma_v(p, q, (vf)(1.0f / 9));
    p = fma_v(p, q, (vf)(1.0f / 7));
    p = fma_v(p, q, (vf)(1.0f / 5));
    p = fma_v(p, q, (vf)(1.0f / 3));
    p = fma_v(p, q, (vf)(1.0f));
    return 2.0f * s * p;
}

/// log x for x >= FLT_MIN: the exponent, and log m = 2 atanh((m - 1)/(m + 1)) for a mantissa in [1/sqrt 2, sqrt 2).
ALWAYS vf log_v(vf x) {
    const vi exponent = ((vi)x - 0x3f3504f3) >> 23;
    const vf f = (vf)((vi)x - (exponent << 23)) - 1.0f, s = f / (f + 2.0f), q = s * s;
    vf p = (vf)(1.0f / 9);
    p = fma_v(p, q, (vf)(1.0f / 7));
    p = fma_v(p, q, (vf)(1.0f / 5));
    p = fma_v(p, q, (vf)(1.0f / 3));
    p = fma_v(p, q, (vf)(1.0f));
    return fma_v(__builtin_convertvector(exponent, vf), (vf)(0.69314718f), 2.0f * s * p);
}

ALWAYS vf softplus_v(vf x) { return max_v(x, (vf)(0.0f)) + log1p_v(exp_v(-max_v(x, -x))); }

/// 1 - e^-d for d >= 0, by its series where the subtraction would cancel.
ALWAYS vf one_minus_exp_v(vf d) {
    vf p = 1.0f - d * (1.0f / 8);
    p = 1.0f - d * (1.0f / 7) * p;
    p = 1.0f - d * (1.0f / 6) * p;
    p = 1.0f - d * (1.0f / 5) * p;
    p = 1.0f - d * (1.0f / 4) * p;
    p = 1.0f - d * (1.0f / 3) * p;
    p = 1.0f - d * (1.0f / 2) * p;
    return select_v(d < 0.5f, d * p, 1.0f - exp_v(-d));
}

/// Swaps the off-diagonal blocks of width `step` of every pair of rows: one stage of a matrix transposition.
#define TRANSPOSE_STAGE(step, MASK_LOW, MASK_HIGH) \
    for (int i = 0; i < LANES; i++) \
        if (!(i & (step))) { \
            const vf low = r[i], high = r[i + (step)]; \
            r[i] = __builtin_shufflevector(low, high, MASK_LOW); \
            r[i + (step)] = __builtin_shufflevector(low, high, MASK_HIGH); \
        }

/// Transposes LANES vectors of LANES values in place.
ALWAYS void transpose_v(vf *r){
#if LANES == 16
#define LOW1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define LOW2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
    TRANSPOSE_STAGE(8, LOW8, HIGH8)
#elif LANES == 8
#define LOW1 0, 8, 2, 10, 4, 12, 6, 14
#define HIGH1 1, 9, 3, 11, 5, 13, 7, 15
#define LOW2 0, 1, 8, 9, 4, 5, 12, 13
#define HIGH2 2, 3, 10, 11, 6, 7, 14, 15
#define LOW4 0, 1, 2, 3, 8, 9, 10, 11
#define HIGH4 4, 5, 6, 7, 12, 13, 14, 15
#else
#define LOW1 0, 4, 2, 6
#define HIGH1 1, 5, 3, 7
#define LOW2 0, 1, 4, 5
#define HIGH2 2, 3, 6, 7
#endif
#if LANES >= 8
        TRANSPOSE_STAGE(4, LOW4, HIGH4)
#endif
            TRANSPOSE_STAGE(2, LOW2, HIGH2) TRANSPOSE_STAGE(1, LOW1, HIGH1)}

/// Runs BODY(first, lanes) over `width` values: whole vectors, then one partial vector.
#define FOR_LANES(width, BODY) \
    do { \
        int lane_base = 0; \
        for (; lane_base + LANES <= (width); lane_base += LANES) { BODY(lane_base, LANES) } \
        if (lane_base < (width)) { \
            int lane_rest = (width) - lane_base; \
            BODY(lane_base, lane_rest) \
        } \
    } while (0)
