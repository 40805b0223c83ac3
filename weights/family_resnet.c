/* SPDX-License-Identifier: BSD-2-Clause
 * ResNet, Wide ResNet and ResNeXt in torchvision's layout: stem of 7x7, stages of
 * basic (two 3x3) or bottleneck blocks (1x1, 3x3, 1x1; the stride is in the 3x3).
 * Blocks, widths and groups are counted from the weights. */
#include <stdio.h>

#include "weights/family.h"

static bool matches(const struct ecam_build *b)
{
    return ecam_build_peek(b, "conv1.weight") != NULL && ecam_build_peek(b, "bn1.weight") != NULL &&
           ecam_build_peek(b, "linear.weight") == NULL;
}

static uint32_t conv_norm(struct ecam_build *b, uint32_t x, unsigned i,
                          struct ecam_build_conv options)
{
    x = ecam_build_conv(b, x, ecam_build_name(b, "conv%u", i), options);
    return ecam_build_norm(b, x, ecam_build_name(b, "bn%u", i), (struct ecam_build_norm){ 0 });
}

static uint32_t basic_branch(struct ecam_build *b, uint32_t x, size_t stride)
{
    x = conv_norm(b, x, 1, (struct ecam_build_conv){ .kernel = 3, .stride = stride, .pad = 1 });
    x = ecam_build_relu(b, x, "relu.1");
    return conv_norm(b, x, 2, (struct ecam_build_conv){ .kernel = 3, .pad = 1 });
}

static uint32_t bottleneck_branch(struct ecam_build *b, uint32_t x, size_t stride)
{
    x = conv_norm(b, x, 1, (struct ecam_build_conv){ .kernel = 1 });
    x = ecam_build_relu(b, x, "relu.1");
    x = conv_norm(
        b, x, 2,
        (struct ecam_build_conv){ .kernel = 3, .stride = stride, .pad = 1, .is_grouped = true });
    x = ecam_build_relu(b, x, "relu.2");
    return conv_norm(b, x, 3, (struct ecam_build_conv){ .kernel = 1 });
}

/* One residual block; the scope is its name. */
static uint32_t block(struct ecam_build *b, uint32_t x, size_t stride, bool is_bottleneck)
{
    const uint32_t branch =
        is_bottleneck ? bottleneck_branch(b, x, stride) : basic_branch(b, x, stride);
    uint32_t skip = x;
    if (stride != 1 || ecam_build_channels(b, x) != ecam_build_channels(b, branch)) {
        skip = ecam_build_conv(b, x, "downsample.0",
                               (struct ecam_build_conv){ .kernel = 1, .stride = stride });
        skip = ecam_build_norm(b, skip, "downsample.1", (struct ecam_build_norm){ 0 });
        ecam_build_alias(b, skip, "downsample");
    }
    const uint32_t sum = ecam_build_add(b, branch, skip, "add");
    const uint32_t out = ecam_build_relu(b, sum, is_bottleneck ? "relu.3" : "relu.2");
    ecam_build_alias(b, out, "relu");
    return out;
}

/* All blocks of "layer`stage`"; adds their number to *n_blocks. */
static uint32_t run_stage(struct ecam_build *b, uint32_t x, size_t stage, bool is_bottleneck,
                          size_t *n_blocks, struct ecam_family_notes *notes)
{
    for (size_t i = 0; ecam_build_peek(b, "layer%zu.%zu.conv1.weight", stage, i) != NULL; i++) {
        const size_t outer = ecam_build_enter(b, "layer%zu.%zu", stage, i);
        x = block(b, x, stage > 1 && i == 0 ? 2 : 1, is_bottleneck);
        ecam_build_leave(b, outer);
        ecam_build_alias(b, x, "layer%zu.%zu", stage, i);
        snprintf(notes->last, sizeof notes->last, "layer%zu.%zu", stage, i);
        ++*n_blocks;
    }
    ecam_build_alias(b, x, "layer%zu", stage);
    return x;
}

static void give_title(const struct ecam_build *b, bool is_bottleneck, size_t n_blocks,
                       struct ecam_family_notes *notes)
{
    const size_t width = ecam_build_dim(b, "conv1.weight", 0);
    const size_t inner = ecam_build_dim(b, "layer1.0.conv2.weight", 0);
    const size_t group = ecam_build_dim(b, "layer1.0.conv2.weight", 1);
    const size_t depth = n_blocks * (is_bottleneck ? 3 : 2) + 2;
    char base[48], tail[24] = "";
    if (is_bottleneck && group != 0 && inner > group)
        snprintf(base, sizeof base, "ResNeXt-%zu %zux%zud", depth, inner / group, group);
    else if (is_bottleneck && width != 0 && inner > width)
        snprintf(base, sizeof base, "Wide ResNet-%zu-%zu", depth, inner / width);
    else
        snprintf(base, sizeof base, "ResNet-%zu", depth);
    if (width != 64)
        snprintf(tail, sizeof tail, ", width %zu", width);
    snprintf(notes->title, sizeof notes->title, "%s%s", base, tail);
}

static void build(struct ecam_build *b, struct ecam_family_notes *notes)
{
    const bool is_bottleneck = ecam_build_peek(b, "layer1.0.conv3.weight") != NULL;
    uint32_t x = ecam_build_input(b, "conv1.weight");
    x = conv_norm(b, x, 1, (struct ecam_build_conv){ .kernel = 7, .stride = 2, .pad = 3 });
    x = ecam_build_relu(b, x, "relu");
    x = ecam_build_maxpool(b, x, "maxpool",
                           (struct ecam_build_pool){ .kernel = 3, .stride = 2, .pad = 1 });
    size_t n_blocks = 0;
    for (size_t i = 1; ecam_build_peek(b, "layer%zu.0.conv1.weight", i) != NULL; i++)
        x = run_stage(b, x, i, is_bottleneck, &n_blocks, notes);
    x = ecam_build_global_pool(b, x, "avgpool");
    x = ecam_build_flatten(b, x, "flatten");
    x = ecam_build_dense(b, x, "fc");
    ecam_build_output(b, x);
    give_title(b, is_bottleneck, n_blocks, notes);
    notes->n_classes = ecam_build_channels(b, x);
}

const struct ecam_family ecam_family_resnet = {
    .name = "ResNet, Wide ResNet, ResNeXt",
    .anchor = "layer1.0.conv1.weight",
    .matches = matches,
    .build = build,
};
