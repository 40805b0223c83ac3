/* SPDX-License-Identifier: BSD-2-Clause
 * One operand element by element: the definition. Curved functions by the C library in
 * double, rounded once. Where a formula would say infinity times zero, its limit. */
#include <assert.h>
#include <math.h>

#include "layers/kernels/kernels.h"

/* Comparisons with NaN are false, so it stays. */
static float clip(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

static float hard_sigmoid(float x, float a, float b)
{
    const float product = a * x;
    return clip(product + b, 0.0f, 1.0f);
}

/* x times a share of it that is 0 at -infinity. */
static float share(float x, double part)
{
    return part == 0.0 ? -0.0f : (float)((double)x * part);
}

static float result(const struct ecam_unary *f, float x)
{
    const double d = (double)x;
    switch (f->op) {
    case ECAM_UNARY_CLIP:
        return clip(x, f->a, f->b);
    case ECAM_UNARY_HARD_SIGMOID:
        return hard_sigmoid(x, f->a, f->b);
    case ECAM_UNARY_HARD_SWISH:
        return x < -4.0f ? -0.0f : x * hard_sigmoid(x, 1.0f / 6.0f, 0.5f);
    case ECAM_UNARY_ELU:
        return x < 0.0f ? (float)((double)f->a * expm1(d)) : x;
    case ECAM_UNARY_SIGMOID:
        return (float)(1.0 / (1.0 + exp(-d)));
    case ECAM_UNARY_SILU:
        return share(x, 1.0 / (1.0 + exp(-d)));
    case ECAM_UNARY_TANH:
        return (float)tanh(d);
    case ECAM_UNARY_ERF:
        return (float)erf(d);
    case ECAM_UNARY_GELU: /* the complement keeps its digits where the sum cancels */
        return share(x, 0.5 * erfc(-d * 0.70710678118654752440));
    default: /* (1 + tanh(u)) / 2 is sigmoid(2 u) */
        return share(x, 1.0 / (1.0 + exp(-1.5957691216057307 * (d + 0.044715 * d * d * d))));
    }
}

void ecam_unary_ref(const struct ecam_unary *f, const float *x, float *y, size_t n)
{
    assert(n >= 1);
    for (size_t i = 0; i < n; i++)
        y[i] = result(f, x[i]);
}
