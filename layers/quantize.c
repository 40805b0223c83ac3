/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/quantize.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"
#include "layers/packing.h"

struct params {
    int64_t axis;
    float min, max;
    const struct ecam_weight *scale, *zero; /* zero NULL: zeros */
    size_t n_scale, n_zero;                 /* 1: for the whole tensor */
};

static enum ecam_status read_vector(const struct ecam_node *node, const char *role,
                                    const struct ecam_weight **out, size_t *n,
                                    struct ecam_error *err)
{
    const struct ecam_weight *weight = ecam_node_weight(node, role);
    *out = weight;
    *n = 1;
    if (weight == NULL || weight->shape.rank == 0)
        return ECAM_OK;
    *n = weight->shape.dim[0];
    if (weight->shape.rank == 1 && *n != 0)
        return ECAM_OK;
    char text[ECAM_SHAPE_TEXT];
    return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' has shape %s, a vector is expected",
                     node->name, weight->name, ecam_shape_text(&weight->shape, text));
}

static enum ecam_status read_params(struct ecam_node *node, const char *const *attrs,
                                    struct ecam_error *err)
{
    static const char *const roles[] = { "scale", "zero", NULL };
    static const char *const required[] = { "scale", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, roles, required, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    status = ecam_node_axis(node, 1, &p->axis, err);
    if (status == ECAM_OK)
        status = read_vector(node, "scale", &p->scale, &p->n_scale, err);
    if (status == ECAM_OK)
        status = read_vector(node, "zero", &p->zero, &p->n_zero, err);
    return status;
}

static enum ecam_status init_quantize(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "axis", "min", "max", NULL };
    enum ecam_status status = read_params(node, attrs, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = node->params;
    double min = 0, max = 0;
    if (ecam_node_attr(node, "min") == NULL || ecam_node_attr(node, "max") == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': a %s needs attributes 'min' and 'max'",
                         node->name, node->kind);
    status = ecam_node_real(node, "min", 0.0, &min, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "max", 0.0, &max, err);
    if (status == ECAM_OK && min > max)
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': values from %g to %g", node->name, min,
                         max);
    p->min = (float)min;
    p->max = (float)max;
    return status;
}

static enum ecam_status init_dequantize(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "axis", NULL };
    return read_params(node, attrs, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    const size_t n = ecam_max_size(p->n_scale, p->n_zero);
    size_t axis = 0;
    if (n > 1) {
        const enum ecam_status status = ecam_axis_find(node, p->axis, in, &axis, err);
        if (status != ECAM_OK)
            return status;
        if ((p->n_scale != 1 && p->n_scale != in->dim[axis]) ||
            (p->n_zero != 1 && p->n_zero != in->dim[axis])) {
            char text[ECAM_SHAPE_TEXT];
            return ecam_fail(err, ECAM_ERR_SHAPE,
                             "layer '%s': %zu scales and %zu zeros for axis %zu of %s", node->name,
                             p->n_scale, p->n_zero, axis, ecam_shape_text(in, text));
        }
    }
    *out = in[0];
    return ECAM_OK;
}

static bool is_per_axis(const struct ecam_node *node)
{
    const struct params *p = node->params;
    return p->n_scale > 1 || p->n_zero > 1;
}

/* One scale for all goes through a value in whatever order it lies. */
static enum ecam_layout layout(const struct ecam_step *step, enum ecam_layout given,
                               enum ecam_layout *out)
{
    *out = is_per_axis(step->node) ? ECAM_PLAIN : given;
    return *out;
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    const struct params *p = step->node->params;
    const enum ecam_status status = ecam_pack_floats(step, p->scale, 0, packs, &step->weight, err);
    return status == ECAM_OK ? ecam_pack_floats(step, p->zero, 1, packs, &step->bias, err) : status;
}

/* n floats with one scale and one zero; y may be x. */
typedef void stretch_fn(const struct params *p, float scale, float zero, const float *x, float *y,
                        size_t n);

/* A NaN stays one: no comparison with it is true. */
static void quantize(const struct params *p, float scale, float zero, const float *x, float *y,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float v = rintf(x[i] / scale) + zero;
        y[i] = v < p->min ? p->min : v > p->max ? p->max : v;
    }
}

static void dequantize(const struct params *p, float scale, float zero, const float *x, float *y,
                       size_t n)
{
    (void)p;
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] - zero) * scale;
}

struct quantize_run {
    const struct ecam_step *step;
    stretch_fn *fn;
    size_t n;    /* floats that share a scale: of a row, or of an image */
    size_t rows; /* rows in all, or tasks an image */
    size_t per_task, channels;
};

static void rows_task(void *arg, size_t number, unsigned worker)
{
    const struct quantize_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct params *p = step->node->params;
    const size_t first = number * run->per_task;
    (void)worker;
    for (size_t row = first; row < ecam_min_size(first + run->per_task, run->rows); row++) {
        const size_t c = row % run->channels;
        const float scale = step->weight[p->n_scale > 1 ? c : 0];
        const float zero = step->bias != NULL ? step->bias[p->n_zero > 1 ? c : 0] : 0.0f;
        run->fn(p, scale, zero, step->in[0] + row * run->n, step->out + row * run->n, run->n);
    }
}

/* Some floats of one image, or of a plain value, whose images are one stretch: a view of
 * what has other images is not cut where its own begin. */
static void stretch_task(void *arg, size_t number, unsigned worker)
{
    const struct quantize_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t image = number / run->rows, first = number % run->rows * ECAM_CHUNK_FLOATS;
    const float zero = step->bias != NULL ? step->bias[0] : 0.0f;
    (void)worker;
    run->fn(step->node->params, step->weight[0], zero,
            step->in[0] + image * step->in_image[0] + first,
            step->out + image * step->out_image + first,
            ecam_min_size(ECAM_CHUNK_FLOATS, run->n - first));
}

static void run_all(const struct ecam_step *step, struct ecam_pool *pool, stretch_fn *fn)
{
    struct quantize_run run = { .step = step, .fn = fn };
    if (!is_per_axis(step->node)) {
        const bool is_plain = step->out_layout == ECAM_PLAIN;
        run.n = is_plain ? ecam_shape_floats(&step->out_shape) : ecam_step_image_floats(step);
        run.rows = ecam_ceil_div(run.n, ECAM_CHUNK_FLOATS);
        ecam_pool_run(pool, (is_plain ? 1 : step->out_shape.dim[0]) * run.rows, stretch_task, &run);
        return;
    }
    const struct ecam_shape *shape = &step->out_shape;
    const int64_t given = ((const struct params *)step->node->params)->axis;
    const size_t axis = (size_t)(given < 0 ? given + (int64_t)shape->rank : given);
    run.channels = shape->dim[axis];
    run.n = ecam_axes_floats(shape, axis + 1, shape->rank);
    run.rows = ecam_axes_floats(shape, 0, axis + 1);
    run.per_task = ecam_items_per_task(run.n);
    ecam_pool_run(pool, ecam_ceil_div(run.rows, run.per_task), rows_task, &run);
}

static void run_quantize(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_all(step, pool, quantize);
}

static void run_dequantize(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_all(step, pool, dequantize);
}

const struct ecam_layer_ops ecam_layer_quantize = {
    .kind = "quantize",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init_quantize,
    .infer = infer,
    .layout = layout,
    .prepare = prepare,
    .run = run_quantize,
};

const struct ecam_layer_ops ecam_layer_dequantize = {
    .kind = "dequantize",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init_dequantize,
    .infer = infer,
    .layout = layout,
    .prepare = prepare,
    .run = run_dequantize,
};
