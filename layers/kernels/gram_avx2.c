/* SPDX-License-Identifier: BSD-2-Clause
 * Sums of products in double, AVX2: 4 rows at
 * a time, 8 sums, 2 loads and 1 broadcast of 16 registers. */
#include <immintrin.h>
#include <stddef.h>

#define LANES 4

typedef __m256d vec;

static inline vec vec_load(const double *p)
{
    return _mm256_loadu_pd(p);
}
static inline vec vec_widen(const float *p)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
static inline void vec_store(double *p, vec v)
{
    _mm256_storeu_pd(p, v);
}
static inline vec vec_set(double x)
{
    return _mm256_set1_pd(x);
}
static inline vec vec_add(vec a, vec b)
{
    return _mm256_add_pd(a, b);
}
static inline vec vec_sub(vec a, vec b)
{
    return _mm256_sub_pd(a, b);
}
static inline vec vec_mul(vec a, vec b)
{
    return _mm256_mul_pd(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) /* a * b + c, rounded once */
{
    return _mm256_fmadd_pd(a, b, c);
}

/* 4 x 4: pairs, then halves change places. */
static inline void transpose(vec v[LANES])
{
    const vec a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]);
    const vec c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
    v[0] = _mm256_permute2f128_pd(a, c, 0x20);
    v[1] = _mm256_permute2f128_pd(b, d, 0x20);
    v[2] = _mm256_permute2f128_pd(a, c, 0x31);
    v[3] = _mm256_permute2f128_pd(b, d, 0x31);
}

#include "layers/kernels/gram.h"

void ecam_gram_avx2(const double *a, size_t a_stride, const double *b, size_t count, bool is_exact,
                    double *restrict s)
{
    gram_tile(a, a_stride, b, count, is_exact, s, 4);
}

void ecam_gram_pack_avx2(const float *x, size_t stride, const double *mean, size_t count,
                         double *restrict p)
{
    gram_pack(x, stride, mean, count, p);
}
