/* SPDX-License-Identifier: BSD-2-Clause
 * Element by element: ReLU. */
#ifndef ECAM_LAYER_ACTIVATION_H
#define ECAM_LAYER_ACTIVATION_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_relu;

/* For layers that end in a ReLU if one follows: sets step->relu. */
bool ecam_absorb_relu(struct ecam_step *step, const struct ecam_node *next);

#endif /* ECAM_LAYER_ACTIVATION_H */
