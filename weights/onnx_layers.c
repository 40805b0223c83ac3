/* SPDX-License-Identifier: BSD-2-Clause
 * What the operators of the ONNX importer call: attributes in, layers out. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "engine/layer.h"
#include "weights/onnx_in.h"

enum ecam_status ecam_onnx_fail(const struct ecam_onnx_import *im, enum ecam_status status,
                                const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return ecam_fail(im->err, status, "node '%.80s' (%.40s, opset %d): %s", im->base, im->node->op,
                     (int)im->model->opset, text);
}

/* ---- Attributes ---- */

int64_t ecam_onnx_int(const struct ecam_onnx_import *im, const char *name, int64_t fallback)
{
    const struct ecam_onnx_attr *attr = ecam_onnx_attr(im->node, name);
    return attr != NULL && attr->type == ECAM_ONNX_INT ? attr->i : fallback;
}

double ecam_onnx_real(const struct ecam_onnx_import *im, const char *name, double fallback)
{
    const struct ecam_onnx_attr *attr = ecam_onnx_attr(im->node, name);
    return attr != NULL && attr->type == ECAM_ONNX_FLOAT ? (double)attr->f : fallback;
}

const char *ecam_onnx_text(const struct ecam_onnx_import *im, const char *name,
                           const char *fallback)
{
    const struct ecam_onnx_attr *attr = ecam_onnx_attr(im->node, name);
    return attr != NULL && attr->type == ECAM_ONNX_STRING ? attr->s : fallback;
}

enum ecam_status ecam_onnx_ints(const struct ecam_onnx_import *im, const char *name, size_t n,
                                int64_t fallback, int64_t *out)
{
    const struct ecam_onnx_attr *attr = ecam_onnx_attr(im->node, name);
    if (attr == NULL) {
        for (size_t i = 0; i < n; i++)
            out[i] = fallback;
        return ECAM_OK;
    }
    if (attr->type != ECAM_ONNX_INTS || attr->ints.n != n)
        return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED,
                              "attribute '%s' has %zu values, %zu are expected", name, attr->ints.n,
                              n);
    memcpy(out, attr->ints.items, n * sizeof *out);
    return ECAM_OK;
}

int64_t ecam_onnx_axis(int64_t given, uint32_t rank)
{
    const int64_t axis = given < 0 ? given + (int64_t)rank : given;
    return axis >= 0 && axis < (int64_t)rank ? axis : -1;
}

enum ecam_status ecam_onnx_bad_axis(const struct ecam_onnx_import *im, int64_t axis, uint32_t rank)
{
    return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "axis %lld of %u", (long long)axis, rank);
}

static enum ecam_status too_many(const struct ecam_onnx_import *im, const char *name, size_t n)
{
    return ecam_onnx_fail(im, ECAM_ERR_UNSUPPORTED, "'%s' has %zu values, at most %d are expected",
                          name, n, ECAM_MAX_RANK);
}

enum ecam_status ecam_onnx_list(struct ecam_onnx_import *im, const char *name, size_t i,
                                int64_t out[ECAM_MAX_RANK], size_t *n)
{
    const struct ecam_onnx_attr *attr = ecam_onnx_attr(im->node, name);
    struct ecam_onnx_value *value = ecam_onnx_input(im, i);
    *n = 0;
    if (attr != NULL && attr->type == ECAM_ONNX_INTS) {
        if (attr->ints.n > ECAM_MAX_RANK)
            return too_many(im, name, attr->ints.n);
        *n = attr->ints.n;
        if (*n > 0)
            memcpy(out, attr->ints.items, *n * sizeof *out);
        return ECAM_OK;
    }
    if (value == NULL)
        return ECAM_OK;
    const enum ecam_status status = ecam_onnx_as_numbers(im, value, name);
    if (status != ECAM_OK)
        return status;
    if (value->n > ECAM_MAX_RANK)
        return too_many(im, name, value->n);
    *n = value->n;
    for (size_t k = 0; k < *n; k++)
        out[k] = ecam_onnx_whole(value->numbers[k]);
    return ECAM_OK;
}

/* ---- Layers ---- */

static struct ecam_attr *new_attr(struct ecam_onnx_layer *layer, const char *key)
{
    assert(layer->n_attrs < ECAM_ARRAY_LEN(layer->attrs));
    struct ecam_attr *attr = &layer->attrs[layer->n_attrs++];
    snprintf(attr->key, sizeof attr->key, "%s", key);
    return attr;
}

void ecam_onnx_put_ints(struct ecam_onnx_layer *layer, const char *key, const int64_t *value,
                        size_t n)
{
    struct ecam_attr *attr = new_attr(layer, key);
    assert(n > 0 && n <= ECAM_MAX_ATTR_VALUES);
    attr->n = (uint32_t)n;
    memcpy(attr->value, value, n * sizeof *value);
}

void ecam_onnx_put_int(struct ecam_onnx_layer *layer, const char *key, int64_t value)
{
    ecam_onnx_put_ints(layer, key, &value, 1);
}

void ecam_onnx_put_real(struct ecam_onnx_layer *layer, const char *key, double value)
{
    struct ecam_attr *attr = new_attr(layer, key);
    attr->is_real = true;
    attr->n = 1;
    attr->real = value;
}

void ecam_onnx_put_weight(struct ecam_onnx_layer *layer, const char *role,
                          const struct ecam_weight *weight)
{
    assert(layer->n_roles < ECAM_ARRAY_LEN(layer->roles));
    struct ecam_role *to = &layer->roles[layer->n_roles++];
    snprintf(to->role, sizeof to->role, "%s", role);
    to->weight = weight;
}

