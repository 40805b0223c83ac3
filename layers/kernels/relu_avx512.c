/* SPDX-License-Identifier: BSD-2-Clause
 * ReLU, AVX-512. MAXPS gives its second operand when one is NaN or both are zeros, so
 * max(0, x) keeps NaN and -0; the other way round it would not. Memory bounds it. */
#include <assert.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"

void ecam_relu_avx512(const float *x, float *y, size_t n)
{
    assert(n >= 1);
    const __m512 zero = _mm512_setzero_ps();
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        _mm512_storeu_ps(y + i, _mm512_max_ps(zero, _mm512_loadu_ps(x + i)));
    const size_t left = n - i;
    if (left != 0) {
        const __mmask16 mask = first_lanes(left);
        _mm512_mask_storeu_ps(y + i, mask, _mm512_max_ps(zero, _mm512_maskz_loadu_ps(mask, x + i)));
    }
}
