/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/pad_nd.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"

#define MAX_PAD 65536
#define OUTSIDE SIZE_MAX

enum mode { CONSTANT, REFLECT, EDGE, MODES };

struct params {
    struct ecam_list before, after;
    enum mode mode;
    float value;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    static const char *const attrs[] = { "before", "after", "mode", "value", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    size_t mode = 0;
    double value = 0;
    status = ecam_node_list(node, "before", true, 0, MAX_PAD, &p->before, err);
    if (status == ECAM_OK)
        status = ecam_node_list(node, "after", true, 0, MAX_PAD, &p->after, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "mode", 1, 0, MODES - 1, CONSTANT, &mode, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "value", 0.0, &value, err);
    if (status == ECAM_OK && p->before.n != p->after.n)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': padding before %zu axes, after %zu: as many are expected",
                         node->name, p->before.n, p->after.n);
    p->mode = (enum mode)mode;
    p->value = (float)value;
    return status;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    char text[ECAM_SHAPE_TEXT];
    if (p->before.n != in->rank)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': padding of %zu axes for %s", node->name,
                         p->before.n, ecam_shape_text(in, text));
    struct ecam_shape shape = *in;
    for (size_t i = 0; i < in->rank; i++) {
        const size_t before = (size_t)p->before.value[i], after = (size_t)p->after.value[i];
        if (p->mode == REFLECT && ecam_max_size(before, after) >= in->dim[i])
            return ecam_fail(err, ECAM_ERR_SHAPE,
                             "layer '%s': %zu and %zu pixels of reflection on axis %zu of %s, "
                             "at most %zu are there",
                             node->name, before, after, i, ecam_shape_text(in, text),
                             in->dim[i] - 1);
        if (!ecam_add_size(shape.dim[i], before + after, &shape.dim[i]))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    }
    *out = shape;
    return ECAM_OK;
}

/* The index on an axis of the input that index `at` of the output shows. */
static size_t source(enum mode mode, size_t at, size_t before, size_t size)
{
    if (at >= before && at - before < size)
        return at - before;
    if (mode == CONSTANT)
        return OUTSIDE;
    if (mode == EDGE)
        return at < before ? 0 : size - 1;
    return at < before ? before - at : 2 * (size - 1) - (at - before);
}

struct rows_run {
    const struct ecam_step *step;
    size_t rows, per_task;
};

/* Where a row of the output comes from, or NULL where there is nothing but padding. */
static const float *row_in(const struct ecam_step *step, size_t row)
{
    const struct params *p = step->node->params;
    const struct ecam_shape *in = &step->in_shape[0];
    size_t at = 0, floats = in->dim[in->rank - 1];
    for (size_t i = in->rank - 1; i-- > 0;) {
        const size_t from =
            source(p->mode, row % step->out_shape.dim[i], (size_t)p->before.value[i], in->dim[i]);
        if (from == OUTSIDE)
            return NULL;
        at += from * floats;
        floats *= in->dim[i];
        row /= step->out_shape.dim[i];
    }
    return step->in[0] + at;
}

static void fill(float *out, size_t n, float value)
{
    for (size_t i = 0; i < n; i++)
        out[i] = value;
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct rows_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct params *p = step->node->params;
    const size_t last = step->out_shape.rank - 1;
    const size_t n = step->out_shape.dim[last], in_n = step->in_shape[0].dim[last];
    const size_t before = (size_t)p->before.value[last], first = number * run->per_task;
    (void)worker;
    for (size_t row = first; row < ecam_min_size(first + run->per_task, run->rows); row++) {
        const float *in = row_in(step, row);
        float *out = step->out + row * n;
        if (in == NULL || p->mode == CONSTANT)
            fill(out, in == NULL ? n : before, p->value);
        if (in == NULL)
            continue;
        memcpy(out + before, in, in_n * sizeof *out);
        if (p->mode == CONSTANT) {
            fill(out + before + in_n, n - before - in_n, p->value);
            continue;
        }
        for (size_t i = 0; i < before; i++)
            out[i] = in[source(p->mode, i, before, in_n)];
        for (size_t i = before + in_n; i < n; i++)
            out[i] = in[source(p->mode, i, before, in_n)];
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const size_t last = step->out_shape.rank - 1;
    struct rows_run run = { .step = step };
    run.rows = ecam_axes_floats(&step->out_shape, 0, last);
    run.per_task = ecam_items_per_task(step->out_shape.dim[last]);
    ecam_pool_run(pool, ecam_ceil_div(run.rows, run.per_task), task, &run);
}

const struct ecam_layer_ops ecam_layer_pad_nd = {
    .kind = "pad_nd",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .run = run,
};
