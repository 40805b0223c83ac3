/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/softmax.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"

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

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    size_t axis;
    const enum ecam_status status =
        ecam_axis_find(node, *(const int64_t *)node->params, in, &axis, err);
    if (status == ECAM_OK)
        *out = in[0];
    return status;
}

/* Columns of n floats, `between` floats apart. */
struct columns_run {
    const struct ecam_step *step;
    ecam_softmax_fn *fn;
    size_t n, between, columns, per_task;
};

static void task(void *arg, size_t number, unsigned worker)
{
    const struct columns_run *run = arg;
    const size_t first = number * run->per_task;
    (void)worker;
    for (size_t i = first; i < ecam_min_size(first + run->per_task, run->columns); i++) {
        const size_t at = i / run->between * run->n * run->between + i % run->between;
        run->fn(run->step->in[0] + at, run->step->out + at, run->n, run->between);
    }
}

static void run_columns(const struct ecam_step *step, struct ecam_pool *pool, ecam_softmax_fn *fn)
{
    const struct ecam_shape *shape = &step->out_shape;
    const int64_t given = *(const int64_t *)step->node->params;
    const size_t axis = (size_t)(given < 0 ? given + (int64_t)shape->rank : given);
    struct columns_run run = { .step = step, .fn = fn, .n = shape->dim[axis] };
    run.between = ecam_axes_floats(shape, axis + 1, shape->rank);
    run.columns = ecam_axes_floats(shape, 0, axis) * run.between;
    run.per_task = ecam_items_per_task(run.n);
    ecam_pool_run(pool, ecam_ceil_div(run.columns, run.per_task), task, &run);
}

static void run_softmax(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_columns(step, pool, step->kernels->softmax);
}

const struct ecam_layer_ops ecam_layer_softmax = {
    .kind = "softmax",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init,
    .infer = infer,
    .run = run_softmax,
};

/* y = x - max - log(sum of exp(x - max)), the sum in double: y is far below what the
 * logarithm of a rounded quotient would lose. */
static void log_softmax(const float *x, float *y, size_t n, size_t stride)
{
    float max = x[0];
    for (size_t i = 1; i < n; i++)
        max = x[i * stride] > max ? x[i * stride] : max;
    double sum = exp((double)x[0] - (double)max);
    for (size_t i = 1; i < n; i++)
        sum += exp((double)x[i * stride] - (double)max);
    const double shift = (double)max + log(sum);
    for (size_t i = 0; i < n; i++)
        y[i * stride] = (float)((double)x[i * stride] - shift);
}

static void run_log_softmax(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_columns(step, pool, log_softmax);
}

const struct ecam_layer_ops ecam_layer_log_softmax = {
    .kind = "log_softmax",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init,
    .infer = infer,
    .run = run_log_softmax,
};
