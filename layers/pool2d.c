/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/pool2d.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/window.h"

#define MAX_KERNEL 65536

struct pool_params {
    struct ecam_window window;
    enum ecam_rounding rounding;
    bool count_pad;
};

static const char *const none[] = { NULL };

/* ---- Windows ---- */

static enum ecam_status read_params(struct ecam_node *node, const char *const *attrs,
                                    struct ecam_error *err)
{
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct pool_params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    size_t kernel[2], ceil = 0, caffe = 0, count_pad = 1;
    status = ecam_node_ints(node, "kernel", 2, 1, MAX_KERNEL, 0, kernel, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "ceil", 1, 0, 1, 0, &ceil, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "caffe", 1, 0, 1, 0, &caffe, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "count_pad", 1, 0, 1, 1, &count_pad, err);
    if (status == ECAM_OK)
        status = ecam_window_read(node, false, &p->window, err);
    if (status != ECAM_OK)
        return status;
    p->window.k_h = kernel[0];
    p->window.k_w = kernel[1];
    p->rounding = ceil == 0 ? ECAM_ROUND_DOWN : caffe == 0 ? ECAM_ROUND_UP : ECAM_ROUND_UP_CAFFE;
    p->count_pad = count_pad != 0;
    return ECAM_OK;
}

static enum ecam_status init_max(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "kernel", "stride", "pad", "ceil", "caffe", NULL };
    return read_params(node, attrs, err);
}

static enum ecam_status init_avg(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "kernel", "stride",    "pad", "ceil",
                                         "caffe",  "count_pad", NULL };
    return read_params(node, attrs, err);
}

static enum ecam_status infer_window(const struct ecam_node *node, const struct ecam_shape *in,
                                     struct ecam_shape *out, struct ecam_error *err)
{
    const struct pool_params *p = node->params;
    struct ecam_shape shape = *in;
    const enum ecam_status status =
        ecam_window_infer(node, &p->window, p->rounding, in, &shape.dim[2], &shape.dim[3], err);
    if (status == ECAM_OK)
        *out = shape;
    return status;
}

static void describe_window(const struct ecam_node *node, struct ecam_layer_info *info)
{
    const struct pool_params *p = node->params;
    ecam_window_describe(&p->window, info);
}

/* Some planes a task; which layer's kernel runs is the caller's business. */
typedef void plane_fn(const struct ecam_step *step, const float *in, float *out);

struct plane_run {
    const struct ecam_step *step;
    plane_fn *fn;
    size_t planes, per_task;
};

static void plane_task(void *arg, size_t task, unsigned worker)
{
    const struct plane_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t in_plane = ecam_shape_plane(&step->in_shape[0]);
    const size_t out_plane = ecam_shape_plane(&step->out_shape);
    const size_t end = ecam_min_size((task + 1) * run->per_task, run->planes);
    (void)worker;
    for (size_t i = task * run->per_task; i < end; i++)
        run->fn(step, step->in[0] + i * in_plane, step->out + i * out_plane);
}

static void run_planes(const struct ecam_step *step, struct ecam_pool *pool, plane_fn *fn)
{
    struct plane_run run = { .step = step,
                             .fn = fn,
                             .planes = step->out_shape.dim[0] * step->out_shape.dim[1],
                             .per_task =
                                 ecam_items_per_task(ecam_shape_plane(&step->in_shape[0])) };
    ecam_pool_run(pool, ecam_ceil_div(run.planes, run.per_task), plane_task, &run);
}

static void max_plane(const struct ecam_step *step, const float *in, float *out)
{
    const struct pool_params *p = step->node->params;
    step->kernels->maxpool(in, step->in_shape[0].dim[2], step->in_shape[0].dim[3], out,
                           step->out_shape.dim[2], step->out_shape.dim[3], &p->window);
}

static void run_max(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_planes(step, pool, max_plane);
}

