/* SPDX-License-Identifier: BSD-2-Clause
 * When, and with which tiles, a convolution is worth Winograd's minimal filtering
 * (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016). */
#ifndef ECAM_LAYER_WINOGRAD_H
#define ECAM_LAYER_WINOGRAD_H

#include "engine/layer.h"
#include "layers/kernels/kernels.h"

/* F(m x m, r x r): m x m outputs from t x t inputs, t = m + r - 1, by t x t products
 * instead of m m r r. */
struct ecam_winograd_variant {
    const char *name;
    size_t m, t, r;
};

enum { ECAM_WINOGRAD_4X3, ECAM_WINOGRAD_6X3, ECAM_WINOGRAD_4X5, ECAM_WINOGRAD_VARIANTS };
extern const struct ecam_winograd_variant ecam_winograd_variants[ECAM_WINOGRAD_VARIANTS];

/* The variant that is expected to beat direct convolution most, or -1. A function of
 * shapes, goal and fusion alone. */
int ecam_winograd_variant(const struct ecam_step *step);

struct ecam_winograd_kernels {
    ecam_wino_input_fn *input;
    ecam_wino_output_fn *output;
    ecam_wino_weight_fn *weight;
};
struct ecam_winograd_kernels ecam_winograd_kernels(const struct ecam_kernels *kernels, int variant);

#endif /* ECAM_LAYER_WINOGRAD_H */
