/* SPDX-License-Identifier: BSD-2-Clause
 * Convolution: which algorithm for which shape, and how each is cut into tasks. */
#ifndef ECAM_LAYER_CONV2D_H
#define ECAM_LAYER_CONV2D_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_conv2d;

#endif /* ECAM_LAYER_CONV2D_H */
