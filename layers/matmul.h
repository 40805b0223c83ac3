/* SPDX-License-Identifier: BSD-2-Clause
 * Product of two matrices that are both computed, or of stacks of them. */
#ifndef ECAM_LAYER_MATMUL_H
#define ECAM_LAYER_MATMUL_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_matmul;

#endif /* ECAM_LAYER_MATMUL_H */
