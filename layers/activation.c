/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/activation.h"

#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"
#include "layers/reorder.h"

static const char *const none[] = { NULL };

static enum ecam_status infer_same(const struct ecam_node *node, const struct ecam_shape *in,
                                   struct ecam_shape *out, struct ecam_error *err)
{
    (void)node;
    (void)err;
    *out = in[0];
    return ECAM_OK;
}

/* ---- ReLU ---- */

static enum ecam_status init_relu(struct ecam_node *node, struct ecam_error *err)
{
    return ecam_node_allow(node, none, none, none, err);
}

static void relu_task(void *arg, size_t task, unsigned worker)
{
    const struct ecam_step *step = arg;
    const struct ecam_stretch part = ecam_stretch(step, task);
    (void)worker;
    step->kernels->relu(step->in[0] + part.image * step->in_image[0] + part.first,
                        step->out + part.image * step->out_image + part.first, part.n);
}

static void run_relu(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, ecam_stretches(&s), relu_task, &s);
}

const struct ecam_layer_ops ecam_layer_relu = {
    .kind = "relu",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init_relu,
    .infer = infer_same,
    .layout = ecam_layout_same,
    .run = run_relu,
};

bool ecam_absorb_relu(struct ecam_step *step, const struct ecam_node *next)
{
    if (step->relu || next->ops != &ecam_layer_relu)
        return false;
    step->relu = true;
    return true;
}

/* ---- Softmax over axis 1 ---- */

static enum ecam_status init_softmax(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "axis", NULL };
    size_t axis;
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    return status != ECAM_OK ? status : ecam_node_ints(node, "axis", 1, 1, 1, 1, &axis, err);
}

static enum ecam_status infer_softmax(const struct ecam_node *node, const struct ecam_shape *in,
                                      struct ecam_shape *out, struct ecam_error *err)
{
    if (in->rank < 2)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': softmax of rank %u, 2 or more expected",
                         node->name, in->rank);
    *out = in[0];
    return ECAM_OK;
}

/* One task an image: softmax is never where the time goes. */
static void softmax_task(void *arg, size_t task, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t channels = step->out_shape.dim[1], plane = ecam_shape_plane(&step->out_shape);
    const size_t base = task * channels * plane;
    (void)worker;
    for (size_t i = 0; i < plane; i++)
        step->kernels->softmax(step->in[0] + base + i, step->out + base + i, channels, plane);
}

static void run_softmax(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, s.out_shape.dim[0], softmax_task, &s);
}

const struct ecam_layer_ops ecam_layer_softmax = {
    .kind = "softmax",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init_softmax,
    .infer = infer_softmax,
    .run = run_softmax,
};
