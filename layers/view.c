/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/view.h"

#include "engine/alloc.h"
#include "engine/error.h"

static const char *const none[] = { NULL };

static enum ecam_status init_plain(struct ecam_node *node, struct ecam_error *err)
{
    return ecam_node_allow(node, none, none, none, err);
}

static enum ecam_status infer_same(const struct ecam_node *node, const struct ecam_shape *in,
                                   struct ecam_shape *out, struct ecam_error *err)
{
    (void)node;
    (void)err;
    *out = in[0];
    return ECAM_OK;
}

/* ---- Input ---- */

static enum ecam_status init_input(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "channels", NULL };
    size_t channels;
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    return status != ECAM_OK ? status
                             : ecam_node_ints(node, "channels", 1, 1, 65536, 3, &channels, err);
}

/* in[0] is the shape that the session asks for. */
static enum ecam_status infer_input(const struct ecam_node *node, const struct ecam_shape *in,
                                    struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_attr *attr = ecam_node_attr(node, "channels");
    const size_t channels = attr != NULL ? (size_t)attr->value[0] : 3;
    if (in->rank != 4 || in->dim[1] != channels || in->dim[0] == 0 || in->dim[2] == 0 ||
        in->dim[3] == 0) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "input of shape %s, the network takes Nx%zuxHxW",
                         ecam_shape_text(in, text), channels);
    }
    *out = *in;
    return ECAM_OK;
}

const struct ecam_layer_ops ecam_layer_input = {
    .kind = "input",
    .traits = ECAM_LAYER_VIEW,
    .init = init_input,
    .infer = infer_input,
};

/* ---- Flatten: all axes but the first become one ---- */

static enum ecam_status init_flatten(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "axis", NULL };
    size_t axis;
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    return status != ECAM_OK ? status : ecam_node_ints(node, "axis", 1, 1, 1, 1, &axis, err);
}

static enum ecam_status infer_flatten(const struct ecam_node *node, const struct ecam_shape *in,
                                      struct ecam_shape *out, struct ecam_error *err)
{
    if (in->rank < 2)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': flatten of rank %u, 2 or more expected",
                         node->name, in->rank);
    *out = (struct ecam_shape){ .rank = 2, .dim = { in->dim[0], 1 } };
    for (size_t i = 1; i < in->rank; i++)
        if (!ecam_mul_size(out->dim[1], in->dim[i], &out->dim[1]))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    return ECAM_OK;
}

const struct ecam_layer_ops ecam_layer_flatten = {
    .kind = "flatten",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_VIEW,
    .init = init_flatten,
    .infer = infer_flatten,
};

const struct ecam_layer_ops ecam_layer_dropout = {
    .kind = "dropout", /* dropout at inference is the identity */
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_VIEW,
    .init = init_plain,
    .infer = infer_same,
};

const struct ecam_layer_ops ecam_layer_identity = {
    .kind = "identity",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_VIEW,
    .init = init_plain,
    .infer = infer_same,
};
