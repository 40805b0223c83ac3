/* SPDX-License-Identifier: BSD-2-Clause
 * Lane masks for the AVX2 kernels. A masked-off lane is neither read nor written,
 * whatever its address. */
#ifndef ECAM_LANES_AVX2_H
#define ECAM_LANES_AVX2_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>

#define LANES 8

/* The first n lanes; all of them from 8 on. */
static inline __m256i first_lanes(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n < LANES ? (int)n : LANES), lane);
}

/* The lanes i with 0 <= start + i < size. */
static inline __m256i lanes_inside(ptrdiff_t start, size_t size)
{
    if (start < 0)
        return _mm256_andnot_si256(first_lanes((size_t)-start), first_lanes(size + (size_t)-start));
    return first_lanes((size_t)start < size ? size - (size_t)start : 0);
}

/* Every other float, of 8 from p and 8 from p + 7: 15 in all, the last one used. */
static inline __m256 take_even(__m256 at_0, __m256 at_7)
{
    const __m256 pairs = _mm256_shuffle_ps(at_0, at_7, _MM_SHUFFLE(3, 1, 2, 0));
    return _mm256_castpd_ps(
        _mm256_permute4x64_pd(_mm256_castps_pd(pairs), _MM_SHUFFLE(3, 1, 2, 0)));
}

static inline __m256 load_masked(const float *p, __m256i mask, __m256 fill)
{
    return _mm256_blendv_ps(fill, _mm256_maskload_ps(p, mask), _mm256_castsi256_ps(mask));
}

/* Lane i is row[start + i*stride], stride being 1 or 2. With whole, all of them are in
 * the row of `size` floats; else those outside are `fill`. */
static inline __m256 load_lanes(const float *row, ptrdiff_t start, size_t size, size_t stride,
                                bool whole, __m256 fill)
{
    const float *p = row + start;
    if (whole)
        return stride == 1 ? _mm256_loadu_ps(p)
                           : take_even(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 7));
    const __m256 at_0 = load_masked(p, lanes_inside(start, size), fill);
    if (stride == 1)
        return at_0;
    return take_even(at_0, load_masked(p + 7, lanes_inside(start + 7, size), fill));
}

/* p[0 .. n-1], n >= 1, or 8 floats from 8 on. */
static inline void store_lanes(float *p, size_t n, __m256 v)
{
    if (n >= LANES)
        _mm256_storeu_ps(p, v);
    else
        _mm256_maskstore_ps(p, first_lanes(n), v);
}

static inline float add_lanes(__m256 v)
{
    const __m128 q = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 d = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(d, _mm_movehdup_ps(d)));
}

#endif /* ECAM_LANES_AVX2_H */
