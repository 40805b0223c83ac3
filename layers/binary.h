/* SPDX-License-Identifier: BSD-2-Clause
 * Arithmetic of two values, broadcast as NumPy does. */
#ifndef ECAM_LAYER_BINARY_H
#define ECAM_LAYER_BINARY_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_add, ecam_layer_sub, ecam_layer_mul, ecam_layer_div,
    ecam_layer_max;

#endif /* ECAM_LAYER_BINARY_H */
