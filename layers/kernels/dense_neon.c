/* SPDX-License-Identifier: BSD-2-Clause
 * Matrix times vector, AArch64 NEON. */
#include <stdint.h>

#include "layers/kernels/lanes_neon.h"

static inline vec vec_from_half(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
static inline float float_from_half(const uint16_t *p)
{
    return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(*p))), 0);
}
static inline float vec_sum(vec v)
{
    return vaddvq_f32(v);
}

#include "layers/kernels/dense.h"

void ecam_dense_neon(const float *w, const float *b, const float *x, float *restrict y, size_t rows,
                     size_t cols)
{
    dense(w, b, x, y, rows, cols, ROWS, false);
}

void ecam_dense_half_neon(const uint16_t *w, const float *b, const float *x, float *restrict y,
                          size_t rows, size_t cols)
{
    dense(w, b, x, y, rows, cols, 8, true);
}
