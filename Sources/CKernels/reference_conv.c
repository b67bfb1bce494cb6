#include "reference.h"

static float input_at(const float *x, int xStride, const float *history, int channels, int taps, int t, int e) {
    if (t >= 0) return x[(size_t)t * xStride + e];
    return history ? history[(size_t)(t + taps - 1) * channels + e] : 0;
}

static float convolved(int channels, int taps, const float *x, int xStride, const float *history, const float *weight,
    const float *bias, int t, int e) {
    float c = bias[e];
    for (int k = 0; k < taps; k++)
        c += weight[(size_t)e * taps + k] * input_at(x, xStride, history, channels, taps, t - taps + 1 + k, e);
    return c;
}

void inn_reference_conv_silu_forward(int steps, int channels, int taps, const float *x, int xStride,
    const float *history, const float *weight, const float *bias, float *conv, float *y) {
    for (int t = 0; t < steps; t++)
        for (int e = 0; e < channels; e++) {
            const float c = convolved(channels, taps, x, xStride, history, weight, bias, t, e);
            if (conv) conv[(size_t)t * channels + e] = c;
            y[(size_t)t * channels + e] = c * reference_sigmoid(c);
        }
}

void inn_reference_conv_silu_backward(int steps, int channels, int taps, const float *x, int xStride,
    const float *history, const float *weight, const float *bias, const float *dy, float *dconv, float *dx,
    int dxStride, float *dweight, float *dbias) {
    for (int t = 0; t < steps; t++)
        for (int e = 0; e < channels; e++) {
            const float c = convolved(channels, taps, x, xStride, history, weight, bias, t, e),
                        s = reference_sigmoid(c);
            const float d = dy[(size_t)t * channels + e] * s * (1 + c * (1 - s));
            dconv[(size_t)t * channels + e] = d;
            dbias[e] += d;
            for (int k = 0; k < taps; k++)
                dweight[(size_t)e * taps + k] += d * input_at(x, xStride, history, channels, taps, t - taps + 1 + k, e);
        }
    for (int t = 0; t < steps; t++)
        for (int e = 0; e < channels; e++) {
            float d = 0;
            for (int k = 0; k < taps && t + k < steps; k++)
                d += weight[(size_t)e * taps + taps - 1 - k] * dconv[(size_t)(t + k) * channels + e];
            dx[(size_t)t * dxStride + e] = d;
        }
}
