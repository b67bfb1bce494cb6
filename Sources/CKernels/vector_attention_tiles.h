/// Products of blocks of rows whose values are vectors, one lane per token: the parts of routing attention that works
/// block by block. Sums stay in registers while a tile of rows meets a tile of others.
#pragma once
#include "vector_attention.h"

/// Rows of a tile; with sixteen registers only two rows of four sums leave room for the factors.
#if LANES == 8
#define TILE_ROWS 2
#else
#define TILE_ROWS 4
#endif
#define TILE_COLUMNS 4

ALWAYS vf dot_lanes(const vf *a, const vf *b, int headDim) {
    vf sum = (vf)(0.0f);
    for (int d = 0; d < headDim; d++) sum = fma_v(a[d], b[d], sum);
    return sum;
}

ALWAYS void dots_tile(const vf *a, const vf *b, int headDim, vf *out, size_t outStride) {
    vf sums[TILE_ROWS][TILE_COLUMNS];
    for (int r = 0; r < TILE_ROWS; r++)
        for (int c = 0; c < TILE_COLUMNS; c++) sums[r][c] = (vf)(0.0f);
    for (int d = 0; d < headDim; d++) {
        vf right[TILE_COLUMNS];
        for (int c = 0; c < TILE_COLUMNS; c++) right[c] = b[(size_t)c * headDim + d];
        for (int r = 0; r < TILE_ROWS; r++) {
            const vf left = a[(size_t)r * headDim + d];
            for (int c = 0; c < TILE_COLUMNS; c++) sums[r][c] = fma_v(left, right[c], sums[r][c]);
        }
    }
    for (int r = 0; r < TILE_ROWS; r++)
        for (int c = 0; c < TILE_COLUMNS; c++) out[(size_t)r * outStride + c] = sums[r][c];
}

/// out[i][j] = sum_d a[i][d] b[j][d]; every sum runs over d in order, whatever the tile.
ALWAYS void dots_block(const vf *a, int rows, const vf *b, int columns, int headDim, vf *out, size_t outStride) {
    int i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
        const vf *row = a + (size_t)i * headDim;
        int j = 0;
        for (; j + TILE_COLUMNS <= columns; j += TILE_COLUMNS)
            dots_tile(row, b + (size_t)j * headDim, headDim, out + (size_t)i * outStride + j, outStride);
        for (; j < columns; j++)
            for (int r = 0; r < TILE_ROWS; r++)
                out[(size_t)(i + r) * outStride + j] =
                    dot_lanes(row + (size_t)r * headDim, b + (size_t)j * headDim, headDim);
    }
    for (; i < rows; i++)
        for (int j = 0; j < columns; j++)
            out[(size_t)i * outStride + j] = dot_lanes(a + (size_t)i * headDim, b + (size_t)j * headDim, headDim);
}

ALWAYS void mix_tile(const vf *p, size_t rowStride, size_t columnStride, const vf *b, int inner, int headDim, vf *out) {
    vf sums[TILE_ROWS][TILE_COLUMNS];
    for (int r = 0; r < TILE_ROWS; r++)
        for (int c = 0; c < TILE_COLUMNS; c++) sums[r][c] = out[(size_t)r * headDim + c];
    for (int j = 0; j < inner; j++) {
        vf right[TILE_COLUMNS];
        for (int c = 0; c < TILE_COLUMNS; c++) right[c] = b[(size_t)j * headDim + c];
        for (int r = 0; r < TILE_ROWS; r++) {
            const vf left = p[(size_t)r * rowStride + (size_t)j * columnStride];
            for (int c = 0; c < TILE_COLUMNS; c++) sums[r][c] = fma_v(left, right[c], sums[r][c]);
        }
    }
    for (int r = 0; r < TILE_ROWS; r++)
        for (int c = 0; c < TILE_COLUMNS; c++) out[(size_t)r * headDim + c] = sums[r][c];
}

/// out[i][d] += sum_j p[i*rowStride + j*columnStride] b[j][d].
ALWAYS void mix_block(const vf *p, size_t rowStride, size_t columnStride, int rows, const vf *b, int inner, int headDim,
    vf *out) {
    int i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
        const vf *row = p + (size_t)i * rowStride;
        int d = 0;
        for (; d + TILE_COLUMNS <= headDim; d += TILE_COLUMNS)
            mix_tile(row, rowStride, columnStride, b + d, inner, headDim, out + (size_t)i * headDim + d);
        for (; d < headDim; d++)
            for (int r = 0; r < TILE_ROWS; r++) {
                vf sum = out[(size_t)(i + r) * headDim + d];
                for (int j = 0; j < inner; j++)
                    sum = fma_v(row[(size_t)r * rowStride + (size_t)j * columnStride], b[(size_t)j * headDim + d], sum);
                out[(size_t)(i + r) * headDim + d] = sum;
            }
    }
    for (; i < rows; i++)
        mix_rows(p + (size_t)i * rowStride, columnStride, b, inner, headDim, out + (size_t)i * headDim);
}
