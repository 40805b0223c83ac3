/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/gather.h"

#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"

#define MAX_INDICES (1u << 20) /* in all; they are kept with the node */

struct params {
    int64_t axis;
    struct ecam_shape shape; /* of the indices, rank 0 for one that takes the axis away */
    size_t n;
    int64_t *index; /* behind the struct; negative ones count from the end */
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "axis", NULL }, *const roles[] = { "index", NULL };
    int64_t axis = 0;
    size_t n = 0;
    enum ecam_status status = ecam_node_allow(node, attrs, roles, roles, err);
    if (status == ECAM_OK)
        status = ecam_node_axis(node, 0, &axis, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_weight *index = ecam_node_weight(node, "index");
    if (!ecam_weight_is_float(index) || !ecam_shape_count(&index->shape, &n) || n == 0 ||
        n > MAX_INDICES) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE,
                         "layer '%s': '%s' has shape %s, 1 to %u floats are expected", node->name,
                         index->name, ecam_shape_text(&index->shape, text), MAX_INDICES);
    }
    struct params *p = ecam_calloc(1, sizeof *p + n * sizeof *p->index);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    *p = (struct params){ .axis = axis, .shape = index->shape, .n = n };
    p->index = (int64_t *)(void *)(p + 1);
    node->params = p;
    for (size_t i = 0; i < n; i++) {
        float number;
        ecam_weight_read(index, i, 1, &number);
        if (!(fabsf(number) <= 16777216.0f) || number != rintf(number))
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "layer '%s': index %zu is %g, a whole number is expected", node->name,
                             i, (double)number);
        p->index[i] = (int64_t)number;
    }
    return ECAM_OK;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    char text[ECAM_SHAPE_TEXT];
    size_t axis = 0, count;
    const enum ecam_status status = ecam_axis_find(node, p->axis, in, &axis, err);
    if (status != ECAM_OK)
        return status;
    const uint32_t rank = in->rank - 1 + p->shape.rank;
    if (rank == 0 || rank > ECAM_MAX_RANK)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %u axes, 1 to %d are possible",
                         node->name, rank, ECAM_MAX_RANK);
    const int64_t size = (int64_t)in->dim[axis];
    for (size_t i = 0; i < p->n; i++)
        if (p->index[i] < -size || p->index[i] >= size)
            return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': index %lld of axis %zu of %s",
                             node->name, (long long)p->index[i], axis, ecam_shape_text(in, text));
    struct ecam_shape shape = { .rank = rank };
    memcpy(shape.dim, in->dim, axis * sizeof *shape.dim);
    memcpy(shape.dim + axis, p->shape.dim, p->shape.rank * sizeof *shape.dim);
    memcpy(shape.dim + axis + p->shape.rank, in->dim + axis + 1,
           (in->rank - axis - 1) * sizeof *shape.dim);
    if (!ecam_shape_count(&shape, &count))
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    *out = shape;
    return ECAM_OK;
}

struct gather_run {
    const struct ecam_step *step;
    const struct params *p;
    size_t size, inner;    /* indices of the axis; floats of one of them */
    size_t rows, per_task; /* rows of inner floats that are written */
};

static void task(void *arg, size_t number, unsigned worker)
{
    const struct gather_run *run = arg;
    const size_t first = number * run->per_task;
    (void)worker;
    for (size_t row = first; row < ecam_min_size(first + run->per_task, run->rows); row++) {
        const int64_t index = run->p->index[row % run->p->n];
        const size_t at = index < 0 ? (size_t)(index + (int64_t)run->size) : (size_t)index;
        memcpy(run->step->out + row * run->inner,
               run->step->in[0] + (row / run->p->n * run->size + at) * run->inner,
               run->inner * sizeof(float));
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct params *p = step->node->params;
    const struct ecam_shape *in = &step->in_shape[0];
    const size_t axis = (size_t)(p->axis < 0 ? p->axis + (int64_t)in->rank : p->axis);
    struct gather_run run = { .step = step,
                              .p = p,
                              .size = in->dim[axis],
                              .inner = ecam_axes_floats(in, axis + 1, in->rank),
                              .rows = ecam_axes_floats(in, 0, axis) * p->n };
    run.per_task = ecam_items_per_task(run.inner);
    ecam_pool_run(pool, ecam_ceil_div(run.rows, run.per_task), task, &run);
}

const struct ecam_layer_ops ecam_layer_gather = {
    .kind = "gather",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .run = run,
};
