/* SPDX-License-Identifier: BSD-2-Clause
 * Matrix times vector, AVX2 with F16C. */
#include <stdint.h>

#include "layers/kernels/lanes_avx2.h"

static inline vec vec_from_half(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline float float_from_half(const uint16_t *p)
{
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(*p)));
}
static inline float vec_sum(vec v)
{
    return add_lanes(v);
}

#include "layers/kernels/dense.h"

void ecam_dense_avx2(const float *w, const float *b, const float *x, float *restrict y, size_t rows,
                     size_t cols)
{
    dense(w, b, x, y, rows, cols, ROWS, false);
}

void ecam_dense_half_avx2(const uint16_t *w, const float *b, const float *x, float *restrict y,
                          size_t rows, size_t cols)
{
    dense(w, b, x, y, rows, cols, ROWS, true);
}
