#include "reference_attention.h"

static size_t edges_at(const inn_attention_input *in, const inn_attention_edges *edges, int token, int h, int i) {
    return (((size_t)token * (size_t)in->heads + (size_t)h) * (size_t)in->neurons + (size_t)i)
        * (size_t)edges->capacity;
}

/// Of the scores in s, how many are at least `bound` and of open edges.
static int count_from(const float *s, int neurons, float bound) {
    int count = 0;
    for (int j = 0; j < neurons; j++) count += s[j] >= bound && s[j] > -INFINITY;
    return count;
}

int inn_reference_attention_choose(const inn_attention_input *in, const inn_attention_edges *edges, float *scratch) {
    const int neurons = in->neurons;
    float *s = scratch;
    int most = 0;
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < neurons; i++) {
                for (int j = 0; j < neurons; j++) {
                    s[j] = 0;
                    for (int d = 0; d < in->headDim; d++)
                        s[j] += in->q[at(in, i, token, h, d)] * in->k[at(in, j, token, h, d)];
                    s[j] = s[j] / sqrtf((float)in->headDim) + in->scoreBias[i * neurons + j];
                }
                // The lowest score of an open edge than which fewer than topK are higher.
                float bound = INFINITY, largest = -INFINITY;
                for (int j = 0; j < neurons; j++) {
                    largest = fmaxf(largest, s[j]);
                    if (s[j] == -INFINITY || s[j] >= bound) continue;
                    if (count_from(s, neurons, nextafterf(s[j], INFINITY)) < in->topK) bound = s[j];
                }
                const int count = count_from(s, neurons, bound);
                if (count > most) most = count;
                if (count > edges->capacity) continue;
                int32_t *speakers = edges->speakers + edges_at(in, edges, token, h, i);
                float *weights = edges->weights + edges_at(in, edges, token, h, i);
                double sum = 0;
                int kept = 0;
                for (int j = 0; j < neurons; j++) {
                    if (s[j] < bound || s[j] == -INFINITY) continue;
                    speakers[kept] = j;
                    weights[kept] = expf(s[j] - largest);
                    sum += weights[kept++];
                }
                for (int e = 0; e < kept; e++) weights[e] /= (float)sum;
                for (int e = kept; e < edges->capacity; e++) {
                    speakers[e] = 0;
                    weights[e] = 0;
                }
            }
    return most;
}

void inn_reference_attention_chosen_forward(const inn_attention_input *in, const inn_attention_edges *edges,
    const inn_attention_output *out) {
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < in->neurons; i++)
                for (int d = 0; d < in->headDim; d++) {
                    const size_t place = edges_at(in, edges, token, h, i);
                    float mix = 0;
                    for (int e = 0; e < edges->capacity; e++) {
                        const int j = edges->speakers[place + e];
                        mix += edges->weights[place + e] * edge_of(in, i, j) * gate_of(in, j, token)
                            * in->v[at(in, j, token, h, d)];
                    }
                    out->mix[(size_t)i * out->mixNeuronStride + (size_t)token * out->mixTokenStride
                        + (size_t)(h * in->headDim + d)] = mix * head_scale(in, h);
                }
}

void inn_reference_attention_chosen_backward(const inn_attention_input *in, const inn_attention_edges *edges,
    const inn_attention_gradient *g) {
    clear_gradients(in, g->dq, g->dk, g->dv, g->dgate);
    float *dp = g->scratch;
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < in->neurons; i++) {
                const size_t place = edges_at(in, edges, token, h, i);
                const float *dmix = g->dmix + (size_t)i * g->mixNeuronStride + (size_t)token * g->mixTokenStride
                    + (size_t)(h * in->headDim);
                double dot = 0;
                for (int e = 0; e < edges->capacity; e++) {
                    const int j = edges->speakers[place + e];
                    const float passed = edges->weights[place + e] * edge_of(in, i, j) * head_scale(in, h);
                    dp[e] = 0;
                    for (int d = 0; d < in->headDim; d++) {
                        const size_t speaker = at(in, j, token, h, d);
                        dp[e] += dmix[d] * head_scale(in, h) * gate_of(in, j, token) * edge_of(in, i, j)
                            * in->v[speaker];
                        if (g->dgate) g->dgate[(size_t)j * in->gateStride + token] += passed * dmix[d] * in->v[speaker];
                        g->dv[speaker] += passed * gate_of(in, j, token) * dmix[d];
                    }
                    dot += dp[e] * edges->weights[place + e];
                }
                for (int e = 0; e < edges->capacity; e++) {
                    const int j = edges->speakers[place + e];
                    const float ds =
                        edges->weights[place + e] * (float)(dp[e] - dot) / sqrtf((float)in->headDim);
                    for (int d = 0; d < in->headDim; d++) {
                        g->dq[at(in, i, token, h, d)] += ds * in->k[at(in, j, token, h, d)];
                        g->dk[at(in, j, token, h, d)] += ds * in->q[at(in, i, token, h, d)];
                    }
                }
            }
}
