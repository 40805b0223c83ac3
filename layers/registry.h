/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECAM_REGISTRY_H
#define ECAM_REGISTRY_H

#include "engine/layer.h"

/* The layer of a kind, or NULL. One with a dot in its name is an operator that is not
 * implemented. */
const struct ecam_layer_ops *ecam_layer_find(const char *kind);

#endif /* ECAM_REGISTRY_H */
