/// A token's speakers, head by head, in blocks whose keys lie near each other: what attention_search looks through.
/// Blocks are of one size whatever the instruction set.
#pragma once
#include "vector_math.h"

#define SEARCH_BLOCK INN_SEARCH_BLOCK
/// Vectors of a block's speakers.
#define SEARCH_PARTS (SEARCH_BLOCK / LANES)

typedef struct {
    int blocks;
    size_t padded; ///< a head's width in whole vectors; what is beyond the head is 0
    float *keys; ///< [neurons, padded], of one head and token
    float *blockKeys; ///< [blocks, headDim, SEARCH_BLOCK]
    float *beyond; ///< [blocks, SEARCH_BLOCK]: -inf where a block has no speaker, else 0
    float *centre, *reach; ///< [blocks, headDim]: the middle of a block's keys, and how far they go from there
    int32_t *speakers; ///< [blocks, SEARCH_BLOCK], ascending in each; 0 where a block has no speaker
    int32_t *sizes; ///< [blocks]
    int32_t *places; ///< [neurons]: where each lies among `speakers`
    int32_t *left; ///< [neurons]: speakers that are being divided
    uint64_t *values, *spare; ///< [neurons] each
    vf *q, *extent; ///< [headDim] each: queries of LANES listeners, and their sizes
    vf *bounds; ///< [blocks]
    vf *scores; ///< [blocks SEARCH_BLOCK]
    vf *best; ///< [max(topK, blocks, 16)], descending
    float *raw; ///< [LANES, blocks, SEARCH_BLOCK]: scores by listener
    int32_t *found; ///< [LANES, blocks]: where a listener looks
    uint8_t *isPlain; ///< [neurons]: whether a listener's edges are all open, but for the one to itself
} search_workspace;

ALWAYS search_workspace search_layout(float *scratch, int neurons, int headDim, int topK) {
    search_workspace w;
    w.blocks = (neurons + SEARCH_BLOCK - 1) / SEARCH_BLOCK;
    w.padded = ((size_t)headDim + LANES - 1) / LANES * LANES;
    const size_t room = (size_t)w.blocks * SEARCH_BLOCK, best = (size_t)(topK > w.blocks ? topK : w.blocks);
    w.q = (vf *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
    w.extent = w.q + headDim;
    w.bounds = w.extent + headDim;
    w.scores = w.bounds + w.blocks;
    w.best = w.scores + room;
    w.raw = (float *)(w.best + (best > 16 ? best : 16));
    w.keys = w.raw + room * LANES;
    w.blockKeys = w.keys + (size_t)neurons * w.padded;
    w.beyond = w.blockKeys + room * headDim;
    w.centre = w.beyond + room;
    w.reach = w.centre + (size_t)w.blocks * headDim;
    // Pairs of 32 bits from here on, so that values stay aligned to 64.
    w.values = (uint64_t *)(((uintptr_t)(w.reach + (size_t)w.blocks * headDim) + 63) & ~(uintptr_t)63);
    w.spare = w.values + neurons;
    w.speakers = (int32_t *)(w.spare + neurons);
    w.sizes = w.speakers + room;
    w.places = w.sizes + w.blocks;
    w.left = w.places + neurons;
    w.found = w.left + neurons;
    w.isPlain = (uint8_t *)(w.found + (size_t)w.blocks * LANES);
    memset(w.keys, 0, sizeof(float) * (size_t)neurons * w.padded);
    return w;
}

/// A number in the order of its values, made different from all others by who has it.
ALWAYS uint64_t ranked(float value, int32_t speaker) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits ^= bits >> 31 ? 0xFFFFFFFFu : 0x80000000u;
    return (uint64_t)bits << 32 | (uint32_t)speaker;
}

