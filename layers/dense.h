/* SPDX-License-Identifier: BSD-2-Clause
 * Fully connected layer. */
#ifndef ECAM_LAYER_DENSE_H
#define ECAM_LAYER_DENSE_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_dense;

/* out[n][rows] = weight[rows][cols] in[n][cols] + bias for every image of a step, then
 * its ReLU: also a convolution whose window is the whole input. */
void ecam_dense_run(const struct ecam_step *step, size_t rows, size_t cols, struct ecam_pool *pool);

#endif /* ECAM_LAYER_DENSE_H */
