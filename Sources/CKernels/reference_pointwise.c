#include "reference.h"

void inn_reference_softplus_forward(int rows, int width, float *pre, const float *bias, float limit) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < width; i++) {
            const float x = pre[(size_t)r * width + i] + bias[i];
            const float value = fmaxf(x, 0) + log1pf(expf(-fabsf(x)));
            pre[(size_t)r * width + i] = value < limit ? value : limit;
        }
}

void inn_reference_softplus_backward(int rows, int width, const float *delta, float limit, float *ddelta,
    float *dbias) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < width; i++) {
            const size_t at = (size_t)r * width + i;
            // softplus'(x) = sigmoid(x) = 1 - exp(-softplus(x)): no need to keep x.
            ddelta[at] = delta[at] < limit ? ddelta[at] * -expm1f(-delta[at]) : 0;
            dbias[i] += ddelta[at];
        }
}

void inn_reference_weight_sums(int count, const float *weights, float *sums) {
    double sum = 0, entropy = 0;
    for (int i = 0; i < count; i++) {
        sum += weights[i];
        if (weights[i] > 0) entropy -= weights[i] * log(weights[i]);
    }
    sums[0] = (float)sum;
    sums[1] = (float)entropy;
}

void inn_reference_silu_gate_forward(int rows, int width, const float *y, const float *z, int zStride, float *out) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < width; i++) {
            const float g = z[(size_t)r * zStride + i];
            out[(size_t)r * width + i] = y[(size_t)r * width + i] * g * reference_sigmoid(g);
        }
}

void inn_reference_silu_gate_backward(int rows, int width, const float *y, const float *z, int zStride,
    const float *dout, float *dy, float *dz, int dzStride) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < width; i++) {
            const size_t at = (size_t)r * width + i;
            const float g = z[(size_t)r * zStride + i], s = reference_sigmoid(g), d = dout[at], value = y[at];
            dy[at] = d * g * s;
            dz[(size_t)r * dzStride + i] = d * value * s * (1 + g * (1 - s));
        }
}

void inn_reference_dropout_add(size_t count, float *out, const float *x, float probability, uint64_t key,
    uint64_t firstIndex) {
    const float scale = 1.0f / (1.0f - probability);
    const uint32_t threshold = (uint32_t)((double)probability * 4294967296.0);
    for (size_t i = 0; i < count; i++)
        if (probability == 0 || inn_counter_bits(key, firstIndex + i) >= threshold) out[i] += x[i] * scale;
}

void inn_reference_add(size_t count, float *out, const float *x) {
    for (size_t i = 0; i < count; i++) out[i] += x[i];
}

void inn_reference_add_scaled(size_t count, float *out, const float *x, float scale) {
    for (size_t i = 0; i < count; i++) out[i] += scale * x[i];
}

double inn_reference_sum_squares(size_t count, const float *x) {
    double total = 0;
    for (size_t i = 0; i < count; i++) total += (double)x[i] * x[i];
    return total;
}

void inn_reference_adamw(size_t count, float *parameter, const float *gradient, float *first, float *second,
    const inn_adamw_settings *s) {
    for (size_t i = 0; i < count; i++) {
        const float g = gradient[i] * s->gradientScale;
        parameter[i] *= 1.0f - s->learningRate * s->weightDecay;
        first[i] = s->beta1 * first[i] + (1.0f - s->beta1) * g;
        second[i] = s->beta2 * second[i] + (1.0f - s->beta2) * g * g;
        parameter[i] -=
            s->learningRate / s->correction1 * first[i] / (sqrtf(second[i]) / sqrtf(s->correction2) + s->epsilon);
    }
}

void inn_reference_exp(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = expf(x[i]);
}
