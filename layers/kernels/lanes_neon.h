/* SPDX-License-Identifier: BSD-2-Clause
 * Strided loads for the NEON kernels. There are no masked ones: tails and borders are
 * scalar. */
#ifndef ECAM_LANES_NEON_H
#define ECAM_LANES_NEON_H

#include <arm_neon.h>
#include <stddef.h>

#include "layers/kernels/inline.h"

#define LANES 4

/* Lane i is p[i*stride], stride being 1 or 2. Reads nothing behind the last of them,
 * which LD2 would. */
INLINE float32x4_t load_lanes(const float *p, const size_t stride)
{
    const float32x4_t at_0 = vld1q_f32(p);
    if (stride == 1)
        return at_0;
    const float32x4_t at_3 = vld1q_f32(p + 3);
    return vuzp1q_f32(at_0, vextq_f32(at_3, at_3, 1));
}

#endif /* ECAM_LANES_NEON_H */
