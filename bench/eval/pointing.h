/* SPDX-License-Identifier: BSD-2-Clause
 * Scores of a whole map against boxes, without a threshold. Pointing game: Zhang et al.,
 * "Top-down Neural Attention by Excitation Backprop", ECCV 2016. Energy: Wang et al.,
 * "Score-CAM", CVPRW 2020. */
#ifndef ECAM_EVAL_POINTING_H
#define ECAM_EVAL_POINTING_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/eval/box.h"

struct eval_pointing {
    size_t x, y;   /* the map's maximum, the first in raster order of equals */
    bool is_hit;   /* it lies in a box, or so near that a circle of `tolerance` touches one */
    double energy; /* share of the map's sum inside the boxes; NaN of a map that is all zero */
};

/* map: [h][w], not negative. */
void eval_pointing(const float *map, size_t h, size_t w, const struct eval_box *truth,
                   size_t n_truth, double tolerance, struct eval_pointing *out);

#endif /* ECAM_EVAL_POINTING_H */
