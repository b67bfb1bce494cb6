#include "reference.h"

void inn_reference_pack_panels(int inner, int columns, const float *b, size_t innerStride, size_t columnStride,
    float *panels) {
    const int padded = (columns + INN_PANEL - 1) / INN_PANEL * INN_PANEL;
    for (int j = 0; j < padded; j++)
        for (int k = 0; k < inner; k++)
            panels[(size_t)(j / INN_PANEL) * inner * INN_PANEL + (size_t)k * INN_PANEL + j % INN_PANEL] =
                j < columns ? b[k * innerStride + j * columnStride] : 0;
}

void inn_reference_panel_product(int rows, int inner, int columns, const float *a, size_t aStride, const float *panels,
    float *c, size_t cStride, int accumulates) {
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < columns; j++) {
            float sum = accumulates ? c[r * cStride + j] : 0;
            for (int k = 0; k < inner; k++)
                sum += a[r * aStride + k]
                    * panels[(size_t)(j / INN_PANEL) * inner * INN_PANEL + (size_t)k * INN_PANEL + j % INN_PANEL];
            c[r * cStride + j] = sum;
        }
}
