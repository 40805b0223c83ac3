/* SPDX-License-Identifier: BSD-2-Clause
 * Two operands element by element: the definition. */
#include <assert.h>
#include <math.h>

#include "layers/kernels/kernels.h"

static float element(struct ecam_operand x, size_t i)
{
    return x.p[x.repeat == ECAM_REPEAT_NONE ? i : x.repeat == ECAM_REPEAT_ONE ? 0 : i % ECAM_BLOCK];
}

static float result(enum ecam_binary_op op, float a, float b)
{
    switch (op) {
    case ECAM_BINARY_ADD:
        return a + b;
    case ECAM_BINARY_SUB:
        return a - b;
    case ECAM_BINARY_MUL:
        return a * b;
    case ECAM_BINARY_DIV:
        return a / b;
    case ECAM_BINARY_MAX:
        return isnan(a) || a > b ? a : b;
    default:
        return a < 0.0f ? a * b : a;
    }
}

void ecam_binary_ref(enum ecam_binary_op op, struct ecam_operand a, struct ecam_operand b, float *y,
                     size_t n)
{
    assert(n >= 1);
    for (size_t i = 0; i < n; i++)
        y[i] = result(op, element(a, i), element(b, i));
}
