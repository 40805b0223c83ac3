/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/concat.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"
#include "layers/reorder.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const attrs[] = { "axis", NULL };
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    int64_t *axis = ecam_calloc(1, sizeof *axis);
    if (axis == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = axis;
    return ecam_node_axis(node, 1, axis, err);
}

static size_t axis_of(const struct ecam_node *node, const struct ecam_shape *shape)
{
    const int64_t axis = *(const int64_t *)node->params;
    return (size_t)(axis < 0 ? axis + (int64_t)shape->rank : axis);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    size_t axis = 0;
    const enum ecam_status status =
        ecam_axis_find(node, *(const int64_t *)node->params, &in[0], &axis, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_shape shape = in[0];
    for (size_t i = 1; i < node->n_inputs; i++) {
        struct ecam_shape same = in[i];
        const size_t size = same.dim[axis];
        same.dim[axis] = in[0].dim[axis];
        if (!ecam_shape_equal(&same, &in[0])) {
            char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
            return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %s does not fit %s on axis %zu",
                             node->name, ecam_shape_text(&in[i], b), ecam_shape_text(&in[0], a),
                             axis);
        }
        if (!ecam_add_size(shape.dim[axis], size, &shape.dim[axis]))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    }
    *out = shape;
    return ECAM_OK;
}

static enum ecam_layout layout(const struct ecam_step *step, enum ecam_layout given,
                               enum ecam_layout *out)
{
    if (axis_of(step->node, &step->in_shape[0]) == 1)
        return ecam_layout_blocked(step, given, out);
    *out = ECAM_PLAIN;
    return *out;
}

/* ---- Blocked: channels of images ---- */

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
    if (before % ECAM_BLOCK != 0) {
        copy_lanes(in, channels, plane, out, before);
        return;
    }
    const size_t rounded = ecam_ceil_div(channels, ECAM_BLOCK) * ECAM_BLOCK;
    memcpy(out + before * plane, in, rounded * plane * sizeof(float));
}

/* One image a task, its inputs in order: where one ends inside a block, the next
 * writes the lanes that it left. */
static void blocked_task(void *arg, size_t image, unsigned worker)
{
    const struct ecam_step *step = arg;
    size_t before = 0;
    (void)worker;
    for (size_t i = 0; i < step->n_in; i++) {
        copy_input(step, image, i, before);
        before += step->in_shape[i].dim[1];
    }
}

/* ---- Plain: any axis ---- */

/* A value as rows that are put one behind the other. */
struct rows_run {
    const struct ecam_step *step;
    size_t axis, rows, row_floats, per_task; /* floats: of an output row */
};

/* Some rows of one input a task. */
static void rows_task(void *arg, size_t number, unsigned worker)
{
    const struct rows_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t i = number % step->n_in, first = number / step->n_in * run->per_task;
    const struct ecam_shape *in = step->in_shape;
    size_t before = 0;
    (void)worker;
    for (size_t j = 0; j < i; j++)
        before += ecam_axes_floats(&in[j], run->axis, in[j].rank);
    const size_t n = ecam_axes_floats(&in[i], run->axis, in[i].rank);
    for (size_t row = first; row < ecam_min_size(first + run->per_task, run->rows); row++)
        memcpy(step->out + row * run->row_floats + before, step->in[i] + row * n,
               n * sizeof(float));
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    if (s.out_layout == ECAM_BLOCKED) {
        ecam_pool_run(pool, s.out_shape.dim[0], blocked_task, &s);
        return;
    }
    const size_t axis = axis_of(s.node, &s.out_shape);
    struct rows_run run = { .step = step, .axis = axis };
    run.rows = ecam_axes_floats(&s.out_shape, 0, axis);
    run.row_floats = ecam_axes_floats(&s.out_shape, axis, s.out_shape.rank);
    run.per_task = ecam_items_per_task(run.row_floats);
    ecam_pool_run(pool, ecam_ceil_div(run.rows, run.per_task) * s.n_in, rows_task, &run);
}

const struct ecam_layer_ops ecam_layer_concat = {
    .kind = "concat",
    .min_inputs = 1,
    .max_inputs = ECAM_MAX_STEP_INPUTS,
    .traits = ECAM_LAYER_JOINS,
    .init = init,
    .infer = infer,
    .layout = layout,
    .run = run,
};