/// Brings the `wanted` smallest of different values to the front.
static void bring_smallest(uint64_t *values, uint64_t *spare, int count, int wanted) {
    while (wanted > 0 && wanted < count) {
        const uint64_t a = values[0], b = values[count / 2], c = values[count - 1];
        const uint64_t low = a < b ? a : b, high = a < b ? b : a, pivot = c < low ? low : c > high ? high : c;
        int below = 0, above = count;
        for (int i = 0; i < count; i++) {
            const uint64_t value = values[i];
            const int isBelow = value < pivot;
            spare[below] = value;
            spare[above - 1] = value;
            below += isBelow;
            above -= !isBelow;
        }
        memcpy(values, spare, sizeof(uint64_t) * (size_t)count);
        if (below == 0) {
            // The pivot is the smallest.
            int place = 0;
            while (values[place] != pivot) place++;
            values[place] = values[0];
            values[0] = pivot;
            below = 1;
        }
        if (wanted < below) {
            count = below;
        } else {
            values += below;
            count -= below;
            wanted -= below;
        }
    }
}

/// The dimension in which the keys of some speakers lie farthest apart.
ALWAYS int widest_dimension(const search_workspace *w, const int32_t *speakers, int count, int headDim) {
    int widest = 0;
    float width = -1;
    for (int d = 0; d < headDim; d += LANES) {
        vf low = load(w->keys + (size_t)speakers[0] * w->padded + d), high = low;
        for (int i = 1; i < count; i++) {
            const vf key = load(w->keys + (size_t)speakers[i] * w->padded + d);
            low = min_v(low, key);
            high = max_v(high, key);
        }
        const vf between = high - low;
        for (int l = 0; l < LANES && d + l < headDim; l++) {
            if (!(between[l] > width)) continue;
            width = between[l];
            widest = d + l;
        }
    }
    return widest;
}

/// Puts the speakers of one block in ascending order and lays out their keys.
ALWAYS void fill_block(const search_workspace *w, int32_t *speakers, int count, int block, int headDim) {
    for (int i = 1; i < count; i++) {
        const int32_t speaker = speakers[i];
        int place = i;
        for (; place > 0 && speakers[place - 1] > speaker; place--) speakers[place] = speakers[place - 1];
        speakers[place] = speaker;
    }
    const size_t first = (size_t)block * SEARCH_BLOCK;
    float *keys = w->blockKeys + first * headDim;
    w->sizes[block] = count;
    for (int i = 0; i < SEARCH_BLOCK; i++) {
        // Whatever is beyond the speakers has a key of theirs and is closed.
        const int32_t speaker = speakers[i < count ? i : 0];
        const float *key = w->keys + (size_t)speaker * w->padded;
        w->speakers[first + i] = i < count ? speaker : 0;
        w->beyond[first + i] = i < count ? 0.0f : -INFINITY;
        if (i < count) w->places[speaker] = (int32_t)(first + i);
        for (int d = 0; d < headDim; d++) keys[d * SEARCH_BLOCK + i] = key[d];
    }
    for (int d = 0; d < headDim; d++) {
        const float *row = keys + d * SEARCH_BLOCK;
        float low = row[0], high = row[0];
        for (int i = 1; i < SEARCH_BLOCK; i++) {
            low = row[i] < low ? row[i] : low;
            high = row[i] > high ? row[i] : high;
        }
        // Of equal keys the middle is exactly these, and nothing reaches from there.
        w->centre[(size_t)block * headDim + d] = 0.5f * (low + high);
        w->reach[(size_t)block * headDim + d] = 0.5f * (high - low);
    }
}

/// Divides speakers into blocks: in halves along the widest dimension, again and again.
static void divide_speakers(const search_workspace *w, int32_t *speakers, int count, int first, int blocks,
    int headDim) {
    if (blocks == 1) {
        fill_block(w, speakers, count, first, headDim);
        return;
    }
    const int dimension = widest_dimension(w, speakers, count, headDim);
    const int fewer = blocks / 2, part = (int)((long)count * fewer / blocks);
    for (int i = 0; i < count; i++)
        w->values[i] = ranked(w->keys[(size_t)speakers[i] * w->padded + dimension], speakers[i]);
    bring_smallest(w->values, w->spare, count, part);
    for (int i = 0; i < count; i++) speakers[i] = (int32_t)(uint32_t)w->values[i];
    divide_speakers(w, speakers, part, first, fewer, headDim);
    divide_speakers(w, speakers + part, count - part, first + fewer, blocks - fewer, headDim);
}
