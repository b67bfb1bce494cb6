/// Routing attention over neurons, lanes across tokens: every token's N×N problem runs in its own lane, so that scores,
/// softmax and mixing are vertical operations without any horizontal sum.
#pragma once
#include "vector_math.h"

/// Values of `tokens` tokens turned so that tokens are innermost: out[neuron][d] holds LANES tokens.
ALWAYS void gather_tokens(const float *rows, size_t neuronStride, size_t tokenStride, int neurons, int width, int first, int n, vf *out) {
    for (int i = 0; i < neurons; i++) {
        const float *row = rows + (size_t)i * neuronStride + (size_t)first * tokenStride;
        vf *target = out + (size_t)i * width;
        int d = 0;
        for (; n == LANES && d + LANES <= width; d += LANES) {
            vf block[LANES];
            for (int l = 0; l < LANES; l++) block[l] = load(row + (size_t)l * tokenStride + d);
            transpose_v(block);
            for (int k = 0; k < LANES; k++) target[d + k] = block[k];
        }
        for (; d < width; d++) target[d] = load_strided_n(row + d, tokenStride, n);
    }
}

ALWAYS void scatter_tokens(float *rows, size_t neuronStride, size_t tokenStride, int neurons, int width, int first, int n, const vf *in) {
    for (int i = 0; i < neurons; i++) {
        float *row = rows + (size_t)i * neuronStride + (size_t)first * tokenStride;
        const vf *source = in + (size_t)i * width;
        int d = 0;
        for (; n == LANES && d + LANES <= width; d += LANES) {
            vf block[LANES];
            for (int k = 0; k < LANES; k++) block[k] = source[d + k];
            transpose_v(block);
            for (int l = 0; l < LANES; l++) store(row + (size_t)l * tokenStride + d, block[l]);
        }
        for (; d < width; d++)
            for (int l = 0; l < n; l++) row[(size_t)l * tokenStride + d] = source[d][l];
    }
}

/// out[j] = sum_d a[d] b[j][d] for all j: four columns at a time so that each a[d] is loaded once per four.
ALWAYS void dots(const vf *a, const vf *b, int rows, int rowWidth, int headDim, vf *out) {
    int j = 0;
    for (; j + 4 <= rows; j += 4) {
        const vf *b0 = b + (size_t)j * rowWidth, *b1 = b0 + rowWidth, *b2 = b1 + rowWidth, *b3 = b2 + rowWidth;
        vf s0 = (vf)(0.0f), s1 = s0, s2 = s0, s3 = s0;
        for (int d = 0; d < headDim; d++) {
            const vf value = a[d];
            s0 = fma_v(value, b0[d], s0);
            s1 = fma_v(value, b1[d], s1);
            s2 = fma_v(value, b2[d], s2);
            s3 = fma_v(value, b3[d], s3);
        }
        out[j] = s0; out[j + 1] = s1; out[j + 2] = s2; out[j + 3] = s3;
    }
    for (; j < rows; j++) {
        vf s = (vf)(0.0f);
        for (int d = 0; d < headDim; d++) s = fma_v(a[d], b[(size_t)j * rowWidth + d], s);
        out[j] = s;
    }
}

/// out[d] += sum_j p[j*pStride] b[j][d].
ALWAYS void mix_rows(const vf *p, size_t pStride, const vf *b, int rows, int rowWidth, int headDim, vf *out) {
    int d = 0;
    for (; d + 8 <= headDim; d += 8) {
        vf acc[8];
        for (int k = 0; k < 8; k++) acc[k] = out[d + k];
        for (int j = 0; j < rows; j++) {
            const vf weight = p[(size_t)j * pStride];
            const vf *row = b + (size_t)j * rowWidth + d;
            for (int k = 0; k < 8; k++) acc[k] = fma_v(weight, row[k], acc[k]);
        }
        for (int k = 0; k < 8; k++) out[d + k] = acc[k];
    }
    for (; d < headDim; d++) {
        vf acc = out[d];
        for (int j = 0; j < rows; j++) acc = fma_v(p[(size_t)j * pStride], b[(size_t)j * rowWidth + d], acc);
        out[d] = acc;
    }
}

