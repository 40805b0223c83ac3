/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/concat.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/reorder.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const attrs[] = { "axis", NULL };
    size_t axis;
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    return status != ECAM_OK ? status : ecam_node_ints(node, "axis", 1, 1, 1, 1, &axis, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    *out = in[0];
    if (out->rank < 2)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': concat of rank %u, 2 or more expected",
                         node->name, out->rank);
    for (size_t i = 1; i < node->n_inputs; i++) {
        struct ecam_shape same = in[i];
        const size_t channels = same.dim[1];
        same.dim[1] = in[0].dim[1];
        if (!ecam_shape_equal(&same, &in[0])) {
            char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
            return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %s does not fit %s on axis 1",
                             node->name, ecam_shape_text(&in[i], b), ecam_shape_text(&in[0], a));
        }
        if (!ecam_add_size(out->dim[1], channels, &out->dim[1]))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    }
    return ECAM_OK;
}

/* Channels `first` on of a blocked value take those of another, lane by lane. */
static void copy_lanes(const float *in, size_t channels, size_t plane, float *out, size_t first)
{
    for (size_t c = 0; c < channels; c++) {
        const float *from = in + c / ECAM_BLOCK * ECAM_BLOCK * plane + c % ECAM_BLOCK;
        float *to = out + (first + c) / ECAM_BLOCK * ECAM_BLOCK * plane + (first + c) % ECAM_BLOCK;
        for (size_t i = 0; i < plane; i++)
            to[i * ECAM_BLOCK] = from[i * ECAM_BLOCK];
    }
}

/* Input i of an image, unless it was made where it belongs. */
static void copy_input(const struct ecam_step *step, size_t image, size_t i, size_t before)
{
    const size_t plane = ecam_shape_plane(&step->out_shape);
    const size_t channels = step->in_shape[i].dim[1];
    const float *in = step->in[i] + image * step->in_image[i];
    float *out = step->out + image * step->out_image;
    if (in == out + before * plane)
        return;
    if (step->out_layout == ECAM_BLOCKED && before % ECAM_BLOCK != 0) {
        copy_lanes(in, channels, plane, out, before);
        return;
    }
    const size_t rounded = step->out_layout == ECAM_BLOCKED
                               ? ecam_ceil_div(channels, ECAM_BLOCK) * ECAM_BLOCK
                               : channels;
    memcpy(out + before * plane, in, rounded * plane * sizeof(float));
}

/* One image a task, its inputs in order: where one ends inside a block, the next
 * writes the lanes that it left. */
static void task(void *arg, size_t image, unsigned worker)
{
    const struct ecam_step *step = arg;
    size_t before = 0;
    (void)worker;
    for (size_t i = 0; i < step->n_in; i++) {
        copy_input(step, image, i, before);
        before += step->in_shape[i].dim[1];
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, s.out_shape.dim[0], task, &s);
}

const struct ecam_layer_ops ecam_layer_concat = {
    .kind = "concat",
    .min_inputs = 1,
    .max_inputs = ECAM_MAX_STEP_INPUTS,
    .traits = ECAM_LAYER_JOINS,
    .init = init,
    .infer = infer,
    .layout = ecam_layout_blocked,
    .run = run,
};
