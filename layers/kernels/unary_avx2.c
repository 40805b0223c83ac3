/* SPDX-License-Identifier: BSD-2-Clause
 * One operand element by element, AVX2: unary.h says how, and what bounds it. */
#include "layers/kernels/lanes_avx2.h"

#include "layers/kernels/unary.h"

void ecam_unary_avx2(const struct ecam_unary *f, const float *x, float *y, size_t n)
{
    unary_all(f, x, y, n);
}
