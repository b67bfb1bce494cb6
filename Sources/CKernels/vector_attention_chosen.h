/// Routing attention over the edges that attention_choose has kept: token by token, lanes across a head's values, so
/// that the work is that of the kept edges alone.
#pragma once
#include "vector_math.h"

typedef struct {
    size_t padded; ///< a head's width in whole vectors; what is beyond the head is 0
    size_t record; ///< floats from a speaker to the next: k, v, dk and dv, or v alone in the forward pass
    float *k, *v, *dk, *dv; ///< [neurons], of one head and token, side by side: whole planes of them would lie a
                            ///< multiple of 4096 bytes apart, so that processors take one's address for another's
    float *q, *dmix, *mix, *dq; ///< [padded] each
    float *gate, *dgate; ///< [neurons] each
} chosen_workspace;

ALWAYS chosen_workspace chosen_layout(float *scratch, int neurons, int headDim, int parts) {
    chosen_workspace w;
    w.padded = ((size_t)headDim + LANES - 1) / LANES * LANES;
    w.record = (size_t)parts * w.padded;
    w.v = (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    w.k = w.v + w.padded;
    w.dv = w.k + w.padded;
    w.dk = w.dv + w.padded;
    w.q = w.v + (size_t)neurons * w.record;
    w.dmix = w.q + w.padded;
    w.mix = w.dmix + w.padded;
    w.dq = w.mix + w.padded;
    w.gate = w.dq + w.padded;
    w.dgate = w.gate + neurons;
    memset(w.v, 0, sizeof(float) * (size_t)neurons * w.record);
    memset(w.q, 0, 4 * sizeof(float) * w.padded);
    return w;
}

/// One token's rows of one head near each other, so that speakers may be read in any order.
ALWAYS void chosen_rows(const float *rows, size_t neuronStride, int neurons, int headDim, size_t record, float *out) {
    for (int j = 0; j < neurons; j++)
        fill_row(out + (size_t)j * record, rows + (size_t)j * neuronStride, headDim);
}

ALWAYS void chosen_gates(const inn_attention_input *in, int token, float *gate) {
    for (int j = 0; j < in->neurons; j++) gate[j] = in->gate ? in->gate[(size_t)j * in->gateStride + token] : 1.0f;
}

static void attention_chosen_forward(const inn_attention_input *in, const inn_attention_edges *edges,
    const inn_attention_output *out) {
    const int neurons = in->neurons, headDim = in->headDim, capacity = edges->capacity;
    const chosen_workspace w = chosen_layout(out->scratch, neurons, headDim, 1);
    const int32_t *speakers = edges->speakers;
    const float *weights = edges->weights;
    for (int token = 0; token < in->tokens; token++) {
        chosen_gates(in, token, w.gate);
        for (int h = 0; h < in->heads; h++) {
            const size_t column = (size_t)h * headDim;
            const float scale = in->headScale ? in->headScale[h] : 1.0f;
            chosen_rows(in->v + (size_t)token * in->tokenStride + column, in->neuronStride, neurons, headDim, w.record,
                w.v);
            for (int i = 0; i < neurons; i++, speakers += capacity, weights += capacity) {
                const float *edge = in->edgeScale ? in->edgeScale + (size_t)i * neurons : NULL;
                for (size_t d = 0; d < w.padded; d += LANES) {
                    vf sum = (vf)(0.0f);
                    for (int e = 0; e < capacity; e++) {
                        const int j = speakers[e];
                        const float passed = weights[e] * w.gate[j] * (edge ? edge[j] : 1.0f);
                        sum = fma_v((vf)(passed), load(w.v + (size_t)j * w.record + d), sum);
                    }
                    store(w.mix + d, sum * scale);
                }
                float *mix = out->mix + (size_t)i * out->mixNeuronStride + (size_t)token * out->mixTokenStride + column;
                copy_row(mix, w.mix, headDim);
            }
        }
    }
}

/// Adds one edge's share to the gradients; dot is the mean over the listener's weights of their gradients.
ALWAYS void chosen_edge(const chosen_workspace *w, int j, float weight, float edge, float dot, float scale) {
    const size_t speaker = (size_t)j * w->record;
    const float *k = w->k + speaker, *v = w->v + speaker;
    float *dk = w->dk + speaker, *dv = w->dv + speaker;
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
    const size_t column = (size_t)h * headDim;
    const size_t row = (size_t)token * in->tokenStride + column;
    const size_t mixRow = (size_t)token * g->mixTokenStride + column;
    const size_t place = ((size_t)token * in->heads + h) * neurons * capacity;
    const float scale = 1.0f / sqrtf((float)headDim), headScale = in->headScale ? in->headScale[h] : 1.0f;
    chosen_rows(in->k + row, in->neuronStride, neurons, headDim, w->record, w->k);
    chosen_rows(in->v + row, in->neuronStride, neurons, headDim, w->record, w->v);
    for (int j = 0; j < neurons; j++) memset(w->dv + (size_t)j * w->record, 0, 2 * sizeof(float) * w->padded);
    for (int i = 0; i < neurons; i++) {
        const int32_t *speakers = edges->speakers + place + (size_t)i * capacity;
        const float *weights = edges->weights + place + (size_t)i * capacity;
        const float *edge = in->edgeScale ? in->edgeScale + (size_t)i * neurons : NULL;
        fill_row(w->q, in->q + (size_t)i * in->neuronStride + row, headDim);
        fill_row(w->dmix, g->dmix + (size_t)i * g->mixNeuronStride + mixRow, headDim);
        fill_row(w->mix, g->mix + (size_t)i * g->mixNeuronStride + mixRow, headDim);
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
        copy_row(g->dq + (size_t)i * in->neuronStride + row, w->dq, headDim);
    }
    for (int j = 0; j < neurons; j++) {
        copy_row(g->dk + (size_t)j * in->neuronStride + row, w->dk + (size_t)j * w->record, headDim);
        copy_row(g->dv + (size_t)j * in->neuronStride + row, w->dv + (size_t)j * w->record, headDim);
    }
}

static void attention_chosen_backward(const inn_attention_input *in, const inn_attention_edges *edges,
    const inn_attention_gradient *g) {
    const chosen_workspace w = chosen_layout(g->scratch, in->neurons, in->headDim, 4);
    for (int token = 0; token < in->tokens; token++) {
        chosen_gates(in, token, w.gate);
        memset(w.dgate, 0, sizeof(float) * (size_t)in->neurons);
        for (int h = 0; h < in->heads; h++) chosen_backward_head(in, edges, g, &w, token, h);
        for (int j = 0; g->dgate && j < in->neurons; j++) g->dgate[(size_t)j * in->gateStride + token] = w.dgate[j];
    }
}
