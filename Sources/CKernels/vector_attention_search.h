/// Which edges a listener keeps when its strongest are looked for in part of the blocks of speakers only, those that
/// promise most: lanes across listeners where blocks are told apart and scores compared, across speakers where scores
/// are made.
#pragma once
#include "vector_attention_blocks.h"
#include "vector_sort.h"

/// What the best edge into each block could score at most, for LANES listeners.
ALWAYS void bound_blocks(const search_workspace *w, int headDim, float scale) {
    int b = 0;
    for (; b + 4 <= w->blocks; b += 4) {
        const float *centre = w->centre + (size_t)b * headDim, *reach = w->reach + (size_t)b * headDim;
        vf sums[4];
        for (int k = 0; k < 4; k++) sums[k] = (vf)(0.0f);
        for (int d = 0; d < headDim; d++)
            for (int k = 0; k < 4; k++)
                sums[k] = fma_v(w->q[d], (vf)(centre[k * headDim + d]),
                    fma_v(w->extent[d], (vf)(reach[k * headDim + d]), sums[k]));
        for (int k = 0; k < 4; k++) w->bounds[b + k] = sums[k] * scale;
    }
    for (; b < w->blocks; b++) {
        const float *centre = w->centre + (size_t)b * headDim, *reach = w->reach + (size_t)b * headDim;
        vf sum = (vf)(0.0f);
        for (int d = 0; d < headDim; d++)
            sum = fma_v(w->q[d], (vf)(centre[d]), fma_v(w->extent[d], (vf)(reach[d]), sum));
        w->bounds[b] = sum * scale;
    }
}

/// Takes one listener's closed edges into its bounds.
///
/// Returns the bound of the last block that it looks into: of as many as are asked for, and more where these have fewer
/// than topK open edges.
ALWAYS float bound_with_closed(const search_workspace *w, const float *bias, int searched, int topK, int lane) {
    float *bounds = (float *)w->bounds + lane;
    for (int b = 0; b < w->blocks; b++) {
        float largest = -INFINITY;
        for (int i = 0; i < w->sizes[b]; i++) {
            const float own = bias[w->speakers[b * SEARCH_BLOCK + i]];
            largest = own > largest ? own : largest;
        }
        bounds[b * LANES] += largest;
    }
    float last = INFINITY;
    for (int taken = 0, open = 0; taken < searched || open < topK;) {
        float next = -INFINITY;
        for (int b = 0; b < w->blocks; b++) {
            const float bound = bounds[b * LANES];
            if (bound < last && bound > next) next = bound;
        }
        if (next == -INFINITY) break;
        last = next;
        for (int b = 0; b < w->blocks; b++) {
            if (bounds[b * LANES] != last) continue;
            taken++;
            for (int i = 0; i < w->sizes[b]; i++) open += bias[w->speakers[b * SEARCH_BLOCK + i]] > -INFINITY;
        }
    }
    return last;
}

/// Where each of n listeners looks; returns the largest number of blocks.
ALWAYS int find_blocks(const search_workspace *w, vf bound, int n, int *counts) {
    for (int l = 0; l < LANES; l++) counts[l] = 0;
    const unsigned wanted = (1u << n) - 1;
    for (int b = 0; b < w->blocks; b++) {
        unsigned lanes = bits_v((w->bounds[b] >= bound) & (w->bounds[b] > -1e30f)) & wanted;
        for (; lanes; lanes &= lanes - 1) {
            const int lane = __builtin_ctz(lanes);
            w->found[lane * w->blocks + counts[lane]++] = b;
        }
    }
    int most = 0;
    for (int l = 0; l < n; l++) most = counts[l] > most ? counts[l] : most;
    return most;
}

