/* SPDX-License-Identifier: BSD-2-Clause
 * 6x16 tile of C += A B, AVX2. 12 accumulators, 2 vectors of B, 1 broadcast of A:
 * 15 of 16 registers. A step of k is 12 FMAs for 8 loads; 12 independent chains
 * cover an FMA latency of 4 to 5 on two units. A tile of at most 8 columns skips
 * its empty half. */
#include <assert.h>
#include <string.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx2.h"

#define MR 6
#define NR 16

/* One row of a vector: bias or old value, ReLU, store of the first n columns. */
static inline void finish(__m256 s, const float *bias, float *c, size_t n, bool relu)
{
    float partial[LANES] = { 0 };
    float *const row = n < LANES ? partial : c;
    if (n < LANES && bias == NULL)
        memcpy(row, c, n * sizeof *c);
    s = _mm256_add_ps(bias != NULL ? _mm256_broadcast_ss(bias) : _mm256_loadu_ps(row), s);
    if (relu) /* gives the second operand for NaN and for two zeros, as the contract wants */
        s = _mm256_max_ps(_mm256_setzero_ps(), s);
    _mm256_storeu_ps(row, s);
    if (n < LANES)
        memcpy(c, row, n * sizeof *c);
}

INLINE void tile(size_t k, const float *a, const float *b, const float *bias, float *c, size_t ldc,
                 size_t m, size_t n, bool relu, const size_t vecs)
{
    __m256 s[MR][NR / LANES];
    UNROLL
    for (size_t i = 0; i < MR; i++) {
        UNROLL
        for (size_t v = 0; v < vecs; v++)
            s[i][v] = _mm256_setzero_ps();
    }

    for (size_t p = 0; p < k; p++) {
        __m256 col[NR / LANES];
        UNROLL
        for (size_t v = 0; v < vecs; v++)
            col[v] = _mm256_load_ps(b + p * NR + v * LANES);
        UNROLL
        for (size_t i = 0; i < MR; i++) {
            const __m256 row = _mm256_broadcast_ss(a + p * MR + i);
            UNROLL
            for (size_t v = 0; v < vecs; v++)
                s[i][v] = _mm256_fmadd_ps(row, col[v], s[i][v]);
        }
    }
    UNROLL
    for (size_t i = 0; i < MR; i++) {
        UNROLL
        for (size_t v = 0; v < vecs; v++)
            if (i < m)
                finish(s[i][v], bias != NULL ? bias + i : NULL, c + i * ldc + v * LANES,
                       n - v * LANES, relu);
    }
}

void ecam_gemm_6x16_avx2(size_t k, const float *a, const float *b, const float *bias, float *c,
                         size_t ldc, size_t m, size_t n, bool relu)
{
    assert(k >= 1 && m >= 1 && m <= MR && n >= 1 && n <= NR && ldc >= n);
    if (n > LANES)
        tile(k, a, b, bias, c, ldc, m, n, relu, 2);
    else
        tile(k, a, b, bias, c, ldc, m, n, relu, 1);
}
