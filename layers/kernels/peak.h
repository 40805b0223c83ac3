/* SPDX-License-Identifier: BSD-2-Clause
 * Fused multiply-adds on registers alone, for any vector that a lanes_*.h names: as
 * many chains as hide the latency of two units. */
#ifndef ECAM_KERNELS_PEAK_H
#define ECAM_KERNELS_PEAK_H

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"

#define CHAINS 12

INLINE float peak(size_t n)
{
    const vec a = vec_set(0.999f), b = vec_set(1e-3f);
    vec s[CHAINS];
    UNROLL
    for (size_t j = 0; j < CHAINS; j++)
        s[j] = vec_set((float)j);
    for (size_t i = 0; i < n; i++) {
        UNROLL
        for (size_t j = 0; j < CHAINS; j++)
            s[j] = vec_fma(s[j], a, b);
    }
    float out[LANES], sum = 0.0f;
    UNROLL
    for (size_t j = 1; j < CHAINS; j++)
        s[0] = vec_add(s[0], s[j]);
    vec_store(out, s[0]);
    for (size_t l = 0; l < LANES; l++)
        sum += out[l];
    return sum;
}

#endif /* ECAM_KERNELS_PEAK_H */
