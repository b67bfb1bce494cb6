/// Routing attention that stores no weights, as flash attention does over time, here over speakers: the forward pass
/// keeps a running maximum and sum per listener, the backward pass makes the weights once more. One head at a time,
/// lanes across tokens; a block of listeners meets one block of speakers after the other.
#pragma once
#include "vector_attention_tiles.h"

/// Listeners that meet a block of speakers before the next one is read, in strips of so many.
#define STREAM_LISTENERS 32
#define STREAM_STRIP 8
/// Speakers of a block: forward, and backward, where four arrays of them have to stay near.
#define STREAM_SPEAKERS 16
#define STREAM_SPEAKERS_BACKWARD 8

typedef struct {
    vf *q, *k, *v, *gated, *mix, *dq, *dk, *dgated; ///< [neurons, headDim] each, of one head
    vf *gate, *dgate, *dot; ///< [neurons] each
} stream_workspace;

ALWAYS stream_workspace stream_layout(float *scratch, int neurons, int headDim) {
    const size_t plane = (size_t)neurons * headDim;
    stream_workspace w;
    w.q = (vf *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    w.k = w.q + plane;
    w.v = w.k + plane;
    w.gated = w.v + plane;
    w.mix = w.gated + plane;
    w.dq = w.mix + plane;
    w.dk = w.dq + plane;
    w.dgated = w.dk + plane;
    w.gate = w.dgated + plane;
    w.dgate = w.gate + neurons;
    w.dot = w.dgate + neurons;
    return w;
}

ALWAYS void stream_gates(const inn_attention_input *in, vf *gate, int first, int n) {
    for (int i = 0; i < in->neurons; i++)
        gate[i] = in->gate ? load_n(in->gate + (size_t)i * in->gateStride + first, n) : (vf)(1.0f);
}

/// Queries and keys of one head, unless the weights are fixed.
ALWAYS void stream_scores(const inn_attention_input *in, int h, int first, int n, vf *q, vf *k) {
    if (in->fixed) return;
    const size_t column = (size_t)h * in->headDim;
    gather_tokens(in->q + column, in->neuronStride, in->tokenStride, in->neurons, 1, in->headDim, first, n, q);
    gather_tokens(in->k + column, in->neuronStride, in->tokenStride, in->neurons, 1, in->headDim, first, n, k);
}

ALWAYS void stream_values(const inn_attention_input *in, const stream_workspace *w, int h, int first, int n) {
    const int headDim = in->headDim;
    gather_tokens(in->v + (size_t)h * headDim, in->neuronStride, in->tokenStride, in->neurons, 1, headDim, first, n,
        w->v);
    for (int i = 0; i < in->neurons; i++) {
        const size_t row = (size_t)i * headDim;
        for (int d = 0; d < headDim; d++) w->gated[row + d] = w->v[row + d] * w->gate[i];
    }
}

/// Where largest and inverse of a listener lie, INN_ATTENTION_LANES apart.
ALWAYS size_t stream_row(const inn_attention_input *in, int first, int h, int i) {
    const size_t block = (size_t)(first / INN_ATTENTION_LANES), lane = (size_t)(first % INN_ATTENTION_LANES);
    return ((block * in->heads + h) * in->neurons + i) * 2 * INN_ATTENTION_LANES + lane;
}

/// Takes a block of scores of one listener into its running maximum and sum; the scores become what the block's
/// messages are multiplied by, and what was mixed before is brought to the new maximum.
ALWAYS void stream_take(vf *s, int columns, float scale, const float *bias, const float *edge, vf *largest, vf *sum,
    vf *mix, int headDim) {
    vf top = *largest;
    for (int c = 0; c < columns; c++) {
        s[c] = fma_v(s[c], (vf)(scale), (vf)(bias[c]));
        top = max_v(top, s[c]);
    }
    const vf rescale = exp_v(*largest - top);
    vf total = *sum * rescale;
    for (int c = 0; c < columns; c++) {
        const vf p = select_v(s[c] > -1e30f, exp_v(s[c] - top), (vf)(0.0f));
        total += p;
        s[c] = edge ? p * edge[c] : p;
    }
    for (int d = 0; d < headDim; d++) mix[d] *= rescale;
    *largest = top;
    *sum = total;
}

ALWAYS void stream_fixed(const inn_attention_input *in, int h, int i, int j, int columns, vf *s) {
    const float *row = in->fixed + ((size_t)h * in->neurons + i) * in->neurons + j;
    const float *edge = in->edgeScale ? in->edgeScale + (size_t)i * in->neurons + j : NULL;
    for (int c = 0; c < columns; c++) s[c] = (vf)(edge ? row[c] * edge[c] : row[c]);
}

/// Listeners begin..<end of one head against all speakers.
ALWAYS void stream_forward_listeners(const inn_attention_input *in, const inn_attention_output *out,
    const stream_workspace *w, int h, int begin, int end, int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim;
    const float scale = 1.0f / sqrtf((float)headDim);
    vf largest[STREAM_LISTENERS], sum[STREAM_LISTENERS], s[STREAM_STRIP * STREAM_SPEAKERS];
    for (int i = begin; i < end; i++) {
        largest[i - begin] = (vf)(-1e30f);
        sum[i - begin] = (vf)(0.0f);
    }
    memset(w->mix + (size_t)begin * headDim, 0, sizeof(vf) * (size_t)(end - begin) * headDim);
    for (int j = 0; j < neurons; j += STREAM_SPEAKERS) {
        const int columns = neurons - j < STREAM_SPEAKERS ? neurons - j : STREAM_SPEAKERS;
        for (int i = begin; i < end; i += STREAM_STRIP) {
            const int rows = end - i < STREAM_STRIP ? end - i : STREAM_STRIP;
            vf *mix = w->mix + (size_t)i * headDim;
            if (!in->fixed)
                dots_block(w->q + (size_t)i * headDim, rows, w->k + (size_t)j * headDim, columns, headDim, s,
                    STREAM_SPEAKERS);
            for (int r = 0; r < rows; r++) {
                const size_t edges = (size_t)(i + r) * neurons + j;
                if (in->fixed) stream_fixed(in, h, i + r, j, columns, s + r * STREAM_SPEAKERS);
                else
                    stream_take(s + r * STREAM_SPEAKERS, columns, scale, in->scoreBias + edges,
                        in->edgeScale ? in->edgeScale + edges : NULL, largest + i + r - begin, sum + i + r - begin,
                        mix + (size_t)r * headDim, headDim);
            }
            mix_block(s, STREAM_SPEAKERS, 1, rows, w->gated + (size_t)j * headDim, columns, headDim, mix);
        }
    }
    for (int i = begin; i < end; i++) {
        vf factor = (vf)(in->headScale ? in->headScale[h] : 1.0f);
        if (!in->fixed) {
            const vf total = sum[i - begin], inverse = select_v(total > 0.0f, 1.0f / total, (vf)(0.0f));
            float *row = out->rows + stream_row(in, first, h, i);
            store_n(row, largest[i - begin], n);
            store_n(row + INN_ATTENTION_LANES, inverse, n);
            factor *= inverse;
        }
        for (int d = 0; d < headDim; d++) w->mix[(size_t)i * headDim + d] *= factor;
    }
}

ALWAYS void stream_forward_block(const inn_attention_input *in, const inn_attention_output *out, int first,
    int n) {
    const int neurons = in->neurons, headDim = in->headDim;
    const stream_workspace w = stream_layout(out->scratch, neurons, headDim);
    stream_gates(in, w.gate, first, n);
    for (int h = 0; h < in->heads; h++) {
        stream_scores(in, h, first, n, w.q, w.k);
        stream_values(in, &w, h, first, n);
        for (int i = 0; i < neurons; i += STREAM_LISTENERS)
            stream_forward_listeners(in, out, &w, h, i, neurons - i < STREAM_LISTENERS ? neurons : i + STREAM_LISTENERS,
                first, n);
        scatter_tokens(out->mix + (size_t)h * headDim, out->mixNeuronStride, out->mixTokenStride, neurons, 1, headDim,
            first, n, w.mix);
    }
}

static void attention_stream_forward(const inn_attention_input *in, const inn_attention_output *out) {
#define BODY(first, n) stream_forward_block(in, out, first, n);
    FOR_LANES(in->tokens, BODY);
#undef BODY
}

/// A strip's scores and the gradients of its weights become what messages are multiplied by and the gradients of
/// scores.
ALWAYS void stream_weigh(const inn_attention_input *in, const inn_attention_gradient *g, vf dot, int h, int i,
    int j, int columns, int first, int n, vf *s, vf *dp) {
    const float scale = 1.0f / sqrtf((float)in->headDim);
    const float *bias = in->scoreBias + (size_t)i * in->neurons + j, *row = g->rows + stream_row(in, first, h, i);
    const float *edge = in->edgeScale ? in->edgeScale + (size_t)i * in->neurons + j : NULL;
    const vf largest = load_n(row, n), inverse = load_n(row + INN_ATTENTION_LANES, n);
    for (int c = 0; c < columns; c++) {
        const vf score = fma_v(s[c], (vf)(scale), (vf)(bias[c]));
        const vf p = select_v(score > -1e30f, exp_v(score - largest) * inverse, (vf)(0.0f));
        const vf e = (vf)(edge ? edge[c] : 1.0f);
        s[c] = p * e;
        dp[c] = p * (dp[c] * e - dot) * scale;
    }
}

ALWAYS void stream_weigh_fixed(const inn_attention_input *in, float *dfixed, int h, int i, int j, int columns, vf *s,
    const vf *dp) {
    stream_fixed(in, h, i, j, columns, s);
    if (!dfixed) return;
    const float *edge = in->edgeScale ? in->edgeScale + (size_t)i * in->neurons + j : NULL;
    float *row = dfixed + ((size_t)h * in->neurons + i) * in->neurons + j;
    for (int c = 0; c < columns; c++) row[c] += sum_v(dp[c]) * (edge ? edge[c] : 1.0f);
}

ALWAYS void stream_backward_listeners(const inn_attention_input *in, const inn_attention_gradient *g,
    const stream_workspace *w, const vf *dmix, int h, int begin, int end, int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim;
    vf s[STREAM_STRIP * STREAM_SPEAKERS_BACKWARD], dp[STREAM_STRIP * STREAM_SPEAKERS_BACKWARD];
    for (int j = 0; j < neurons; j += STREAM_SPEAKERS_BACKWARD) {
        const int columns = neurons - j < STREAM_SPEAKERS_BACKWARD ? neurons - j : STREAM_SPEAKERS_BACKWARD;
        const size_t speaker = (size_t)j * headDim;
        for (int i = begin; i < end; i += STREAM_STRIP) {
            const int rows = end - i < STREAM_STRIP ? end - i : STREAM_STRIP;
            const size_t listener = (size_t)i * headDim;
            dots_block(dmix + listener, rows, w->gated + speaker, columns, headDim, dp, STREAM_SPEAKERS_BACKWARD);
            if (!in->fixed)
                dots_block(w->q + listener, rows, w->k + speaker, columns, headDim, s, STREAM_SPEAKERS_BACKWARD);
            for (int r = 0; r < rows; r++) {
                vf *score = s + r * STREAM_SPEAKERS_BACKWARD, *gradient = dp + r * STREAM_SPEAKERS_BACKWARD;
                if (in->fixed) stream_weigh_fixed(in, g->dfixed, h, i + r, j, columns, score, gradient);
                else stream_weigh(in, g, w->dot[i + r], h, i + r, j, columns, first, n, score, gradient);
            }
            mix_block(s, 1, STREAM_SPEAKERS_BACKWARD, columns, dmix + listener, rows, headDim, w->dgated + speaker);
            if (in->fixed) continue;
            mix_block(dp, STREAM_SPEAKERS_BACKWARD, 1, rows, w->k + speaker, columns, headDim, w->dq + listener);
            mix_block(dp, 1, STREAM_SPEAKERS_BACKWARD, columns, w->q + listener, rows, headDim, w->dk + speaker);
        }
    }
}

/// The gradient of one head's mix into w->mix, scaled as the mix was, and per listener its product with the mix, which
/// is the mean over the weights of their gradients.
ALWAYS void stream_upstream(const inn_attention_input *in, const inn_attention_gradient *g,
    const stream_workspace *w, int h, int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim;
    const size_t column = (size_t)h * headDim;
    gather_tokens(g->dmix + column, g->mixNeuronStride, g->mixTokenStride, neurons, 1, headDim, first, n, w->mix);
    if (!in->fixed)
        gather_tokens(g->mix + column, g->mixNeuronStride, g->mixTokenStride, neurons, 1, headDim, first, n, w->dq);
    const float scale = in->headScale ? in->headScale[h] : 1.0f;
    for (int i = 0; i < neurons; i++) {
        vf *row = w->mix + (size_t)i * headDim;
        if (!in->fixed) w->dot[i] = dot_lanes(row, w->dq + (size_t)i * headDim, headDim);
        for (int d = 0; d < headDim; d++) row[d] *= scale;
    }
}

ALWAYS void stream_backward_block(const inn_attention_input *in, const inn_attention_gradient *g, int first,
    int n) {
    const int neurons = in->neurons, headDim = in->headDim;
    const size_t plane = (size_t)neurons * headDim;
    const stream_workspace w = stream_layout(g->scratch, neurons, headDim);
    stream_gates(in, w.gate, first, n);
    memset(w.dgate, 0, sizeof(vf) * (size_t)neurons);
    for (int h = 0; h < in->heads; h++) {
        stream_scores(in, h, first, n, w.q, w.k);
        stream_values(in, &w, h, first, n);
        stream_upstream(in, g, &w, h, first, n);
        memset(w.dq, 0, 3 * sizeof(vf) * plane);
        for (int i = 0; i < neurons; i += STREAM_LISTENERS)
            stream_backward_listeners(in, g, &w, w.mix, h, i,
                neurons - i < STREAM_LISTENERS ? neurons : i + STREAM_LISTENERS, first, n);
        for (int i = 0; i < neurons; i++)
            for (int d = 0; d < headDim; d++) {
                const size_t at = (size_t)i * headDim + d;
                w.dgate[i] = fma_v(w.dgated[at], w.v[at], w.dgate[i]);
                w.dgated[at] *= w.gate[i];
            }
        const size_t column = (size_t)h * headDim;
        scatter_tokens(g->dv + column, in->neuronStride, in->tokenStride, neurons, 1, headDim, first, n, w.dgated);
        if (in->fixed) continue;
        scatter_tokens(g->dq + column, in->neuronStride, in->tokenStride, neurons, 1, headDim, first, n, w.dq);
        scatter_tokens(g->dk + column, in->neuronStride, in->tokenStride, neurons, 1, headDim, first, n, w.dk);
    }
    for (int i = 0; g->dgate && i < neurons; i++)
        store_n(g->dgate + (size_t)i * in->gateStride + first, w.dgate[i], n);
}

static void attention_stream_backward(const inn_attention_input *in, const inn_attention_gradient *g) {
#define BODY(first, n) stream_backward_block(in, g, first, n);
    FOR_LANES(in->tokens, BODY);
#undef BODY
}

ALWAYS void stream_weights_block(const inn_attention_input *in, const float *rows, float *weights, float *scratch,
    int first, int n) {
    const int neurons = in->neurons, headDim = in->headDim;
    const stream_workspace w = stream_layout(scratch, neurons, headDim);
    const float scale = 1.0f / sqrtf((float)headDim);
    float *out = weights + (size_t)(first / INN_ATTENTION_LANES) * in->heads * neurons * neurons * INN_ATTENTION_LANES
        + first % INN_ATTENTION_LANES;
    for (int h = 0; h < in->heads; h++) {
        stream_scores(in, h, first, n, w.q, w.k);
        for (int i = 0; i < neurons; i++)
            for (int j = 0; j < neurons; j++, out += INN_ATTENTION_LANES) {
                if (in->fixed) {
                    store_n(out, (vf)(in->fixed[((size_t)h * neurons + i) * neurons + j]), n);
                    continue;
                }
                const float *row = rows + stream_row(in, first, h, i);
                const vf dot = dot_lanes(w.q + (size_t)i * headDim, w.k + (size_t)j * headDim, headDim);
                const vf score = fma_v(dot, (vf)(scale), (vf)(in->scoreBias[(size_t)i * neurons + j]));
                const vf p = exp_v(score - load_n(row, n)) * load_n(row + INN_ATTENTION_LANES, n);
                store_n(out, select_v(score > -1e30f, p, (vf)(0.0f)), n);
            }
    }
}

static void attention_stream_weights(const inn_attention_input *in, const float *rows, float *weights, float *scratch) {
#define BODY(first, n) stream_weights_block(in, rows, weights, scratch, first, n);
    FOR_LANES(in->tokens, BODY);
#undef BODY
}
