/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/pool2d.h"

#include <math.h>

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

static enum ecam_status read_params(struct ecam_node *node, const char *const *attrs,
                                    bool has_dilation, struct ecam_error *err)
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
        status = ecam_window_read(node, has_dilation, &p->window, err);
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
    static const char *const attrs[] = { "kernel", "stride", "pad", "dilation",
                                         "ceil",   "caffe",  NULL };
    return read_params(node, attrs, true, err);
}

static enum ecam_status init_avg(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "kernel", "stride",    "pad", "ceil",
                                         "caffe",  "count_pad", NULL };
    return read_params(node, attrs, false, err);
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

/* One output of a window with gaps, which no kernel knows: 16 channels. */
static void dilated_max(const struct block_part *part, const struct ecam_shape *in,
                        const struct ecam_window *win, size_t oy, size_t ox, float *out)
{
    const size_t top = oy * win->stride_h, left = ox * win->stride_w;
    for (size_t l = 0; l < ECAM_BLOCK; l++)
        out[l] = -INFINITY;
    for (size_t ky = 0; ky < win->k_h; ky++) {
        const size_t y = top + ky * win->dilation_h - win->pad_t; /* huge where negative */
        if (y >= in->dim[2])
            continue;
        for (size_t kx = 0; kx < win->k_w; kx++) {
            const size_t x = left + kx * win->dilation_w - win->pad_l;
            if (x >= in->dim[3])
                continue;
            const float *from = part->in + (y * in->dim[3] + x) * ECAM_BLOCK;
            for (size_t l = 0; l < ECAM_BLOCK; l++)
                out[l] = from[l] > out[l] || isnan(from[l]) ? from[l] : out[l];
        }
    }
}

static void max_task(void *arg, size_t number, unsigned worker)
{
    const struct block_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct pool_params *p = step->node->params;
    const struct block_part part = block_part(run, number);
    const size_t out_w = step->out_shape.dim[3];
    (void)worker;
    if (p->window.dilation_h != 1 || p->window.dilation_w != 1) {
        for (size_t oy = part.first; oy < part.last; oy++)
            for (size_t ox = 0; ox < out_w; ox++)
                dilated_max(&part, &step->in_shape[0], &p->window, oy, ox,
                            part.out + (oy * out_w + ox) * ECAM_BLOCK);
        return;
    }
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
