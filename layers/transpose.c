/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/transpose.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/strided.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const attrs[] = { "axes", NULL };
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_list *axes = ecam_calloc(1, sizeof *axes);
    if (axes == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = axes;
    return ecam_node_list(node, "axes", true, -ECAM_MAX_RANK, ECAM_MAX_RANK - 1, axes, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_list *axes = node->params;
    bool is_taken[ECAM_MAX_RANK] = { false };
    char text[ECAM_SHAPE_TEXT];
    if (axes->n != in->rank)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %zu axes for %s, %u are expected",
                         node->name, axes->n, ecam_shape_text(in, text), in->rank);
    struct ecam_shape shape = { .rank = in->rank };
    for (size_t i = 0; i < axes->n; i++) {
        size_t axis = 0;
        const enum ecam_status status = ecam_axis_find(node, axes->value[i], in, &axis, err);
        if (status != ECAM_OK)
            return status;
        if (is_taken[axis])
            return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': axis %zu stands twice", node->name,
                             axis);
        is_taken[axis] = true;
        shape.dim[i] = in->dim[axis];
    }
    *out = shape;
    return ECAM_OK;
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct ecam_list *axes = step->node->params;
    const struct ecam_shape *in = &step->in_shape[0];
    ptrdiff_t steps[ECAM_MAX_RANK];
    struct ecam_walk walk = { .rank = in->rank };
    ecam_walk_steps(in, steps);
    for (size_t i = 0; i < walk.rank; i++) {
        const int64_t axis = axes->value[i];
        walk.dim[i] = step->out_shape.dim[i];
        walk.step[i] = steps[axis < 0 ? axis + (int64_t)in->rank : axis];
    }
    ecam_walk_run(&walk, step, pool);
}

const struct ecam_layer_ops ecam_layer_transpose = {
    .kind = "transpose",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .run = run,
};
