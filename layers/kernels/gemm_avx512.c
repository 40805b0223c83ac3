/* SPDX-License-Identifier: BSD-2-Clause
 * 8x32 tile of C += A B, AVX-512. 16 accumulators and 2 vectors of B; A comes by
 * broadcast from memory inside the FMA: 18 of 32 registers. A step of k is 16 FMAs
 * for 10 loads, so the FMA units bound it, not the loads; 16 independent chains
 * hide an FMA latency of 4 on two units twice over. A tile of at most 16 columns
 * skips its empty half. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"

#define MR 8
#define NR 32

/* One row of a vector: bias or old value, ReLU, masked store. */
static inline void finish(__m512 s, const float *bias, float *c, __mmask16 mask, bool relu)
{
    const __m512 start = bias != NULL ? _mm512_set1_ps(*bias) : _mm512_maskz_loadu_ps(mask, c);
    s = _mm512_add_ps(start, s);
    if (relu) /* gives the second operand for NaN and for two zeros, as the contract wants */
        s = _mm512_max_ps(_mm512_setzero_ps(), s);
    _mm512_mask_storeu_ps(c, mask, s);
}

INLINE void tile(size_t k, const float *a, const float *b, const float *bias, float *c, size_t ldc,
                 size_t m, size_t n, bool relu, const size_t vecs)
{
    __m512 s[MR][NR / LANES];
    UNROLL
    for (size_t i = 0; i < MR; i++) {
        UNROLL
        for (size_t v = 0; v < vecs; v++)
            s[i][v] = _mm512_setzero_ps();
    }

    for (size_t p = 0; p < k; p++) {
        __m512 col[NR / LANES];
        UNROLL
        for (size_t v = 0; v < vecs; v++)
            col[v] = _mm512_load_ps(b + p * NR + v * LANES);
        UNROLL
        for (size_t i = 0; i < MR; i++) {
            UNROLL
            for (size_t v = 0; v < vecs; v++)
                s[i][v] = _mm512_fmadd_ps(_mm512_set1_ps(a[p * MR + i]), col[v], s[i][v]);
        }
    }
    UNROLL
    for (size_t i = 0; i < MR; i++) {
        UNROLL
        for (size_t v = 0; v < vecs; v++)
            if (i < m)
                finish(s[i][v], bias != NULL ? bias + i : NULL, c + i * ldc + v * LANES,
                       first_lanes(n - v * LANES), relu);
    }
}

void ecam_gemm_8x32_avx512(size_t k, const float *a, const float *b, const float *bias, float *c,
                           size_t ldc, size_t m, size_t n, bool relu)
{
    assert(k >= 1 && m >= 1 && m <= MR && n >= 1 && n <= NR && ldc >= n);
    if (n > LANES)
        tile(k, a, b, bias, c, ldc, m, n, relu, 2);
    else
        tile(k, a, b, bias, c, ldc, m, n, relu, 1);
}
