/* SPDX-License-Identifier: BSD-2-Clause
 * Rows and columns to another size: the nearest pixel, or linear in between. */
#ifndef ECAM_LAYER_RESIZE2D_H
#define ECAM_LAYER_RESIZE2D_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_resize2d;

#endif /* ECAM_LAYER_RESIZE2D_H */
