/* SPDX-License-Identifier: BSD-2-Clause
 * Scale and shift, AArch64 NEON. Two roundings as in the reference, so no FMA. Memory
 * bounds it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"

void ecam_affine_neon(const float *x, float scale, float shift, float *y, size_t n)
{
    assert(n >= 1);
    const float32x4_t scales = vdupq_n_f32(scale), shifts = vdupq_n_f32(shift);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vst1q_f32(y + i, vaddq_f32(vmulq_f32(vld1q_f32(x + i), scales), shifts));
    for (; i < n; i++)
        y[i] = x[i] * scale + shift;
}
