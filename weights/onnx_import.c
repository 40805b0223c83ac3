/* SPDX-License-Identifier: BSD-2-Clause
 * An ONNX graph -> a network: its input, its nodes in their order, its first output. */
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "engine/layer.h"
#include "weights/default_last.h"
#include "weights/family.h"
#include "weights/onnx_in.h"

#define SIDE 224 /* of an input whose size is free */

bool ecam_onnx_is(const struct ecam_weight_set *set)
{
    return set->graph != NULL && !set->graph_is_text && set->format != NULL &&
           strcmp(set->format, ECAM_ONNX_FORMAT) == 0;
}

/* Layers that no node asks for are called after the place where they are needed. */
static void be_between_nodes(struct ecam_onnx_import *im, const char *place)
{
    snprintf(im->base, sizeof im->base, "%s", place);
    im->node = &im->now;
    im->now = (struct ecam_onnx_node){ .name = im->base + strlen(im->base), .op = im->base };
    im->n_parts = 0;
}

/* ---- What is there before the first node ---- */

static enum ecam_status add_arrays(struct ecam_onnx_import *im)
{
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; status == ECAM_OK && i < im->set->n_items; i++) {
        struct ecam_onnx_value *value = NULL;
        status = ecam_onnx_new_value(im, im->set->items[i].name, &value);
        if (status != ECAM_OK)
            break;
        value->tensor = &im->set->items[i];
        value->shape = value->tensor->shape;
    }
    return status;
}

/* A name that stands for nothing that could be computed with. */
static enum ecam_status add_absent(struct ecam_onnx_import *im, const char *name)
{
    struct ecam_onnx_value *unused;
    return name[0] == '\0' || ecam_onnx_find(im, name) != NULL
               ? ECAM_OK
               : ecam_onnx_new_value(im, name, &unused);
}

/* Initialisers that the reader left out: texts and the like. */
static enum ecam_status add_left_out(struct ecam_onnx_import *im)
{
    struct ecam_pb graph = im->model->graph;
    enum ecam_status status = ECAM_OK;
    while (status == ECAM_OK && ecam_pb_next(&graph)) {
        if (graph.field != 5)
            continue;
        struct ecam_pb tensor = ecam_pb_message(&graph);
        while (status == ECAM_OK && ecam_pb_next(&tensor)) {
            if (tensor.field != 8)
                continue;
            char *const name = ecam_pb_strdup(&tensor);
            if (name != NULL)
                status = add_absent(im, name);
            ecam_free(name);
        }
    }
    return status == ECAM_OK ? ecam_pb_status(graph.source, im->err) : status;
}

/* ---- The input ---- */

static bool is_float_type(unsigned type)
{
    return type == 1 || type == 10 || type == 11 || type == 16;
}

/* The input that photos go into: the first of floats that has no array; in a graph as it
 * was written any rank will do, else 4 is preferred. NULL: there is none. */
static const struct ecam_onnx_input *find_input(const struct ecam_onnx_import *im)
{
    const struct ecam_onnx_input *first = NULL;
    for (size_t i = 0; i < im->model->n_inputs; i++) {
        const struct ecam_onnx_input *const input = &im->model->inputs[i];
        if (!is_float_type(input->type) || ecam_onnx_find(im, input->name) != NULL)
            continue;
        if (input->shape.rank == 4)
            return input;
        if (first == NULL)
            first = input;
    }
    return first;
}

static enum ecam_status add_input_node(struct ecam_onnx_import *im, const struct ecam_shape *shape)
{
    uint32_t node;
    const int64_t channels = (int64_t)shape->dim[1];
    void *shapes = im->shapes;
    enum ecam_status status = ecam_graph_add(im->graph, "input", "input", NULL, 0, &node, im->err);
    if (status == ECAM_OK)
        status = ecam_graph_set_ints(im->graph, node, "channels", &channels, 1, im->err);
    if (status == ECAM_OK && !ecam_reserve(&shapes, &im->cap_shapes, 0, sizeof *im->shapes))
        status = ecam_fail(im->err, ECAM_ERR_NOMEM, "shapes");
    im->shapes = shapes;
    if (status == ECAM_OK)
        im->shapes[0] = *shape;
    return status;
}

