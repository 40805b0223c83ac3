/* SPDX-License-Identifier: BSD-2-Clause
 * Two operands element by element, for any vector that a lanes_*.h names. Memory bounds it.
 * An operand that is one float, or one for each lane of a block, stays in registers. */
#ifndef ECAM_KERNELS_BINARY_H
#define ECAM_KERNELS_BINARY_H

#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"

#define VECS (ECAM_BLOCK / LANES)

INLINE vec binary_of(const enum ecam_binary_op op, vec a, vec b)
{
    switch (op) {
    case ECAM_BINARY_ADD:
        return vec_add(a, b);
    case ECAM_BINARY_SUB:
        return vec_sub(a, b);
    case ECAM_BINARY_MUL:
        return vec_mul(a, b);
    case ECAM_BINARY_DIV:
        return vec_div(a, b);
    case ECAM_BINARY_MAX:
        return vec_larger(a, b);
    default:
        return vec_less(a, vec_set(0.0f), vec_mul(a, b), a);
    }
}

/* The vectors of an operand that does not move. */
INLINE void still_of(struct ecam_operand x, vec still[VECS])
{
    UNROLL
    for (size_t v = 0; v < VECS; v++)
        still[v] = x.repeat == ECAM_REPEAT_LANES ? vec_load(x.p + v * LANES) : vec_set(x.p[0]);
}

/* Vector v of the block that begins at i, or its first n floats. */
INLINE vec take(struct ecam_operand x, const bool moves, const vec *still, size_t i, size_t v,
                size_t n)
{
    if (!moves)
        return still[v];
    return n >= LANES ? vec_load(x.p + i + v * LANES) : vec_load_some(x.p + i + v * LANES, n);
}

INLINE void binary_loop(const enum ecam_binary_op op, struct ecam_operand a, const bool a_moves,
                        struct ecam_operand b, const bool b_moves, float *y, size_t n)
{
    vec a_still[VECS] = { vec_set(0.0f) }, b_still[VECS] = { vec_set(0.0f) };
    if (!a_moves)
        still_of(a, a_still);
    if (!b_moves)
        still_of(b, b_still);
    size_t i = 0;
    for (; i + ECAM_BLOCK <= n; i += ECAM_BLOCK) {
        UNROLL
        for (size_t v = 0; v < VECS; v++)
            vec_store(y + i + v * LANES, binary_of(op, take(a, a_moves, a_still, i, v, LANES),
                                                   take(b, b_moves, b_still, i, v, LANES)));
    }
    for (size_t v = 0; i + v * LANES < n; v++) {
        const size_t left = n - i - v * LANES;
        const vec r = binary_of(op, take(a, a_moves, a_still, i, v, left),
                                take(b, b_moves, b_still, i, v, left));
        if (left >= LANES)
            vec_store(y + i + v * LANES, r);
        else
            vec_store_some(y + i + v * LANES, r, left);
    }
}

INLINE void binary_repeat(const enum ecam_binary_op op, struct ecam_operand a,
                          struct ecam_operand b, float *y, size_t n)
{
    const bool a_moves = a.repeat == ECAM_REPEAT_NONE, b_moves = b.repeat == ECAM_REPEAT_NONE;
    if (a_moves && b_moves)
        binary_loop(op, a, true, b, true, y, n);
    else if (a_moves)
        binary_loop(op, a, true, b, false, y, n);
    else if (b_moves)
        binary_loop(op, a, false, b, true, y, n);
    else
        binary_loop(op, a, false, b, false, y, n);
}

#define BINARY_CASE(op)                \
    case op:                           \
        binary_repeat(op, a, b, y, n); \
        break

INLINE void binary_all(enum ecam_binary_op op, struct ecam_operand a, struct ecam_operand b,
                       float *y, size_t n)
{
    assert(n >= 1);
    switch (op) {
        BINARY_CASE(ECAM_BINARY_ADD);
        BINARY_CASE(ECAM_BINARY_SUB);
        BINARY_CASE(ECAM_BINARY_MUL);
        BINARY_CASE(ECAM_BINARY_DIV);
        BINARY_CASE(ECAM_BINARY_MAX);
        BINARY_CASE(ECAM_BINARY_PRELU);
    }
}

#endif /* ECAM_KERNELS_BINARY_H */
