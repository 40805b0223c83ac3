/* SPDX-License-Identifier: BSD-2-Clause
 * A border around any axes: of one value, of the edge, or of the reflected inside. */
#ifndef ECAM_LAYER_PAD_ND_H
#define ECAM_LAYER_PAD_ND_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_pad_nd;

#endif /* ECAM_LAYER_PAD_ND_H */
