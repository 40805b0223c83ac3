/* SPDX-License-Identifier: BSD-2-Clause
 * Tensors one after the other along one axis. */
#ifndef ECAM_LAYER_CONCAT_H
#define ECAM_LAYER_CONCAT_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_concat;

#endif /* ECAM_LAYER_CONCAT_H */
