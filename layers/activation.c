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
