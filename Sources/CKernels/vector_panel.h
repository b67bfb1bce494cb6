/// Products of few rows with a matrix that is used again and again: laid out once as panels of INN_PANEL columns, it is
/// read in order.
#pragma once
#include "vector_math.h"

static void pack_panels(int inner, int columns, const float *b, size_t innerStride, size_t columnStride,
    float *panels) {
    for (int first = 0; first < columns; first += INN_PANEL) {
        const int width = columns - first < INN_PANEL ? columns - first : INN_PANEL;
        for (int k = 0; k < inner; k++) {
            float *row = panels + (size_t)first * inner + (size_t)k * INN_PANEL;
            for (int j = 0; j < width; j++) row[j] = b[k * innerStride + (first + j) * columnStride];
            for (int j = width; j < INN_PANEL; j++) row[j] = 0;
        }
    }
}

/// Some rows times two vectors of columns; every row has its own accumulators, so that the number of rows does not
/// change its bits.
ALWAYS void panel_tile(int rows, int inner, const float *a, size_t aStride, const float *panel, float *c,
    size_t cStride, int width, int accumulates) {
    vf left[4], right[4];
    for (int r = 0; r < rows; r++) left[r] = right[r] = (vf)(0.0f);
    for (int k = 0; k < inner; k++) {
        const vf first = load(panel + (size_t)k * INN_PANEL), second = load(panel + (size_t)k * INN_PANEL + LANES);
        for (int r = 0; r < rows; r++) {
            const vf x = (vf)(a[r * aStride + k]);
            left[r] = fma_v(x, first, left[r]);
            right[r] = fma_v(x, second, right[r]);
        }
    }
    const int leftWidth = width < LANES ? width : LANES,
              rightWidth = width - leftWidth < LANES ? width - leftWidth : LANES;
    for (int r = 0; r < rows; r++) {
        float *out = c + r * cStride;
        store_n(out, accumulates ? left[r] + load_n(out, leftWidth) : left[r], leftWidth);
        store_n(out + LANES, accumulates ? right[r] + load_n(out + LANES, rightWidth) : right[r], rightWidth);
    }
}

static void panel_product(int rows, int inner, int columns, const float *a, size_t aStride, const float *panels,
    float *c, size_t cStride, int accumulates) {
    for (int first = 0; first < columns; first += 2 * LANES) {
        const float *panel = panels + (size_t)(first / INN_PANEL * INN_PANEL) * inner + first % INN_PANEL;
        const int width = columns - first < 2 * LANES ? columns - first : 2 * LANES;
        for (int row = 0; row < rows; row += 4) {
            const float *x = a + row * aStride;
            float *out = c + row * cStride + first;
            switch (rows - row) {
            case 1: panel_tile(1, inner, x, aStride, panel, out, cStride, width, accumulates); break;
            case 2: panel_tile(2, inner, x, aStride, panel, out, cStride, width, accumulates); break;
            case 3: panel_tile(3, inner, x, aStride, panel, out, cStride, width, accumulates); break;
            default: panel_tile(4, inner, x, aStride, panel, out, cStride, width, accumulates);
            }
        }
    }
}
