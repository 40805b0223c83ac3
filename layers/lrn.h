/* SPDX-License-Identifier: BSD-2-Clause
 * Local response normalisation across channels, or within one. */
#ifndef ECAM_LAYER_LRN_H
#define ECAM_LAYER_LRN_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_lrn;

#endif /* ECAM_LAYER_LRN_H */
