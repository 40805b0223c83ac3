/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/axes.h"

#include "engine/error.h"

enum ecam_status ecam_node_list(const struct ecam_node *node, const char *key, bool is_needed,
                                int64_t min, int64_t max, struct ecam_list *out,
                                struct ecam_error *err)
{
    const struct ecam_attr *attr = ecam_node_attr(node, key);
    *out = (struct ecam_list){ 0 };
    if (attr == NULL && !is_needed)
        return ECAM_OK;
    if (attr == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': a %s needs an attribute '%s'",
                         node->name, node->kind, key);
    if (attr->is_real)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': attribute '%s' is a real number, whole ones are expected",
                         node->name, key);
    if (attr->n > ECAM_MAX_RANK)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "layer '%s': attribute '%s' has %u values, at most %d axes are possible",
                         node->name, key, attr->n, ECAM_MAX_RANK);
    out->n = attr->n;
    for (size_t i = 0; i < out->n; i++) {
        out->value[i] = attr->value[i];
        if (attr->value[i] < min || attr->value[i] > max)
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "layer '%s': attribute '%s' is %lld, %lld to %lld are allowed",
                             node->name, key, (long long)attr->value[i], (long long)min,
                             (long long)max);
    }
    return ECAM_OK;
}

enum ecam_status ecam_node_axis(const struct ecam_node *node, int64_t fallback, int64_t *out,
                                struct ecam_error *err)
{
    struct ecam_list list;
    const enum ecam_status status =
        ecam_node_list(node, "axis", false, -ECAM_MAX_RANK, ECAM_MAX_RANK, &list, err);
    if (status != ECAM_OK)
        return status;
    if (list.n > 1)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': attribute 'axis' has %zu values, 1 is expected", node->name,
                         list.n);
    *out = list.n == 1 ? list.value[0] : fallback;
    return ECAM_OK;
}

enum ecam_status ecam_axis_find(const struct ecam_node *node, int64_t axis,
                                const struct ecam_shape *shape, size_t *out, struct ecam_error *err)
{
    const int64_t rank = (int64_t)shape->rank, found = axis < 0 ? axis + rank : axis;
    if (found < 0 || found >= rank) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': axis %lld of %s, %lld to %lld are there",
                         node->name, (long long)axis, ecam_shape_text(shape, text),
                         (long long)-rank, (long long)rank - 1);
    }
    *out = (size_t)found;
    return ECAM_OK;
}

size_t ecam_axes_floats(const struct ecam_shape *shape, size_t first, size_t last)
{
    size_t floats = 1;
    for (size_t i = first; i < last; i++)
        floats *= shape->dim[i];
    return floats;
}
