/// Routing attention over the edges that attention_choose has kept: token by token, lanes across a head's values, so
/// that the work is that of the kept edges alone.
#pragma once
#include "vector_math.h"

typedef struct {
    size_t padded; ///< a head's width in whole vectors; what is beyond the head is 0
    float *k, *v, *dk, *dv; ///< [neurons, padded] each, of one head and token
    float *q, *dmix, *mix, *dq; ///< [padded] each
    float *gate, *dgate; ///< [neurons] each
} chosen_workspace;

ALWAYS chosen_workspace chosen_layout(float *scratch, int neurons, int headDim) {
    chosen_workspace w;
    w.padded = ((size_t)headDim + LANES - 1) / LANES * LANES;
    const size_t plane = (size_t)neurons * w.padded;
    w.k = (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    w.v = w.k + plane;
    w.dk = w.v + plane;
    w.dv = w.dk + plane;
    w.q = w.dv + plane;
    w.dmix = w.q + w.padded;
    w.mix = w.dmix + w.padded;
    w.dq = w.mix + w.padded;
    w.gate = w.dq + w.padded;
    w.dgate = w.gate + neurons;
    memset(w.k, 0, 2 * sizeof(float) * plane);
    memset(w.q, 0, 4 * sizeof(float) * w.padded);
    return w;
}

/// One token's rows of one head side by side, so that speakers may be read in any order.
ALWAYS void chosen_rows(const float *rows, size_t neuronStride, int neurons, int headDim, size_t padded, float *out) {
    for (int j = 0; j < neurons; j++)
        memcpy(out + (size_t)j * padded, rows + (size_t)j * neuronStride, sizeof(float) * (size_t)headDim);
}

ALWAYS void chosen_gates(const inn_attention_input *in, int token, float *gate) {
    for (int j = 0; j < in->neurons; j++) gate[j] = in->gate ? in->gate[(size_t)j * in->gateStride + token] : 1.0f;
}

static void attention_chosen_forward(const inn_attention_input *in, const inn_attention_edges *edges,
    const inn_attention_output *out) {
    const int neurons = in->neurons, headDim = in->headDim, capacity = edges->capacity;
    const chosen_workspace w = chosen_layout(out->scratch, neurons, headDim);
    const int32_t *speakers = edges->speakers;
    const float *weights = edges->weights;
    for (int token = 0; token < in->tokens; token++) {
        chosen_gates(in, token, w.gate);
        for (int h = 0; h < in->heads; h++) {
            const size_t column = (size_t)h * headDim;
            const float scale = in->headScale ? in->headScale[h] : 1.0f;
            chosen_rows(in->v + (size_t)token * in->tokenStride + column, in->neuronStride, neurons, headDim, w.padded,
                w.v);
            for (int i = 0; i < neurons; i++, speakers += capacity, weights += capacity) {
                const float *edge = in->edgeScale ? in->edgeScale + (size_t)i * neurons : NULL;
                for (size_t d = 0; d < w.padded; d += LANES) {
                    vf sum = (vf)(0.0f);
                    for (int e = 0; e < capacity; e++) {
                        const int j = speakers[e];
                        const float passed = weights[e] * w.gate[j] * (edge ? edge[j] : 1.0f);
                        sum = fma_v((vf)(passed), load(w.v + (size_t)j * w.padded + d), sum);
                    }
                    store(w.mix + d, sum * scale);
                }
                float *mix = out->mix + (size_t)i * out->mixNeuronStride + (size_t)token * out->mixTokenStride + column;
                memcpy(mix, w.mix, sizeof(float) * (size_t)headDim);
            }
        }
    }
}

/// Adds one edge's share to the gradients; dot is the mean over the listener's weights of their gradients.
ALWAYS void chosen_edge(const chosen_workspace *w, int j, float weight, float edge, float dot, float scale) {
    float *k = w->k + (size_t)j * w->padded, *v = w->v + (size_t)j * w->padded;
    float *dk = w->dk + (size_t)j * w->padded, *dv = w->dv + (size_t)j * w->padded;
    vf along = (vf)(0.0f);
    for (size_t d = 0; d < w->padded; d += LANES) along = fma_v(load(w->dmix + d), load(v + d), along);
    const float heard = sum_v(along), passed = weight * edge;
    const float ds = weight * (heard * w->gate[j] * edge - dot) * scale;
    w->dgate[j] += passed * heard;
    for (size_t d = 0; d < w->padded; d += LANES) {
        store(dv + d, fma_v((vf)(passed * w->gate[j]), load(w->dmix + d), load(dv + d)));
        store(dk + d, fma_v((vf)(ds), load(w->q + d), load(dk + d)));
        store(w->dq + d, fma_v((vf)(ds), load(k + d), load(w->dq + d)));
    }
}

ALWAYS void chosen_backward_head(const inn_attention_input *in, const inn_attention_edges *edges,
    const inn_attention_gradient *g, const chosen_workspace *w, int token, int h) {
    const int neurons = in->neurons, headDim = in->headDim, capacity = edges->capacity;
    const size_t column = (size_t)h * headDim, bytes = sizeof(float) * (size_t)headDim;
    const size_t row = (size_t)token * in->tokenStride + column, plane = (size_t)neurons * w->padded;
    const size_t mixRow = (size_t)token * g->mixTokenStride + column;
    const size_t place = ((size_t)token * in->heads + h) * neurons * capacity;
    const float scale = 1.0f / sqrtf((float)headDim), headScale = in->headScale ? in->headScale[h] : 1.0f;
    chosen_rows(in->k + row, in->neuronStride, neurons, headDim, w->padded, w->k);
    chosen_rows(in->v + row, in->neuronStride, neurons, headDim, w->padded, w->v);
    memset(w->dk, 0, 2 * sizeof(float) * plane);
    for (int i = 0; i < neurons; i++) {
        const int32_t *speakers = edges->speakers + place + (size_t)i * capacity;
        const float *weights = edges->weights + place + (size_t)i * capacity;
        const float *edge = in->edgeScale ? in->edgeScale + (size_t)i * neurons : NULL;
        memcpy(w->q, in->q + (size_t)i * in->neuronStride + row, bytes);
        memcpy(w->dmix, g->dmix + (size_t)i * g->mixNeuronStride + mixRow, bytes);
        memcpy(w->mix, g->mix + (size_t)i * g->mixNeuronStride + mixRow, bytes);
        vf dot = (vf)(0.0f);
        for (size_t d = 0; d < w->padded; d += LANES) {
            dot = fma_v(load(w->dmix + d), load(w->mix + d), dot);
            store(w->dmix + d, load(w->dmix + d) * headScale);
            store(w->dq + d, (vf)(0.0f));
        }
        const float mean = sum_v(dot);
        for (int e = 0; e < capacity; e++)
            if (weights[e] != 0)
                chosen_edge(w, speakers[e], weights[e], edge ? edge[speakers[e]] : 1.0f, mean, scale);
        memcpy(g->dq + (size_t)i * in->neuronStride + row, w->dq, bytes);
    }
    for (int j = 0; j < neurons; j++) {
        memcpy(g->dk + (size_t)j * in->neuronStride + row, w->dk + (size_t)j * w->padded, bytes);
        memcpy(g->dv + (size_t)j * in->neuronStride + row, w->dv + (size_t)j * w->padded, bytes);
    }
}

static void attention_chosen_backward(const inn_attention_input *in, const inn_attention_edges *edges,
    const inn_attention_gradient *g) {
    const chosen_workspace w = chosen_layout(g->scratch, in->neurons, in->headDim);
    for (int token = 0; token < in->tokens; token++) {
        chosen_gates(in, token, w.gate);
        memset(w.dgate, 0, sizeof(float) * (size_t)in->neurons);
        for (int h = 0; h < in->heads; h++) chosen_backward_head(in, edges, g, &w, token, h);
        for (int j = 0; g->dgate && j < in->neurons; j++) g->dgate[(size_t)j * in->gateStride + token] = w.dgate[j];
    }
}
