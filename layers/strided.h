/* SPDX-License-Identifier: BSD-2-Clause
 * Copies into a plain value from one that is walked along other axes, with other steps, or
 * backwards: what transposing and slicing come to. */
#ifndef ECAM_LAYER_STRIDED_H
#define ECAM_LAYER_STRIDED_H

#include "engine/layer.h"

/* Output element (i0, i1, ...) is input element base + i0 * step[0] + i1 * step[1] + ... */
struct ecam_walk {
    size_t rank;
    size_t dim[ECAM_MAX_RANK];
    ptrdiff_t step[ECAM_MAX_RANK];
    size_t base;
};

/* step[i] of the walk through a plain shape in its own order. */
void ecam_walk_steps(const struct ecam_shape *shape, ptrdiff_t *step);

/* Copies input 0 of a step, cut into tasks by the walk alone. */
void ecam_walk_run(const struct ecam_walk *walk, const struct ecam_step *step,
                   struct ecam_pool *pool);

#endif /* ECAM_LAYER_STRIDED_H */
