/// Which edges a listener keeps when only its strongest count: all scores are made, lanes across tokens, and no more of
/// them is remembered than a few listeners' rows.
#pragma once
#include "vector_attention_tiles.h"
#include "vector_attention_stream.h"

typedef _Bool vb __attribute__((ext_vector_type(LANES)));

/// One bit per lane that is set in the mask.
ALWAYS unsigned bits_v(vi mask) {
    const vb chosen = __builtin_convertvector(mask, vb);
    unsigned bits = 0;
    memcpy(&bits, &chosen, sizeof chosen);
    return bits & ((1u << LANES) - 1);
}

/// Candidates that a listener has room for, beyond which the search for its strongest edges begins anew.
ALWAYS int candidate_room(int capacity) { return 2 * capacity + 16; }

typedef struct {
    vf *q, *k; ///< [neurons, headDim], of one head
    vf *scores; ///< [TILE_ROWS, neurons]
    vf *tops; ///< [neurons]: highest scores of groups of neighbours
    vf *best; ///< [topK], descending
    float *kept; ///< [candidate_room, LANES]: scores, then weights
    int32_t *speakers; ///< [candidate_room, LANES]
} choose_workspace;

ALWAYS choose_workspace choose_layout(float *scratch, int neurons, int headDim, int topK, int capacity) {
    choose_workspace w;
    w.q = (vf *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    w.k = w.q + (size_t)neurons * headDim;
    w.scores = w.k + (size_t)neurons * headDim;
    w.tops = w.scores + TILE_ROWS * (size_t)neurons;
    w.best = w.tops + neurons;
    w.kept = (float *)(w.best + topK);
    w.speakers = (int32_t *)(w.kept + (size_t)candidate_room(capacity) * LANES);
    return w;
}

/// The topK highest values of every lane, descending; -inf where there are fewer.
ALWAYS void strongest(const vf *s, int count, int topK, vf *best) {
    for (int t = 0; t < topK; t++) best[t] = (vf)(-INFINITY);
    for (int j = 0; j < count; j++) {
        if (!bits_v(s[j] > best[topK - 1])) continue;
        vf value = s[j];
        for (int t = 0; t < topK; t++) {
            const vf higher = max_v(best[t], value);
            value = min_v(best[t], value);
            best[t] = higher;
        }
    }
}

/// A value that at least topK scores of every lane reach: the topK-th of the highest scores of groups of neighbours.
ALWAYS vf reached_by_enough(const vf *s, int neurons, int topK, const choose_workspace *w) {
    const int group = neurons / (8 * topK);
    if (group < 2) return (vf)(-INFINITY);
    int count = 0;
    for (int j = 0; j < neurons; j += group) {
        const int end = neurons - j < group ? neurons : j + group;
        vf top = s[j];
        for (int other = j + 1; other < end; other++) top = max_v(top, s[other]);
        w->tops[count++] = top;
    }
    strongest(w->tops, count, topK, w->best);
    return w->best[topK - 1];
}

/// Gathers the open edges of every lane that reach the bound; returns the largest number of them. What is beyond the
/// room is counted alone.
ALWAYS int candidates(const vf *s, int neurons, vf bound, int room, int n, const choose_workspace *w, int *counts) {
    const float *values = (const float *)s;
    const unsigned wanted = (1u << n) - 1;
    for (int l = 0; l < LANES; l++) counts[l] = 0;
    for (int j = 0; j < neurons; j++) {
        unsigned lanes = bits_v((s[j] >= bound) & (s[j] > -1e30f)) & wanted;
        for (; lanes; lanes &= lanes - 1) {
            const int lane = __builtin_ctz(lanes), place = counts[lane]++;
            if (place >= room) continue;
            w->kept[place * LANES + lane] = values[(size_t)j * LANES + lane];
            w->speakers[place * LANES + lane] = j;
        }
    }
    int most = 0;
    for (int l = 0; l < n; l++) most = counts[l] > most ? counts[l] : most;
    const int filled = most < room ? most : room;
    for (int l = 0; l < LANES; l++)
        for (int e = counts[l]; e < filled; e++) w->kept[e * LANES + l] = -INFINITY;
    return most;
}

/// Writes one listener's edges at the tokens of a block, out of `count` candidates; returns the largest number of them.
ALWAYS int keep_edges(const choose_workspace *w, int count, int topK, int capacity, int n, size_t tokenStride,
    int32_t *speakers, float *weights) {
    vf *kept = (vf *)w->kept;
    const vf bound = w->best[topK - 1], largest = max_v(w->best[0], (vf)(-1e30f));
    vf sum = (vf)(0.0f);
    for (int e = 0; e < count; e++) {
        const vi stays = (kept[e] >= bound) & (kept[e] > -1e30f);
        kept[e] = select_v(stays, exp_v(kept[e] - largest), (vf)(-1.0f));
        sum += max_v(kept[e], (vf)(0.0f));
    }
    const vf inverse = select_v(sum > 0.0f, 1.0f / sum, (vf)(0.0f));
    int most = 0;
    for (int l = 0; l < n; l++) {
        int32_t *speaker = speakers + (size_t)l * tokenStride;
        float *weight = weights + (size_t)l * tokenStride;
        int found = 0;
        for (int e = 0; e < count; e++) {
            const float value = w->kept[e * LANES + l];
            if (value < 0) continue;
            if (found < capacity) {
                weight[found] = value * inverse[l];
                speaker[found] = w->speakers[e * LANES + l];
            }
            found++;
        }
        if (found > most) most = found;
        for (; found < capacity; found++) {
            weight[found] = 0;
            speaker[found] = 0;
        }
    }
    return most;
}

ALWAYS int choose_edges(const vf *s, const choose_workspace *w, int neurons, int topK, int capacity, int n,
    size_t tokenStride, int32_t *speakers, float *weights) {
    const int room = candidate_room(capacity);
    int counts[LANES];
    int count = candidates(s, neurons, reached_by_enough(s, neurons, topK, w), room, n, w, counts);
    if (count <= room) {
        strongest((const vf *)w->kept, count, topK, w->best);
    } else {
        strongest(s, neurons, topK, w->best);
        count = candidates(s, neurons, w->best[topK - 1], room, n, w, counts);
        if (count > room) return count;
    }
    return keep_edges(w, count, topK, capacity, n, tokenStride, speakers, weights);
}

ALWAYS int choose_block(const inn_attention_input *in, const inn_attention_edges *edges, float *scratch, int first,
    int n) {
    const int neurons = in->neurons, headDim = in->headDim, topK = in->topK < neurons ? in->topK : neurons;
    const choose_workspace w = choose_layout(scratch, neurons, headDim, topK, edges->capacity);
    const float scale = 1.0f / sqrtf((float)headDim);
    const size_t tokenStride = (size_t)in->heads * neurons * edges->capacity;
    int most = 0;
    for (int h = 0; h < in->heads; h++) {
        stream_scores(in, h, first, n, w.q, w.k);
        for (int i = 0; i < neurons; i += TILE_ROWS) {
            const int rows = neurons - i < TILE_ROWS ? neurons - i : TILE_ROWS;
            dots_block(w.q + (size_t)i * headDim, rows, w.k, neurons, headDim, w.scores, (size_t)neurons);
            for (int r = 0; r < rows; r++) {
                vf *s = w.scores + (size_t)r * neurons;
                const float *bias = in->scoreBias + (size_t)(i + r) * neurons;
                for (int j = 0; j < neurons; j++) s[j] = fma_v(s[j], (vf)(scale), (vf)(bias[j]));
                const size_t place =
                    (size_t)first * tokenStride + ((size_t)h * neurons + (size_t)(i + r)) * edges->capacity;
                const int count = choose_edges(s, &w, neurons, topK, edges->capacity, n, tokenStride,
                    edges->speakers + place, edges->weights + place);
                if (count > most) most = count;
            }
        }
    }
    return most;
}

static int attention_choose(const inn_attention_input *in, const inn_attention_edges *edges, float *scratch) {
    int most = 0;
#define BODY(first, n) \
    { \
        const int count = choose_block(in, edges, scratch, first, n); \
        if (count > most) most = count; \
    }
    FOR_LANES(in->tokens, BODY);
#undef BODY
    return most;
}
