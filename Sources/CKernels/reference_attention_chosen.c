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

/// Keeps the topK highest scores of a listener in s, and those equal to the last of them, in the order of the speakers
/// in `order`. Returns how many they are; if that is beyond the capacity, none is written.
static int keep_strongest(const inn_attention_input *in, const inn_attention_edges *edges, const float *s,
    const int *order, size_t place) {
    // The lowest score of an open edge than which fewer than topK are higher.
    float bound = INFINITY, largest = -INFINITY;
    for (int j = 0; j < in->neurons; j++) {
        largest = fmaxf(largest, s[j]);
        if (s[j] == -INFINITY || s[j] >= bound) continue;
        if (count_from(s, in->neurons, nextafterf(s[j], INFINITY)) < in->topK) bound = s[j];
    }
    const int all = count_from(s, in->neurons, bound);
    if (all > edges->capacity) return all;
    double sum = 0;
    int kept = 0;
    for (int o = 0; o < in->neurons; o++) {
        const int j = order[o];
        if (s[j] < bound || s[j] == -INFINITY) continue;
        edges->speakers[place + kept] = j;
        edges->weights[place + kept] = expf(s[j] - largest);
        sum += edges->weights[place + kept++];
    }
    for (int e = 0; e < kept; e++) edges->weights[place + e] /= (float)sum;
    for (int e = kept; e < edges->capacity; e++) {
        edges->speakers[place + e] = 0;
        edges->weights[place + e] = 0;
    }
    return kept;
}

static float score_of(const inn_attention_input *in, int token, int h, int i, int j) {
    float s = 0;
    for (int d = 0; d < in->headDim; d++) s += in->q[at(in, i, token, h, d)] * in->k[at(in, j, token, h, d)];
    return s / sqrtf((float)in->headDim) + in->scoreBias[i * in->neurons + j];
}

int inn_reference_attention_choose(const inn_attention_input *in, const inn_attention_edges *edges, float *scratch) {
    const int neurons = in->neurons;
    float *s = scratch;
    int *order = (int *)(scratch + neurons);
    for (int j = 0; j < neurons; j++) order[j] = j;
    int most = 0;
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++)
            for (int i = 0; i < neurons; i++) {
                for (int j = 0; j < neurons; j++) s[j] = score_of(in, token, h, i, j);
                const int count = keep_strongest(in, edges, s, order, edges_at(in, edges, token, h, i));
                if (count > most) most = count;
            }
    return most;
}

/// Where the speakers of a token and head lie in blocks; see attention_search.
typedef struct {
    int *order; ///< [neurons]: block by block, ascending in each
    int *ends; ///< [blocks]: where each block ends in `order`
} search_blocks;

/// Sorts speakers by a dimension of their keys, and equal ones by their number; with -1 by their number alone.
static void sort_speakers(const inn_attention_input *in, int *speakers, int count, int token, int h, int d) {
    for (int i = 1; i < count; i++)
        for (int e = i; e > 0; e--) {
            const int a = speakers[e - 1], b = speakers[e];
            const float before = d < 0 ? 0 : in->k[at(in, a, token, h, d)];
            const float behind = d < 0 ? 0 : in->k[at(in, b, token, h, d)];
            if (before < behind || (before == behind && a < b)) break;
            speakers[e - 1] = b;
            speakers[e] = a;
        }
}

/// The range of a dimension among the keys of some speakers.
static void key_range(const inn_attention_input *in, const int *speakers, int count, int token, int h, int d,
    float *low, float *high) {
    *low = INFINITY;
    *high = -INFINITY;
    for (int i = 0; i < count; i++) {
        *low = fminf(*low, in->k[at(in, speakers[i], token, h, d)]);
        *high = fmaxf(*high, in->k[at(in, speakers[i], token, h, d)]);
    }
}

static void divide(const inn_attention_input *in, const search_blocks *b, int start, int count, int first, int blocks,
    int token, int h) {
    int *speakers = b->order + start;
    if (blocks == 1) {
        sort_speakers(in, speakers, count, token, h, -1);
        b->ends[first] = start + count;
        return;
    }
    int widest = 0;
    float width = -1, low, high;
    for (int d = 0; d < in->headDim; d++) {
        key_range(in, speakers, count, token, h, d, &low, &high);
        if (high - low <= width) continue;
        width = high - low;
        widest = d;
    }
    sort_speakers(in, speakers, count, token, h, widest);
    const int fewer = blocks / 2, part = (int)((long)count * fewer / blocks);
    divide(in, b, start, part, first, fewer, token, h);
    divide(in, b, start + part, count - part, first + fewer, blocks - fewer, token, h);
}

/// What a block promises a listener, and how many open edges it has.
static float promise(const inn_attention_input *in, const int *speakers, int count, int token, int h, int i,
    int *open) {
    float bias = -INFINITY, sum = 0;
    *open = 0;
    for (int e = 0; e < count; e++) {
        const float own = in->scoreBias[i * in->neurons + speakers[e]];
        bias = fmaxf(bias, own);
        *open += own > -INFINITY;
    }
    for (int d = 0; d < in->headDim; d++) {
        const float q = in->q[at(in, i, token, h, d)];
        float low, high;
        key_range(in, speakers, count, token, h, d, &low, &high);
        sum += q * 0.5f * (low + high) + fabsf(q) * 0.5f * (high - low);
    }
    return sum / sqrtf((float)in->headDim) + bias;
}

/// Makes a listener's scores in the blocks that it looks into; the others are -inf.
static void score_promising(const inn_attention_input *in, const search_blocks *b, int blocks, int searched, int token,
    int h, int i, float *promises, float *s) {
    int open, taken = 0, found = 0;
    float last = INFINITY;
    for (int c = 0; c < blocks; c++) {
        const int start = c > 0 ? b->ends[c - 1] : 0;
        promises[c] = promise(in, b->order + start, b->ends[c] - start, token, h, i, &open);
    }
    while (taken < searched || found < in->topK) {
        float next = -INFINITY;
        for (int c = 0; c < blocks; c++)
            if (promises[c] < last) next = fmaxf(next, promises[c]);
        if (next == -INFINITY) break;
        last = next;
        for (int c = 0; c < blocks; c++) {
            if (promises[c] != last) continue;
            const int start = c > 0 ? b->ends[c - 1] : 0;
            promise(in, b->order + start, b->ends[c] - start, token, h, i, &open);
            taken++;
            found += open;
        }
    }
    for (int c = 0; c < blocks; c++)
        for (int o = c > 0 ? b->ends[c - 1] : 0; o < b->ends[c]; o++)
            s[b->order[o]] = promises[c] >= last ? score_of(in, token, h, i, b->order[o]) : -INFINITY;
}

int inn_reference_attention_search(const inn_attention_input *in, const inn_attention_edges *edges, int searched,
    float *scratch) {
    const int neurons = in->neurons, blocks = (neurons + INN_SEARCH_BLOCK - 1) / INN_SEARCH_BLOCK;
    float *s = scratch, *promises = s + neurons;
    const search_blocks b = {(int *)(promises + blocks), (int *)(promises + blocks) + neurons};
    int most = 0;
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++) {
            for (int j = 0; j < neurons; j++) b.order[j] = j;
            divide(in, &b, 0, neurons, 0, blocks, token, h);
            for (int i = 0; i < neurons; i++) {
                score_promising(in, &b, blocks, searched, token, h, i, promises, s);
                const int count = keep_strongest(in, edges, s, b.order, edges_at(in, edges, token, h, i));
                if (count > most) most = count;
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
