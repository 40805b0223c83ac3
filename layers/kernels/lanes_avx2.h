/* SPDX-License-Identifier: BSD-2-Clause
 * Lane masks for the AVX2 kernels. A masked-off lane is neither read nor written,
 * whatever its address. */
#ifndef ECAM_LANES_AVX2_H
#define ECAM_LANES_AVX2_H

#include <immintrin.h>
#include <stddef.h>

#define LANES 8

/* The first n lanes; all of them from 8 on. */
static inline __m256i first_lanes(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n < LANES ? (int)n : LANES), lane);
}

static inline float add_lanes(__m256 v)
{
    const __m128 q = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    const __m128 d = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(d, _mm_movehdup_ps(d)));
}

#endif /* ECAM_LANES_AVX2_H */