/* A value that the input, or a layer behind it, is. */
static enum ecam_status name_input(struct ecam_onnx_import *im, const char *name, uint32_t node)
{
    struct ecam_onnx_value *value = NULL;
    enum ecam_status status = ecam_onnx_new_value(im, name, &value);
    if (status != ECAM_OK)
        return status;
    value->node = node;
    return ecam_onnx_alias(im, name, node);
}

/* Photos: N x C x H x W, or N x H x W x C, as TensorFlow writes it. */
static enum ecam_status add_photos(struct ecam_onnx_import *im, const struct ecam_onnx_input *input)
{
    struct ecam_shape shape = { .rank = 4, .dim = { 1, 3, SIDE, SIDE } };
    char text[ECAM_SHAPE_TEXT];
    if (input->has_shape && input->shape.rank != 4)
        return ecam_fail(im->err, ECAM_ERR_UNSUPPORTED,
                         "input '%.80s' has shape %s, photos (N x C x H x W) are expected",
                         input->name, ecam_shape_text(&input->shape, text));
    const size_t *const dim = input->shape.dim;
    const bool is_last =
        input->has_shape && (dim[3] == 1 || dim[3] == 3) && dim[1] != 1 && dim[1] != 3;
    for (size_t i = 1; input->has_shape && i < 4; i++) {
        const size_t from = !is_last ? i : i == 1 ? 3 : i - 1;
        if (dim[from] != 0)
            shape.dim[i] = dim[from];
        if (shape.dim[i] > 65536)
            return ecam_fail(im->err, ECAM_ERR_LIMIT, "input '%.80s' has shape %s", input->name,
                             ecam_shape_text(&input->shape, text));
    }
    im->has_batch = true;
    enum ecam_status status = add_input_node(im, &shape);
    if (status != ECAM_OK || !is_last)
        return status == ECAM_OK ? name_input(im, input->name, 0) : status;
    static const int64_t order[4] = { 0, 2, 3, 1 };
    struct ecam_onnx_layer layer = { .kind = "transpose", .n_inputs = 1 };
    uint32_t node = 0;
    ecam_onnx_put_ints(&layer, "axes", order, 4);
    status = ecam_onnx_add(im, &layer, false, &node);
    return status == ECAM_OK ? name_input(im, input->name, node) : status;
}

/* Any shape, which a row of the numbers is given. */
static enum ecam_status add_row(struct ecam_onnx_import *im, const struct ecam_onnx_input *input)
{
    struct ecam_onnx_layer layer = { .kind = "reshape", .n_inputs = 1 };
    struct ecam_shape shape = { .rank = 4, .dim = { 1, 1, 1, 1 } };
    int64_t dims[ECAM_MAX_RANK] = { 1 };
    uint32_t rank = 0, node = 0;
    size_t count = 1;
    if (input != NULL && (!ecam_shape_count(&input->shape, &count) || count == 0))
        return ecam_fail(im->err, ECAM_ERR_UNSUPPORTED, "input '%.80s' has no fixed shape",
                         input->name);
    shape.dim[3] = count;
    enum ecam_status status = add_input_node(im, &shape);
    if (status != ECAM_OK || input == NULL)
        return status;
    for (; rank < input->shape.rank; rank++)
        dims[rank] = (int64_t)input->shape.dim[rank];
    ecam_onnx_put_ints(&layer, "shape", dims, rank == 0 ? 1 : rank);
    status = ecam_onnx_add(im, &layer, false, &node);
    return status == ECAM_OK ? name_input(im, input->name, node) : status;
}

static enum ecam_status add_inputs(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_input *const input = find_input(im);
    enum ecam_status status;
    if (im->options->as_written)
        status = add_row(im, input);
    else if (input == NULL)
        return ecam_fail(im->err, ECAM_ERR_UNSUPPORTED, "the graph has no input of floats");
    else
        status = add_photos(im, input);
    for (size_t i = 0; status == ECAM_OK && i < im->model->n_inputs; i++)
        status = add_absent(im, im->model->inputs[i].name);
    return status;
}

