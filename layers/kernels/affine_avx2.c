/* SPDX-License-Identifier: BSD-2-Clause
 * Scale and shift, AVX2. Two roundings as in the reference, so no FMA. Memory bounds
 * it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx2.h"

void ecam_affine_avx2(const float *x, float scale, float shift, float *y, size_t n)
{
    assert(n >= 1);
    const __m256 scales = _mm256_set1_ps(scale), shifts = _mm256_set1_ps(shift);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        _mm256_storeu_ps(y + i,
                         _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(x + i), scales), shifts));
    for (; i < n; i++)
        y[i] = x[i] * scale + shift;
}
