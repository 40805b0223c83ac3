/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/kernels/lanes_avx512.h"

#include "layers/kernels/peak.h"

float ecam_peak_avx512(size_t n, double *flops)
{
    *flops = 2.0 * CHAINS * LANES * (double)n;
    return peak(n);
}
