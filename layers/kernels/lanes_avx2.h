/* SPDX-License-Identifier: BSD-2-Clause
 * Strided loads and sums for the AVX2 kernels. Tails and borders are scalar: a masked
 * load would be right, but qemu 7.2 traps on one that touches an unmapped page, and
 * kcheck shall run there too. */
#ifndef ECAM_LANES_AVX2_H
#define ECAM_LANES_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <string.h>

#include "layers/kernels/inline.h"

#define LANES 8

/* What templates call a vector (wino.h, block.h). */
typedef __m256 vec;

static inline vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
static inline void vec_store(float *p, vec v)
{
    _mm256_storeu_ps(p, v);
}
static inline vec vec_set(float x)
{
    return _mm256_set1_ps(x);
}
static inline vec vec_add(vec a, vec b)
{
    return _mm256_add_ps(a, b);
}
static inline vec vec_sub(vec a, vec b)
{
    return _mm256_sub_ps(a, b);
}
static inline vec vec_mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}
static inline vec vec_div(vec a, vec b)
{
    return _mm256_div_ps(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) /* a * b + c, rounded once */
{
    return _mm256_fmadd_ps(a, b, c);
}
static inline vec vec_relu(vec a) /* max gives its second operand for NaN and two zeros */
{
    return _mm256_max_ps(_mm256_setzero_ps(), a);
}
static inline vec vec_larger(vec a, vec b) /* NaN if either is */
{
    return _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}

static inline vec vec_abs(vec a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}
static inline vec vec_with_sign(vec a, vec sign) /* |a| with the sign of another */
{
    const vec bit = _mm256_set1_ps(-0.0f);
    return _mm256_or_ps(_mm256_andnot_ps(bit, a), _mm256_and_ps(bit, sign));
}
static inline vec vec_shift_add(vec a, int bits) /* (a << 23) + bits, as whole numbers */
{
    return _mm256_castsi256_ps(
        _mm256_add_epi32(_mm256_slli_epi32(_mm256_castps_si256(a), 23), _mm256_set1_epi32(bits)));
}
static inline vec vec_less(vec a, vec b, vec yes, vec no) /* a < b ? yes : no */
{
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
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

/* Lane i is p[i*stride], stride being 1 or 2. Reads nothing behind the last of them. */
INLINE __m256 load_lanes(const float *p, const size_t stride)
{
    const __m256 at_0 = _mm256_loadu_ps(p);
    if (stride == 1)
        return at_0;
    const __m256 pairs = _mm256_shuffle_ps(at_0, _mm256_loadu_ps(p + 7), _MM_SHUFFLE(3, 1, 2, 0));
    return _mm256_castpd_ps(
        _mm256_permute4x64_pd(_mm256_castps_pd(pairs), _MM_SHUFFLE(3, 1, 2, 0)));
}

static inline float add_lanes(__m256 v)
{
    const __m128 q = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 d = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(d, _mm_movehdup_ps(d)));
}

#endif /* ECAM_LANES_AVX2_H */
