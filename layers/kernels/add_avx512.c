/* SPDX-License-Identifier: BSD-2-Clause
 * Elementwise sum, AVX-512. Memory bounds it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"

void ecam_add_avx512(const float *a, const float *b, float *y, size_t n)
{
    assert(n >= 1);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        _mm512_storeu_ps(y + i, _mm512_add_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i)));
    const size_t left = n - i;
    if (left != 0) {
        const __mmask16 mask = first_lanes(left);
        _mm512_mask_storeu_ps(
            y + i, mask,
            _mm512_add_ps(_mm512_maskz_loadu_ps(mask, a + i), _mm512_maskz_loadu_ps(mask, b + i)));
    }
}
