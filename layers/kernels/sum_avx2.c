/* SPDX-License-Identifier: BSD-2-Clause
 * Sum, AVX2. 8 accumulators cover the latency of an addition (3 to 4 cycles, two a
 * cycle); beyond the caches memory bounds it. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx2.h"

#define CHAINS 8

float ecam_sum_avx2(const float *x, size_t n)
{
    assert(n >= 1);
    __m256 s[CHAINS];
    UNROLL
    for (size_t j = 0; j < CHAINS; j++)
        s[j] = _mm256_setzero_ps();

    size_t i = 0;
    for (; i + CHAINS * LANES <= n; i += CHAINS * LANES) {
        UNROLL
        for (size_t j = 0; j < CHAINS; j++)
            s[j] = _mm256_add_ps(s[j], _mm256_loadu_ps(x + i + j * LANES));
    }
    for (; i + LANES <= n; i += LANES)
        s[0] = _mm256_add_ps(s[0], _mm256_loadu_ps(x + i));

    UNROLL
    for (size_t j = 1; j < CHAINS; j++)
        s[0] = _mm256_add_ps(s[0], s[j]);
    float sum = add_lanes(s[0]);
    for (; i < n; i++)
        sum += x[i];
    return sum;
}
