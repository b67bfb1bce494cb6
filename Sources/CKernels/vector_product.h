/// Products of small matrices, in tiles of rows and two vectors of columns that stay in registers. A value of a is
/// spread over a vector where it lies; rows of b are read where they lie, or from a panel of two vectors of columns.
#pragma once
#include "vector_math.h"

/// Twelve rows of two vectors fill the registers of AVX-512 and NEON, six those of AVX2.
#if LANES == 8
#define PRODUCT_ROWS 6
#else
#define PRODUCT_ROWS 12
#endif
#define PRODUCT_COLUMNS (2 * LANES)
/// Values of the inner dimension that are added up in registers: a panel of so many rows stays in the first-level
/// cache.
#define PRODUCT_INNER 256

/// Some rows times one or two vectors of columns. Every value of c is a chain of its own in the order of k, so that its
/// bits do not depend on its place in c.
ALWAYS void product_tile(int rows, int vectors, int inner, const float *a, size_t rowStride, size_t innerStride,
    const float *b, size_t bStride, float *c, size_t cStride, int accumulates) {
    vf sum[PRODUCT_ROWS][2];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            sum[r][v] = (vf)(0.0f);
            // What will be written may lie in main memory: it comes while the sums are made.
            __builtin_prefetch(c + r * cStride + v * LANES, 1);
        }
    // One pointer for three rows: the others are reached with the stride as an index.
    const float *triple[(PRODUCT_ROWS + 2) / 3];
    for (int t = 0; 3 * t < rows; t++) triple[t] = a + (size_t)(3 * t) * rowStride;
    for (int k = 0; k < inner; k++) {
        vf y[2];
        for (int v = 0; v < vectors; v++) y[v] = load(b + v * LANES);
        for (int r = 0; r < rows; r++) {
            const vf x = (vf)(triple[r / 3][(size_t)(r % 3) * rowStride]);
            for (int v = 0; v < vectors; v++) sum[r][v] = fma_v(x, y[v], sum[r][v]);
        }
        for (int t = 0; 3 * t < rows; t++) triple[t] += innerStride;
        b += bStride;
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            float *out = c + r * cStride + v * LANES;
            store(out, accumulates ? sum[r][v] + load(out) : sum[r][v]);
        }
}

/// All rows times one or two vectors of columns, or fewer columns than these hold: what then lies beside them is made
/// of zeros and not stored.
ALWAYS void product_columns(int vectors, int rows, int inner, const float *a, size_t rowStride, size_t innerStride,
    const float *b, size_t bStride, float *c, size_t cStride, int width, int accumulates) {
    float part[PRODUCT_ROWS * PRODUCT_COLUMNS] __attribute__((aligned(64)));
    const int isWhole = width == vectors * LANES;
#define TILE(count) \
    case count: \
        product_tile(count, vectors, inner, x, rowStride, innerStride, b, bStride, out, outStride, accumulates); \
        break;
    for (int row = 0; row < rows; row += PRODUCT_ROWS) {
        const int some = rows - row < PRODUCT_ROWS ? rows - row : PRODUCT_ROWS;
        const float *x = a + row * rowStride;
        float *target = c + row * cStride, *out = isWhole ? target : part;
        const size_t outStride = isWhole ? cStride : PRODUCT_COLUMNS;
        if (!isWhole && accumulates)
            for (int r = 0; r < some; r++) copy_row(part + r * PRODUCT_COLUMNS, target + r * cStride, width);
        switch (some) {
            TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if PRODUCT_ROWS > 6
            TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif
        }
        if (!isWhole)
            for (int r = 0; r < some; r++) copy_row(target + r * cStride, part + r * PRODUCT_COLUMNS, width);
    }
#undef TILE
}

/// Copies `width` columns of b, zeros beyond.
static void copy_panel(int inner, int width, const float *b, size_t bStride, float *panel) {
    for (int k = 0; k < inner; k++) {
        float *row = panel + (size_t)k * PRODUCT_COLUMNS;
        if (width == PRODUCT_COLUMNS) {
            store(row, load(b + k * bStride));
            store(row + LANES, load(b + k * bStride + LANES));
        } else {
            for (int j = 0; j < PRODUCT_COLUMNS; j++) row[j] = j < width ? b[k * bStride + j] : 0;
        }
    }
}