/// One listener's scores in the blocks that it looks into, filled up with -inf to `most` blocks.
ALWAYS void score_blocks(const search_workspace *w, const float *query, const float *bias, int listener, int headDim,
    float scale, int lane, int count, int most) {
    float *raw = w->raw + (size_t)lane * w->blocks * SEARCH_BLOCK;
    const int32_t *found = w->found + lane * w->blocks;
    const int own = w->places[listener];
    for (int e = 0; e < count; e++) {
        const int first = found[e] * SEARCH_BLOCK;
        const float *keys = w->blockKeys + (size_t)first * headDim;
        vf sums[SEARCH_PARTS];
        for (int p = 0; p < SEARCH_PARTS; p++) sums[p] = (vf)(0.0f);
        for (int d = 0; d < headDim; d++)
            for (int p = 0; p < SEARCH_PARTS; p++)
                sums[p] = fma_v((vf)(query[d]), load(keys + d * SEARCH_BLOCK + p * LANES), sums[p]);
        for (int p = 0; p < SEARCH_PARTS; p++)
            store(raw + e * SEARCH_BLOCK + p * LANES,
                fma_v(sums[p], (vf)(scale), load(w->beyond + first + p * LANES)));
        if (!w->isPlain[listener]) {
            for (int i = 0; i < SEARCH_BLOCK; i++) raw[e * SEARCH_BLOCK + i] += bias[w->speakers[first + i]];
        } else if ((unsigned)(own - first) < SEARCH_BLOCK) {
            raw[e * SEARCH_BLOCK + own - first] += bias[listener];
        }
    }
    for (int i = count * SEARCH_BLOCK; i < most * SEARCH_BLOCK; i++) raw[i] = -INFINITY;
}

/// The scores of n listeners, lanes across listeners.
ALWAYS void turn_scores(const search_workspace *w, int most, int n) {
    const size_t stride = (size_t)w->blocks * SEARCH_BLOCK;
    for (int i = 0; i < most * SEARCH_BLOCK; i += LANES) {
        vf rows[LANES];
        for (int l = 0; l < LANES; l++) rows[l] = l < n ? load(w->raw + (size_t)l * stride + i) : (vf)(-INFINITY);
        transpose_v(rows);
        for (int l = 0; l < LANES; l++) w->scores[i + l] = rows[l];
    }
}

/// Writes the edges of n listeners that reach their bounds; returns the largest number of them.
ALWAYS int write_found(const search_workspace *w, const int *counts, int topK, int capacity, int n, int32_t *speakers,
    float *weights) {
    const vf bound = w->best[topK - 1], largest = max_v(w->best[0], (vf)(-1e30f));
    int most = 0;
    for (int l = 0; l < n; l++, speakers += capacity, weights += capacity) {
        const float *raw = w->raw + (size_t)l * w->blocks * SEARCH_BLOCK;
        const int32_t *found = w->found + l * w->blocks;
        int kept = 0;
        for (int e = 0; e < counts[l]; e++)
            for (int p = 0; p < SEARCH_PARTS; p++) {
                const int first = e * SEARCH_BLOCK + p * LANES;
                const vf score = load(raw + first);
                unsigned stays = bits_v((score >= bound[l]) & (score > -1e30f));
                for (; stays; stays &= stays - 1, kept++) {
                    const int place = __builtin_ctz(stays);
                    if (kept >= capacity) continue;
                    weights[kept] = raw[first + place] - largest[l];
                    speakers[kept] = w->speakers[found[e] * SEARCH_BLOCK + p * LANES + place];
                }
            }
        if (kept > most) most = kept;
        for (; kept < capacity; kept++) {
            weights[kept] = -INFINITY;
            speakers[kept] = 0;
        }
    }
    return most;
}

/// Makes weights of what write_found left: one softmax for each of n listeners.
ALWAYS void weigh_found(int capacity, int n, float *weights) {
#define BODY(first, lanes) \
    { \
        const vf score = load_n(weights + first, lanes); \
        store_n(weights + first, select_v(score > -1e30f, exp_v(score), (vf)(0.0f)), lanes); \
    }
    FOR_LANES(n * capacity, BODY);
#undef BODY
    for (int l = 0; l < n; l++, weights += capacity) {
        float sum = 0;
        for (int e = 0; e < capacity; e++) sum += weights[e];
        const float inverse = sum > 0 ? 1.0f / sum : 0.0f;
        for (int e = 0; e < capacity; e++) weights[e] *= inverse;
    }
}

