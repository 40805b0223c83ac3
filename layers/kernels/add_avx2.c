/* SPDX-License-Identifier: BSD-2-Clause
 * Elementwise sum, AVX2. Memory bounds it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx2.h"

void ecam_add_avx2(const float *a, const float *b, float *y, size_t n)
{
    assert(n >= 1);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        _mm256_storeu_ps(y + i, _mm256_add_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i)));
    for (; i < n; i++)
        y[i] = a[i] + b[i];
}
