/* SPDX-License-Identifier: BSD-2-Clause
 * Mean, sum and largest value over axes. */
#ifndef ECAM_LAYER_REDUCE_H
#define ECAM_LAYER_REDUCE_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_reduce_mean, ecam_layer_reduce_sum,
    ecam_layer_reduce_max;

#endif /* ECAM_LAYER_REDUCE_H */
