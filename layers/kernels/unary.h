/* SPDX-License-Identifier: BSD-2-Clause
 * One operand element by element, for any vector that a lanes_*.h names. Memory bounds
 * what is straight; what is curved comes to one exponential of a number below 0, which
 * cannot overflow, and to a division or two, and those bound it.
 *
 *     exp(x)     = 2^n (1 + p), x = n ln 2 + r with ln 2 in two parts (Cody and Waite,
 *                  1980), p = r + r^2 q(r)
 *     expm1(x)   = 2^n p + (2^n - 1): exact to its last places near 0
 *     sigmoid(x) = 1 / (1 + e) or e / (1 + e), e = exp(-|x|)
 *     tanh(x)    = -m / (2 + m), m = expm1(-2 |x|), with the sign of x
 *     Phi(-a)    = exp(-a^2 / 2) s g(s), s = 1 / (1 + a / 4): the normal distribution's
 *                  tail, whose digits gelu needs where 1 + erf would cancel them
 *     erf(x)     = x + x p(x^2) below 1, 1 - 2 Phi(-sqrt 2 |x|) from there on
 *     gelu(x)    = x Phi(x), Phi(x) = 1 - Phi(-x) from 0 on
 *
 * q, p and g are minimax polynomials; tools/dev/minimax.py made them. */
#ifndef ECAM_KERNELS_UNARY_H
#define ECAM_KERNELS_UNARY_H

#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"

/* c[0] + c[1] x + ... of n coefficients. */
INLINE vec horner(vec x, const float *c, const size_t n)
{
    vec y = vec_set(c[n - 1]);
    UNROLL
    for (size_t i = n - 1; i-- > 0;)
        y = vec_fma(y, x, vec_set(c[i]));
    return y;
}

/* The larger or smaller of x and a bound; a NaN stays. */
INLINE vec at_least(vec x, float low)
{
    return vec_less(x, vec_set(low), vec_set(low), x);
}

INLINE vec at_most(vec x, float high)
{
    return vec_less(vec_set(high), x, vec_set(high), x);
}

/* ---- Exponentials ---- */

#define LOWEST (-120.0f) /* its exponential is 0 in float, and 2^(n + 64) is still normal */

/* exp(x) = (1 + p) s 2^-64: s is normal where the result is not. */
struct power {
    vec p, s;
};

/* Of x + rest, LOWEST <= x <= 0 and rest small beside it. */
INLINE struct power power_of(vec x, vec rest)
{
    static const float q[] = { 0.49999997f, 0.166665435f, 0.0416672006f, 0.00836653356f,
                               0.0013882519f };
    const vec round = vec_set(12582912.0f); /* 1.5 * 2^23: what is added to it is rounded */
    const vec t = vec_fma(x, vec_set(1.44269504f), round), n = vec_sub(t, round);
    vec r = vec_fma(n, vec_set(-0.693359375f), x); /* exact: 355/512 has 9 bits */
    r = vec_add(vec_fma(n, vec_set(2.12194440e-4f), r), rest);
    struct power e;
    e.p = vec_fma(vec_mul(r, r), horner(r, q, 5), r);
    e.s = vec_shift_add(t, (127 + 64) << 23); /* the lowest bits of t are those of n */
    return e;
}

/* exp(x) * by, rounded below the normal range once; x <= 0. */
INLINE vec exp_times(vec x, vec rest, vec by)
{
    const struct power e = power_of(at_least(x, LOWEST), rest);
    return vec_mul(vec_mul(vec_fma(e.p, e.s, e.s), by), vec_set(0x1p-64f));
}

/* exp(x) - 1, x <= 0. */
INLINE vec expm1_of(vec x)
{
    const struct power e = power_of(at_least(x, -30.0f), vec_set(0.0f));
    const vec s = vec_mul(e.s, vec_set(0x1p-64f));
    return vec_fma(e.p, s, vec_sub(s, vec_set(1.0f)));
}

/* ---- Curves ---- */

INLINE vec sigmoid_of(vec x)
{
    const vec one = vec_set(1.0f);
    const vec down = vec_sub(vec_set(0.0f), vec_abs(x));
    const vec e = exp_times(down, vec_set(0.0f), one);
    return vec_div(vec_less(x, vec_set(0.0f), e, one), vec_add(one, e));
}

INLINE vec tanh_of(vec x)
{
    const vec m = expm1_of(vec_mul(vec_abs(x), vec_set(-2.0f)));
    return vec_with_sign(vec_div(m, vec_add(vec_set(2.0f), m)), x);
}

