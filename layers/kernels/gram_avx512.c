/* SPDX-License-Identifier: BSD-2-Clause
 * Sums of products in double, AVX-512: 8 rows, 8
 * sums, as many as two units of four cycles keep busy. */
#include <immintrin.h>
#include <stddef.h>

#define LANES 8

typedef __m512d vec;

static inline vec vec_load(const double *p)
{
    return _mm512_loadu_pd(p);
}
static inline vec vec_widen(const float *p)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
static inline void vec_store(double *p, vec v)
{
    _mm512_storeu_pd(p, v);
}
static inline vec vec_set(double x)
{
    return _mm512_set1_pd(x);
}
static inline vec vec_add(vec a, vec b)
{
    return _mm512_add_pd(a, b);
}
static inline vec vec_sub(vec a, vec b)
{
    return _mm512_sub_pd(a, b);
}
static inline vec vec_mul(vec a, vec b)
{
    return _mm512_mul_pd(a, b);
}
static inline vec vec_fma(vec a, vec b, vec c) /* a * b + c, rounded once */
{
    return _mm512_fmadd_pd(a, b, c);
}

/* 8 x 8: pairs, then halves, then quarters change places. */
static inline void transpose(vec v[LANES])
{
    vec pair[LANES], half[LANES];
    for (size_t l = 0; l < LANES; l += 2) {
        pair[l] = _mm512_unpacklo_pd(v[l], v[l + 1]);
        pair[l + 1] = _mm512_unpackhi_pd(v[l], v[l + 1]);
    }
    for (size_t l = 0; l < LANES; l += 4) {
        for (size_t j = l; j < l + 2; j++) {
            half[j] = _mm512_shuffle_f64x2(pair[j], pair[j + 2], 0x88);
            half[j + 2] = _mm512_shuffle_f64x2(pair[j], pair[j + 2], 0xdd);
        }
    }
    for (size_t l = 0; l < LANES / 2; l++) {
        v[l] = _mm512_shuffle_f64x2(half[l], half[l + 4], 0x88);
        v[l + 4] = _mm512_shuffle_f64x2(half[l], half[l + 4], 0xdd);
    }
}

#include "layers/kernels/gram.h"

void ecam_gram_avx512(const double *a, size_t a_stride, const double *b, size_t count,
                      bool is_exact, double *restrict s)
{
    gram_tile(a, a_stride, b, count, is_exact, s, 8);
}

void ecam_gram_pack_avx512(const float *x, size_t stride, const double *mean, size_t count,
                           double *restrict p)
{
    gram_pack(x, stride, mean, count, p);
}
