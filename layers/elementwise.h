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

/* Floats of one image of the step's output in its layout. infer and the plan have found
 * them countable. */
static inline size_t ecam_step_image_floats(const struct ecam_step *step)
{
    size_t floats = 0;
    ecam_layout_image(&step->out_shape, step->out_layout, &floats);
    return floats;
}

/* A stretch of the floats of one image, and the number of such stretches in all: what
 * layers that work element by element do in one task. A plain value is one image, being
 * one stretch of memory: a view of what has other images is not cut where its own begin. */
struct ecam_stretch {
    size_t image, first, n;
};

static inline size_t ecam_stretch_floats(const struct ecam_step *step)
{
    return step->out_layout == ECAM_PLAIN ? ecam_shape_floats(&step->out_shape)
                                          : ecam_step_image_floats(step);
}

static inline size_t ecam_stretches(const struct ecam_step *step)
{
    const size_t images = step->out_layout == ECAM_PLAIN ? 1 : step->out_shape.dim[0];
    return images * ecam_ceil_div(ecam_stretch_floats(step), ECAM_CHUNK_FLOATS);
}

static inline struct ecam_stretch ecam_stretch(const struct ecam_step *step, size_t number)
{
    const size_t floats = ecam_stretch_floats(step);
    const size_t per_image = ecam_ceil_div(floats, ECAM_CHUNK_FLOATS);
    const size_t first = number % per_image * ECAM_CHUNK_FLOATS;
    return (struct ecam_stretch){ number / per_image, first,
                                  ecam_min_size(ECAM_CHUNK_FLOATS, floats - first) };
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
