/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/constant.h"

#include <string.h>

#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/packing.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const roles[] = { "value", NULL };
    return ecam_node_allow(node, none, roles, roles, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_weight *value = ecam_node_weight(node, "value");
    struct ecam_shape shape = value->shape;
    size_t count = 0;
    (void)in;
    if (shape.rank == 0)
        shape.dim[shape.rank++] = 1;
    if (!ecam_shape_count(&shape, &count) || count == 0) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' has shape %s: nothing is in it",
                         node->name, value->name, ecam_shape_text(&shape, text));
    }
    *out = shape;
    return ECAM_OK;
}

static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    info->parameters = ecam_node_parameters(node);
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    step->weight_bytes = ecam_shape_floats(&step->out_shape) * sizeof(float);
    return ecam_pack_floats(step, ecam_node_weight(step->node, "value"), 0, packs, &step->weight,
                            err);
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t first = number * ECAM_CHUNK_FLOATS;
    const size_t n = ecam_min_size(ECAM_CHUNK_FLOATS, ecam_shape_floats(&step->out_shape) - first);
    (void)worker;
    memcpy(step->out + first, step->weight + first, n * sizeof(float));
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, ecam_ceil_div(ecam_shape_floats(&s.out_shape), ECAM_CHUNK_FLOATS), task,
                  &s);
}

const struct ecam_layer_ops ecam_layer_constant = {
    .kind = "constant",
    .init = init,
    .infer = infer,
    .describe = describe,
    .prepare = prepare,
    .run = run,
};
