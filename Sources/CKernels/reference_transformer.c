#include "reference.h"

void inn_reference_causal_softmax_forward(int rows, int width, int first, float scale, float *scores) {
    for (int r = 0; r < rows; r++) {
        float *row = scores + (size_t)r * width, best = row[0], sum = 0;
        for (int j = 1; j <= first + r; j++) best = fmaxf(best, row[j]);
        for (int j = 0; j <= first + r; j++) sum += row[j] = expf((row[j] - best) * scale);
        for (int j = 0; j < width; j++) row[j] = j <= first + r ? row[j] / sum : 0;
    }
}

void inn_reference_causal_softmax_backward(int rows, int width, int first, float scale, const float *weights,
    float *gradient) {
    for (int r = 0; r < rows; r++) {
        const float *a = weights + (size_t)r * width;
        float *d = gradient + (size_t)r * width, dot = 0;
        for (int j = 0; j <= first + r; j++) dot += a[j] * d[j];
        for (int j = 0; j < width; j++) d[j] = j <= first + r ? scale * a[j] * (d[j] - dot) : 0;
    }
}

void inn_reference_gelu_forward(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = 0.5f * x[i] * (1 + erff(x[i] * 0.70710678f));
}

void inn_reference_gelu_backward(size_t count, const float *x, const float *dy, float *dx) {
    for (size_t i = 0; i < count; i++)
        dx[i] += dy[i] * (0.5f * (1 + erff(x[i] * 0.70710678f)) + x[i] * 0.39894228f * expf(-0.5f * x[i] * x[i]));
}

void inn_reference_relu_forward(size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = x[i] > 0 ? x[i] : 0;
}

void inn_reference_relu_backward(size_t count, const float *x, const float *dy, float *dx) {
    for (size_t i = 0; i < count; i++) dx[i] += x[i] > 0 ? dy[i] : 0;
}
