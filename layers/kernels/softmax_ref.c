/* SPDX-License-Identifier: BSD-2-Clause
 * Softmax: the definition. The largest value is taken off first, so that no finite
 * input overflows; the sum is kept in double, so that thousands of classes cost no
 * accuracy. */
#include <assert.h>
#include <math.h>

#include "layers/kernels/kernels.h"

void ecam_softmax_ref(const float *x, float *y, size_t n, size_t stride)
{
    assert(n >= 1 && stride >= 1);
    float max = x[0];
    for (size_t i = 1; i < n; i++)
        max = x[i * stride] > max ? x[i * stride] : max;

    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        y[i * stride] = expf(x[i * stride] - max);
        sum += (double)y[i * stride];
    }
    for (size_t i = 0; i < n; i++)
        y[i * stride] = (float)((double)y[i * stride] / sum);
}
