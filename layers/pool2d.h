/* SPDX-License-Identifier: BSD-2-Clause
 * Pooling over windows, over everything, and to a given size. */
#ifndef ECAM_LAYER_POOL2D_H
#define ECAM_LAYER_POOL2D_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_maxpool2d, ecam_layer_avgpool2d,
    ecam_layer_global_avgpool, ecam_layer_adaptive_avgpool2d;

#endif /* ECAM_LAYER_POOL2D_H */
