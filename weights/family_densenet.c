/* SPDX-License-Identifier: BSD-2-Clause
 * DenseNet-BC in torchvision's layout, with the keys of its old files ("norm.1",
 * "conv.2") or the present ones ("norm1", "conv2"). Each layer of a block reads all
 * that came before it: one concatenation grows by one layer at a time, so that only
 * the newest has to be kept. */
#include <stdio.h>

#include "weights/family.h"

static bool matches(const struct ecam_build *b)
{
    return ecam_build_peek(b, "features.denseblock1.denselayer1.norm1.weight") != NULL ||
           ecam_build_peek(b, "features.denseblock1.denselayer1.norm.1.weight") != NULL;
}

/* "norm1", whose weights old files call "norm.1". */
struct pair {
    const char *name, *old;
};

static const char *key_of(const struct ecam_build *b, struct pair p)
{
    return ecam_build_peek(b, "%s.weight", p.old) != NULL ? p.old : p.name;
}

static uint32_t norm(struct ecam_build *b, uint32_t x, struct pair p)
{
    return ecam_build_norm(b, x, p.name, (struct ecam_build_norm){ .key = key_of(b, p) });
}

static uint32_t conv(struct ecam_build *b, uint32_t x, struct pair p, size_t kernel)
{
    return ecam_build_conv(
        b, x, p.name,
        (struct ecam_build_conv){ .kernel = kernel, .pad = kernel / 2, .key = key_of(b, p) });
}

/* Whether "denselayer`i`" of the scope is there, under either name. */
static bool has_layer(const struct ecam_build *b, size_t i)
{
    return ecam_build_peek(b, "denselayer%zu.conv1.weight", i) != NULL ||
           ecam_build_peek(b, "denselayer%zu.conv.1.weight", i) != NULL;
}

/* x with the layers of "denseblock`at`" behind it; adds their number to *n_layers. */
static uint32_t dense_block(struct ecam_build *b, uint32_t x, size_t at, size_t *n_layers)
{
    const size_t outer = ecam_build_enter(b, "denseblock%zu", at);
    uint32_t pair[2] = { x, x };
    size_t i = 1;
    for (; has_layer(b, i); i++) {
        const size_t block = ecam_build_enter(b, "denselayer%zu", i);
        if (i > 1)
            pair[0] = ecam_build_concat(b, pair, 2, "concat");
        uint32_t y = norm(b, pair[0], (struct pair){ "norm1", "norm.1" });
        y = ecam_build_relu(b, y, "relu1");
        y = conv(b, y, (struct pair){ "conv1", "conv.1" }, 1);
        y = norm(b, y, (struct pair){ "norm2", "norm.2" });
        y = ecam_build_relu(b, y, "relu2");
        pair[1] = conv(b, y, (struct pair){ "conv2", "conv.2" }, 3);
        ecam_build_leave(b, block);
        ecam_build_alias(b, pair[1], "denselayer%zu", i);
    }
    *n_layers += i - 1;
    ecam_build_leave(b, outer);
    return ecam_build_concat(b, pair, 2, ecam_build_name(b, "denseblock%zu", at));
}

static uint32_t transition(struct ecam_build *b, uint32_t x, size_t at)
{
    const size_t outer = ecam_build_enter(b, "transition%zu", at);
    x = ecam_build_norm(b, x, "norm", (struct ecam_build_norm){ 0 });
    x = ecam_build_relu(b, x, "relu");
    x = ecam_build_conv(b, x, "conv", (struct ecam_build_conv){ .kernel = 1 });
    x = ecam_build_avgpool(b, x, "pool", (struct ecam_build_pool){ .kernel = 2 });
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "transition%zu", at);
    return x;
}

static bool has_block(const struct ecam_build *b, size_t at)
{
    return ecam_build_peek(b, "denseblock%zu.denselayer1.conv1.weight", at) != NULL ||
           ecam_build_peek(b, "denseblock%zu.denselayer1.conv.1.weight", at) != NULL;
}

/* 121, 169, 201 grow by 32 channels a layer, 161 by 48. */
static void give_title(const struct ecam_build *b, size_t n_layers, size_t n_blocks,
                       struct ecam_family_notes *notes)
{
    const size_t depth = 2 * n_layers + n_blocks + 1, usual = depth == 161 ? 48 : 32;
    const char *const conv2 = "features.denseblock1.denselayer1.conv2.weight",
                      *const old = "features.denseblock1.denselayer1.conv.2.weight";
    const size_t growth = ecam_build_dim(b, ecam_build_peek(b, "%s", old) != NULL ? old : conv2, 0);
    char tail[24] = "";
    if (growth != usual)
        snprintf(tail, sizeof tail, ", growth %zu", growth);
    snprintf(notes->title, sizeof notes->title, "DenseNet-%zu%s", depth, tail);
}

static void build(struct ecam_build *b, struct ecam_family_notes *notes)
{
    uint32_t x = ecam_build_input(b, "features.conv0.weight");
    const size_t outer = ecam_build_enter(b, "features");
    x = ecam_build_conv(b, x, "conv0",
                        (struct ecam_build_conv){ .kernel = 7, .stride = 2, .pad = 3 });
    x = ecam_build_norm(b, x, "norm0", (struct ecam_build_norm){ 0 });
    x = ecam_build_relu(b, x, "relu0");
    x = ecam_build_maxpool(b, x, "pool0",
                           (struct ecam_build_pool){ .kernel = 3, .stride = 2, .pad = 1 });
    size_t n_layers = 0, n_blocks = 0;
    while (has_block(b, n_blocks + 1)) {
        x = dense_block(b, x, ++n_blocks, &n_layers);
        if (has_block(b, n_blocks + 1))
            x = transition(b, x, n_blocks);
    }
    x = ecam_build_norm(b, x, "norm5", (struct ecam_build_norm){ 0 });
    const uint32_t features = x;
    x = ecam_build_relu(b, x, "relu5");
    ecam_build_leave(b, outer);
    ecam_build_alias(b, features, "features");
    x = ecam_build_global_pool(b, x, "avgpool");
    x = ecam_build_flatten(b, x, "flatten");
    x = ecam_build_dense(b, x, "classifier");
    ecam_build_output(b, x);
    give_title(b, n_layers, n_blocks, notes);
    snprintf(notes->last, sizeof notes->last, "features.relu5");
    notes->n_classes = ecam_build_channels(b, x);
}

const struct ecam_family ecam_family_densenet = {
    .name = "DenseNet",
    .anchor = "features.conv0.weight",
    .matches = matches,
    .build = build,
};
