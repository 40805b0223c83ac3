/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/binary.h"

#include "layers/activation.h"
#include "layers/broadcast.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    return ecam_node_allow(node, none, none, none, err);
}

static enum ecam_layout layout(const struct ecam_step *step, enum ecam_layout given,
                               enum ecam_layout *out)
{
    const bool in_blocks = ecam_broadcast_in_blocks(&step->in_shape[0], &step->out_shape) &&
                           ecam_broadcast_in_blocks(&step->in_shape[1], &step->out_shape);
    *out = in_blocks ? given : ECAM_PLAIN;
    return *out;
}

static void run(const struct ecam_step *step, enum ecam_binary_op op, struct ecam_pool *pool)
{
    const struct ecam_side side[2] = {
        { .p = step->in[0], .shape = &step->in_shape[0], .image = step->in_image[0] },
        { .p = step->in[1], .shape = &step->in_shape[1], .image = step->in_image[1] },
    };
    ecam_broadcast_run(step, op, side, pool);
}

#define BINARY(name, op)                                                         \
    static void run_##name(const struct ecam_step *step, struct ecam_pool *pool) \
    {                                                                            \
        run(step, op, pool);                                                     \
    }                                                                            \
    const struct ecam_layer_ops ecam_layer_##name = {                            \
        .kind = #name,                                                           \
        .min_inputs = 2,                                                         \
        .max_inputs = 2,                                                         \
        .traits = ECAM_LAYER_IN_PLACE | ECAM_LAYER_IN_PLACE_1,                   \
        .init = init,                                                            \
        .infer = ecam_broadcast_infer,                                           \
        .absorb = ecam_absorb_relu,                                              \
        .layout = layout,                                                        \
        .run = run_##name,                                                       \
    }

BINARY(add, ECAM_BINARY_ADD);
BINARY(sub, ECAM_BINARY_SUB);
BINARY(mul, ECAM_BINARY_MUL);
BINARY(div, ECAM_BINARY_DIV);
BINARY(max, ECAM_BINARY_MAX);
