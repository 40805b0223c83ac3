/* SPDX-License-Identifier: BSD-2-Clause
 * How much two maps of one picture agree: the paper's look at adversarial examples as
 * numbers. */
#ifndef ECAM_EVAL_AGREEMENT_H
#define ECAM_EVAL_AGREEMENT_H

#include "engine/ecam.h"

struct eval_agreement {
    double pearson; /* NaN where a map is flat */
    double ssim;    /* NaN where a side is below the window's 11 pixels */
    double iou;     /* of { v > threshold * max }; NaN where both are empty */
};

/* a, b: [h][w], 0 to 1. */
enum ecam_status eval_agreement(const float *a, const float *b, size_t h, size_t w,
                                double threshold, struct eval_agreement *out,
                                struct ecam_error *err);

#endif /* ECAM_EVAL_AGREEMENT_H */
