/* SPDX-License-Identifier: BSD-2-Clause
 * Which algorithm for which shape (conv.h lists them), and how each is cut into tasks:
 * by shape alone, so that the number of threads changes no bit. */
#include "layers/conv2d.h"

#include <assert.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/activation.h"
#include "layers/affine.h"
#include "layers/binary.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/elementwise.h"
#include "layers/packing.h"
#include "layers/pool2d.h"
#include "layers/reorder.h"
#include "layers/window.h"

/* More channels than this in a plain input, and it is worth to make blocks of it. */
#define MAX_IMAGE_CHANNELS 4

/* ---- Parameters ---- */

/* The fewest groups whose input and output channels are whole blocks. */
static void merge_groups(struct ecam_conv *p)
{
    const size_t group_in = p->in_c / p->groups, group_out = p->out_c / p->groups;
    size_t merge = 1;
    if (p->groups > 1)
        while (merge * group_in % ECAM_BLOCK != 0 || merge * group_out % ECAM_BLOCK != 0)
            merge *= 2; /* ECAM_BLOCK is a power of two: at most as many groups as lanes */
    p->n_merged = ecam_ceil_div(p->groups, merge);
    p->merged_in = merge * group_in;
    p->merged_out = merge * group_out;
}

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "stride", "pad", "dilation", "groups", NULL };
    static const char *const roles[] = { "weight", "bias", NULL };
    static const char *const required[] = { "weight", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, roles, required, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_conv *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    p->weight = ecam_node_weight(node, "weight");
    const struct ecam_shape *shape = &p->weight->shape;
    size_t count = 0;
    char text[ECAM_SHAPE_TEXT];
    if (shape->rank != 4 || !ecam_shape_count(shape, &count) || count == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' has shape %s, 4 axes are expected",
                         node->name, p->weight->name, ecam_shape_text(shape, text));
    status = ecam_window_read(node, true, &p->window, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "groups", 1, 1, (int64_t)shape->dim[0], 1, &p->groups, err);
    if (status != ECAM_OK)
        return status;
    p->out_c = shape->dim[0];
    p->window.k_h = shape->dim[2];
    p->window.k_w = shape->dim[3];
    if (p->out_c % p->groups != 0 || !ecam_mul_size(shape->dim[1], p->groups, &p->in_c))
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %zu output channels in %zu groups",
                         node->name, p->out_c, p->groups);
    merge_groups(p);
    return ecam_node_vector(node, "bias", p->out_c, &p->bias, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_conv *p = node->params;
    struct ecam_shape shape = *in;
    if (in->rank != 4 || in->dim[1] != p->in_c) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': input %s, Nx%zuxHxW is expected",
                         node->name, ecam_shape_text(in, text), p->in_c);
    }
    const enum ecam_status status =
        ecam_window_infer(node, &p->window, ECAM_ROUND_DOWN, in, &shape.dim[2], &shape.dim[3], err);
    if (status != ECAM_OK)
        return status;
    shape.dim[1] = p->out_c;
    *out = shape;
    return ECAM_OK;
}

static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    const struct ecam_conv *p = node->params;
    ecam_window_describe(&p->window, info);
    info->groups = (uint32_t)p->groups;
    info->parameters = ecam_node_parameters(node);
    info->macs = ecam_macs(ecam_shape_floats(&info->out), p->in_c / p->groups * ecam_conv_taps(p));
}

/* ---- Fusion ---- */

static bool has_padding(const struct ecam_window *win)
{
    return (win->pad_t | win->pad_l | win->pad_b | win->pad_r) != 0;
}

static bool has_unit_stride(const struct ecam_window *win)
{
    return win->stride_h == 1 && win->stride_w == 1;
}

static bool is_pointwise(const struct ecam_conv *p)
{
    return p->groups == 1 && ecam_conv_taps(p) == 1 && !has_padding(&p->window) &&
           has_unit_stride(&p->window);
}

static bool is_depthwise(const struct ecam_conv *p)
{
    return p->groups > 1 && p->groups == p->in_c && p->groups == p->out_c;
}

bool ecam_conv2d_takes_norm(const struct ecam_node *node)
{
    return node->ops == &ecam_layer_conv2d && is_pointwise(node->params);
}

static bool absorb(struct ecam_step *step, const struct ecam_node *next)
{
    const struct ecam_conv *p = step->node->params;
    if (!step->relu && !step->has_add && ecam_absorb_norm(&step->norms, p->out_c, next))
        return true;
    const struct ecam_window *pool = ecam_avgpool2d_side_by_side(next);
    if (pool != NULL) { /* fewer positions to multiply */
        if (step->relu || step->has_add || step->pool != NULL || !is_pointwise(p))
            return false;
        step->pool = pool;
        return true;
    }
    if (next->ops == &ecam_layer_add) {
        if (step->relu || step->has_add || is_depthwise(p))
            return false;
        step->has_add = true;
        return true;
    }
    return ecam_absorb_relu(step, next);
}

/* ---- Choice ---- */

static bool is_dense(const struct ecam_step *step)
{
    const struct ecam_conv *p = step->node->params;
    const struct ecam_window *win = &p->window;
    const struct ecam_shape *in = &step->in_shape[0];
    return p->groups == 1 && !has_padding(win) && win->k_h == in->dim[2] &&
           win->k_w == in->dim[3] && win->dilation_h == 1 && win->dilation_w == 1 &&
           step->pre.node[0] == NULL && step->norms.node[0] == NULL && step->pool == NULL &&
           !step->has_add;
}

