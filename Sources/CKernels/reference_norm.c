#include "reference.h"

void inn_reference_layer_norm_forward(int rows, int width, const float *x, const float *weight, const float *bias,
                                      float epsilon, float *y, float *mean, float *rstd) {
    for (int r = 0; r < rows; r++, x += width, y += width) {
        double total = 0, squares = 0;
        for (int i = 0; i < width; i++) total += x[i];
        const double m = total / width;
        for (int i = 0; i < width; i++) squares += (x[i] - m) * (x[i] - m);
        const double scale = 1.0 / sqrt(squares / width + epsilon);
        for (int i = 0; i < width; i++) y[i] = (float)((x[i] - m) * scale * weight[i] + bias[i]);
        mean[r] = (float)m;
        rstd[r] = (float)scale;
    }
}

void inn_reference_layer_norm_backward(int rows, int width, const float *x, const float *weight, const float *mean,
                                       const float *rstd, const float *dy, float *dx, float *dweight, float *dbias) {
    for (int r = 0; r < rows; r++, x += width, dy += width, dx += width) {
        double total = 0, dot = 0;
        for (int i = 0; i < width; i++) {
            const double normal = (x[i] - mean[r]) * rstd[r];
            total += dy[i] * weight[i];
            dot += dy[i] * weight[i] * normal;
            dweight[i] += (float)(dy[i] * normal);
            dbias[i] += dy[i];
        }
        for (int i = 0; i < width; i++) {
            const double normal = (x[i] - mean[r]) * rstd[r];
            dx[i] += (float)(rstd[r] * (dy[i] * weight[i] - total / width - normal * dot / width));
        }
    }
}

void inn_reference_add_column_sums(int rows, int width, const float *x, int xStride, float *out) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < width; i++) out[i] += x[(size_t)r * xStride + i];
}

void inn_reference_add_bias(int rows, int width, float *x, const float *bias) {
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < width; i++) x[(size_t)r * width + i] += bias[i];
}

void inn_reference_gate_forward(int rows, int width, const float *v, const float *weight, float bias, float *gate) {
    for (int r = 0; r < rows; r++) {
        float z = bias;
        for (int i = 0; i < width; i++) z += v[(size_t)r * width + i] * weight[i];
        gate[r] = reference_sigmoid(z);
    }
}

void inn_reference_gate_backward(int rows, int width, const float *v, const float *weight, const float *gate,
                                 const float *dgate, float *dv, float *dweight, float *dbias) {
    for (int r = 0; r < rows; r++) {
        const float dz = dgate[r] * gate[r] * (1 - gate[r]);
        for (int i = 0; i < width; i++) {
            dv[(size_t)r * width + i] += dz * weight[i];
            dweight[i] += dz * v[(size_t)r * width + i];
        }
        *dbias += dz;
    }
}

double inn_reference_softmax_cross_entropy(int rows, int width, const float *logits, const int32_t *targets,
                                           float gradientScale, float *out) {
    double total = 0;
    for (int r = 0; r < rows; r++, logits += width, out += width) {
        float largest = logits[0];
        for (int i = 1; i < width; i++) largest = logits[i] > largest ? logits[i] : largest;
        double sum = 0;
        for (int i = 0; i < width; i++) sum += exp((double)logits[i] - largest);
        const int32_t target = targets ? targets[r] : -1;
        for (int i = 0; i < width; i++) {
            const double p = exp((double)logits[i] - largest) / sum;
            out[i] = gradientScale == 0 ? (float)p : target < 0 ? 0 : (float)((p - (i == target)) * gradientScale);
        }
        if (target >= 0) total += log(sum) + largest - logits[target];
    }
    return total;
}