static void avg_plane(const struct ecam_step *step, const float *in, float *out)
{
    const struct pool_params *p = step->node->params;
    step->kernels->avgpool(in, step->in_shape[0].dim[2], step->in_shape[0].dim[3], out,
                           step->out_shape.dim[2], step->out_shape.dim[3], &p->window,
                           p->count_pad);
}

static void run_avg(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_planes(step, pool, avg_plane);
}

const struct ecam_layer_ops ecam_layer_maxpool2d = {
    .kind = "maxpool2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init_max,
    .infer = infer_window,
    .describe = describe_window,
    .run = run_max,
};

const struct ecam_layer_ops ecam_layer_avgpool2d = {
    .kind = "avgpool2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init_avg,
    .infer = infer_window,
    .describe = describe_window,
    .run = run_avg,
};

/* ---- Global and adaptive ---- */

static enum ecam_status init_global(struct ecam_node *node, struct ecam_error *err)
{
    return ecam_node_allow(node, none, none, none, err);
}

static enum ecam_status infer_global(const struct ecam_node *node, const struct ecam_shape *in,
                                     struct ecam_shape *out, struct ecam_error *err)
{
    if (in->rank != 4)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': pooling of rank %u, 4 expected",
                         node->name, in->rank);
    *out = (struct ecam_shape){ .rank = 4, .dim = { in->dim[0], in->dim[1], 1, 1 } };
    return ECAM_OK;
}

static void global_plane(const struct ecam_step *step, const float *in, float *out)
{
    const size_t n = ecam_shape_plane(&step->in_shape[0]);
    *out = step->kernels->sum(in, n) / (float)n;
}

static void run_global(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_planes(step, pool, global_plane);
}

const struct ecam_layer_ops ecam_layer_global_avgpool = {
    .kind = "global_avgpool",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_GLOBAL,
    .init = init_global,
    .infer = infer_global,
    .run = run_global,
};

static enum ecam_status init_adaptive(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "output", NULL };
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    size_t *size = ecam_calloc(2, sizeof *size);
    if (size == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = size;
    return ecam_node_ints(node, "output", 2, 1, MAX_KERNEL, 0, size, err);
}

static enum ecam_status infer_adaptive(const struct ecam_node *node, const struct ecam_shape *in,
                                       struct ecam_shape *out, struct ecam_error *err)
{
    const size_t *size = node->params;
    const enum ecam_status status = infer_global(node, in, out, err);
    if (status == ECAM_OK) {
        out->dim[2] = size[0];
        out->dim[3] = size[1];
    }
    return status;
}

/* Output i of n looks at inputs floor(i * in / n) to ceil((i + 1) * in / n) - 1. */
static void adaptive_plane(const struct ecam_step *step, const float *in, float *out)
{
    const size_t in_h = step->in_shape[0].dim[2], in_w = step->in_shape[0].dim[3];
    const size_t out_h = step->out_shape.dim[2], out_w = step->out_shape.dim[3];
    for (size_t oy = 0; oy < out_h; oy++) {
        const size_t y0 = oy * in_h / out_h, y1 = ecam_ceil_div((oy + 1) * in_h, out_h);
        for (size_t ox = 0; ox < out_w; ox++) {
            const size_t x0 = ox * in_w / out_w, x1 = ecam_ceil_div((ox + 1) * in_w, out_w);
            float sum = 0.0f;
            for (size_t y = y0; y < y1; y++)
                sum += step->kernels->sum(in + y * in_w + x0, x1 - x0);
            out[oy * out_w + ox] = sum / (float)((y1 - y0) * (x1 - x0));
        }
    }
}

static void run_adaptive(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_planes(step, pool, adaptive_plane);
}

const struct ecam_layer_ops ecam_layer_adaptive_avgpool2d = {
    .kind = "adaptive_avgpool2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_GLOBAL,
    .init = init_adaptive,
    .infer = infer_adaptive,
    .run = run_adaptive,
};
