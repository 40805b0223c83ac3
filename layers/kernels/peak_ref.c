/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/kernels/kernels.h"

#define CHAINS 12

float ecam_peak_ref(size_t n, double *flops)
{
    float s[CHAINS], sum = 0.0f;
    for (size_t j = 0; j < CHAINS; j++)
        s[j] = (float)j;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < CHAINS; j++) {
            const float product = s[j] * 0.999f;
            s[j] = product + 1e-3f;
        }
    for (size_t j = 0; j < CHAINS; j++)
        sum += s[j];
    *flops = 2.0 * CHAINS * (double)n;
    return sum;
}
