/* SPDX-License-Identifier: BSD-2-Clause
 * Matrix times vector, AVX-512. */
#include <stdint.h>

#include "layers/kernels/lanes_avx512.h"

static inline vec vec_from_half(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
static inline float float_from_half(const uint16_t *p)
{
    return _mm512_cvtss_f32(_mm512_cvtph_ps(_mm256_set1_epi16((short)*p)));
}
static inline float vec_sum(vec v)
{
    return _mm512_reduce_add_ps(v);
}

#include "layers/kernels/dense.h"

void ecam_dense_avx512(const float *w, const float *b, const float *x, float *restrict y,
                       size_t rows, size_t cols)
{
    dense(w, b, x, y, rows, cols, ROWS, false);
}

void ecam_dense_half_avx512(const uint16_t *w, const float *b, const float *x, float *restrict y,
                            size_t rows, size_t cols)
{
    dense(w, b, x, y, rows, cols, 8, true);
}
