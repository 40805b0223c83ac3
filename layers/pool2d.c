/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/pool2d.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/reorder.h"
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

/* Some output rows of one block of one image a task. */
struct block_run {
    const struct ecam_step *step;
    size_t blocks, rows, parts; /* parts of `rows` rows each a block */
};

static struct block_run block_run(const struct ecam_step *step)
{
    struct block_run run = { .step = step };
    run.blocks = ecam_ceil_div(step->out_shape.dim[1], ECAM_BLOCK);
    run.rows = ecam_items_per_task(step->out_shape.dim[3] * ECAM_BLOCK);
    run.parts = ecam_ceil_div(step->out_shape.dim[2], run.rows);
    return run;
}

static size_t block_tasks(const struct block_run *run)
{
    return run->step->out_shape.dim[0] * run->blocks * run->parts;
}

struct block_part {
    const float *in;
    float *out;
    size_t first, last; /* rows */
};

static struct block_part block_part(const struct block_run *run, size_t number)
{
    const struct ecam_step *step = run->step;
    const size_t block = number / run->parts % run->blocks;
    const size_t image = number / run->parts / run->blocks;
    const size_t first = number % run->parts * run->rows;
    return (struct block_part){
        .in = step->in[0] + image * step->in_image[0] +
              block * ECAM_BLOCK * ecam_shape_plane(&step->in_shape[0]),
        .out = step->out + image * step->out_image +
               block * ECAM_BLOCK * ecam_shape_plane(&step->out_shape),
        .first = first,
        .last = ecam_min_size(first + run->rows, step->out_shape.dim[2]),
    };
}

static void max_task(void *arg, size_t number, unsigned worker)
{
    const struct block_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct pool_params *p = step->node->params;
    const struct block_part part = block_part(run, number);
    (void)worker;
    step->kernels->blockmax(part.in, step->in_shape[0].dim[2], step->in_shape[0].dim[3], part.out,
                            step->out_shape.dim[2], step->out_shape.dim[3], &p->window, part.first,
                            part.last);
}

static void run_max(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct block_run run = block_run(step);
    ecam_pool_run(pool, block_tasks(&run), max_task, &run);
}

static void avg_task(void *arg, size_t number, unsigned worker)
{
    const struct block_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct pool_params *p = step->node->params;
    const struct block_part part = block_part(run, number);
    (void)worker;
    step->kernels->blockavg(part.in, step->in_shape[0].dim[2], step->in_shape[0].dim[3], part.out,
                            step->out_shape.dim[2], step->out_shape.dim[3], &p->window,
                            p->count_pad, part.first, part.last);
}

static void run_avg(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct block_run run = block_run(step);
    ecam_pool_run(pool, block_tasks(&run), avg_task, &run);
}

const struct ecam_layer_ops ecam_layer_maxpool2d = {
    .kind = "maxpool2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init_max,
    .infer = infer_window,
    .layout = ecam_layout_blocked,
    .describe = describe_window,
    .run = run_max,
};

const struct ecam_layer_ops ecam_layer_avgpool2d = {
    .kind = "avgpool2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init_avg,
    .infer = infer_window,
    .layout = ecam_layout_blocked,
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

/* Some blocks of one image a task. */
struct mean_run {
    const struct ecam_step *step;
    size_t blocks, per_task, parts;
};

static struct mean_run mean_run(const struct ecam_step *step)
{
    struct mean_run run = { .step = step };
    run.blocks = ecam_ceil_div(step->out_shape.dim[1], ECAM_BLOCK);
    run.per_task = ecam_items_per_task(ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK);
    run.parts = ecam_ceil_div(run.blocks, run.per_task);
    return run;
}

static void global_task(void *arg, size_t number, unsigned worker)
{
    const struct mean_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t plane = ecam_shape_plane(&step->in_shape[0]);
    const size_t image = number / run->parts, first = number % run->parts * run->per_task;
    const float *in = step->in[0] + image * step->in_image[0];
    float *out = step->out + image * step->out_image;
    (void)worker;
    for (size_t b = first; b < ecam_min_size(first + run->per_task, run->blocks); b++)
        step->kernels->blockmean(in + b * plane * ECAM_BLOCK, plane, out + b * ECAM_BLOCK);
}

static void run_global(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct mean_run run = mean_run(step);
    ecam_pool_run(pool, step->out_shape.dim[0] * run.parts, global_task, &run);
}

const struct ecam_layer_ops ecam_layer_global_avgpool = {
    .kind = "global_avgpool",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_GLOBAL,
    .init = init_global,
    .infer = infer_global,
    .layout = ecam_layout_blocked,
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

/* Output i of n looks at inputs floor(i * in / n) to ceil((i + 1) * in / n) - 1. A
 * window is a mean of means of its rows, all of which are of one length. */
static void adaptive_block(const struct ecam_step *step, const float *in, float *out)
{
    const size_t in_h = step->in_shape[0].dim[2], in_w = step->in_shape[0].dim[3];
    const size_t out_h = step->out_shape.dim[2], out_w = step->out_shape.dim[3];
    for (size_t oy = 0; oy < out_h; oy++) {
        const size_t y0 = oy * in_h / out_h, y1 = ecam_ceil_div((oy + 1) * in_h, out_h);
        for (size_t ox = 0; ox < out_w; ox++, out += ECAM_BLOCK) {
            const size_t x0 = ox * in_w / out_w, x1 = ecam_ceil_div((ox + 1) * in_w, out_w);
            float sum[ECAM_BLOCK] = { 0.0f }, row[ECAM_BLOCK];
            for (size_t y = y0; y < y1; y++) {
                step->kernels->blockmean(in + (y * in_w + x0) * ECAM_BLOCK, x1 - x0, row);
                for (size_t l = 0; l < ECAM_BLOCK; l++)
                    sum[l] += row[l];
            }
            for (size_t l = 0; l < ECAM_BLOCK; l++)
                out[l] = sum[l] / (float)(y1 - y0);
        }
    }
}

static void adaptive_task(void *arg, size_t number, unsigned worker)
{
    const struct mean_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t in_block = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    const size_t out_block = ecam_shape_plane(&step->out_shape) * ECAM_BLOCK;
    const size_t image = number / run->parts, first = number % run->parts * run->per_task;
    const float *in = step->in[0] + image * step->in_image[0];
    float *out = step->out + image * step->out_image;
    (void)worker;
    for (size_t b = first; b < ecam_min_size(first + run->per_task, run->blocks); b++)
        adaptive_block(step, in + b * in_block, out + b * out_block);
}

static void run_adaptive(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct mean_run run = mean_run(step);
    ecam_pool_run(pool, step->out_shape.dim[0] * run.parts, adaptive_task, &run);
}

const struct ecam_layer_ops ecam_layer_adaptive_avgpool2d = {
    .kind = "adaptive_avgpool2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_GLOBAL,
    .init = init_adaptive,
    .infer = infer_adaptive,
    .layout = ecam_layout_blocked,
    .run = run_adaptive,
};

const struct ecam_window *ecam_avgpool2d_side_by_side(const struct ecam_node *node)
{
    if (node->ops != &ecam_layer_avgpool2d)
        return NULL;
    const struct pool_params *p = node->params;
    const struct ecam_window *win = &p->window;
    const bool is_side_by_side = win->k_h == win->stride_h && win->k_w == win->stride_w &&
                                 win->pad_t == 0 && win->pad_l == 0 && win->pad_b == 0 &&
                                 win->pad_r == 0 && p->rounding == ECAM_ROUND_DOWN;
    return is_side_by_side && win->k_h * win->k_w <= ECAM_POOL_MAX ? win : NULL;
}
