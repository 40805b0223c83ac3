/* SPDX-License-Identifier: BSD-2-Clause
 * Two operands element by element, AVX-512. Memory bounds it. */
#include "layers/kernels/lanes_avx512.h"

#include "layers/kernels/binary.h"

void ecam_binary_avx512(enum ecam_binary_op op, struct ecam_operand a, struct ecam_operand b,
                        float *y, size_t n)
{
    binary_all(op, a, b, y, n);
}
