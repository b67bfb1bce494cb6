#include "reference_attention.h"

/// The score that an edge must reach to be among the topK strongest: as many scores as that are equal to it or larger.
static float lowest_kept(const inn_attention_input *in, int token, int h, int i, const float *weights) {
    float bound = INFINITY;
    for (int kept = 0; kept < in->topK;) {
        float next = -INFINITY;
        for (int j = 0; j < in->neurons; j++) {
            const float s = weights[weight_at(in, token, h, i, j)];
            if (s < bound && s > next) next = s;
        }
        if (next == -INFINITY) return next;
        bound = next;
        kept = 0;
        for (int j = 0; j < in->neurons; j++) kept += weights[weight_at(in, token, h, i, j)] >= bound;
    }
    return bound;
}

/// The routing weights of listener i at one token and head, into the stored layout.
static void routing_row(const inn_attention_input *in, int token, int h, int i, float *weights) {
    const int neurons = in->neurons;
    float largest = -INFINITY;
    double sum = 0;
    for (int j = 0; j < neurons; j++) {
        float *w = weights + weight_at(in, token, h, i, j);
        if (in->fixed) {
            *w = in->fixed[((size_t)h * neurons + i) * neurons + j];
            continue;
        }
        float s = 0;
        for (int d = 0; d < in->headDim; d++) s += in->q[at(in, i, token, h, d)] * in->k[at(in, j, token, h, d)];
        *w = s / sqrtf((float)in->headDim) + in->scoreBias[i * neurons + j];
        if (*w > largest) largest = *w;
    }
    if (in->fixed) return;
    const float bound = in->topK > 0 ? lowest_kept(in, token, h, i, weights) : -INFINITY;
    for (int j = 0; j < neurons; j++) {
        float *w = weights + weight_at(in, token, h, i, j);
        if (*w < bound) *w = -INFINITY;
        *w = largest == -INFINITY ? 0 : expf(*w - largest);
        sum += *w;
    }
    // A listener with no edge left hears nothing: zero, never NaN.
    for (int j = 0; j < neurons; j++)
        if (sum > 0) weights[weight_at(in, token, h, i, j)] /= (float)sum;
}

/// Head by head, since scratch has room for the weights of one.
static void forget_weights(const inn_attention_input *in, const inn_attention_output *out) {
    for (int h = 0; h < in->heads; h++) {
        const size_t column = (size_t)h * (size_t)in->headDim, pairs = (size_t)in->neurons * (size_t)in->neurons;
        inn_attention_input head = *in;
        inn_attention_output result = *out;
        head.heads = 1;
        head.v += column;
        if (in->fixed) {
            head.fixed += (size_t)h * pairs;
        } else {
            head.q += column;
            head.k += column;
        }
        if (in->headScale) head.headScale += h;
        result.mix += column;
        result.weights = out->scratch;
        inn_reference_attention_forward(&head, &result);
    }
}

void inn_reference_attention_forward(const inn_attention_input *in, const inn_attention_output *out) {
    if (!out->weights) {
        forget_weights(in, out);
        return;
    }
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < in->neurons; i++) {
                routing_row(in, token, h, i, out->weights);
                for (int d = 0; d < in->headDim; d++) {
                    float mix = 0;
                    for (int j = 0; j < in->neurons; j++)
                        mix += out->weights[weight_at(in, token, h, i, j)] * edge_of(in, i, j) * gate_of(in, j, token)
                            * in->v[at(in, j, token, h, d)];
                    out->mix[(size_t)i * out->mixNeuronStride + (size_t)token * out->mixTokenStride
                        + (size_t)(h * in->headDim + d)] = mix * head_scale(in, h);
                }
            }
}

/// Gradient of one listener's scores at one token and head.
static void score_gradient(const inn_attention_input *in, const inn_attention_gradient *g, int token, int h, int i,
    float *dp) {
    double dot = 0;
    for (int j = 0; j < in->neurons; j++) {
        dp[j] = 0;
        for (int d = 0; d < in->headDim; d++)
            dp[j] += g->dmix[(size_t)i * g->mixNeuronStride + (size_t)token * g->mixTokenStride
                         + (size_t)(h * in->headDim + d)]
                * head_scale(in, h) * gate_of(in, j, token) * in->v[at(in, j, token, h, d)];
        dp[j] *= edge_of(in, i, j);
        dot += dp[j] * g->weights[weight_at(in, token, h, i, j)];
    }
    if (in->fixed) return;
    for (int j = 0; j < in->neurons; j++)
        dp[j] = (float)(g->weights[weight_at(in, token, h, i, j)] * (dp[j] - dot)) / sqrtf((float)in->headDim);
}

void inn_reference_attention_backward(const inn_attention_input *in, const inn_attention_gradient *g) {
    clear_gradients(in, g->dq, g->dk, g->dv, g->dgate);
    float *dp = g->scratch;
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < in->neurons; i++) {
                score_gradient(in, g, token, h, i, dp);
                for (int j = 0; j < in->neurons; j++) {
                    const float passed =
                        g->weights[weight_at(in, token, h, i, j)] * edge_of(in, i, j) * head_scale(in, h);
                    if (in->fixed && g->dfixed) g->dfixed[((size_t)h * in->neurons + i) * in->neurons + j] += dp[j];
                    for (int d = 0; d < in->headDim; d++) {
                        const float dmix = g->dmix[(size_t)i * g->mixNeuronStride + (size_t)token * g->mixTokenStride
                            + (size_t)(h * in->headDim + d)];
                        const size_t listener = at(in, i, token, h, d), speaker = at(in, j, token, h, d);
                        g->dv[speaker] += passed * gate_of(in, j, token) * dmix;
                        if (g->dgate) g->dgate[(size_t)j * in->gateStride + token] += passed * dmix * in->v[speaker];
                        if (in->fixed) continue;
                        g->dq[listener] += dp[j] * in->k[speaker];
                        g->dk[speaker] += dp[j] * in->q[listener];
                    }
                }
            }
}