/* A function of shapes, goal and fusion alone. */
static unsigned algorithm_of(const struct ecam_step *step, enum ecam_layout given)
{
    const struct ecam_conv *p = step->node->params;
    if (is_depthwise(p))
        return ECAM_CONV_DEPTHWISE;
    if (is_dense(step))
        return ECAM_CONV_DENSE;
    if (is_pointwise(p))
        return ECAM_CONV_POINTWISE;
    if (given == ECAM_PLAIN && p->groups == 1 && p->in_c <= MAX_IMAGE_CHANNELS &&
        p->window.dilation_w == 1)
        return ECAM_CONV_IMAGE;
    const int variant = ecam_winograd_variant(step);
    return variant >= 0 ? ECAM_CONV_WINOGRAD + (unsigned)variant : ECAM_CONV_GATHER;
}

static enum ecam_layout layout(const struct ecam_step *step, enum ecam_layout given,
                               enum ecam_layout *out)
{
    const unsigned algorithm = algorithm_of(step, given);
    *out = algorithm == ECAM_CONV_DENSE ? ECAM_PLAIN : ECAM_BLOCKED;
    return algorithm == ECAM_CONV_DENSE || algorithm == ECAM_CONV_IMAGE ? ECAM_PLAIN : ECAM_BLOCKED;
}

static enum ecam_status choose(struct ecam_step *step, struct ecam_error *err)
{
    step->algorithm = algorithm_of(step, step->in_layout);
    if (step->algorithm >= ECAM_CONV_WINOGRAD)
        ecam_conv_winograd_choose(step);
    else if (step->algorithm <= ECAM_CONV_IMAGE)
        ecam_conv_tiles_choose(step);
    (void)err;
    return ECAM_OK;
}

static const char *algorithm_name(const struct ecam_step *step)
{
    static const char *const names[] = {
        [ECAM_CONV_POINTWISE] = "1x1", [ECAM_CONV_GATHER] = "direct",
        [ECAM_CONV_IMAGE] = "image",   [ECAM_CONV_DEPTHWISE] = "depthwise",
        [ECAM_CONV_DENSE] = "dense",
    };
    return step->algorithm >= ECAM_CONV_WINOGRAD
               ? ecam_winograd_variants[step->algorithm - ECAM_CONV_WINOGRAD].name
               : names[step->algorithm];
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    const struct ecam_conv *p = step->node->params;
    if (step->algorithm == ECAM_CONV_DENSE)
        return ecam_pack_plain(step, p->weight, p->bias, packs, err);
    enum ecam_status status = ecam_conv_pack(step, packs, err);
    if (status == ECAM_OK && step->pre.node[0] != NULL)
        status = ecam_norms_pack(&step->pre, packs, &step->pre_affine, err);
    return status;
}

/* ---- Depthwise ---- */

/* Output rows of one block of one image a task. */
struct depthwise_run {
    const struct ecam_step *step;
    size_t blocks, rows, parts;
};

static void depthwise_task(void *arg, size_t number, unsigned worker)
{
    const struct depthwise_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct ecam_conv *p = step->node->params;
    const size_t block = number / run->parts % run->blocks;
    const size_t image = number / run->parts / run->blocks;
    const size_t first = number % run->parts * run->rows;
    const size_t in_block = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    const size_t out_block = ecam_shape_plane(&step->out_shape) * ECAM_BLOCK;
    (void)worker;
    step->kernels->blockdw(
        step->in[0] + image * step->in_image[0] + block * in_block, step->in_shape[0].dim[2],
        step->in_shape[0].dim[3], step->weight + block * ecam_conv_taps(p) * ECAM_BLOCK,
        step->bias + block * ECAM_BLOCK, step->out + image * step->out_image + block * out_block,
        step->out_shape.dim[2], step->out_shape.dim[3], &p->window, step->relu, first,
        ecam_min_size(first + run->rows, step->out_shape.dim[2]));
}

static void run_depthwise(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct depthwise_run run = { .step = step };
    run.blocks = ecam_ceil_div(step->out_shape.dim[1], ECAM_BLOCK);
    run.rows = ecam_items_per_task(step->out_shape.dim[3] * ECAM_BLOCK);
    run.parts = ecam_ceil_div(step->out_shape.dim[2], run.rows);
    ecam_pool_run(pool, step->out_shape.dim[0] * run.blocks * run.parts, depthwise_task, &run);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct ecam_conv *p = step->node->params;
    if (step->algorithm >= ECAM_CONV_WINOGRAD)
        ecam_conv_winograd_run(step, pool);
    else if (step->algorithm == ECAM_CONV_DEPTHWISE)
        run_depthwise(step, pool);
    else if (step->algorithm == ECAM_CONV_DENSE)
        ecam_dense_run(step, p->out_c, p->in_c * ecam_conv_taps(p), pool);
    else
        ecam_conv_tiles_run(step, pool);
}

const struct ecam_layer_ops ecam_layer_conv2d = {
    .kind = "conv2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .describe = describe,
    .absorb = absorb,
    .layout = layout,
    .choose = choose,
    .algorithm = algorithm_name,
    .prepare = prepare,
    .run = run,
};
