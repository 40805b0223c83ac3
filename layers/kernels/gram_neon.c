/* SPDX-License-Identifier: BSD-2-Clause
 * Sums of products in double, NEON: 4 rows at a
 * time, 16 sums, 4 loads and 1 broadcast of 32 registers. */
#include <arm_neon.h>
#include <stddef.h>

#define LANES 2

typedef float64x2_t vec;

static inline vec vec_load(const double *p)
{
    return vld1q_f64(p);
}
static inline vec vec_widen(const float *p)
{
    return vcvt_f64_f32(vld1_f32(p));
}
static inline void vec_store(double *p, vec v)
{
    vst1q_f64(p, v);
}
static inline vec vec_set(double x)
{
    return vdupq_n_f64(x);
}
static inline vec vec_add(vec a, vec b)
{
    return vaddq_f64(a, b);
}
static inline vec vec_sub(vec a, vec b)
{
    return vsubq_f64(a, b);
}
static inline vec vec_mul(vec a, vec b)
{
    return vmulq_f64(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) /* a * b + c, rounded once */
{
    return vfmaq_f64(c, a, b);
}

static inline void transpose(vec v[LANES])
{
    const vec low = vzip1q_f64(v[0], v[1]);
    v[1] = vzip2q_f64(v[0], v[1]);
    v[0] = low;
}

#include "layers/kernels/gram.h"

void ecam_gram_neon(const double *a, size_t a_stride, const double *b, size_t count, bool is_exact,
                    double *restrict s)
{
    gram_tile(a, a_stride, b, count, is_exact, s, 4);
}

void ecam_gram_pack_neon(const float *x, size_t stride, const double *mean, size_t count,
                         double *restrict p)
{
    gram_pack(x, stride, mean, count, p);
}
