/* SPDX-License-Identifier: BSD-2-Clause
 * Scale and shift, AVX-512. Two roundings as in the reference, so no FMA. Memory bounds
 * it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"

void ecam_affine_avx512(const float *x, float scale, float shift, float *y, size_t n)
{
    assert(n >= 1);
    const __m512 scales = _mm512_set1_ps(scale), shifts = _mm512_set1_ps(shift);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        _mm512_storeu_ps(y + i,
                         _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(x + i), scales), shifts));
    const size_t left = n - i;
    if (left != 0) {
        const __mmask16 mask = first_lanes(left);
        _mm512_mask_storeu_ps(
            y + i, mask,
            _mm512_add_ps(_mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), scales), shifts));
    }
}
