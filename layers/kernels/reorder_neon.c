/* SPDX-License-Identifier: BSD-2-Clause
 * The ways between the layouts, NEON. Memory bounds them. */
#include "layers/kernels/inline.h"
#include "layers/kernels/lanes_neon.h"

/* 4 x 4: singles, then pairs change places. */
static inline void transpose(vec v[LANES])
{
    const float64x2_t a = vreinterpretq_f64_f32(vtrn1q_f32(v[0], v[1]));
    const float64x2_t b = vreinterpretq_f64_f32(vtrn2q_f32(v[0], v[1]));
    const float64x2_t c = vreinterpretq_f64_f32(vtrn1q_f32(v[2], v[3]));
    const float64x2_t d = vreinterpretq_f64_f32(vtrn2q_f32(v[2], v[3]));
    v[0] = vreinterpretq_f32_f64(vzip1q_f64(a, c));
    v[1] = vreinterpretq_f32_f64(vzip1q_f64(b, d));
    v[2] = vreinterpretq_f32_f64(vzip2q_f64(a, c));
    v[3] = vreinterpretq_f32_f64(vzip2q_f64(b, d));
}

#include "layers/kernels/reorder.h"

void ecam_to_blocked_neon(const float *in, size_t in_stride, size_t channels, size_t n,
                          float *restrict out)
{
    to_blocked(in, in_stride, channels, n, out);
}

void ecam_from_blocked_neon(const float *in, size_t channels, size_t n, float *restrict out,
                            size_t out_stride)
{
    from_blocked(in, channels, n, out, out_stride);
}
