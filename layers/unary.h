/* SPDX-License-Identifier: BSD-2-Clause
 * Functions of one element: all of them but ReLU, which others absorb (activation.h). */
#ifndef ECAM_LAYER_UNARY_H
#define ECAM_LAYER_UNARY_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_clip, ecam_layer_elu, ecam_layer_erf, ecam_layer_gelu,
    ecam_layer_hard_sigmoid, ecam_layer_hard_swish, ecam_layer_sigmoid, ecam_layer_silu,
    ecam_layer_tanh;

#endif /* ECAM_LAYER_UNARY_H */
