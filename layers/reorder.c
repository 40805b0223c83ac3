/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/reorder.h"

#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"

enum ecam_layout ecam_layout_blocked(const struct ecam_step *step, enum ecam_layout given,
                                     enum ecam_layout *out)
{
    (void)given;
    *out = step->in_shape[0].rank == 4 ? ECAM_BLOCKED : ECAM_PLAIN;
    return *out;
}

enum ecam_layout ecam_layout_same(const struct ecam_step *step, enum ecam_layout given,
                                  enum ecam_layout *out)
{
    (void)step;
    *out = given;
    return given;
}

/* One block of one image a task. */
static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t channels = step->out_shape.dim[1], plane = ecam_shape_plane(&step->out_shape);
    const size_t blocks = ecam_ceil_div(channels, ECAM_BLOCK);
    const size_t image = number / blocks, first = number % blocks * ECAM_BLOCK;
    const size_t count = ecam_min_size(ECAM_BLOCK, channels - first);
    const float *in = step->in[0] + image * step->in_image[0] + first * plane;
    float *out = step->out + image * step->out_image + first * plane;
    (void)worker;
    if (step->out_layout == ECAM_BLOCKED)
        step->kernels->to_blocked(in, plane, count, plane, out);
    else
        step->kernels->from_blocked(in, count, plane, out, plane);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, s.out_shape.dim[0] * ecam_ceil_div(s.out_shape.dim[1], ECAM_BLOCK), task,
                  &s);
}

const struct ecam_layer_ops ecam_layer_reorder = {
    .kind = "reorder",
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run,
};