/// Softmax over s[0..<neurons]; a row without any open edge becomes zero instead of NaN.
ALWAYS void softmax_lanes(vf *s, int neurons) {
    vf largest = (vf)(-1e30f), sum = (vf)(0.0f);
    for (int j = 0; j < neurons; j++) largest = max_v(largest, s[j]);
    for (int j = 0; j < neurons; j++) {
        s[j] = select_v(s[j] > -1e30f, exp_v(s[j] - largest), (vf)(0.0f));
        sum += s[j];
    }
    const vf inverse = select_v(sum > 0.0f, 1.0f / sum, (vf)(0.0f));
    for (int j = 0; j < neurons; j++) s[j] *= inverse;
}

typedef struct { vf *q, *k, *v, *gated, *gate, *p, *mix, *dgated, *dp; } attention_workspace;

ALWAYS attention_workspace attention_layout(float *scratch, int neurons, int width) {
    vf *base = (vf *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    const size_t plane = (size_t)neurons * width;
    attention_workspace w;
    w.q = base; w.k = w.q + plane; w.v = w.k + plane; w.gated = w.v + plane; w.mix = w.gated + plane;
    w.dgated = w.mix + plane; w.gate = w.dgated + 2 * plane; w.p = w.gate + neurons; w.dp = w.p + neurons;
    return w;
}

ALWAYS void attention_load(const inn_attention_input *in, const attention_workspace *w, int first, int n) {
    const int neurons = in->neurons, width = in->heads * in->headDim;
    if (in->q) {
        gather_tokens(in->q, in->neuronStride, in->tokenStride, neurons, width, first, n, w->q);
        gather_tokens(in->k, in->neuronStride, in->tokenStride, neurons, width, first, n, w->k);
    }
    gather_tokens(in->v, in->neuronStride, in->tokenStride, neurons, width, first, n, w->v);
    for (int i = 0; i < neurons; i++) {
        const vf g = in->gate ? load_n(in->gate + (size_t)i * in->gateStride + first, n) : (vf)(1.0f);
        w->gate[i] = g;
        for (int d = 0; d < width; d++) w->gated[(size_t)i * width + d] = w->v[(size_t)i * width + d] * g;
    }
}

ALWAYS void attention_forward_block(const inn_attention_input *in, const inn_attention_output *out, int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim, width = in->heads * headDim;
    const attention_workspace w = attention_layout(out->scratch, neurons, width);
    attention_load(in, &w, first, n);
    memset(w.mix, 0, sizeof(vf) * (size_t)neurons * width);
    const float scale = 1.0f / sqrtf((float)headDim);
    float *weights = out->weights + (size_t)(first / INN_ATTENTION_LANES) * in->heads * neurons * neurons * INN_ATTENTION_LANES
        + first % INN_ATTENTION_LANES;
    for (int h = 0; h < in->heads; h++)
        for (int i = 0; i < neurons; i++, weights += (size_t)neurons * INN_ATTENTION_LANES) {
            if (in->fixed) {
                for (int j = 0; j < neurons; j++) w.p[j] = (vf)(in->fixed[((size_t)h * neurons + i) * neurons + j]);
            } else {
                dots(w.q + (size_t)i * width + h * headDim, w.k + h * headDim, neurons, width, headDim, w.p);
                for (int j = 0; j < neurons; j++) w.p[j] = fma_v(w.p[j], (vf)(scale), (vf)(in->scoreBias[(size_t)i * neurons + j]));
                softmax_lanes(w.p, neurons);
            }
            for (int j = 0; j < neurons; j++) store_n(weights + (size_t)j * INN_ATTENTION_LANES, w.p[j], n);
            if (in->edgeScale)
                for (int j = 0; j < neurons; j++) w.p[j] *= in->edgeScale[(size_t)i * neurons + j];
            vf *mix = w.mix + (size_t)i * width + h * headDim;
            mix_rows(w.p, 1, w.gated + h * headDim, neurons, width, headDim, mix);
            if (in->headScale)
                for (int d = 0; d < headDim; d++) mix[d] *= in->headScale[h];
        }
    scatter_tokens(out->mix, out->mixNeuronStride, out->mixTokenStride, neurons, width, first, n, w.mix);
}

static void attention_forward(const inn_attention_input *in, const inn_attention_output *out) {
#define BODY(first, n) attention_forward_block(in, out, first, n);
    FOR_LANES(in->tokens, BODY);
#undef BODY
}

ALWAYS void attention_backward_block(const inn_attention_input *in, const inn_attention_gradient *g, int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim, width = in->heads * headDim;
    const size_t plane = (size_t)neurons * width;
    const attention_workspace w = attention_layout(g->scratch, neurons, width);
    attention_load(in, &w, first, n);
    vf *dmix = w.mix, *dgated = w.dgated, *dq = w.dgated + plane, *dk = w.dp + neurons, *p = w.p;
    vf *ds = dk + plane;
    gather_tokens(g->dmix, g->mixNeuronStride, g->mixTokenStride, neurons, width, first, n, dmix);
    memset(dgated, 0, 2 * sizeof(vf) * plane);
    memset(dk, 0, sizeof(vf) * plane);
    const float scale = 1.0f / sqrtf((float)headDim);
    const float *weights = g->weights + (size_t)(first / INN_ATTENTION_LANES) * in->heads * neurons * neurons * INN_ATTENTION_LANES
        + first % INN_ATTENTION_LANES;
    for (int h = 0; h < in->heads; h++) {
        const size_t head = (size_t)h * headDim;
        vf *scaled = ds + (size_t)neurons * neurons;
        for (int i = 0; i < neurons; i++) {
            if (in->headScale)
                for (int d = 0; d < headDim; d++) dmix[(size_t)i * width + head + d] *= in->headScale[h];
            dots(dmix + (size_t)i * width + head, w.gated + head, neurons, width, headDim, w.dp);
            vf dot = (vf)(0.0f);
            for (int j = 0; j < neurons; j++) {
                p[j] = load_n(weights + ((size_t)i * neurons + j) * INN_ATTENTION_LANES, n);
                const float edge = in->edgeScale ? in->edgeScale[(size_t)i * neurons + j] : 1.0f;
                scaled[(size_t)i * neurons + j] = p[j] * edge;
                w.dp[j] *= edge;
                dot = fma_v(p[j], w.dp[j], dot);
            }
            if (in->fixed) {
                if (g->dfixed)
                    for (int j = 0; j < neurons; j++) {
                        vf d = w.dp[j];
                        if (n < LANES) for (int l = n; l < LANES; l++) d[l] = 0;
                        g->dfixed[((size_t)h * neurons + i) * neurons + j] += sum_v(d);
                    }
                continue;
            }
            for (int j = 0; j < neurons; j++) ds[(size_t)i * neurons + j] = p[j] * (w.dp[j] - dot) * scale;
            mix_rows(ds + (size_t)i * neurons, 1, w.k + head, neurons, width, headDim, dq + (size_t)i * width + head);
        }
        for (int j = 0; j < neurons; j++) {
            mix_rows(scaled + j, neurons, dmix + head, neurons, width, headDim, dgated + (size_t)j * width + head);
            if (!in->fixed) mix_rows(ds + j, neurons, w.q + head, neurons, width, headDim, dk + (size_t)j * width + head);
        }
        weights += (size_t)neurons * neurons * INN_ATTENTION_LANES;
    }
    for (int i = 0; i < neurons; i++) {
        vf dgate = (vf)(0.0f);
        for (int d = 0; d < width; d++) {
            dgate = fma_v(dgated[(size_t)i * width + d], w.v[(size_t)i * width + d], dgate);
            dgated[(size_t)i * width + d] *= w.gate[i];
        }
        if (g->dgate) store_n(g->dgate + (size_t)i * in->gateStride + first, dgate, n);
    }
    scatter_tokens(g->dv, in->neuronStride, in->tokenStride, neurons, width, first, n, dgated);
    if (in->fixed) return;
    scatter_tokens(g->dq, in->neuronStride, in->tokenStride, neurons, width, first, n, dq);
    scatter_tokens(g->dk, in->neuronStride, in->tokenStride, neurons, width, first, n, dk);
}

static void attention_backward(const inn_attention_input *in, const inn_attention_gradient *g) {
#define BODY(first, n) attention_backward_block(in, g, first, n);
    FOR_LANES(in->tokens, BODY);
#undef BODY
}