/* ---- Nodes ---- */

static const struct ecam_onnx_op *find_op(const struct ecam_onnx_node *node)
{
    static const struct ecam_onnx_op *const tables[] = {
        ecam_onnx_ops_window, ecam_onnx_ops_pointwise, ecam_onnx_ops_shape,
        ecam_onnx_ops_axes,   ecam_onnx_ops_matrix,    ecam_onnx_ops_quantized,
    };
    if (node->domain[0] != '\0')
        return NULL;
    for (size_t t = 0; t < ECAM_ARRAY_LEN(tables); t++)
        for (const struct ecam_onnx_op *op = tables[t]; op->name != NULL; op++)
            if (strcmp(op->name, node->op) == 0)
                return op;
    return NULL;
}

/* Whether all inputs are there; *reason: why the node cannot be run although they are. */
static enum ecam_status check_inputs(struct ecam_onnx_import *im, const struct ecam_onnx_op *op,
                                     char *reason, size_t size)
{
    const struct ecam_onnx_node *const node = im->node;
    for (size_t i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i][0] == '\0')
            continue;
        const struct ecam_onnx_value *const value = ecam_onnx_find(im, node->inputs[i]);
        if (value == NULL)
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT,
                                  "reads '%.80s', which nothing before it makes", node->inputs[i]);
        if (ecam_onnx_is_absent(value))
            snprintf(reason, size, "reads '%.80s', which is no array of the file", value->name);
        else if (!ecam_onnx_is_constant(value) && im->shapes[value->node].rank == 0)
            snprintf(reason, size, "stands behind '%.80s', which is not implemented",
                     im->graph->nodes[value->node].name);
    }
    if (op == NULL || reason[0] != '\0')
        return ECAM_OK;
    if (node->n_inputs < op->min_inputs || node->n_inputs > op->max_inputs)
        return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has %zu inputs, %s %zu are expected",
                              node->n_inputs,
                              node->n_inputs < op->min_inputs ? "at least" : "at most",
                              node->n_inputs < op->min_inputs ? op->min_inputs : op->max_inputs);
    for (size_t i = 0; i < op->min_inputs; i++)
        if (node->inputs[i][0] == '\0')
            return ecam_onnx_fail(im, ECAM_ERR_FORMAT, "has no input %zu", i);
    return ECAM_OK;
}

/* Undoes what an operator had begun before it found out that it cannot. */
static void take_back(struct ecam_onnx_import *im, size_t n_nodes)
{
    ecam_graph_truncate(im->graph, n_nodes);
    for (size_t i = 0; i < im->n_values; i++)
        if (im->values[i]->node != ECAM_NO_NODE && im->values[i]->node >= n_nodes)
            im->values[i]->node = ECAM_NO_NODE;
}

/* The reason that an operator gave, without the place, which is told anyway. */
static const char *bare_reason(const char *text)
{
    const char *const end = strstr(text, "): ");
    return end != NULL ? end + 3 : text;
}

/* Whether all that it reads is constant, and the first a value without axes, which no layer
 * gives or takes. */
static bool is_of_a_number(const struct ecam_onnx_import *im)
{
    for (size_t i = 0; i < im->node->n_inputs; i++) {
        const struct ecam_onnx_value *const value = ecam_onnx_input(im, i);
        if (value != NULL && !ecam_onnx_is_constant(value))
            return false;
    }
    const struct ecam_onnx_value *const first = ecam_onnx_input(im, 0);
    return first != NULL && first->shape.rank == 0;
}

