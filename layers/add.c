/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/add.h"

#include "engine/error.h"
#include "layers/activation.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"
#include "layers/reorder.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    return ecam_node_allow(node, none, none, none, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    if (!ecam_shape_equal(&in[0], &in[1])) {
        char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %s and %s cannot be added", node->name,
                         ecam_shape_text(&in[0], a), ecam_shape_text(&in[1], b));
    }
    *out = in[0];
    return ECAM_OK;
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const struct ecam_stretch part = ecam_stretch(step, number);
    float *out = step->out + part.image * step->out_image + part.first;
    (void)worker;
    step->kernels->add(step->in[0] + part.image * step->in_image[0] + part.first,
                       step->in[1] + part.image * step->in_image[1] + part.first, out, part.n);
    if (step->relu)
        step->kernels->relu(out, out, part.n);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, ecam_stretches(&s), task, &s);
}

const struct ecam_layer_ops ecam_layer_add = {
    .kind = "add",
    .min_inputs = 2,
    .max_inputs = 2,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init,
    .infer = infer,
    .layout = ecam_layout_same,
    .absorb = ecam_absorb_relu,
    .run = run,
};
