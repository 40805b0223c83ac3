/* SPDX-License-Identifier: BSD-2-Clause
 * Attributes that name axes, or have a value for each axis of a tensor of any rank. */
#ifndef ECAM_LAYER_AXES_H
#define ECAM_LAYER_AXES_H

#include "engine/layer.h"

/* The values of an attribute; none where it is absent. */
struct ecam_list {
    size_t n;
    int64_t value[ECAM_MAX_RANK];
};

/* 1 to ECAM_MAX_RANK whole numbers in min..max. Absent: an error where is_needed. */
enum ecam_status ecam_node_list(const struct ecam_node *node, const char *key, bool is_needed,
                                int64_t min, int64_t max, struct ecam_list *out,
                                struct ecam_error *err);

/* One whole number, which may be negative: the attribute "axis". */
enum ecam_status ecam_node_axis(const struct ecam_node *node, int64_t fallback, int64_t *out,
                                struct ecam_error *err);

/* The axis that is meant in a shape; negative ones count from the end. */
enum ecam_status ecam_axis_find(const struct ecam_node *node, int64_t axis,
                                const struct ecam_shape *shape, size_t *out,
                                struct ecam_error *err);

/* Sizes of the axes first .. last - 1, multiplied: of a shape that infer has found
 * countable. */
size_t ecam_axes_floats(const struct ecam_shape *shape, size_t first, size_t last);

#endif /* ECAM_LAYER_AXES_H */
