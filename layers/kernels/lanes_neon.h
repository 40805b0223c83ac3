/* SPDX-License-Identifier: BSD-2-Clause
 * Strided loads for the NEON kernels. There are no masked ones: tails and borders are
 * scalar. */
#ifndef ECAM_LANES_NEON_H
#define ECAM_LANES_NEON_H

#include <arm_neon.h>
#include <stddef.h>
#include <string.h>

#include "layers/kernels/inline.h"

#define LANES 4

/* What templates call a vector (wino.h, block.h). */
typedef float32x4_t vec;

static inline vec vec_load(const float *p)
{
    return vld1q_f32(p);
}
static inline void vec_store(float *p, vec v)
{
    vst1q_f32(p, v);
}
static inline vec vec_set(float x)
{
    return vdupq_n_f32(x);
}
static inline vec vec_add(vec a, vec b)
{
    return vaddq_f32(a, b);
}
static inline vec vec_sub(vec a, vec b)
{
    return vsubq_f32(a, b);
}
static inline vec vec_mul(vec a, vec b)
{
    return vmulq_f32(a, b);
}
static inline vec vec_div(vec a, vec b)
{
    return vdivq_f32(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) /* a * b + c, rounded once */
{
    return vfmaq_f32(c, a, b);
}
static inline vec vec_relu(vec a) /* FMAX would turn -0 into +0 */
{
    return vbslq_f32(vcltzq_f32(a), vdupq_n_f32(0.0f), a);
}
static inline vec vec_larger(vec a, vec b) /* FMAX: NaN if either is */
{
    return vmaxq_f32(a, b);
}

static inline vec vec_abs(vec a)
{
    return vabsq_f32(a);
}
static inline vec vec_with_sign(vec a, vec sign) /* |a| with the sign of another */
{
    return vbslq_f32(vdupq_n_u32(0x80000000u), sign, a);
}
static inline vec vec_shift_add(vec a, int bits) /* (a << 23) + bits, as whole numbers */
{
    return vreinterpretq_f32_s32(
        vaddq_s32(vshlq_n_s32(vreinterpretq_s32_f32(a), 23), vdupq_n_s32(bits)));
}
static inline vec vec_less(vec a, vec b, vec yes, vec no) /* a < b ? yes : no */
{
    return vbslq_f32(vcltq_f32(a, b), yes, no);
}

/* The first n lanes, 1 <= n < LANES, through memory of our own; the others are zeros. */
static inline vec vec_load_some(const float *p, size_t n)
{
    float some[LANES] = { 0.0f };
    memcpy(some, p, n * sizeof *p);
    return vec_load(some);
}
static inline void vec_store_some(float *p, vec v, size_t n)
{
    float some[LANES];
    vec_store(some, v);
    memcpy(p, some, n * sizeof *p);
}

/* Lane i is p[i*stride], stride being 1 or 2. Reads nothing behind the last of them,
 * which LD2 would. */
INLINE float32x4_t load_lanes(const float *p, const size_t stride)
{
    const float32x4_t at_0 = vld1q_f32(p);
    if (stride == 1)
        return at_0;
    const float32x4_t at_3 = vld1q_f32(p + 3);
    return vuzp1q_f32(at_0, vextq_f32(at_3, at_3, 1));
}

#endif /* ECAM_LANES_NEON_H */
