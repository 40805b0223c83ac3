/* SPDX-License-Identifier: BSD-2-Clause
 * ReLU, AArch64 NEON. A select and not FMAX, for FMAX(0, -0) is +0 and -0 has to stay.
 * Memory bounds it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"

void ecam_relu_neon(const float *x, float *y, size_t n)
{
    assert(n >= 1);
    const float32x4_t zero = vdupq_n_f32(0.0f);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const float32x4_t v = vld1q_f32(x + i);
        vst1q_f32(y + i, vbslq_f32(vcltq_f32(v, zero), zero, v));
    }
    for (; i < n; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
}
