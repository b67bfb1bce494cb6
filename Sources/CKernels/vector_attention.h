/// Routing attention over neurons, lanes across tokens: every token's N×N problem runs in its own lane, so that scores,
/// softmax and mixing are vertical operations without any horizontal sum.
#pragma once
#include "vector_math.h"

/// Values turned so that tokens are innermost and each head's rows lie together: out[head][neuron][d] holds LANES
/// tokens. Rows of one head a whole width apart would fall into the same few cache sets.
ALWAYS void gather_tokens(const float *rows, size_t neuronStride, size_t tokenStride, int neurons, int heads,
    int headDim, int first, int n, vf *out) {
    for (int i = 0; i < neurons; i++)
        for (int h = 0; h < heads; h++) {
            const float *row = rows + (size_t)i * neuronStride + (size_t)first * tokenStride + (size_t)h * headDim;
            vf *target = out + ((size_t)h * neurons + i) * headDim;
            int d = 0;
            for (; n == LANES && d + LANES <= headDim; d += LANES) {
                vf block[LANES];
                for (int l = 0; l < LANES; l++) block[l] = load(row + (size_t)l * tokenStride + d);
                transpose_v(block);
                for (int k = 0; k < LANES; k++) target[d + k] = block[k];
            }
            for (; d < headDim; d++) target[d] = load_strided_n(row + d, tokenStride, n);
        }
}

ALWAYS void scatter_tokens(float *rows, size_t neuronStride, size_t tokenStride, int neurons, int heads, int headDim,
    int first, int n, const vf *in) {
    for (int i = 0; i < neurons; i++)
        for (int h = 0; h < heads; h++) {
            float *row = rows + (size_t)i * neuronStride + (size_t)first * tokenStride + (size_t)h * headDim;
            const vf *source = in + ((size_t)h * neurons + i) * headDim;
            int d = 0;
            for (; n == LANES && d + LANES <= headDim; d += LANES) {
                vf block[LANES];
                for (int k = 0; k < LANES; k++) block[k] = source[d + k];
                transpose_v(block);
                for (int l = 0; l < LANES; l++) store(row + (size_t)l * tokenStride + d, block[l]);
            }
            for (; d < headDim; d++) {
                const vf value = source[d];
                for (int l = 0; l < n; l++) row[(size_t)l * tokenStride + d] = value[l];
            }
        }
}

/// out[j] = sum_d a[d] b[j][d] for all j: eight rows at a time, so that each a[d] is loaded once per eight and the
/// sums' latencies overlap.
ALWAYS void dots(const vf *a, const vf *b, int rows, int headDim, vf *out) {
    int j = 0;
    for (; j + 8 <= rows; j += 8) {
        const vf *row = b + (size_t)j * headDim;
        vf sums[8];
        for (int k = 0; k < 8; k++) sums[k] = (vf)(0.0f);
        for (int d = 0; d < headDim; d++) {
            const vf value = a[d];
            for (int k = 0; k < 8; k++) sums[k] = fma_v(value, row[(size_t)k * headDim + d], sums[k]);
        }
        for (int k = 0; k < 8; k++) out[j + k] = sums[k];
    }
    for (; j < rows; j++) {
        vf s = (vf)(0.0f);
        for (int d = 0; d < headDim; d++) s = fma_v(a[d], b[(size_t)j * headDim + d], s);
        out[j] = s;
    }
}

/// out[d] += sum_j p[j*pStride] b[j][d].
ALWAYS void mix_rows(const vf *p, size_t pStride, const vf *b, int rows, int headDim, vf *out) {
    int d = 0;
    for (; d + 8 <= headDim; d += 8) {
        vf acc[8];
        for (int k = 0; k < 8; k++) acc[k] = out[d + k];
        for (int j = 0; j < rows; j++) {
            const vf weight = p[(size_t)j * pStride];
            const vf *row = b + (size_t)j * headDim + d;
            for (int k = 0; k < 8; k++) acc[k] = fma_v(weight, row[k], acc[k]);
        }
        for (int k = 0; k < 8; k++) out[d + k] = acc[k];
    }
    for (; d < headDim; d++) {
        vf acc = out[d];
        for (int j = 0; j < rows; j++) acc = fma_v(p[(size_t)j * pStride], b[(size_t)j * headDim + d], acc);
        out[d] = acc;
    }
}

