/* SPDX-License-Identifier: BSD-2-Clause
 * Normalisation by the mean and variance of each channel of each image. */
#ifndef ECAM_LAYER_INSTANCE_NORM_H
#define ECAM_LAYER_INSTANCE_NORM_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_instance_norm;

#endif /* ECAM_LAYER_INSTANCE_NORM_H */