/* Phi(-a), a >= 0. The rounding error of a^2 is made good, for it can be large beside 1. */
INLINE vec tail_of(vec a)
{
    static const float g[] = { 0.0997449905f,  0.0995463431f, 0.0950896442f, 0.0739024729f,
                               0.0813680589f,  0.022212036f,  0.0173859391f, 0.0596922524f,
                               -0.0661188588f, 0.0171771236f };
    const vec half = vec_set(-0.5f);
    a = at_most(a, 15.0f);
    const vec square = vec_mul(a, a);
    const vec rest = vec_fma(a, a, vec_sub(vec_set(0.0f), square));
    const vec s = vec_div(vec_set(1.0f), vec_fma(a, vec_set(0.25f), vec_set(1.0f)));
    return exp_times(vec_mul(square, half), vec_mul(rest, half), vec_mul(s, horner(s, g, 10)));
}

INLINE vec erf_of(vec x)
{
    static const float p[] = { 0.128379166f,   -0.37612626f,     0.112835854f,   -0.026853811f,
                               0.00518832775f, -0.000801019371f, 7.85386073e-05f };
    const vec a = vec_abs(x), one = vec_set(1.0f);
    const vec near = vec_fma(a, horner(vec_mul(x, x), p, 7), a);
    const vec far = vec_fma(tail_of(vec_mul(a, vec_set(1.41421356f))), vec_set(-2.0f), one);
    return vec_with_sign(vec_less(a, one, near, far), x);
}

INLINE vec gelu_of(vec x)
{
    const vec tail = tail_of(vec_abs(x));
    const vec share = vec_less(x, vec_set(0.0f), tail, vec_sub(vec_set(1.0f), tail));
    return vec_mul(at_least(x, -15.0f), share); /* the share is 0 there */
}

INLINE vec gelu_tanh_of(vec x)
{
    const vec square = vec_mul(x, x);
    const vec slope = vec_fma(square, vec_set(0.0713548163f), vec_set(1.59576912f));
    return vec_mul(at_least(x, -20.0f), sigmoid_of(vec_mul(x, slope)));
}

/* ---- Straight lines: exact, so nothing is fused ---- */

INLINE vec clip_of(vec x, vec low, vec high)
{
    return vec_less(x, low, low, vec_less(high, x, high, x));
}

INLINE vec hard_sigmoid_of(vec x, vec a, vec b)
{
    return clip_of(vec_add(vec_mul(a, x), b), vec_set(0.0f), vec_set(1.0f));
}

INLINE vec hard_swish_of(vec x)
{
    const vec share = hard_sigmoid_of(x, vec_set(1.0f / 6.0f), vec_set(0.5f));
    return vec_less(x, vec_set(-4.0f), vec_set(-0.0f), vec_mul(x, share));
}

/* ---- All of them ---- */

INLINE vec unary_of(const enum ecam_unary_op op, vec x, vec a, vec b)
{
    switch (op) {
    case ECAM_UNARY_CLIP:
        return clip_of(x, a, b);
    case ECAM_UNARY_HARD_SIGMOID:
        return hard_sigmoid_of(x, a, b);
    case ECAM_UNARY_HARD_SWISH:
        return hard_swish_of(x);
    case ECAM_UNARY_ELU:
        return vec_less(x, vec_set(0.0f), vec_mul(a, expm1_of(x)), x);
    case ECAM_UNARY_SIGMOID:
        return sigmoid_of(x);
    case ECAM_UNARY_SILU:
        return vec_mul(at_least(x, LOWEST), sigmoid_of(x));
    case ECAM_UNARY_TANH:
        return tanh_of(x);
    case ECAM_UNARY_ERF:
        return erf_of(x);
    case ECAM_UNARY_GELU:
        return gelu_of(x);
    default:
        return gelu_tanh_of(x);
    }
}

INLINE void unary_loop(const enum ecam_unary_op op, const struct ecam_unary *f, const float *x,
                       float *y, size_t n)
{
    const vec a = vec_set(f->a), b = vec_set(f->b);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vec_store(y + i, unary_of(op, vec_load(x + i), a, b));
    if (i < n) /* the same arithmetic: bits do not depend on the place */
        vec_store_some(y + i, unary_of(op, vec_load_some(x + i, n - i), a, b), n - i);
}

#define UNARY_CASE(op)              \
    case op:                        \
        unary_loop(op, f, x, y, n); \
        break

INLINE void unary_all(const struct ecam_unary *f, const float *x, float *y, size_t n)
{
    assert(n >= 1);
    switch (f->op) {
        UNARY_CASE(ECAM_UNARY_CLIP);
        UNARY_CASE(ECAM_UNARY_HARD_SIGMOID);
        UNARY_CASE(ECAM_UNARY_HARD_SWISH);
        UNARY_CASE(ECAM_UNARY_ELU);
        UNARY_CASE(ECAM_UNARY_SIGMOID);
        UNARY_CASE(ECAM_UNARY_SILU);
        UNARY_CASE(ECAM_UNARY_TANH);
        UNARY_CASE(ECAM_UNARY_ERF);
        UNARY_CASE(ECAM_UNARY_GELU);
        UNARY_CASE(ECAM_UNARY_GELU_TANH);
    }
}

#endif /* ECAM_KERNELS_UNARY_H */
