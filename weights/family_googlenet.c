/* SPDX-License-Identifier: BSD-2-Clause
 * GoogLeNet as torchvision has it: batch-norm (eps 1e-3) behind every convolution,
 * pools that round up, the fourth of 2x2, and 3x3 where the paper has 5x5. The
 * auxiliary heads in the file are left alone. Its input transform turns ImageNet's
 * normalisation into mean and deviation 0.5, which the preprocessing does instead. */
#include <stdio.h>

#include "weights/family.h"

static bool matches(const struct ecam_build *b)
{
    return ecam_build_peek(b, "conv1.conv.weight") != NULL &&
           ecam_build_peek(b, "inception3a.branch1.conv.weight") != NULL;
}

/* Convolution, batch-norm, ReLU. */
static uint32_t basic(struct ecam_build *b, uint32_t x, const char *name,
                      struct ecam_build_conv options)
{
    const size_t outer = ecam_build_enter(b, "%s", name);
    x = ecam_build_conv(b, x, "conv", options);
    x = ecam_build_norm(b, x, "bn", (struct ecam_build_norm){ .eps = 1e-3 });
    x = ecam_build_relu(b, x, "relu");
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "%s", name);
    return x;
}

static uint32_t inception(struct ecam_build *b, uint32_t x, const char *name)
{
    static const struct ecam_build_conv point = { .kernel = 1 }, square = { .kernel = 3, .pad = 1 };
    uint32_t branch[4];
    const size_t outer = ecam_build_enter(b, "%s", name);
    branch[0] = basic(b, x, "branch1", point);
    branch[1] = basic(b, basic(b, x, "branch2.0", point), "branch2.1", square);
    ecam_build_alias(b, branch[1], "branch2");
    branch[2] = basic(b, basic(b, x, "branch3.0", point), "branch3.1", square);
    ecam_build_alias(b, branch[2], "branch3");
    const uint32_t pool = ecam_build_maxpool(
        b, x, "branch4.0",
        (struct ecam_build_pool){ .kernel = 3, .stride = 1, .pad = 1, .is_ceil = true });
    branch[3] = basic(b, pool, "branch4.1", point);
    ecam_build_alias(b, branch[3], "branch4");
    ecam_build_leave(b, outer);
    return ecam_build_concat(b, branch, 4, name);
}

static uint32_t maxpool(struct ecam_build *b, uint32_t x, const char *name, size_t kernel)
{
    return ecam_build_maxpool(
        b, x, name, (struct ecam_build_pool){ .kernel = kernel, .stride = 2, .is_ceil = true });
}

static void build(struct ecam_build *b, struct ecam_family_notes *notes)
{
    uint32_t x = ecam_build_input(b, "conv1.conv.weight");
    x = basic(b, x, "conv1", (struct ecam_build_conv){ .kernel = 7, .stride = 2, .pad = 3 });
    x = maxpool(b, x, "maxpool1", 3);
    x = basic(b, x, "conv2", (struct ecam_build_conv){ .kernel = 1 });
    x = basic(b, x, "conv3", (struct ecam_build_conv){ .kernel = 3, .pad = 1 });
    x = maxpool(b, x, "maxpool2", 3);
    x = inception(b, x, "inception3a");
    x = inception(b, x, "inception3b");
    x = maxpool(b, x, "maxpool3", 3);
    x = inception(b, x, "inception4a");
    x = inception(b, x, "inception4b");
    x = inception(b, x, "inception4c");
    x = inception(b, x, "inception4d");
    x = inception(b, x, "inception4e");
    x = maxpool(b, x, "maxpool4", 2);
    x = inception(b, x, "inception5a");
    x = inception(b, x, "inception5b");
    x = ecam_build_global_pool(b, x, "avgpool");
    x = ecam_build_flatten(b, x, "flatten");
    x = ecam_build_dropout(b, x, "dropout");
    x = ecam_build_dense(b, x, "fc");
    ecam_build_output(b, x);
    snprintf(notes->title, sizeof notes->title, "GoogLeNet");
    snprintf(notes->last, sizeof notes->last, "inception5b");
    notes->photos = ECAM_PHOTOS_HALF;
    notes->n_classes = ecam_build_channels(b, x);
}

const struct ecam_family ecam_family_googlenet = {
    .name = "GoogLeNet",
    .anchor = "inception3a.branch1.conv.weight",
    .matches = matches,
    .build = build,
};
