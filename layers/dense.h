/* SPDX-License-Identifier: BSD-2-Clause
 * Fully connected layer. */
#ifndef ECAM_LAYER_DENSE_H
#define ECAM_LAYER_DENSE_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_dense;

#endif /* ECAM_LAYER_DENSE_H */
