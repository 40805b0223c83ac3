/* SPDX-License-Identifier: BSD-2-Clause
 * Matrix times vector, AVX2. Four rows at once share the loads of x and keep four
 * streams of weights in flight, two sums a row: 8 accumulators and 2 vectors of x, 10 of
 * 16 registers. Each weight is read once, so the bandwidth of wherever they lie bounds
 * it. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx2.h"

#define ROWS 4
#define CHAINS 2

INLINE void dots(const float *w, const float *x, size_t cols, float *sums, const size_t rows)
{
    __m256 s[ROWS][CHAINS];
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        UNROLL
        for (size_t j = 0; j < CHAINS; j++)
            s[r][j] = _mm256_setzero_ps();
    }

    size_t c = 0;
    for (; c + CHAINS * LANES <= cols; c += CHAINS * LANES) {
        UNROLL
        for (size_t j = 0; j < CHAINS; j++) {
            const __m256 v = _mm256_loadu_ps(x + c + j * LANES);
            UNROLL
            for (size_t r = 0; r < rows; r++)
                s[r][j] =
                    _mm256_fmadd_ps(_mm256_loadu_ps(w + r * cols + c + j * LANES), v, s[r][j]);
        }
    }
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        sums[r] = add_lanes(_mm256_add_ps(s[r][0], s[r][1]));
        for (size_t tail = c; tail < cols; tail++)
            sums[r] += w[r * cols + tail] * x[tail];
    }
}

void ecam_dense_avx2(const float *w, const float *b, const float *x, float *restrict y, size_t rows,
                     size_t cols)
{
    assert(rows >= 1 && cols >= 1);
    size_t r = 0;
    for (; r + ROWS <= rows; r += ROWS)
        dots(w + r * cols, x, cols, y + r, ROWS);
    for (; r < rows; r++)
        dots(w + r * cols, x, cols, y + r, 1);
    for (r = 0; b != NULL && r < rows; r++)
        y[r] += b[r];
}
