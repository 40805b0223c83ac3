/* SPDX-License-Identifier: BSD-2-Clause
 * How layers that work through a tensor piece by piece share it out: pieces are cut
 * by size alone, so that the work is the same for any number of threads. */
#ifndef ECAM_LAYER_ELEMENTWISE_H
#define ECAM_LAYER_ELEMENTWISE_H

#include "engine/common.h"
#include "engine/layer.h"

#define ECAM_CHUNK_FLOATS 16384 /* 64 KiB: large beside a wake-up, small beside a layer */

/* How many of n items of `floats` floats each make one task. */
static inline size_t ecam_items_per_task(size_t floats)
{
    return ecam_max_size(1, ECAM_CHUNK_FLOATS / ecam_max_size(1, floats));
}

/* Elements of a shape that infer has found countable. */
static inline size_t ecam_shape_floats(const struct ecam_shape *shape)
{
    size_t count = 0;
    ecam_shape_count(shape, &count);
    return count;
}

/* Floats of one channel of one image: rows x columns, 1 for rank 2. */
static inline size_t ecam_shape_plane(const struct ecam_shape *shape)
{
    size_t plane = 1;
    for (size_t i = 2; i < shape->rank; i++)
        plane *= shape->dim[i];
    return plane;
}

#endif /* ECAM_LAYER_ELEMENTWISE_H */
