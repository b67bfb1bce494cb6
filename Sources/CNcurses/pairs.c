#include "internal.h"
#include <stdlib.h>
#include <string.h>

/* A map from two colours to an ncurses pair number. ncurses' own alloc_pair crashes on terminals without
   colour and never says which pair is nearest when all are taken. */

enum { MOST_PAIRS = 4096 };

typedef struct { int32_t foreground, background; } colors;

static colors *pair_colors; /* by pair number; 0 is the terminal's own colours */
static int32_t *slots;      /* open addressing: pair number, 0 when free */
static uint32_t slot_mask;
static int capacity, taken;
static inn_color_level level;
static bool has_default_colors;

void inn_pairs_close(void) {
    free(pair_colors);
    free(slots);
    pair_colors = NULL;
    slots = NULL;
    capacity = taken = 0;
}

void inn_pairs_open(inn_color_level wanted) {
    level = INN_COLOR_MONO;
    if (wanted == INN_COLOR_MONO || !has_colors() || start_color() == ERR) return;
    has_default_colors = use_default_colors() == OK;
    /* A frame has at most about 1,000 pairs per colour scale (32 × 32 levels in half-blocks). More would only be
       remembered for screens that were left, at a hundred bytes each. */
    int available = COLOR_PAIRS - 1 < MOST_PAIRS ? COLOR_PAIRS - 1 : MOST_PAIRS;
    if (available < 1) return;
    uint32_t slot_count = 64;
    while (slot_count < 2 * (uint32_t)available) slot_count *= 2;
    pair_colors = calloc((size_t)available + 1, sizeof *pair_colors);
    slots = calloc(slot_count, sizeof *slots);
    if (!pair_colors || !slots) {
        inn_pairs_close();
        return;
    }
    level = wanted;
    capacity = available;
    slot_mask = slot_count - 1;
}

void inn_pairs_forget(void) {
    if (!slots) return;
    memset(slots, 0, ((size_t)slot_mask + 1) * sizeof *slots);
    taken = 0;
#if INN_EXTENDED_PAIRS
    /* Otherwise ncurses would search the whole screen for each pair that gets new colours. */
    reset_color_pairs();
#endif
}

bool inn_pairs_full(void) { return taken == capacity; }

/* Numbers 0 to 7 are palette indices in direct mode, so the darkest blues become the next one. */
static int32_t clamp(int32_t color) {
    return level == INN_COLOR_DIRECT && color >= 0 && color < 8 ? 8 : color;
}

static void to_rgb(int32_t color, int32_t when_default, int rgb[3]) {
    static const int cube[6] = {0, 95, 135, 175, 215, 255};
    if (color < 0) color = when_default;
    if (level == INN_COLOR_DIRECT) {
        for (int channel = 0; channel < 3; channel++) rgb[channel] = color >> (16 - 8 * channel) & 255;
    } else if (color < 16) {
        for (int channel = 0; channel < 3; channel++) rgb[channel] = color >> channel & 1 ? (color < 8 ? 205 : 255) : 0;
    } else if (color < 232) {
        rgb[0] = cube[(color - 16) / 36];
        rgb[1] = cube[(color - 16) / 6 % 6];
        rgb[2] = cube[(color - 16) % 6];
    } else {
        rgb[0] = rgb[1] = rgb[2] = 8 + 10 * (color - 232);
    }
}

static int distance(int32_t first, int32_t second, int32_t when_default) {
    int a[3], b[3], sum = 0;
    to_rgb(first, when_default, a);
    to_rgb(second, when_default, b);
    for (int channel = 0; channel < 3; channel++) sum += (a[channel] - b[channel]) * (a[channel] - b[channel]);
    return sum;
}

static int nearest_pair(colors wanted) {
    const int32_t light = level == INN_COLOR_DIRECT ? 0xc0c0c0 : 7;
    int best = 0, best_distance = distance(wanted.foreground, -1, light) + distance(wanted.background, -1, 0);
    for (int pair = 1; pair <= taken; pair++) {
        int candidate = distance(wanted.foreground, pair_colors[pair].foreground, light)
            + distance(wanted.background, pair_colors[pair].background, 0);
        if (candidate < best_distance) {
            best = pair;
            best_distance = candidate;
        }
    }
    return best;
}

static bool define(int pair, colors wanted) {
    int foreground = wanted.foreground, background = wanted.background;
    if (!has_default_colors) {
        if (foreground < 0) foreground = COLOR_WHITE;
        if (background < 0) background = COLOR_BLACK;
    }
#if INN_EXTENDED_PAIRS
    return init_extended_pair(pair, foreground, background) != ERR;
#else
    return init_pair((short)pair, (short)foreground, (short)background) != ERR;
#endif
}

int inn_pairs_find(int32_t foreground, int32_t background, bool nearest) {
    if (level == INN_COLOR_MONO || (foreground < 0 && background < 0)) return 0;
    colors wanted = {clamp(foreground), clamp(background)};
    uint32_t hash = ((uint32_t)wanted.foreground * 2654435761u) ^ ((uint32_t)wanted.background * 2246822519u);
    uint32_t slot = (hash ^ hash >> 15) & slot_mask;
    for (; slots[slot]; slot = (slot + 1) & slot_mask) {
        const colors *known = &pair_colors[slots[slot]];
        if (known->foreground == wanted.foreground && known->background == wanted.background) return slots[slot];
    }
    if (taken == capacity) return nearest ? nearest_pair(wanted) : -1;
    int pair = taken + 1;
    if (!define(pair, wanted)) return nearest_pair(wanted);
    taken = pair;
    pair_colors[pair] = wanted;
    slots[slot] = pair;
    return pair;
}
