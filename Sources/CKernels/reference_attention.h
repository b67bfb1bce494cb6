/// Where the routing attention's inputs lie, for its plain twins.
#pragma once
#include "reference.h"

static inline size_t at(const inn_attention_input *in, int neuron, int token, int head, int d) {
    return (size_t)neuron * in->neuronStride + (size_t)token * in->tokenStride + (size_t)(head * in->headDim + d);
}

/// Position of a stored routing weight; the token's place inside its block of lanes is innermost.
static inline size_t weight_at(const inn_attention_input *in, int token, int h, int i, int j) {
    const size_t n = (size_t)in->neurons, block = (size_t)(token / INN_ATTENTION_LANES);
    return (((block * (size_t)in->heads + (size_t)h) * n + (size_t)i) * n + (size_t)j) * INN_ATTENTION_LANES
        + (size_t)(token % INN_ATTENTION_LANES);
}

static inline float gate_of(const inn_attention_input *in, int neuron, int token) {
    return in->gate ? in->gate[(size_t)neuron * in->gateStride + token] : 1;
}

static inline float edge_of(const inn_attention_input *in, int i, int j) {
    return in->edgeScale ? in->edgeScale[i * in->neurons + j] : 1;
}

static inline float head_scale(const inn_attention_input *in, int h) { return in->headScale ? in->headScale[h] : 1; }

static inline void clear_gradients(const inn_attention_input *in, float *dq, float *dk, float *dv, float *dgate) {
    for (int i = 0; i < in->neurons; i++)
        for (int token = 0; token < in->tokens; token++) {
            const size_t bytes = sizeof(float) * (size_t)(in->heads * in->headDim), row = at(in, i, token, 0, 0);
            memset(dv + row, 0, bytes);
            if (!in->fixed) {
                memset(dq + row, 0, bytes);
                memset(dk + row, 0, bytes);
            }
            if (dgate) dgate[(size_t)i * in->gateStride + token] = 0;
        }
}
