/* SPDX-License-Identifier: BSD-2-Clause
 * ReLU, AVX2. MAXPS gives its second operand when one is NaN or both are zeros, so
 * max(0, x) keeps NaN and -0; the other way round it would not. Memory bounds it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx2.h"

void ecam_relu_avx2(const float *x, float *y, size_t n)
{
    assert(n >= 1);
    const __m256 zero = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        _mm256_storeu_ps(y + i, _mm256_max_ps(zero, _mm256_loadu_ps(x + i)));
    for (; i < n; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
}
