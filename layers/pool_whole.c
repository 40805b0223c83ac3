/* SPDX-License-Identifier: BSD-2-Clause
 * Pooling over whole planes, and to a given size. */
#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"
#include "layers/pool2d.h"
#include "layers/reorder.h"

#define MAX_SIZE 65536

static const char *const none[] = { NULL };

/* ---- Global ---- */

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

static void global_max_task(void *arg, size_t number, unsigned worker)
{
    const struct mean_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t h = step->in_shape[0].dim[2], w = step->in_shape[0].dim[3];
    const struct ecam_window window = {
        .k_h = h, .k_w = w, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1
    };
    const size_t image = number / run->parts, first = number % run->parts * run->per_task;
    const float *in = step->in[0] + image * step->in_image[0];
    float *out = step->out + image * step->out_image;
    (void)worker;
    for (size_t b = first; b < ecam_min_size(first + run->per_task, run->blocks); b++)
        step->kernels->blockmax(in + b * h * w * ECAM_BLOCK, h, w, out + b * ECAM_BLOCK, 1, 1,
                                &window, 0, 1);
}

static void run_global_max(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct mean_run run = mean_run(step);
    ecam_pool_run(pool, step->out_shape.dim[0] * run.parts, global_max_task, &run);
}

const struct ecam_layer_ops ecam_layer_global_maxpool = {
    .kind = "global_maxpool",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_GLOBAL,
    .init = init_global,
    .infer = infer_global,
    .layout = ecam_layout_blocked,
    .run = run_global_max,
};

/* ---- Adaptive ---- */

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
    return ecam_node_ints(node, "output", 2, 1, MAX_SIZE, 0, size, err);
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
