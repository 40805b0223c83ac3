/* SPDX-License-Identifier: BSD-2-Clause
 * Picks indices of an axis, fixed ones: NumPy's take(x, index, axis). */
#ifndef ECAM_LAYER_GATHER_H
#define ECAM_LAYER_GATHER_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_gather;

#endif /* ECAM_LAYER_GATHER_H */
