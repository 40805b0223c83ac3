/* SPDX-License-Identifier: BSD-2-Clause
 * How far values are from a reference. */
#ifndef ECAM_TOOLS_COMPARE_H
#define ECAM_TOOLS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/ecam.h"

/* {0} is the beginning; sums are of finite pairs. */
struct compare {
    size_t n;       /* pairs so far */
    size_t n_equal; /* pairs of two NaN, or of two equal infinities: they agree */
    size_t n_bad;   /* other pairs with a NaN or an infinity: they never agree */
    double max_abs, sum_abs, max_reference;
    double dot, square, reference_square;
    size_t worst; /* the pair that is farthest apart: the first bad one, if any */
    float worst_value, worst_reference;
};

/* The next n pairs. */
void compare_add(struct compare *compare, const float *values, const float *reference, size_t n);

struct compare_result {
    double max_abs;  /* infinite where a pair is bad */
    double max_rel;  /* over the largest magnitude of the reference; 0 where both are 0 */
    double mean_abs; /* of finite pairs */
    double cosine;   /* 1 where both are zero, 0 where one is */
};
struct compare_result compare_result(const struct compare *compare);

/* Whether a reference of this shape can be meant: the same but for axes of size 1 at
 * the end and for one at the beginning (a batch of one). */
bool compare_fits(const struct ecam_shape *shape, const struct ecam_shape *reference);

#endif /* ECAM_TOOLS_COMPARE_H */
