/* SPDX-License-Identifier: BSD-2-Clause
 * The ways between the layouts, AVX-512. Memory bounds them. */
#include "layers/kernels/inline.h"
#include "layers/kernels/lanes_avx512.h"

/* 16 x 16: singles, pairs, quarters and halves change places. */
static inline void transpose(vec v[LANES])
{
    vec a[LANES], b[LANES];
    UNROLL
    for (size_t l = 0; l < LANES; l += 2) {
        a[l] = _mm512_unpacklo_ps(v[l], v[l + 1]);
        a[l + 1] = _mm512_unpackhi_ps(v[l], v[l + 1]);
    }
    UNROLL
    for (size_t l = 0; l < LANES; l += 4) {
        for (size_t j = 0; j < 2; j++) {
            const __m512d low = _mm512_castps_pd(a[l + j]), high = _mm512_castps_pd(a[l + j + 2]);
            b[l + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            b[l + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    }
    /* Now b[4 q + j] holds, in its quarter k, rows 4 q .. 4 q + 3 of column 4 k + j. */
    UNROLL
    for (size_t j = 0; j < 4; j++) {
        const vec p = _mm512_shuffle_f32x4(b[j], b[4 + j], 0x88);
        const vec q = _mm512_shuffle_f32x4(b[j], b[4 + j], 0xdd);
        const vec r = _mm512_shuffle_f32x4(b[8 + j], b[12 + j], 0x88);
        const vec s = _mm512_shuffle_f32x4(b[8 + j], b[12 + j], 0xdd);
        v[j] = _mm512_shuffle_f32x4(p, r, 0x88);
        v[8 + j] = _mm512_shuffle_f32x4(p, r, 0xdd);
        v[4 + j] = _mm512_shuffle_f32x4(q, s, 0x88);
        v[12 + j] = _mm512_shuffle_f32x4(q, s, 0xdd);
    }
}

#include "layers/kernels/reorder.h"

void ecam_to_blocked_avx512(const float *in, size_t in_stride, size_t channels, size_t n,
                            float *restrict out)
{
    to_blocked(in, in_stride, channels, n, out);
}

void ecam_from_blocked_avx512(const float *in, size_t channels, size_t n, float *restrict out,
                              size_t out_stride)
{
    from_blocked(in, channels, n, out, out_stride);
}
