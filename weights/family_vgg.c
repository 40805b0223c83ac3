/* SPDX-License-Identifier: BSD-2-Clause
 * VGG with and without batch-norm, in torchvision's layout and in timm's, where the
 * first two dense layers are convolutions. "features" is numbered: a convolution,
 * a batch-norm if there is one, a ReLU; a number left out is a pool. */
#include <stdio.h>

#include "weights/family.h"
#include "weights/family_classifier.h"

static bool has_features(const struct ecam_build *b)
{
    return ecam_build_dim(b, "features.0.weight", 2) == 3 &&
           ecam_build_peek(b, "features.3.squeeze.weight") == NULL;
}

static bool matches(const struct ecam_build *b)
{
    return has_features(b) && ecam_build_peek(b, "classifier.0.weight") != NULL;
}

static bool matches_timm(const struct ecam_build *b)
{
    return has_features(b) && ecam_build_peek(b, "pre_logits.fc1.weight") != NULL;
}

/* The Sequential "features"; counts its convolutions, and notes the last ReLU. */
static uint32_t run_features(struct ecam_build *b, size_t *n_convs, bool *has_norm,
                             struct ecam_family_notes *notes)
{
    uint32_t x = ecam_build_input(b, "features.0.weight");
    const size_t outer = ecam_build_enter(b, "features");
    *has_norm = ecam_build_peek(b, "1.running_mean") != NULL;
    *n_convs = 0;
    for (size_t at = 0; ecam_build_peek(b, "%zu.weight", at) != NULL;) {
        x = ecam_build_conv(
            b, x, ecam_build_name(b, "%zu", at++),
            (struct ecam_build_conv){ .kernel = 3, .pad = 1, .has_bias = !*has_norm });
        if (*has_norm)
            x = ecam_build_norm(b, x, ecam_build_name(b, "%zu", at++),
                                (struct ecam_build_norm){ 0 });
        snprintf(notes->last, sizeof notes->last, "features.%zu", at);
        x = ecam_build_relu(b, x, ecam_build_name(b, "%zu", at++));
        if (ecam_build_peek(b, "%zu.weight", at) == NULL)
            x = ecam_build_maxpool(b, x, ecam_build_name(b, "%zu", at++),
                                   (struct ecam_build_pool){ .kernel = 2 });
        ++*n_convs;
    }
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "features");
    return x;
}

static void give_title(const struct ecam_build *b, size_t n_convs, bool has_norm,
                       struct ecam_family_notes *notes)
{
    const size_t width = ecam_build_dim(b, "features.0.weight", 0);
    char tail[24] = "";
    if (width != 64)
        snprintf(tail, sizeof tail, ", width %zu", width);
    snprintf(notes->title, sizeof notes->title, "VGG-%zu%s%s", n_convs + 3, has_norm ? "-BN" : "",
             tail);
}

static void build(struct ecam_build *b, struct ecam_family_notes *notes)
{
    static const struct ecam_family_step classifier[] = {
        { 0, ECAM_STEP_DENSE }, { 1, ECAM_STEP_RELU }, { 2, ECAM_STEP_DROPOUT },
        { 3, ECAM_STEP_DENSE }, { 4, ECAM_STEP_RELU }, { 5, ECAM_STEP_DROPOUT },
        { 6, ECAM_STEP_DENSE },
    };
    size_t n_convs;
    bool has_norm;
    uint32_t x = run_features(b, &n_convs, &has_norm, notes);
    x = ecam_family_classifier(b, x, "classifier.0.weight", classifier, ECAM_ARRAY_LEN(classifier));
    ecam_build_output(b, x);
    give_title(b, n_convs, has_norm, notes);
    notes->n_classes = ecam_build_channels(b, x);
}

static void build_timm(struct ecam_build *b, struct ecam_family_notes *notes)
{
    size_t n_convs;
    bool has_norm;
    uint32_t x = run_features(b, &n_convs, &has_norm, notes);
    size_t outer = ecam_build_enter(b, "pre_logits");
    x = ecam_build_conv(
        b, x, "fc1",
        (struct ecam_build_conv){ .kernel = ecam_build_dim(b, "fc1.weight", 2), .has_bias = true });
    x = ecam_build_relu(b, x, "act1");
    x = ecam_build_dropout(b, x, "drop");
    x = ecam_build_conv(b, x, "fc2", (struct ecam_build_conv){ .kernel = 1, .has_bias = true });
    x = ecam_build_relu(b, x, "act2");
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "pre_logits");
    outer = ecam_build_enter(b, "head");
    x = ecam_build_global_pool(b, x, "global_pool.pool");
    x = ecam_build_flatten(b, x, "global_pool.flatten");
    ecam_build_alias(b, x, "global_pool");
    x = ecam_build_dropout(b, x, "drop");
    x = ecam_build_dense(b, x, "fc");
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "head");
    ecam_build_output(b, x);
    give_title(b, n_convs, has_norm, notes);
    notes->n_classes = ecam_build_channels(b, x);
}

const struct ecam_family ecam_family_vgg = {
    .name = "VGG",
    .anchor = "features.0.weight",
    .matches = matches,
    .build = build,
};

const struct ecam_family ecam_family_vgg_timm = {
    .name = "VGG (timm)",
    .anchor = "features.0.weight",
    .matches = matches_timm,
    .build = build_timm,
};
