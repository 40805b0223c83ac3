/* SPDX-License-Identifier: BSD-2-Clause
 * The ways between the layouts, AVX2. Memory bounds them. */
#include "layers/kernels/inline.h"
#include "layers/kernels/lanes_avx2.h"

/* 8 x 8: singles, pairs and halves change places. */
static inline void transpose(vec v[LANES])
{
    vec a[LANES], b[LANES];
    UNROLL
    for (size_t l = 0; l < LANES; l += 2) {
        a[l] = _mm256_unpacklo_ps(v[l], v[l + 1]);
        a[l + 1] = _mm256_unpackhi_ps(v[l], v[l + 1]);
    }
    UNROLL
    for (size_t l = 0; l < LANES; l += 4) {
        for (size_t j = 0; j < 2; j++) {
            const __m256d low = _mm256_castps_pd(a[l + j]), high = _mm256_castps_pd(a[l + j + 2]);
            b[l + 2 * j] = _mm256_castpd_ps(_mm256_unpacklo_pd(low, high));
            b[l + 2 * j + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low, high));
        }
    }
    UNROLL
    for (size_t j = 0; j < 4; j++) {
        v[j] = _mm256_permute2f128_ps(b[j], b[4 + j], 0x20);
        v[4 + j] = _mm256_permute2f128_ps(b[j], b[4 + j], 0x31);
    }
}

#include "layers/kernels/reorder.h"

void ecam_to_blocked_avx2(const float *in, size_t in_stride, size_t channels, size_t n,
                          float *restrict out)
{
    to_blocked(in, in_stride, channels, n, out);
}

void ecam_from_blocked_avx2(const float *in, size_t channels, size_t n, float *restrict out,
                            size_t out_stride)
{
    from_blocked(in, channels, n, out, out_stride);
}
