/* SPDX-License-Identifier: BSD-2-Clause
 * One operand element by element, AArch64 NEON: unary.h says how, and what bounds it. */
#include "layers/kernels/lanes_neon.h"

#include "layers/kernels/unary.h"

void ecam_unary_neon(const struct ecam_unary *f, const float *x, float *y, size_t n)
{
    unary_all(f, x, y, n);
}