static enum ecam_status convert(struct ecam_onnx_import *im)
{
    const struct ecam_onnx_op *const op = find_op(im->node);
    const size_t n_nodes = im->graph->n_nodes;
    char reason[sizeof im->err->text] = "";
    bool is_done = false;
    enum ecam_status status = check_inputs(im, op, reason, sizeof reason);
    if (status != ECAM_OK)
        return status;
    if (reason[0] != '\0')
        return ecam_onnx_unknown(im, reason);
    if (im->node->domain[0] == '\0')
        status = ecam_onnx_fold(im, &is_done);
    if (status == ECAM_OK && !is_done && is_of_a_number(im))
        return ecam_onnx_unknown(im, "has a number without axes for its input");
    if (status == ECAM_OK && !is_done)
        status = op != NULL ? op->fn(im) : ecam_onnx_unknown(im, NULL);
    if (status != ECAM_ERR_UNSUPPORTED)
        return status;
    snprintf(reason, sizeof reason, "cannot be run: %.400s", bare_reason(im->err->text));
    take_back(im, n_nodes);
    return ecam_onnx_unknown(im, reason);
}

/* What the layers of a node are called: as the node is, or as its value. */
static void choose_base(struct ecam_onnx_import *im, size_t number)
{
    const struct ecam_onnx_node *const node = im->node;
    const char *const names[] = { node->name, node->n_outputs > 0 ? node->outputs[0] : "" };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(names); i++)
        if (names[i][0] != '\0' && strlen(names[i]) < ECAM_ONNX_MAX_BASE &&
            ecam_graph_find(im->graph, names[i]) == ECAM_NO_NODE) {
            snprintf(im->base, sizeof im->base, "%s", names[i]);
            return;
        }
    snprintf(im->base, sizeof im->base, "%.40s_%zu", node->op, number);
}

static enum ecam_status add_nodes(struct ecam_onnx_import *im, const struct ecam_limits *limits)
{
    struct ecam_pb graph = im->model->graph;
    enum ecam_status status = ECAM_OK;
    for (size_t number = 0; status == ECAM_OK && ecam_pb_next(&graph);) {
        if (graph.field != 1)
            continue;
        status = ecam_onnx_node_read(ecam_pb_message(&graph), &im->now, im->err);
        if (status == ECAM_OK) {
            choose_base(im, number++);
            im->n_parts = 0;
            status = convert(im);
        }
        if (status == ECAM_OK && im->graph->n_nodes > limits->max_tensors)
            status = ecam_fail(im->err, ECAM_ERR_LIMIT, "more than %u layers", limits->max_tensors);
        ecam_onnx_node_free(&im->now);
    }
    return status == ECAM_OK ? ecam_pb_status(graph.source, im->err) : status;
}

/* ---- The whole ---- */

/* An output without elements, in a graph as it was written: a constant, which nothing runs. */
static enum ecam_status add_empty(struct ecam_onnx_import *im, struct ecam_onnx_value *value)
{
    const struct ecam_weight *tensor = NULL;
    enum ecam_status status = ecam_onnx_as_tensor(im, value, "the output", &tensor);
    if (status == ECAM_OK)
        status =
            ecam_graph_add(im->graph, "constant", im->base, NULL, 0, &im->graph->output, im->err);
    if (status == ECAM_OK)
        status = ecam_graph_set_weight(im->graph, im->graph->output, "value", tensor, im->err);
    return status;
}

/* The first output that the network computes. What a classifier returns are its logits:
 * a softmax at the end is a name to tap. */
static enum ecam_status set_output(struct ecam_onnx_import *im)
{
    be_between_nodes(im, "output");
    for (size_t i = 0; i < im->model->n_outputs && im->graph->output == ECAM_NO_NODE; i++) {
        struct ecam_onnx_value *const value = ecam_onnx_find(im, im->model->outputs[i]);
        if (value == NULL)
            return ecam_fail(im->err, ECAM_ERR_FORMAT, "output '%.80s' is made by no node",
                             im->model->outputs[i]);
        if (ecam_onnx_is_absent(value) ||
            (ecam_onnx_is_constant(value) && !im->options->as_written))
            continue;
        size_t count = 1;
        ecam_shape_count(ecam_onnx_shape(im, value), &count);
        const enum ecam_status status =
            count == 0 ? add_empty(im, value) : ecam_onnx_as_node(im, value, &im->graph->output);
        if (status != ECAM_OK)
            return status;
    }
    struct ecam_graph *const graph = im->graph;
    if (graph->output == ECAM_NO_NODE || graph->n_nodes < 2)
        return ecam_fail(im->err, ECAM_ERR_FORMAT, "the graph computes no output");
    const struct ecam_node *const last = &graph->nodes[graph->output];
    const bool is_softmax =
        strcmp(last->kind, "softmax") == 0 || strcmp(last->kind, "log_softmax") == 0;
    if (is_softmax && !im->options->as_written)
        graph->output = last->inputs[0];
    return ECAM_OK;
}

