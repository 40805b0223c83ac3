/* SPDX-License-Identifier: BSD-2-Clause
 * Pooling over windows, over everything, and to a given size. */
#ifndef ECAM_LAYER_POOL2D_H
#define ECAM_LAYER_POOL2D_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_maxpool2d, ecam_layer_avgpool2d,
    ecam_layer_global_avgpool, ecam_layer_global_maxpool, ecam_layer_adaptive_avgpool2d;

struct ecam_window;

#define ECAM_POOL_MAX 16 /* positions of such a window, at most */

/* The window of an average pooling whose windows lie side by side, whole and without
 * padding, so that it commutes with whatever treats every position alike and is linear;
 * NULL for any other node. */
const struct ecam_window *ecam_avgpool2d_side_by_side(const struct ecam_node *node);

#endif /* ECAM_LAYER_POOL2D_H */
