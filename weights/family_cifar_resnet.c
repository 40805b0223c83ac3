/* SPDX-License-Identifier: BSD-2-Clause
 * The small ResNets for CIFAR: a 3x3 stem without pool, stages of basic blocks, the
 * classifier called "linear". A shortcut that changes shape either subsamples and
 * pads channels with zeros (option A, no weights) or is a 1x1 convolution with
 * batch-norm (option B, "shortcut.0" and "shortcut.1"). */
#include <stdio.h>

#include "weights/family.h"

static bool matches(const struct ecam_build *b)
{
    return ecam_build_peek(b, "conv1.weight") != NULL && ecam_build_peek(b, "bn1.weight") != NULL &&
           ecam_build_peek(b, "linear.weight") != NULL;
}

/* Every second pixel, and a quarter of the new channels as zeros on both sides. */
static uint32_t shortcut_a(struct ecam_build *b, uint32_t x, size_t stride, size_t channels)
{
    const size_t had = ecam_build_channels(b, x), side = channels / 4;
    if (had + 2 * side != channels)
        ecam_build_fail(b,
                        "layer '%sshortcut': %zu channels become %zu, and neither is it twice as "
                        "many, nor is there a weight '%sshortcut.0.weight'",
                        b->scope, had, channels, b->scope);
    x = ecam_build_maxpool(b, x, "shortcut.subsample",
                           (struct ecam_build_pool){ .kernel = 1, .stride = stride });
    return ecam_build_pad_channels(b, x, "shortcut", side, side);
}

static uint32_t shortcut_b(struct ecam_build *b, uint32_t x, size_t stride)
{
    x = ecam_build_conv(b, x, "shortcut.0",
                        (struct ecam_build_conv){ .kernel = 1, .stride = stride });
    x = ecam_build_norm(b, x, "shortcut.1", (struct ecam_build_norm){ 0 });
    ecam_build_alias(b, x, "shortcut");
    return x;
}

static uint32_t block(struct ecam_build *b, uint32_t x, size_t stride)
{
    uint32_t y = ecam_build_conv(
        b, x, "conv1", (struct ecam_build_conv){ .kernel = 3, .stride = stride, .pad = 1 });
    y = ecam_build_norm(b, y, "bn1", (struct ecam_build_norm){ 0 });
    y = ecam_build_relu(b, y, "relu.1");
    y = ecam_build_conv(b, y, "conv2", (struct ecam_build_conv){ .kernel = 3, .pad = 1 });
    y = ecam_build_norm(b, y, "bn2", (struct ecam_build_norm){ 0 });
    const size_t channels = ecam_build_channels(b, y);
    uint32_t skip = x;
    if (ecam_build_peek(b, "shortcut.0.weight") != NULL)
        skip = shortcut_b(b, x, stride);
    else if (stride != 1 || ecam_build_channels(b, x) != channels)
        skip = shortcut_a(b, x, stride, channels);
    else
        ecam_build_alias(b, x, "shortcut"); /* an empty Sequential */
    y = ecam_build_add(b, y, skip, "add");
    y = ecam_build_relu(b, y, "relu.2");
    ecam_build_alias(b, y, "relu");
    return y;
}

static void build(struct ecam_build *b, struct ecam_family_notes *notes)
{
    const size_t width = ecam_build_dim(b, "conv1.weight", 0);
    uint32_t x = ecam_build_input(b, "conv1.weight");
    x = ecam_build_conv(b, x, "conv1", (struct ecam_build_conv){ .kernel = 3, .pad = 1 });
    x = ecam_build_norm(b, x, "bn1", (struct ecam_build_norm){ 0 });
    x = ecam_build_relu(b, x, "relu");
    size_t n_blocks = 0;
    for (size_t s = 1; ecam_build_peek(b, "layer%zu.0.conv1.weight", s) != NULL; s++) {
        for (size_t i = 0; ecam_build_peek(b, "layer%zu.%zu.conv1.weight", s, i) != NULL; i++) {
            const size_t outer = ecam_build_enter(b, "layer%zu.%zu", s, i);
            x = block(b, x, s > 1 && i == 0 ? 2 : 1);
            ecam_build_leave(b, outer);
            ecam_build_alias(b, x, "layer%zu.%zu", s, i);
            snprintf(notes->last, sizeof notes->last, "layer%zu.%zu", s, i);
            n_blocks++;
        }
        ecam_build_alias(b, x, "layer%zu", s);
    }
    x = ecam_build_global_pool(b, x, "avgpool");
    x = ecam_build_flatten(b, x, "flatten");
    x = ecam_build_dense(b, x, "linear");
    ecam_build_output(b, x);
    notes->photos = ECAM_PHOTOS_CIFAR;
    notes->n_classes = ecam_build_channels(b, x);
    snprintf(notes->title, sizeof notes->title, "CIFAR ResNet-%zu, width %zu", n_blocks * 2 + 2,
             width);
}

const struct ecam_family ecam_family_cifar_resnet = {
    .name = "CIFAR ResNet",
    .anchor = "layer1.0.conv1.weight",
    .matches = matches,
    .build = build,
};
