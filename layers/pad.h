/* SPDX-License-Identifier: BSD-2-Clause
 * A border of one value around channels, rows and columns. */
#ifndef ECAM_LAYER_PAD_H
#define ECAM_LAYER_PAD_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_pad;

#endif /* ECAM_LAYER_PAD_H */
