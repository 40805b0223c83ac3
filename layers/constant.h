/* SPDX-License-Identifier: BSD-2-Clause
 * A tensor of the file as a value. */
#ifndef ECAM_LAYER_CONSTANT_H
#define ECAM_LAYER_CONSTANT_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_constant;

#endif /* ECAM_LAYER_CONSTANT_H */
