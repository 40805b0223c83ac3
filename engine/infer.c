/* SPDX-License-Identifier: BSD-2-Clause
 * From a graph as data to a graph that can run: kinds resolved, attributes checked,
 * shapes known. The helpers with which layers read their attributes live here too. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"
#include "engine/layer.h"

static bool is_in(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

enum ecam_status ecam_node_allow(const struct ecam_node *node, const char *const *attrs,
                                 const char *const *roles, const char *const *required,
                                 struct ecam_error *err)
{
    for (size_t i = 0; i < node->n_attrs; i++)
        if (!is_in(node->attrs[i].key, attrs))
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "layer '%s': a %s has no attribute '%s'",
                             node->name, node->kind, node->attrs[i].key);
    for (size_t i = 0; i < node->n_roles; i++) {
        if (!is_in(node->roles[i].role, roles))
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "layer '%s': a %s has no weight '%s'",
                             node->name, node->kind, node->roles[i].role);
        if (!ecam_weight_is_float(node->roles[i].weight))
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                             "layer '%s': weight '%s' is %s, a float type is needed", node->name,
                             node->roles[i].weight->name,
                             ecam_dtype_name(node->roles[i].weight->dtype));
    }
    for (; *required != NULL; required++)
        if (ecam_node_weight(node, *required) == NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': a %s needs a weight '%s'",
                             node->name, node->kind, *required);
    return ECAM_OK;
}

enum ecam_status ecam_node_ints(const struct ecam_node *node, const char *key, size_t n,
                                int64_t min, int64_t max, int64_t fallback, size_t *out,
                                struct ecam_error *err)
{
    const struct ecam_attr *attr = ecam_node_attr(node, key);
    if (attr != NULL && (attr->is_real || attr->n != n))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': attribute '%s' has %u values, %zu whole numbers are expected",
                         node->name, key, attr->n, n);
    for (size_t i = 0; i < n; i++) {
        const int64_t value = attr != NULL ? attr->value[i] : fallback;
        if (value < min || value > max)
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "layer '%s': attribute '%s' is %lld, %lld to %lld are allowed",
                             node->name, key, (long long)value, (long long)min, (long long)max);
        out[i] = (size_t)value;
    }
    return ECAM_OK;
}

enum ecam_status ecam_node_real(const struct ecam_node *node, const char *key, double fallback,
                                double *out, struct ecam_error *err)
{
    const struct ecam_attr *attr = ecam_node_attr(node, key);
    if (attr != NULL && (attr->n != 1 || (attr->is_real && !isfinite(attr->real))))
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': attribute '%s' is not one number",
                         node->name, key);
    *out = attr == NULL ? fallback : attr->is_real ? attr->real : (double)attr->value[0];
    return ECAM_OK;
}

enum ecam_status ecam_node_vector(const struct ecam_node *node, const char *role, size_t n,
                                  const struct ecam_weight **out, struct ecam_error *err)
{
    const struct ecam_weight *weight = ecam_node_weight(node, role);
    if (weight != NULL && (weight->shape.rank != 1 || weight->shape.dim[0] != n)) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' has shape %s, %zu is expected",
                         node->name, weight->name, ecam_shape_text(&weight->shape, text), n);
    }
    *out = weight;
    return ECAM_OK;
}

uint64_t ecam_node_parameters(const struct ecam_node *node)
{
    uint64_t total = 0;
    for (size_t i = 0; i < node->n_roles; i++) {
        size_t count = 0;
        ecam_shape_count(&node->roles[i].weight->shape, &count);
        total += count;
    }
    return total;
}

enum ecam_status ecam_graph_resolve_node(struct ecam_graph *graph, uint32_t number,
                                         ecam_find_layer_fn *find, struct ecam_error *err)
{
    struct ecam_node *node = &graph->nodes[number];
    if (node->ops != NULL)
        return ECAM_OK;
    const struct ecam_layer_ops *const ops = find(node->kind);
    if (ops == NULL)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "layer '%s': kind '%s' is not implemented",
                         node->name, node->kind);
    if (node->n_inputs < ops->min_inputs || node->n_inputs > ops->max_inputs)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': a %s with %zu inputs, %zu to %zu are expected", node->name,
                         node->kind, node->n_inputs, ops->min_inputs, ops->max_inputs);
    const enum ecam_status status = ops->init(node, err);
    if (status == ECAM_OK)
        node->ops = ops;
    return status;
}

enum ecam_status ecam_graph_resolve(struct ecam_graph *graph, ecam_find_layer_fn *find,
                                    struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; status == ECAM_OK && i < graph->n_nodes; i++)
        status = ecam_graph_resolve_node(graph, (uint32_t)i, find, err);
    return status;
}

enum ecam_status ecam_graph_infer_node(const struct ecam_graph *graph, uint32_t number,
                                       struct ecam_shape *shapes, struct ecam_error *err)
{
    const struct ecam_node *node = &graph->nodes[number];
    struct ecam_shape in[ECAM_MAX_STEP_INPUTS];
    size_t count;
    assert(node->n_inputs <= ECAM_MAX_STEP_INPUTS);
    if (number == 0)
        in[0] = shapes[0]; /* the input node passes on what it is given */
    for (size_t j = 0; j < node->n_inputs; j++)
        in[j] = shapes[node->inputs[j]];
    const enum ecam_status status = node->ops->infer(node, in, &shapes[number], err);
    if (status != ECAM_OK)
        return status;
    if (!ecam_shape_count(&shapes[number], &count) || count > SIZE_MAX / 64)
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': the output is too large", node->name);
    return ECAM_OK;
}

enum ecam_status ecam_graph_infer(const struct ecam_graph *graph, const struct ecam_shape *input,
                                  const bool *needed, uint32_t upto, struct ecam_shape *shapes,
                                  struct ecam_error *err)
{
    assert(upto < graph->n_nodes);
    enum ecam_status status = ECAM_OK;
    shapes[0] = *input;
    for (uint32_t i = 0; status == ECAM_OK && i <= upto; i++)
        if (needed == NULL || needed[i])
            status = ecam_graph_infer_node(graph, i, shapes, err);
    return status;
}

enum ecam_status ecam_graph_infer_known(const struct ecam_graph *graph,
                                        const struct ecam_shape *input, struct ecam_shape *shapes,
                                        struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    shapes[0] = *input;
    for (uint32_t i = 0; status == ECAM_OK && i < graph->n_nodes; i++) {
        const struct ecam_node *node = &graph->nodes[i];
        bool is_known = (node->ops->traits & ECAM_LAYER_UNKNOWN) == 0;
        for (size_t j = 0; j < node->n_inputs; j++)
            is_known = is_known && shapes[node->inputs[j]].rank != 0;
        if (is_known)
            status = ecam_graph_infer_node(graph, i, shapes, err);
        else
            shapes[i] = (struct ecam_shape){ 0 };
    }
    return status;
}