/* How photos go in: as PyTorch's classifiers want them, at the size that the file tells. */
static enum ecam_status set_photos(struct ecam_network *network, const struct ecam_shape *input,
                                   struct ecam_error *err)
{
    if (ecam_preprocess_preset("torchvision", &network->preprocess) != ECAM_OK)
        return ecam_fail(err, ECAM_ERR_NAME, "no preset 'torchvision'");
    ecam_preprocess_fit(&network->preprocess, input->dim[2], input->dim[3]);
    return ECAM_OK;
}

static enum ecam_status set_facts(const struct ecam_onnx_import *im, struct ecam_network *network)
{
    const struct ecam_shape *const out = &im->shapes[im->graph->output];
    enum ecam_status status =
        ecam_network_set_fact(network, "last", im->graph->nodes[im->graph->last].name, im->err);
    if (status == ECAM_OK && out->rank >= 2 && out->dim[1] == ECAM_N_IMAGENET_LABELS)
        status =
            ecam_network_set_labels(network, ecam_imagenet_labels, ECAM_N_IMAGENET_LABELS, im->err);
    return status;
}

static void free_values(struct ecam_onnx_import *im)
{
    for (size_t i = 0; i < im->n_values; i++) {
        ecam_free(im->values[i]->name);
        ecam_free(im->values[i]->numbers);
        ecam_free(im->values[i]->is_batch);
        ecam_free(im->values[i]);
    }
    ecam_free((void *)im->values);
}

static enum ecam_status build(struct ecam_onnx_import *im, const struct ecam_limits *limits)
{
    be_between_nodes(im, "input");
    enum ecam_status status = add_arrays(im);
    if (status == ECAM_OK)
        status = add_left_out(im);
    if (status == ECAM_OK)
        status = add_inputs(im);
    if (status == ECAM_OK)
        status = add_nodes(im, limits);
    if (status == ECAM_OK)
        status = set_output(im);
    return status == ECAM_OK ? ecam_default_last(im->graph, im->err) : status;
}

enum ecam_status ecam_onnx_import(struct ecam_weight_set *set,
                                  const struct ecam_onnx_options *options,
                                  const struct ecam_limits *limits, struct ecam_network **out,
                                  struct ecam_error *err)
{
    struct ecam_error unused = { .text = "" };
    struct ecam_onnx_model model;
    struct ecam_onnx_import im = {
        .set = set, .options = options, .model = &model, .err = err != NULL ? err : &unused
    };
    struct ecam_network *network = NULL;
    enum ecam_status status =
        ecam_onnx_model_read(set->graph, set->graph_bytes, limits, &model, err);
    if (status != ECAM_OK)
        goto out;
    network = ecam_network_new();
    im.graph = ecam_graph_new();
    if (network == NULL || im.graph == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "network");
        goto out;
    }
    status = build(&im, limits);
    if (status == ECAM_OK)
        status = set_photos(network, &im.shapes[0], err);
    if (status == ECAM_OK)
        status = set_facts(&im, network);
    if (status != ECAM_OK)
        goto out;
    network->graph = im.graph;
    im.graph = NULL;
    *out = network;
    network = NULL;
out:
    free_values(&im);
    ecam_free(im.shapes);
    ecam_graph_free(im.graph);
    ecam_network_free(network);
    ecam_onnx_model_free(&model);
    return status;
}
