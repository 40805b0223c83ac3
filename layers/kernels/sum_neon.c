/* SPDX-License-Identifier: BSD-2-Clause
 * Sum, AArch64 NEON. 8 accumulators cover the latency of an addition (2 to 4 cycles, two
 * a cycle); beyond the caches memory bounds it. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"

#define CHAINS 8

float ecam_sum_neon(const float *x, size_t n)
{
    assert(n >= 1);
    float32x4_t s[CHAINS];
    UNROLL
    for (size_t j = 0; j < CHAINS; j++)
        s[j] = vdupq_n_f32(0.0f);

    size_t i = 0;
    for (; i + CHAINS * LANES <= n; i += CHAINS * LANES) {
        UNROLL
        for (size_t j = 0; j < CHAINS; j++)
            s[j] = vaddq_f32(s[j], vld1q_f32(x + i + j * LANES));
    }
    for (; i + LANES <= n; i += LANES)
        s[0] = vaddq_f32(s[0], vld1q_f32(x + i));

    UNROLL
    for (size_t j = 1; j < CHAINS; j++)
        s[0] = vaddq_f32(s[0], s[j]);
    float sum = vaddvq_f32(s[0]);
    for (; i < n; i++)
        sum += x[i];
    return sum;
}
