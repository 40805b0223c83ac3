/* SPDX-License-Identifier: BSD-2-Clause
 * Matrix times vector: the definition. */
#include <assert.h>

#include "engine/half.h"
#include "layers/kernels/kernels.h"

void ecam_dense_ref(const float *w, const float *b, const float *x, float *restrict y, size_t rows,
                    size_t cols)
{
    assert(rows >= 1 && cols >= 1);
    for (size_t r = 0; r < rows; r++) {
        float sum = b != NULL ? b[r] : 0.0f;
        for (size_t c = 0; c < cols; c++)
            sum += w[r * cols + c] * x[c];
        y[r] = sum;
    }
}

void ecam_dense_half_ref(const uint16_t *w, const float *b, const float *x, float *restrict y,
                         size_t rows, size_t cols)
{
    assert(rows >= 1 && cols >= 1);
    for (size_t r = 0; r < rows; r++) {
        float sum = b != NULL ? b[r] : 0.0f;
        for (size_t c = 0; c < cols; c++)
            sum += ecam_half_to_float(w[r * cols + c]) * x[c];
        y[r] = sum;
    }
}
