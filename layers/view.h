/* SPDX-License-Identifier: BSD-2-Clause
 * Layers that compute nothing: their value is their input's memory, or a
 * copy of it. */
#ifndef ECAM_LAYER_VIEW_H
#define ECAM_LAYER_VIEW_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_input, ecam_layer_flatten, ecam_layer_reshape,
    ecam_layer_dropout, ecam_layer_identity;

#endif /* ECAM_LAYER_VIEW_H */
