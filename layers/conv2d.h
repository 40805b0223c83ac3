/* SPDX-License-Identifier: BSD-2-Clause
 * Convolution: which algorithm for which shape. */
#ifndef ECAM_LAYER_CONV2D_H
#define ECAM_LAYER_CONV2D_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_conv2d;

/* Whether a node is a convolution that can read its input through norms and a
 * ReLU: where each input is fetched once, so that they cost next to nothing. */
bool ecam_conv2d_takes_norm(const struct ecam_node *node);

#endif /* ECAM_LAYER_CONV2D_H */
