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
    const size_t left = n - i;
    if (left != 0) {
        const __m256i mask = first_lanes(left);
        _mm256_maskstore_ps(
            y + i, mask,
            _mm256_add_ps(_mm256_maskload_ps(a + i, mask), _mm256_maskload_ps(b + i, mask)));
    }
}
