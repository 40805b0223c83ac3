/* SPDX-License-Identifier: BSD-2-Clause
 * Elementwise sum, AArch64 NEON. Memory bounds it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"

void ecam_add_neon(const float *a, const float *b, float *y, size_t n)
{
    assert(n >= 1);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vst1q_f32(y + i, vaddq_f32(vld1q_f32(a + i), vld1q_f32(b + i)));
    for (; i < n; i++)
        y[i] = a[i] + b[i];
}
