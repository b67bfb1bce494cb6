/// The highest of many values, in every lane by itself.
#pragma once
#include "vector_attention_choose.h"

/// Two neighbours of a sorting network: the higher one first.
ALWAYS void order_pair(vf *a, vf *b) {
    // Comparisons, which cost one instruction each where max and min have to see to what is no number.
    const vf first = *a, second = *b;
    *a = select_v(first > second, first, second);
    *b = select_v(first > second, second, first);
}

/// Sorts `width` values that first rise and then fall, or the other way round, in every lane; width is a power of two.
ALWAYS void merge_descending(vf *values, int width) {
    for (int step = width / 2; step > 0; step /= 2)
        for (int i = 0; i < width; i++)
            if (!(i & step)) order_pair(values + i, values + i + step);
}

ALWAYS void sort_descending(vf *values, int width) {
    for (int size = 2; size <= width; size *= 2) {
        // The second half of each pair of halves the other way round.
        for (int start = 0; start < width; start += size)
            for (int i = 0; i < size / 2; i++) order_pair(values + start + i, values + start + size - 1 - i);
        for (int step = size / 4; step > 0; step /= 2)
            for (int i = 0; i < width; i++)
                if (!(i & step)) order_pair(values + i, values + i + step);
    }
}

/// The `width` highest values of every lane, descending, by a sorting network.
ALWAYS void highest_of(const vf *s, int count, int width, vf *best) {
    vf top[16], next[16];
    for (int i = 0; i < width; i++) top[i] = (vf)(-INFINITY);
    for (int j = 0; j < count; j += width) {
        for (int i = 0; i < width; i++) next[i] = j + i < count ? s[j + i] : (vf)(-INFINITY);
        sort_descending(next, width);
        for (int i = 0; i < width; i++) top[i] = select_v(top[i] > next[width - 1 - i], top[i], next[width - 1 - i]);
        merge_descending(top, width);
    }
    for (int i = 0; i < width; i++) best[i] = top[i];
}

/// The k highest values of every lane, descending; best has room for a power of two.
ALWAYS void highest(const vf *s, int count, int k, vf *best) {
    if (k <= 1) highest_of(s, count, 1, best);
    else if (k <= 2) highest_of(s, count, 2, best);
    else if (k <= 4) highest_of(s, count, 4, best);
    else if (k <= 8) highest_of(s, count, 8, best);
    else if (k <= 16) highest_of(s, count, 16, best);
    else strongest(s, count, k, best);
}
