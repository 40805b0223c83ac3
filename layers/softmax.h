/* SPDX-License-Identifier: BSD-2-Clause
 * Softmax along an axis, and its logarithm. */
#ifndef ECAM_LAYER_SOFTMAX_H
#define ECAM_LAYER_SOFTMAX_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_softmax, ecam_layer_log_softmax;

#endif /* ECAM_LAYER_SOFTMAX_H */
