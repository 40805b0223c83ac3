/* SPDX-License-Identifier: BSD-2-Clause
 * ReLU: the definition. */
#include <assert.h>

#include "layers/kernels/kernels.h"

void ecam_relu_ref(const float *x, float *y, size_t n)
{
    assert(n >= 1);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
}
