/* SPDX-License-Identifier: BSD-2-Clause
 * To the steps of a scale and back; the values are floats all the way. */
#ifndef ECAM_LAYER_QUANTIZE_H
#define ECAM_LAYER_QUANTIZE_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_quantize, ecam_layer_dequantize;

#endif /* ECAM_LAYER_QUANTIZE_H */