/// Listeners first..<first + n of one token and head; returns the largest number of edges that one of them keeps.
ALWAYS int search_listeners(const inn_attention_input *in, const inn_attention_edges *edges, const search_workspace *w,
    int searched, const float *queries, int first, int n, int32_t *speakers, float *weights) {
    const int headDim = in->headDim, neurons = in->neurons, topK = in->topK < neurons ? in->topK : neurons;
    const float scale = 1.0f / sqrtf((float)headDim);
    for (int d = 0; d < headDim; d++) {
        w->q[d] = load_strided_n(queries + d, in->neuronStride, n);
        w->extent[d] = max_v(w->q[d], -w->q[d]);
    }
    bound_blocks(w, headDim, scale);
    highest(w->bounds, w->blocks, searched, w->best);
    vf bound = w->best[searched - 1];
    for (int l = 0; l < n; l++)
        if (!w->isPlain[first + l])
            bound[l] = bound_with_closed(w, in->scoreBias + (size_t)(first + l) * neurons, searched, topK, l);
    int counts[LANES];
    const int most = find_blocks(w, bound, n, counts);
    for (int l = 0; l < n; l++)
        score_blocks(w, queries + (size_t)l * in->neuronStride, in->scoreBias + (size_t)(first + l) * neurons,
            first + l, headDim, scale, l, counts[l], most);
    turn_scores(w, most, n);
    highest(w->scores, most * SEARCH_BLOCK, topK, w->best);
    const int kept = write_found(w, counts, topK, edges->capacity, n, speakers, weights);
    if (kept <= edges->capacity) weigh_found(edges->capacity, n, weights);
    return kept;
}

/// Says of which listeners no edge is closed but the one to itself, and every choice of blocks has enough edges.
ALWAYS void find_plain(const inn_attention_input *in, const search_workspace *w, int searched) {
    const int neurons = in->neurons, enough = searched * (neurons / w->blocks) - 1 >= in->topK;
    for (int i = 0; i < neurons; i++) {
        const float *bias = in->scoreBias + (size_t)i * neurons;
        int others = 0;
        for (int j = 0; j < neurons; j++) others += bias[j] != 0;
        w->isPlain[i] = enough && bias[i] <= 0 && others == (bias[i] != 0);
    }
}

static int attention_search(const inn_attention_input *in, const inn_attention_edges *edges, int searched,
    float *scratch) {
    const int neurons = in->neurons, headDim = in->headDim, capacity = edges->capacity;
    const search_workspace w = search_layout(scratch, neurons, headDim, in->topK < neurons ? in->topK : neurons);
    if (searched > w.blocks) searched = w.blocks;
    find_plain(in, &w, searched);
    int most = 0;
    size_t place = 0;
    for (int token = 0; token < in->tokens; token++)
        for (int h = 0; h < in->heads; h++) {
            const size_t row = (size_t)token * in->tokenStride + (size_t)h * headDim;
            for (int j = 0; j < neurons; j++) {
                fill_row(w.keys + (size_t)j * w.padded, in->k + (size_t)j * in->neuronStride + row, headDim);
                w.left[j] = j;
            }
            divide_speakers(&w, w.left, neurons, 0, w.blocks, headDim);
#define BODY(first, n) \
    { \
        const int kept = search_listeners(in, edges, &w, searched, in->q + (size_t)(first) * in->neuronStride + row, \
            first, n, edges->speakers + place, edges->weights + place); \
        if (kept > most) most = kept; \
        place += (size_t)n * capacity; \
    }
            FOR_LANES(neurons, BODY);
#undef BODY
        }
    return most;
}
