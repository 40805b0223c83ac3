/* SPDX-License-Identifier: BSD-2-Clause
 * ReLU that is not flat where x is negative: one slope, or a learnt one a channel. */
#ifndef ECAM_LAYER_PRELU_H
#define ECAM_LAYER_PRELU_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_leaky_relu, ecam_layer_prelu;

#endif /* ECAM_LAYER_PRELU_H */
