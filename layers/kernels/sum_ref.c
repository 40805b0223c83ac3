/* SPDX-License-Identifier: BSD-2-Clause
 * Sum: the definition. */
#include <assert.h>

#include "layers/kernels/kernels.h"

float ecam_sum_ref(const float *x, size_t n)
{
    assert(n >= 1);
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}
