/* SPDX-License-Identifier: BSD-2-Clause
 * A part of each axis, as Python's [begin:end:step]. */
#ifndef ECAM_LAYER_SLICE_H
#define ECAM_LAYER_SLICE_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_slice;

#endif /* ECAM_LAYER_SLICE_H */
