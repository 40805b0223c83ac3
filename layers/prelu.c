/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/prelu.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/broadcast.h"
#include "layers/packing.h"
#include "layers/reorder.h"

static const char *const none[] = { NULL };

/* x and slopes as the two sides of one operation. */
static void run_with(const struct ecam_step *step, const float *slopes,
                     const struct ecam_shape *shape, struct ecam_pool *pool)
{
    const struct ecam_side side[2] = {
        { .p = step->in[0], .shape = &step->in_shape[0], .image = step->in_image[0] },
        { .p = slopes, .shape = shape, .is_weight = true },
    };
    ecam_broadcast_run(step, ECAM_BINARY_PRELU, side, pool);
}

/* ---- One slope, an attribute ---- */

static enum ecam_status init_leaky_relu(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "alpha", NULL };
    double alpha = 0.0;
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "alpha", 0.01, &alpha, err);
    if (status != ECAM_OK)
        return status;
    float *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    *p = (float)alpha;
    node->params = p;
    return ECAM_OK;
}

static enum ecam_status infer_leaky_relu(const struct ecam_node *node, const struct ecam_shape *in,
                                         struct ecam_shape *out, struct ecam_error *err)
{
    (void)node, (void)err;
    *out = in[0];
    return ECAM_OK;
}

static void run_leaky_relu(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct ecam_shape one = { .rank = 1, .dim = { 1 } };
    run_with(step, step->node->params, &one, pool);
}

const struct ecam_layer_ops ecam_layer_leaky_relu = {
    .kind = "leaky_relu",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init_leaky_relu,
    .infer = infer_leaky_relu,
    .layout = ecam_layout_same,
    .run = run_leaky_relu,
};

/* ---- Slopes of channels, a weight ---- */

static enum ecam_status init_prelu(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const roles[] = { "slope", NULL };
    const enum ecam_status status = ecam_node_allow(node, none, roles, roles, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_weight *slope = ecam_node_weight(node, "slope");
    if (slope->shape.rank != 1 || slope->shape.dim[0] == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' is not a vector", node->name,
                         slope->name);
    return ECAM_OK;
}

static size_t slopes_of(const struct ecam_node *node)
{
    return ecam_node_weight(node, "slope")->shape.dim[0];
}

static enum ecam_status infer_prelu(const struct ecam_node *node, const struct ecam_shape *in,
                                    struct ecam_shape *out, struct ecam_error *err)
{
    const size_t n = slopes_of(node);
    if (in->rank < 2 || (n != 1 && in->dim[1] != n)) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': input %s, %zu channels are expected",
                         node->name, ecam_shape_text(in, text), n);
    }
    *out = in[0];
    return ECAM_OK;
}

static void describe_prelu(const struct ecam_node *node, struct ecam_layer_info *info)
{
    info->parameters = ecam_node_parameters(node);
}

static enum ecam_status prepare_prelu(struct ecam_step *step, struct ecam_packs *packs,
                                      struct ecam_error *err)
{
    const struct ecam_weight *slope = ecam_node_weight(step->node, "slope");
    return ecam_pack_floats(step, slope, 0, packs, &step->weight, err);
}

static void run_prelu(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_shape shape = { .rank = step->out_shape.rank - 1 }; /* [c][1][1]... */
    shape.dim[0] = slopes_of(step->node);
    for (size_t i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    run_with(step, step->weight, &shape, pool);
}

const struct ecam_layer_ops ecam_layer_prelu = {
    .kind = "prelu",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init_prelu,
    .infer = infer_prelu,
    .describe = describe_prelu,
    .layout = ecam_layout_same,
    .prepare = prepare_prelu,
    .run = run_prelu,
};
