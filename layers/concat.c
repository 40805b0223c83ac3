/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/concat.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const attrs[] = { "axis", NULL };
    size_t axis;
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    return status != ECAM_OK ? status : ecam_node_ints(node, "axis", 1, 1, 1, 1, &axis, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    *out = in[0];
    if (out->rank < 2)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': concat of rank %u, 2 or more expected",
                         node->name, out->rank);
    for (size_t i = 1; i < node->n_inputs; i++) {
        struct ecam_shape same = in[i];
        const size_t channels = same.dim[1];
        same.dim[1] = in[0].dim[1];
        if (!ecam_shape_equal(&same, &in[0])) {
            char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
            return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %s does not fit %s on axis 1",
                             node->name, ecam_shape_text(&in[i], b), ecam_shape_text(&in[0], a));
        }
        if (!ecam_add_size(out->dim[1], channels, &out->dim[1]))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    }
    return ECAM_OK;
}

/* One task an input of an image. */
static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t n = number / step->n_in, i = number % step->n_in;
    const size_t plane = ecam_shape_plane(&step->out_shape);
    size_t before = 0;
    (void)worker;
    for (size_t j = 0; j < i; j++)
        before += step->in_shape[j].dim[1];
    const size_t floats = step->in_shape[i].dim[1] * plane;
    memcpy(step->out + (n * step->out_shape.dim[1] + before) * plane, step->in[i] + n * floats,
           floats * sizeof(float));
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, s.out_shape.dim[0] * s.n_in, task, &s);
}

const struct ecam_layer_ops ecam_layer_concat = {
    .kind = "concat",
    .min_inputs = 1,
    .max_inputs = ECAM_MAX_STEP_INPUTS,
    .init = init,
    .infer = infer,
    .run = run,
};
