/* SPDX-License-Identifier: BSD-2-Clause
 * An operator that is not implemented, kept so that what stands before it can be used. */
#ifndef ECAM_LAYER_UNSUPPORTED_H
#define ECAM_LAYER_UNSUPPORTED_H

#include "engine/layer.h"

/* For every kind with a dot in its name. */
extern const struct ecam_layer_ops ecam_layer_unsupported;

#endif /* ECAM_LAYER_UNSUPPORTED_H */
