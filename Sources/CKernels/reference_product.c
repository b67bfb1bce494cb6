#include "reference.h"

void inn_reference_product(const inn_product_operands *p) {
    for (int r = 0; r < p->rows; r++)
        for (int j = 0; j < p->columns; j++) {
            float sum = 0;
            for (int k = 0; k < p->inner; k++)
                sum += p->a[p->aIsTransposed ? k * p->aStride + r : r * p->aStride + k]
                    * p->b[p->bIsTransposed ? j * p->bStride + k : k * p->bStride + j];
            float *out = p->c + r * p->cStride + j;
            *out = p->accumulates ? *out + sum : sum;
        }
}
