#include "reference.h"

void inn_reference_lstm_gates_forward(int width, float *gates, const float *cellBefore, float *cell, float *hidden) {
    for (int j = 0; j < width; j++) {
        const float i = reference_sigmoid(gates[j]), f = reference_sigmoid(gates[width + j]);
        const float g = tanhf(gates[2 * width + j]), o = reference_sigmoid(gates[3 * width + j]);
        cell[j] = f * cellBefore[j] + i * g;
        hidden[j] = o * tanhf(cell[j]);
        gates[j] = i;
        gates[width + j] = f;
        gates[2 * width + j] = g;
        gates[3 * width + j] = o;
    }
}

void inn_reference_lstm_gates_backward(int width, const float *gates, const float *cellBefore, const float *cell,
    const float *dhidden, float *dcell, float *dgates) {
    for (int j = 0; j < width; j++) {
        const float i = gates[j], f = gates[width + j], g = gates[2 * width + j], o = gates[3 * width + j];
        const float t = tanhf(cell[j]), dc = dcell[j] + dhidden[j] * o * (1 - t * t);
        dgates[j] = dc * g * i * (1 - i);
        dgates[width + j] = dc * cellBefore[j] * f * (1 - f);
        dgates[2 * width + j] = dc * i * (1 - g * g);
        dgates[3 * width + j] = dhidden[j] * t * o * (1 - o);
        dcell[j] = dc * f;
    }
}
