/* SPDX-License-Identifier: BSD-2-Clause
 * Strided loads for the NEON kernels. There are no masked ones: outputs whose taps do
 * not all lie in the plane are scalar. */
#ifndef ECAM_LANES_NEON_H
#define ECAM_LANES_NEON_H

#include <arm_neon.h>
#include <stddef.h>

#include "layers/kernels/inline.h"

#define LANES 4

/* Lane i is p[i*stride], stride being 1 or 2. Reads LANES*stride floats: at stride 2 one
 * more than it uses. */
INLINE float32x4_t load_lanes(const float *p, const size_t stride)
{
    return stride == 1 ? vld1q_f32(p) : vld2q_f32(p).val[0];
}

#endif /* ECAM_LANES_NEON_H */
