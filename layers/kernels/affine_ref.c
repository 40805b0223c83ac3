/* SPDX-License-Identifier: BSD-2-Clause
 * Scale and shift: the definition. */
#include <assert.h>

#include "layers/kernels/kernels.h"

void ecam_affine_ref(const float *x, float scale, float shift, float *y, size_t n)
{
    assert(n >= 1);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * scale + shift;
}
