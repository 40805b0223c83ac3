/* SPDX-License-Identifier: BSD-2-Clause
 * Element by element: ReLU; and softmax. */
#ifndef ECAM_LAYER_ACTIVATION_H
#define ECAM_LAYER_ACTIVATION_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_relu, ecam_layer_softmax;

#endif /* ECAM_LAYER_ACTIVATION_H */
