/* SPDX-License-Identifier: BSD-2-Clause
 * Sum of two tensors of one shape. */
#ifndef ECAM_LAYER_ADD_H
#define ECAM_LAYER_ADD_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_add;

#endif /* ECAM_LAYER_ADD_H */
