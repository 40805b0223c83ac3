/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/kernels/lanes_neon.h"

#include "layers/kernels/peak.h"

float ecam_peak_neon(size_t n, double *flops)
{
    *flops = 2.0 * CHAINS * LANES * (double)n;
    return peak(n);
}
