/* SPDX-License-Identifier: BSD-2-Clause
 * Axes in another order. */
#ifndef ECAM_LAYER_TRANSPOSE_H
#define ECAM_LAYER_TRANSPOSE_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_transpose;

#endif /* ECAM_LAYER_TRANSPOSE_H */
