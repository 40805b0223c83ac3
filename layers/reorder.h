/* SPDX-License-Identifier: BSD-2-Clause
 * Between the plain and the blocked layout; and which layout a layer asks for. */
#ifndef ECAM_LAYER_REORDER_H
#define ECAM_LAYER_REORDER_H

#include "engine/layer.h"

/* The plan's own steps; no graph names it. */
extern const struct ecam_layer_ops ecam_layer_reorder;

/* For ops->layout: rows and columns are worked on in blocks, all else is plain. */
enum ecam_layout ecam_layout_blocked(const struct ecam_step *step, enum ecam_layout given,
                                     enum ecam_layout *out);
/* For ops->layout: element by element, so in whatever layout input 0 has. */
enum ecam_layout ecam_layout_same(const struct ecam_step *step, enum ecam_layout given,
                                  enum ecam_layout *out);

#endif /* ECAM_LAYER_REORDER_H */
