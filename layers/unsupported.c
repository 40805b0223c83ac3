/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/unsupported.h"

#include <stdio.h>

#include "engine/error.h"

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    (void)node;
    (void)err;
    return ECAM_OK;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_attr *opset = ecam_node_attr(node, "opset");
    (void)in;
    (void)out;
    char version[32] = "";
    if (opset != NULL && !opset->is_real)
        snprintf(version, sizeof version, " (opset %lld)", (long long)opset->value[0]);
    return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "layer '%s': operator '%s'%s %s", node->name,
                     node->kind, version,
                     node->reason != NULL ? node->reason : "is not implemented");
}

const struct ecam_layer_ops ecam_layer_unsupported = {
    .kind = "unsupported",
    .max_inputs = ECAM_MAX_STEP_INPUTS,
    .traits = ECAM_LAYER_UNKNOWN,
    .init = init,
    .infer = infer,
};
