/* SPDX-License-Identifier: BSD-2-Clause
 * The classifier that AlexNet and VGG share: an adaptive average pool, then a
 * Sequential of dense layers. */
#ifndef ECAM_FAMILY_CLASSIFIER_H
#define ECAM_FAMILY_CLASSIFIER_H

#include "weights/builder.h"

enum ecam_family_step_kind { ECAM_STEP_DENSE, ECAM_STEP_RELU, ECAM_STEP_DROPOUT };

struct ecam_family_step {
    size_t at; /* number in the Sequential "classifier" */
    enum ecam_family_step_kind kind;
};

/* "avgpool", "flatten" and the steps; the pool's size follows from the columns of
 * the dense weight `first`. */
uint32_t ecam_family_classifier(struct ecam_build *b, uint32_t x, const char *first,
                                const struct ecam_family_step *steps, size_t n);

#endif /* ECAM_FAMILY_CLASSIFIER_H */
