#include "reference_attention.h"

static size_t row_at(const inn_attention_input *in, int token, int h, int i) {
    const size_t block = (size_t)(token / INN_ATTENTION_LANES);
    return ((block * (size_t)in->heads + (size_t)h) * (size_t)in->neurons + (size_t)i) * 2 * INN_ATTENTION_LANES
        + (size_t)(token % INN_ATTENTION_LANES);
}

static float score(const inn_attention_input *in, int token, int h, int i, int j) {
    float s = 0;
    for (int d = 0; d < in->headDim; d++) s += in->q[at(in, i, token, h, d)] * in->k[at(in, j, token, h, d)];
    return s / sqrtf((float)in->headDim) + in->scoreBias[i * in->neurons + j];
}

static float weight(const inn_attention_input *in, const float *rows, int token, int h, int i, int j) {
    if (in->fixed) return in->fixed[((size_t)h * in->neurons + i) * in->neurons + j];
    const float *row = rows + row_at(in, token, h, i);
    return row[INN_ATTENTION_LANES] == 0 ? 0 : expf(score(in, token, h, i, j) - row[0]) * row[INN_ATTENTION_LANES];
}

/// The largest score of a listener and 1 / the sum of exponentials; 0 for one that hears nobody.
static void keep_row(const inn_attention_input *in, int token, int h, int i, float *row) {
    float largest = -INFINITY;
    double sum = 0;
    for (int j = 0; j < in->neurons; j++) largest = fmaxf(largest, score(in, token, h, i, j));
    if (largest == -INFINITY) largest = -1e30f;
    for (int j = 0; j < in->neurons; j++) sum += expf(score(in, token, h, i, j) - largest);
    row[0] = largest;
    row[INN_ATTENTION_LANES] = sum > 0 ? (float)(1 / sum) : 0;
}

void inn_reference_attention_stream_forward(const inn_attention_input *in, const inn_attention_output *out) {
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < in->neurons; i++) {
                if (!in->fixed) keep_row(in, token, h, i, out->rows + row_at(in, token, h, i));
                for (int j = 0; j < in->neurons; j++)
                    out->scratch[j] = weight(in, out->rows, token, h, i, j) * edge_of(in, i, j) * gate_of(in, j, token);
                for (int d = 0; d < in->headDim; d++) {
                    float mix = 0;
                    for (int j = 0; j < in->neurons; j++) mix += out->scratch[j] * in->v[at(in, j, token, h, d)];
                    out->mix[(size_t)i * out->mixNeuronStride + (size_t)token * out->mixTokenStride
                        + (size_t)(h * in->headDim + d)] = mix * head_scale(in, h);
                }
            }
}

void inn_reference_attention_stream_weights(const inn_attention_input *in, const float *rows, float *weights,
    float *scratch) {
    (void)scratch;
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < in->neurons; i++)
                for (int j = 0; j < in->neurons; j++)
                    weights[weight_at(in, token, h, i, j)] = weight(in, rows, token, h, i, j);
}

/// With all weights of one token and head at a time; scratch holds them and their gradients.
static void backward_listener(const inn_attention_input *in, const inn_attention_gradient *g, int token, int h,
    int i) {
    float *p = g->scratch, *dp = p + in->neurons;
    const float *dmix = g->dmix + (size_t)i * g->mixNeuronStride + (size_t)token * g->mixTokenStride
        + (size_t)(h * in->headDim);
    double dot = 0;
    for (int j = 0; j < in->neurons; j++) {
        p[j] = weight(in, g->rows, token, h, i, j);
        float heard = 0;
        for (int d = 0; d < in->headDim; d++)
            heard += dmix[d] * head_scale(in, h) * in->v[at(in, j, token, h, d)];
        const float passed = p[j] * edge_of(in, i, j);
        if (g->dgate) g->dgate[(size_t)j * in->gateStride + token] += passed * heard;
        for (int d = 0; d < in->headDim; d++)
            g->dv[at(in, j, token, h, d)] += passed * gate_of(in, j, token) * head_scale(in, h) * dmix[d];
        dp[j] = heard * gate_of(in, j, token) * edge_of(in, i, j);
        dot += dp[j] * p[j];
        if (in->fixed && g->dfixed) g->dfixed[((size_t)h * in->neurons + i) * in->neurons + j] += dp[j];
    }
    for (int j = 0; !in->fixed && j < in->neurons; j++) {
        const float ds = p[j] * (float)(dp[j] - dot) / sqrtf((float)in->headDim);
        for (int d = 0; d < in->headDim; d++) {
            g->dq[at(in, i, token, h, d)] += ds * in->k[at(in, j, token, h, d)];
            g->dk[at(in, j, token, h, d)] += ds * in->q[at(in, i, token, h, d)];
        }
    }
}

void inn_reference_attention_stream_backward(const inn_attention_input *in, const inn_attention_gradient *g) {
    clear_gradients(in, g->dq, g->dk, g->dv, g->dgate);
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < in->neurons; i++) backward_listener(in, g, token, h, i);
}
