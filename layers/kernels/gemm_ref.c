/* SPDX-License-Identifier: BSD-2-Clause
 * One 4x8 tile of C += A B: the definition. p runs outside, so that the tile is a sum
 * of k products column times row, as the packed operands lie. */
#include <assert.h>

#include "layers/kernels/kernels.h"

#define MR 4
#define NR 8

void ecam_gemm_4x8_ref(size_t k, const float *a, const float *b, const float *bias, float *c,
                       size_t ldc, size_t m, size_t n, bool relu)
{
    assert(k >= 1 && m >= 1 && m <= MR && n >= 1 && n <= NR && ldc >= n);
    float s[MR][NR] = { { 0 } };
    for (size_t p = 0; p < k; p++)
        for (size_t i = 0; i < MR; i++)
            for (size_t j = 0; j < NR; j++)
                s[i][j] += a[p * MR + i] * b[p * NR + j];

    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            const float v = (bias != NULL ? bias[i] : c[i * ldc + j]) + s[i][j];
            c[i * ldc + j] = relu && v < 0.0f ? 0.0f : v;
        }
    }
}
