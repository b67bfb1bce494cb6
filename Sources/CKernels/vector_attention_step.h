/// Routing attention at one token, as when a network reads character by character: lanes across the speakers for the
/// scores and across a head's values for the mix, since lanes across tokens would be idle but for one.
#pragma once
#include "vector_attention.h"

/// The keys of one head turned so that speakers are innermost: out[d][j], rows padded to whole lanes.
ALWAYS void turn_keys(const float *k, size_t neuronStride, int neurons, int headDim, size_t padded, float *out) {
    for (int d = 0; d < headDim; d++)
        for (size_t j = (size_t)neurons; j < padded; j++) out[(size_t)d * padded + j] = 0;
    for (int j = 0; j < neurons; j++)
        for (int d = 0; d < headDim; d++) out[(size_t)d * padded + (size_t)j] = k[(size_t)j * neuronStride + (size_t)d];
}

/// p[j] = softmax_j(sum_d q[d] keys[d][j] scale + bias[j]); zeros when every edge is cut.
ALWAYS void step_weights(const float *q, const float *keys, const float *bias, int neurons, int headDim, size_t padded,
    float *p) {
    const float scale = 1.0f / sqrtf((float)headDim);
    vf largest = (vf)(-1e30f), sum = (vf)(0.0f);
    for (int j = 0; j < neurons; j += LANES) {
        const int n = neurons - j < LANES ? neurons - j : LANES;
        vf s = (vf)(0.0f);
        for (int d = 0; d < headDim; d++) s = fma_v((vf)(q[d]), load(keys + (size_t)d * padded + (size_t)j), s);
        s = fma_v(s, (vf)(scale), load_n(bias + j, n));
        for (int l = n; l < LANES; l++) s[l] = -INFINITY;
        store(p + j, s);
        largest = max_v(largest, s);
    }
    float top = largest[0];
    for (int l = 1; l < LANES; l++) top = largest[l] > top ? largest[l] : top;
    for (size_t j = 0; j < padded; j += LANES) {
        const vf s = load(p + j), e = select_v(s > -1e30f, exp_v(s - top), (vf)(0.0f));
        store(p + j, e);
        sum += e;
    }
    const float total = sum_v(sum), inverse = total > 0 ? 1.0f / total : 0;
    for (size_t j = 0; j < padded; j += LANES) store(p + j, load(p + j) * inverse);
}

/// Writes sum_j p[j] v_j of the `count` speakers named in `speakers`; the silent ones are not looked at.
ALWAYS void step_mix(const float *p, const float *v, size_t neuronStride, const int *speakers, int count, int headDim,
    float scale, float *mix) {
    for (int d = 0; d < headDim; d += LANES) {
        const int n = headDim - d < LANES ? headDim - d : LANES;
        vf sum = (vf)(0.0f);
        for (int s = 0; s < count; s++)
            sum = fma_v((vf)(p[speakers[s]]), load_n(v + (size_t)speakers[s] * neuronStride + (size_t)d, n), sum);
        store_n(mix + d, sum * scale, n);
    }
}

/// attention_forward for one token without topK.
static void attention_step(const inn_attention_input *in, const inn_attention_output *out) {
    const int neurons = in->neurons, headDim = in->headDim;
    const size_t padded = ((size_t)neurons + LANES - 1) / LANES * LANES;
    float *keys = out->scratch, *p = keys + (size_t)headDim * padded, *weights = out->weights;
    int *speakers = (int *)(p + padded), count = 0;
    for (int j = 0; j < neurons; j++)
        if (!in->gate || in->gate[(size_t)j * in->gateStride] != 0) speakers[count++] = j;
    for (int h = 0; h < in->heads; h++) {
        const size_t column = (size_t)h * (size_t)headDim;
        if (!in->fixed) turn_keys(in->k + column, in->neuronStride, neurons, headDim, padded, keys);
        for (int i = 0; i < neurons; i++) {
            if (in->fixed) memcpy(p, in->fixed + ((size_t)h * neurons + i) * neurons, sizeof(float) * (size_t)neurons);
            else
                step_weights(in->q + (size_t)i * in->neuronStride + column, keys, in->scoreBias + (size_t)i * neurons,
                    neurons, headDim, padded, p);
            if (weights) {
                for (int j = 0; j < neurons; j++) weights[(size_t)j * INN_ATTENTION_LANES] = p[j];
                weights += (size_t)neurons * INN_ATTENTION_LANES;
            }
            for (int s = 0; s < count; s++) {
                const int j = speakers[s];
                if (in->gate) p[j] *= in->gate[(size_t)j * in->gateStride];
                if (in->edgeScale) p[j] *= in->edgeScale[(size_t)i * neurons + j];
            }
            step_mix(p, in->v + column, in->neuronStride, speakers, count, headDim,
                in->headScale ? in->headScale[h] : 1, out->mix + (size_t)i * out->mixNeuronStride + column);
        }
    }
}