enum ecam_status ecam_onnx_begin(struct ecam_onnx_import *im, const char *kind,
                                 struct ecam_onnx_layer *layer)
{
    *layer = (struct ecam_onnx_layer){ .kind = kind, .n_inputs = 1 };
    return ecam_onnx_as_node(im, ecam_onnx_input(im, 0), &layer->inputs[0]);
}

/* The name of the next layer of the node in work. */
static void layer_name(struct ecam_onnx_import *im, bool is_final, char *out, size_t size)
{
    snprintf(out, size, "%s", im->base);
    while (!is_final || ecam_graph_find(im->graph, out) != ECAM_NO_NODE) {
        snprintf(out, size, "%s~%zu", im->base, ++im->n_parts);
        if (ecam_graph_find(im->graph, out) == ECAM_NO_NODE)
            break;
    }
}

static enum ecam_status set_contents(struct ecam_onnx_import *im,
                                     const struct ecam_onnx_layer *layer, uint32_t node)
{
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; status == ECAM_OK && i < layer->n_attrs; i++) {
        const struct ecam_attr *attr = &layer->attrs[i];
        status =
            attr->is_real
                ? ecam_graph_set_real(im->graph, node, attr->key, attr->real, im->err)
                : ecam_graph_set_ints(im->graph, node, attr->key, attr->value, attr->n, im->err);
    }
    for (size_t i = 0; status == ECAM_OK && i < layer->n_roles; i++)
        status = ecam_graph_set_weight(im->graph, node, layer->roles[i].role,
                                       layer->roles[i].weight, im->err);
    return status;
}

/* Another name of a layer; where it is taken, the first one keeps it. */
enum ecam_status ecam_onnx_alias(struct ecam_onnx_import *im, const char *name, uint32_t node)
{
    return name[0] != '\0' && ecam_graph_find(im->graph, name) == ECAM_NO_NODE
               ? ecam_graph_alias(im->graph, name, node, im->err)
               : ECAM_OK;
}

static bool make_room_for_shapes(struct ecam_onnx_import *im)
{
    void *shapes = im->shapes;
    const bool ok = ecam_reserve(&shapes, &im->cap_shapes, im->graph->n_nodes, sizeof *im->shapes);
    im->shapes = shapes;
    return ok;
}

enum ecam_status ecam_onnx_add(struct ecam_onnx_import *im, const struct ecam_onnx_layer *layer,
                               bool is_final, uint32_t *out)
{
    char name[512];
    uint32_t node = 0;
    layer_name(im, is_final, name, sizeof name);
    if (!make_room_for_shapes(im))
        return ecam_fail(im->err, ECAM_ERR_NOMEM, "layer '%.80s'", name);
    enum ecam_status status = ecam_graph_add(im->graph, layer->kind, name, layer->inputs,
                                             layer->n_inputs, &node, im->err);
    if (status == ECAM_OK)
        status = set_contents(im, layer, node);
    if (status == ECAM_OK)
        status = ecam_graph_resolve_node(im->graph, node, im->options->find, im->err);
    if (status != ECAM_OK)
        return status;
    if ((im->graph->nodes[node].ops->traits & ECAM_LAYER_UNKNOWN) != 0)
        im->shapes[node] = (struct ecam_shape){ 0 };
    else
        status = ecam_graph_infer_node(im->graph, node, im->shapes, im->err);
    if (status == ECAM_OK && is_final)
        status = ecam_onnx_alias(im, im->node->name, node);
    if (status == ECAM_OK)
        *out = node;
    return status;
}

enum ecam_status ecam_onnx_finish(struct ecam_onnx_import *im, const struct ecam_onnx_layer *layer)
{
    uint32_t node = 0;
    const enum ecam_status status = ecam_onnx_add(im, layer, true, &node);
    return status == ECAM_OK ? ecam_onnx_give_node(im, 0, node) : status;
}

enum ecam_status ecam_onnx_unknown(struct ecam_onnx_import *im, const char *reason)
{
    struct ecam_onnx_layer layer = { .n_inputs = 0 };
    const char *const domain = im->node->domain[0] != '\0' ? im->node->domain : "onnx";
    char kind[sizeof im->graph->nodes->kind];
    uint32_t node = 0;
    const int n = snprintf(kind, sizeof kind, "%.20s.%.26s", domain, im->node->op);
    if (n < 0)
        kind[0] = '\0';
    layer.kind = kind;
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; i < im->node->n_inputs && layer.n_inputs < ECAM_ARRAY_LEN(layer.inputs);
         i++) {
        const struct ecam_onnx_value *value = ecam_onnx_input(im, i);
        if (value != NULL && value->node != ECAM_NO_NODE)
            layer.inputs[layer.n_inputs++] = value->node;
    }
    ecam_onnx_put_int(&layer, "opset", im->model->opset);
    status = ecam_onnx_add(im, &layer, true, &node);
    if (status == ECAM_OK && reason != NULL) {
        im->graph->nodes[node].reason = ecam_strdup(reason);
        if (im->graph->nodes[node].reason == NULL)
            status = ecam_fail(im->err, ECAM_ERR_NOMEM, "node '%.80s'", im->base);
    }
    for (size_t i = 0; status == ECAM_OK && i < im->node->n_outputs; i++)
        status = ecam_onnx_give_node(im, i, node);
    return status;
}
