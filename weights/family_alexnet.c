/* SPDX-License-Identifier: BSD-2-Clause
 * AlexNet as torchvision has it: five convolutions in one column, no groups and no
 * response normalisation (BVLC's AlexNet is another network). */
#include <stdio.h>

#include "weights/family.h"
#include "weights/family_classifier.h"

static bool matches(const struct ecam_build *b)
{
    return ecam_build_dim(b, "features.0.weight", 2) == 11 &&
           ecam_build_peek(b, "classifier.1.weight") != NULL;
}

static void build(struct ecam_build *b, struct ecam_family_notes *notes)
{
    static const struct {
        size_t at; /* of the convolution; its ReLU follows */
        struct ecam_build_conv conv;
        bool has_pool; /* behind the ReLU */
    } steps[] = {
        { 0, { .kernel = 11, .stride = 4, .pad = 2, .has_bias = true }, true },
        { 3, { .kernel = 5, .pad = 2, .has_bias = true }, true },
        { 6, { .kernel = 3, .pad = 1, .has_bias = true }, false },
        { 8, { .kernel = 3, .pad = 1, .has_bias = true }, false },
        { 10, { .kernel = 3, .pad = 1, .has_bias = true }, true },
    };
    uint32_t x = ecam_build_input(b, "features.0.weight");
    const size_t outer = ecam_build_enter(b, "features");
    for (size_t i = 0; i < ECAM_ARRAY_LEN(steps); i++) {
        const size_t at = steps[i].at;
        x = ecam_build_conv(b, x, ecam_build_name(b, "%zu", at), steps[i].conv);
        x = ecam_build_relu(b, x, ecam_build_name(b, "%zu", at + 1));
        if (steps[i].has_pool)
            x = ecam_build_maxpool(b, x, ecam_build_name(b, "%zu", at + 2),
                                   (struct ecam_build_pool){ .kernel = 3, .stride = 2 });
    }
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "features");
    static const struct ecam_family_step classifier[] = {
        { 0, ECAM_STEP_DROPOUT }, { 1, ECAM_STEP_DENSE }, { 2, ECAM_STEP_RELU },
        { 3, ECAM_STEP_DROPOUT }, { 4, ECAM_STEP_DENSE }, { 5, ECAM_STEP_RELU },
        { 6, ECAM_STEP_DENSE },
    };
    x = ecam_family_classifier(b, x, "classifier.1.weight", classifier, ECAM_ARRAY_LEN(classifier));
    ecam_build_output(b, x);
    snprintf(notes->title, sizeof notes->title, "AlexNet");
    snprintf(notes->last, sizeof notes->last, "features.11");
    notes->n_classes = ecam_build_channels(b, x);
}

const struct ecam_family ecam_family_alexnet = {
    .name = "AlexNet",
    .anchor = "features.10.weight",
    .matches = matches,
    .build = build,
};