/// Leaves only the k highest scores of every lane, and those equal to the last of them; the others become -inf.
ALWAYS void keep_strongest(vf *s, int neurons, int k) {
    vf bound = (vf)(INFINITY);
    for (int pass = 0; pass < k; pass++) {
        vf kept = (vf)(0.0f), next = (vf)(-1e30f);
        for (int j = 0; j < neurons; j++) {
            kept += select_v(s[j] >= bound, (vf)(1.0f), (vf)(0.0f));
            next = max_v(next, select_v(s[j] < bound, s[j], (vf)(-1e30f)));
        }
        bound = select_v(kept < (float)k, next, bound);
    }
    for (int j = 0; j < neurons; j++) s[j] = select_v(s[j] >= bound, s[j], (vf)(-INFINITY));
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

typedef struct {
    vf *q, *k, *v, *gated, *gate, *p, *mix, *dgated, *dp;
} attention_workspace;

ALWAYS attention_workspace attention_layout(float *scratch, int neurons, int width) {
    vf *base = (vf *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    const size_t plane = (size_t)neurons * width;
    attention_workspace w;
    w.q = base;
    w.k = w.q + plane;
    w.v = w.k + plane;
    w.gated = w.v + plane;
    w.mix = w.gated + plane;
    w.dgated = w.mix + plane;
    w.gate = w.dgated + 2 * plane;
    w.p = w.gate + neurons;
    w.dp = w.p + neurons;
    return w;
}

ALWAYS void attention_load(const inn_attention_input *in, const attention_workspace *w, int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim;
    if (in->q) {
        gather_tokens(in->q, in->neuronStride, in->tokenStride, neurons, in->heads, in->headDim, first, n, w->q);
        gather_tokens(in->k, in->neuronStride, in->tokenStride, neurons, in->heads, in->headDim, first, n, w->k);
    }
    gather_tokens(in->v, in->neuronStride, in->tokenStride, neurons, in->heads, in->headDim, first, n, w->v);
    for (int i = 0; i < neurons; i++) {
        const vf g = in->gate ? load_n(in->gate + (size_t)i * in->gateStride + first, n) : (vf)(1.0f);
        w->gate[i] = g;
        for (int h = 0; h < in->heads; h++) {
            const size_t row = ((size_t)h * neurons + i) * headDim;
            for (int d = 0; d < headDim; d++) w->gated[row + d] = w->v[row + d] * g;
        }
    }
}

ALWAYS void attention_forward_block(const inn_attention_input *in, const inn_attention_output *out, int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim, width = in->heads * headDim;
    const attention_workspace w = attention_layout(out->scratch, neurons, width);
    attention_load(in, &w, first, n);
    memset(w.mix, 0, sizeof(vf) * (size_t)neurons * width);
    const float scale = 1.0f / sqrtf((float)headDim);
    float *weights = out->weights
        + (size_t)(first / INN_ATTENTION_LANES) * in->heads * neurons * neurons * INN_ATTENTION_LANES
        + first % INN_ATTENTION_LANES;
    for (int h = 0; h < in->heads; h++) {
        const size_t head = (size_t)h * neurons * headDim;
        for (int i = 0; i < neurons; i++, weights += (size_t)neurons * INN_ATTENTION_LANES) {
            if (in->fixed) {
                for (int j = 0; j < neurons; j++) w.p[j] = (vf)(in->fixed[((size_t)h * neurons + i) * neurons + j]);
            } else {
                dots(w.q + head + (size_t)i * headDim, w.k + head, neurons, headDim, w.p);
                for (int j = 0; j < neurons; j++)
                    w.p[j] = fma_v(w.p[j], (vf)(scale), (vf)(in->scoreBias[(size_t)i * neurons + j]));
                if (in->topK > 0) keep_strongest(w.p, neurons, in->topK);
                softmax_lanes(w.p, neurons);
            }
            for (int j = 0; j < neurons; j++) store_n(weights + (size_t)j * INN_ATTENTION_LANES, w.p[j], n);
            if (in->edgeScale)
                for (int j = 0; j < neurons; j++) w.p[j] *= in->edgeScale[(size_t)i * neurons + j];
            vf *mix = w.mix + head + (size_t)i * headDim;
            mix_rows(w.p, 1, w.gated + head, neurons, headDim, mix);
            if (in->headScale)
                for (int d = 0; d < headDim; d++) mix[d] *= in->headScale[h];
        }
    }
    scatter_tokens(out->mix, out->mixNeuronStride, out->mixTokenStride, neurons, in->heads, headDim, first, n, w.mix);
}

static void attention_step(const inn_attention_input *in, const inn_attention_output *out);

static void attention_forward(const inn_attention_input *in, const inn_attention_output *out) {
    if (in->tokens == 1 && in->topK == 0) {
        attention_step(in, out);
        return;
    }
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
    gather_tokens(g->dmix, g->mixNeuronStride, g->mixTokenStride, neurons, in->heads, headDim, first, n, dmix);
    memset(dgated, 0, 2 * sizeof(vf) * plane);
    memset(dk, 0, sizeof(vf) * plane);
    const float scale = 1.0f / sqrtf((float)headDim);
    const float *weights = g->weights
        + (size_t)(first / INN_ATTENTION_LANES) * in->heads * neurons * neurons * INN_ATTENTION_LANES
        + first % INN_ATTENTION_LANES;
    for (int h = 0; h < in->heads; h++) {
        const size_t head = (size_t)h * neurons * headDim;
        vf *scaled = ds + (size_t)neurons * neurons;
        for (int i = 0; i < neurons; i++) {
            if (in->headScale)
                for (int d = 0; d < headDim; d++) dmix[head + (size_t)i * headDim + d] *= in->headScale[h];
            dots(dmix + head + (size_t)i * headDim, w.gated + head, neurons, headDim, w.dp);
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
                        if (n < LANES)
                            for (int l = n; l < LANES; l++) d[l] = 0;
                        g->dfixed[((size_t)h * neurons + i) * neurons + j] += sum_v(d);
                    }
                continue;
            }
            for (int j = 0; j < neurons; j++) ds[(size_t)i * neurons + j] = p[j] * (w.dp[j] - dot) * scale;
            mix_rows(ds + (size_t)i * neurons, 1, w.k + head, neurons, headDim, dq + head + (size_t)i * headDim);
        }
        for (int j = 0; j < neurons; j++) {
            mix_rows(scaled + j, neurons, dmix + head, neurons, headDim, dgated + head + (size_t)j * headDim);
            if (!in->fixed) mix_rows(ds + j, neurons, w.q + head, neurons, headDim, dk + head + (size_t)j * headDim);
        }
        weights += (size_t)neurons * neurons * INN_ATTENTION_LANES;
    }
    for (int i = 0; i < neurons; i++) {
        vf dgate = (vf)(0.0f);
        for (int h = 0; h < in->heads; h++) {
            const size_t row = ((size_t)h * neurons + i) * headDim;
            for (int d = 0; d < headDim; d++) {
                dgate = fma_v(dgated[row + d], w.v[row + d], dgate);
                dgated[row + d] *= w.gate[i];
            }
        }
        if (g->dgate) store_n(g->dgate + (size_t)i * in->gateStride + first, dgate, n);
    }
    scatter_tokens(g->dv, in->neuronStride, in->tokenStride, neurons, in->heads, headDim, first, n, dgated);
    if (in->fixed) return;
    scatter_tokens(g->dq, in->neuronStride, in->tokenStride, neurons, in->heads, headDim, first, n, dq);
    scatter_tokens(g->dk, in->neuronStride, in->tokenStride, neurons, in->heads, headDim, first, n, dk);
}

static void attention_backward(const inn_attention_input *in, const inn_attention_gradient *g) {
#define BODY(first, n) attention_backward_block(in, g, first, n);
    FOR_LANES(in->tokens, BODY);
#undef BODY
}