/// The same from a matrix that lies transposed, column by column.
static void turn_panel(int inner, int width, const float *b, size_t columnStride, float *panel) {
    for (int first = 0; first < width; first += LANES) {
        const float *columns = b + first * columnStride;
        const int lanes = width - first < LANES ? width - first : LANES;
        int k = 0;
        for (; k + LANES <= inner; k += LANES) {
            vf block[LANES];
            for (int j = 0; j < LANES; j++) block[j] = j < lanes ? load(columns + j * columnStride + k) : (vf)(0.0f);
            transpose_v(block);
            for (int i = 0; i < LANES; i++) store(panel + (size_t)(k + i) * PRODUCT_COLUMNS + first, block[i]);
        }
        for (; k < inner; k++)
            for (int j = 0; j < LANES; j++)
                panel[(size_t)k * PRODUCT_COLUMNS + first + j] = j < lanes ? columns[j * columnStride + k] : 0;
    }
}

/// Whether rows of b are copied to a panel before they are read by many tiles: those a kilobyte apart, or a multiple of
/// it, share few sets of the first-level cache.
ALWAYS int product_copies(const inn_product_operands *p) { return p->bStride % 256 == 0 && p->rows >= 64; }

ALWAYS void product_of(const inn_product_operands *p, size_t rowStride, size_t innerStride) {
    float panel[PRODUCT_INNER * PRODUCT_COLUMNS] __attribute__((aligned(64)));
    for (int first = 0; first < p->columns; first += PRODUCT_COLUMNS) {
        const int width = p->columns - first < PRODUCT_COLUMNS ? p->columns - first : PRODUCT_COLUMNS;
        float *c = p->c + first;
        int k = 0;
        do {  // once where nothing is to be added up: c is written all the same
            const int inner = p->inner - k < PRODUCT_INNER ? p->inner - k : PRODUCT_INNER;
            const int accumulates = p->accumulates || k > 0;
            const float *a = p->a + k * innerStride, *b = panel;
            size_t bStride = PRODUCT_COLUMNS;
            if (p->bIsTransposed) {
                turn_panel(inner, width, p->b + first * p->bStride + k, p->bStride, panel);
            } else if (width < PRODUCT_COLUMNS || product_copies(p)) {
                copy_panel(inner, width, p->b + k * p->bStride + first, p->bStride, panel);
            } else {
                b = p->b + k * p->bStride + first;
                bStride = p->bStride;
            }
#define COLUMNS(vectors) \
    product_columns(vectors, p->rows, inner, a, rowStride, innerStride, b, bStride, c, p->cStride, width, accumulates)
            if (width > LANES) COLUMNS(2);
            else COLUMNS(1);
#undef COLUMNS
            k += PRODUCT_INNER;
        } while (k < p->inner);
    }
}

static void product_of_either(const inn_product_operands *p) {
    if (p->aIsTransposed) product_of(p, 1, p->aStride);
    else product_of(p, p->aStride, 1);
}

/// A few columns would leave most lanes empty: the rows of cᵀ = bᵀ·aᵀ are made instead, some at a time, and turned.
static void product_turned(const inn_product_operands *p) {
    float turned[LANES / 2 * PRODUCT_COLUMNS];
    for (int first = 0; first < p->rows; first += PRODUCT_COLUMNS) {
        const int rows = p->rows - first < PRODUCT_COLUMNS ? p->rows - first : PRODUCT_COLUMNS;
        float *c = p->c + first * p->cStride;
        if (p->accumulates)
            for (int r = 0; r < rows; r++)
                for (int j = 0; j < p->columns; j++) turned[j * PRODUCT_COLUMNS + r] = c[r * p->cStride + j];
        const inn_product_operands part = {
            .rows = p->columns, .inner = p->inner, .columns = rows,
            .a = p->b, .aStride = p->bStride, .aIsTransposed = !p->bIsTransposed,
            .b = p->a + first * (p->aIsTransposed ? 1 : p->aStride), .bStride = p->aStride,
            .bIsTransposed = !p->aIsTransposed,
            .c = turned, .cStride = PRODUCT_COLUMNS, .accumulates = p->accumulates,
        };
        product_of_either(&part);
        for (int r = 0; r < rows; r++)
            for (int j = 0; j < p->columns; j++) c[r * p->cStride + j] = turned[j * PRODUCT_COLUMNS + r];
    }
}

static void product(const inn_product_operands *p) {
    if (p->columns <= LANES / 2 && p->rows >= LANES) product_turned(p);
    else product_of_either(p);
}
