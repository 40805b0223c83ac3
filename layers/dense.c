/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/dense.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/activation.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"
#include "layers/packing.h"

#define MIN_ROWS 8 /* of a task: kernels read x once for several rows */

struct params {
    const struct ecam_weight *weight; /* [out][in] */
    const struct ecam_weight *bias;   /* [out], or NULL */
    size_t rows, cols;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    static const char *const roles[] = { "weight", "bias", NULL };
    static const char *const required[] = { "weight", NULL };
    const enum ecam_status status = ecam_node_allow(node, none, roles, required, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    p->weight = ecam_node_weight(node, "weight");
    if (p->weight->shape.rank != 2 || p->weight->shape.dim[0] == 0 ||
        p->weight->shape.dim[1] == 0) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' has shape %s, OUTxIN is expected",
                         node->name, p->weight->name, ecam_shape_text(&p->weight->shape, text));
    }
    p->rows = p->weight->shape.dim[0];
    p->cols = p->weight->shape.dim[1];
    return ecam_node_vector(node, "bias", p->rows, &p->bias, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    if (in->rank != 2 || in->dim[1] != p->cols) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': input %s, Nx%zu is expected", node->name,
                         ecam_shape_text(in, text), p->cols);
    }
    *out = (struct ecam_shape){ .rank = 2, .dim = { in->dim[0], p->rows } };
    return ECAM_OK;
}

static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    const struct params *p = node->params;
    info->parameters = ecam_node_parameters(node);
    info->macs = ecam_macs((uint64_t)info->out.dim[0] * p->rows, p->cols);
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    const struct params *p = step->node->params;
    return ecam_pack_plain(step, p->weight, p->bias, packs, err);
}

struct dense_run {
    const struct ecam_step *step;
    size_t rows, cols, per_task;
};

/* Some rows a task, for one image after the other: the weights come from memory once. */
static void task(void *arg, size_t number, unsigned worker)
{
    const struct dense_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t first = number * run->per_task, at = first * run->cols;
    const size_t rows = ecam_min_size(run->per_task, run->rows - first);
    const float *bias = step->bias != NULL ? step->bias + first : NULL;
    (void)worker;
    for (size_t n = 0; n < step->out_shape.dim[0]; n++) {
        const float *in = step->in[0] + n * step->in_image[0];
        float *out = step->out + n * step->out_image + first;
        if (step->half != NULL)
            step->kernels->dense_half(step->half + at, bias, in, out, rows, run->cols);
        else
            step->kernels->dense(step->weight + at, bias, in, out, rows, run->cols);
        if (step->relu)
            step->kernels->relu(out, out, rows);
    }
}

void ecam_dense_run(const struct ecam_step *step, size_t rows, size_t cols, struct ecam_pool *pool)
{
    struct dense_run run = { .step = step, .rows = rows, .cols = cols };
    run.per_task = ecam_max_size(MIN_ROWS, ecam_items_per_task(cols));
    ecam_pool_run(pool, ecam_ceil_div(rows, run.per_task), task, &run);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct params *p = step->node->params;
    ecam_dense_run(step, p->rows, p->cols, pool);
}

const struct ecam_layer_ops ecam_layer_dense = {
    .kind = "dense",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_GLOBAL,
    .init = init,
    .infer = infer,
    .describe = describe,
    .absorb = ecam_absorb_relu,
    .prepare = prepare,
    .run = run,
};
