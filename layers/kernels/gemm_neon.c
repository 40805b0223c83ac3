/* SPDX-License-Identifier: BSD-2-Clause
 * 8x12 tile of C += A B, AArch64 NEON. 24 accumulators, 3 vectors of B, 2 of A used by
 * lane: 29 of 32 registers. A step of k is 24 FMAs for 5 loads, where 8x8 would be 16
 * for 4 and 4x16 16 for 5; 24 independent chains cover an FMA latency of 4 cycles on
 * two to four units. */
#include <assert.h>
#include <string.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"

#define MR 8
#define NR 12
#define VECS (NR / LANES)

/* One row: bias or old value, ReLU, store of the first n columns. */
static inline void finish(const float32x4_t *sums, const float *bias, float *c, size_t n, bool relu)
{
    const float32x4_t zero = vdupq_n_f32(0.0f);
    float partial[NR] = { 0 };
    float *const row = n < NR ? partial : c;
    if (n < NR && bias == NULL)
        memcpy(row, c, n * sizeof *c);
    UNROLL
    for (size_t v = 0; v < VECS; v++) {
        const float32x4_t start = bias != NULL ? vdupq_n_f32(*bias) : vld1q_f32(row + v * LANES);
        float32x4_t s = vaddq_f32(start, sums[v]);
        if (relu) /* a select, for FMAX(0, -0) is +0 */
            s = vbslq_f32(vcltq_f32(s, zero), zero, s);
        vst1q_f32(row + v * LANES, s);
    }
    if (n < NR)
        memcpy(c, row, n * sizeof *c);
}

void ecam_gemm_8x12_neon(size_t k, const float *a, const float *b, const float *bias, float *c,
                         size_t ldc, size_t m, size_t n, bool relu)
{
    assert(k >= 1 && m >= 1 && m <= MR && n >= 1 && n <= NR && ldc >= n);
    float32x4_t s[MR][VECS];
    UNROLL
    for (size_t i = 0; i < MR; i++) {
        UNROLL
        for (size_t v = 0; v < VECS; v++)
            s[i][v] = vdupq_n_f32(0.0f);
    }

    for (size_t p = 0; p < k; p++, a += MR, b += NR) {
        const float32x4_t upper = vld1q_f32(a), lower = vld1q_f32(a + LANES);
        UNROLL
        for (size_t v = 0; v < VECS; v++) {
            const float32x4_t col = vld1q_f32(b + v * LANES);
            s[0][v] = vfmaq_laneq_f32(s[0][v], col, upper, 0);
            s[1][v] = vfmaq_laneq_f32(s[1][v], col, upper, 1);
            s[2][v] = vfmaq_laneq_f32(s[2][v], col, upper, 2);
            s[3][v] = vfmaq_laneq_f32(s[3][v], col, upper, 3);
            s[4][v] = vfmaq_laneq_f32(s[4][v], col, lower, 0);
            s[5][v] = vfmaq_laneq_f32(s[5][v], col, lower, 1);
            s[6][v] = vfmaq_laneq_f32(s[6][v], col, lower, 2);
            s[7][v] = vfmaq_laneq_f32(s[7][v], col, lower, 3);
        }
    }
    UNROLL
    for (size_t i = 0; i < MR; i++)
        if (i < m)
            finish(s[i], bias != NULL ? bias + i : NULL, c + i * ldc, n, relu);
}
