/* SPDX-License-Identifier: BSD-2-Clause
 * SqueezeNet 1.0 and 1.1. "features" is numbered: a stem, then fire modules; a
 * number left out is a pool (rounding up). The classifier is a convolution, so
 * that the network's result is its pooled map. */
#include <stdio.h>

#include "weights/family.h"

static bool matches(const struct ecam_build *b)
{
    return ecam_build_peek(b, "features.0.weight") != NULL &&
           ecam_build_peek(b, "classifier.1.weight") != NULL;
}

static uint32_t conv_relu(struct ecam_build *b, uint32_t x, const char *name,
                          struct ecam_build_conv options)
{
    options.has_bias = true;
    x = ecam_build_conv(b, x, name, options);
    return ecam_build_relu(b, x, ecam_build_name(b, "%s_activation", name));
}

static uint32_t fire(struct ecam_build *b, uint32_t x, size_t at)
{
    const size_t outer = ecam_build_enter(b, "%zu", at);
    x = conv_relu(b, x, "squeeze", (struct ecam_build_conv){ .kernel = 1 });
    uint32_t both[2];
    both[0] = conv_relu(b, x, "expand1x1", (struct ecam_build_conv){ .kernel = 1 });
    both[1] = conv_relu(b, x, "expand3x3", (struct ecam_build_conv){ .kernel = 3, .pad = 1 });
    ecam_build_leave(b, outer);
    return ecam_build_concat(b, both, 2, ecam_build_name(b, "%zu", at));
}

static uint32_t run_features(struct ecam_build *b, struct ecam_family_notes *notes)
{
    uint32_t x = ecam_build_input(b, "features.0.weight");
    const size_t outer = ecam_build_enter(b, "features");
    const size_t kernel = ecam_build_dim(b, "0.weight", 2) == 7 ? 7 : 3;
    x = ecam_build_conv(
        b, x, "0", (struct ecam_build_conv){ .kernel = kernel, .stride = 2, .has_bias = true });
    x = ecam_build_relu(b, x, "1");
    for (size_t at = 2;; at++) {
        if (ecam_build_peek(b, "%zu.squeeze.weight", at) != NULL) {
            x = fire(b, x, at);
            snprintf(notes->last, sizeof notes->last, "features.%zu", at);
        } else if (ecam_build_peek(b, "%zu.squeeze.weight", at + 1) != NULL) {
            x = ecam_build_maxpool(
                b, x, ecam_build_name(b, "%zu", at),
                (struct ecam_build_pool){ .kernel = 3, .stride = 2, .is_ceil = true });
        } else {
            break;
        }
    }
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "features");
    snprintf(notes->title, sizeof notes->title, "SqueezeNet 1.%d", kernel == 7 ? 0 : 1);
    return x;
}

static void build(struct ecam_build *b, struct ecam_family_notes *notes)
{
    uint32_t x = run_features(b, notes);
    const size_t outer = ecam_build_enter(b, "classifier");
    x = ecam_build_dropout(b, x, "0");
    x = ecam_build_conv(b, x, "1", (struct ecam_build_conv){ .kernel = 1, .has_bias = true });
    x = ecam_build_relu(b, x, "2");
    x = ecam_build_global_pool(b, x, "3");
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "classifier");
    x = ecam_build_flatten(b, x, "flatten");
    ecam_build_output(b, x);
    notes->n_classes = ecam_build_channels(b, x);
}

const struct ecam_family ecam_family_squeezenet = {
    .name = "SqueezeNet",
    .anchor = "features.3.squeeze.weight",
    .matches = matches,
    .build = build,
};
