/* SPDX-License-Identifier: BSD-2-Clause
 * ModelProto and NodeProto. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/onnx.h"

/* ---- Lists ---- */

/* One more item, zeroed; NULL, and the source has failed, where there is no memory. */
static void *append(struct ecam_pb *pb, void **items, size_t *n, size_t item_bytes)
{
    /* The room is always the next power of two: lists are short, a capacity is not kept. */
    const bool is_full = (*n & (*n - 1)) == 0 || *n == 0;
    if (is_full) {
        void *const grown = ecam_realloc_array(*items, *n == 0 ? 1 : 2 * *n, item_bytes);
        if (grown == NULL) {
            ecam_pb_fail(pb, ECAM_ERR_NOMEM, "a list of %zu", *n);
            return NULL;
        }
        *items = grown;
    }
    void *const item = (char *)*items + *n * item_bytes;
    memset(item, 0, item_bytes);
    ++*n;
    return item;
}

static void append_text(struct ecam_pb *pb, char ***texts, size_t *n)
{
    char *const text = ecam_pb_strdup(pb);
    void *items = (void *)*texts;
    char **const item = text != NULL ? append(pb, &items, n, sizeof *item) : NULL;
    *texts = items;
    if (item == NULL)
        ecam_free(text);
    else
        *item = text;
}

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ecam_free(texts[i]);
    ecam_free((void *)texts);
}

/* Replaces a text; of a field that stands twice, the last counts. */
static void take_text(struct ecam_pb *pb, char **to)
{
    ecam_free(*to);
    *to = ecam_pb_strdup(pb);
}

static void default_text(struct ecam_pb *pb, char **to)
{
    if (*to == NULL)
        *to = ecam_strdup("");
    if (*to == NULL)
        ecam_pb_fail(pb, ECAM_ERR_NOMEM, "a text");
}

/* ---- Nodes ---- */

static void read_attr(struct ecam_pb *field, struct ecam_onnx_attr *attr)
{
    struct ecam_pb pb = ecam_pb_message(field);
    unsigned seen = 0; /* files of the first versions do not tell the type */
    while (ecam_pb_next(&pb))
        switch (pb.field) {
        case 1:
            take_text(&pb, &attr->name);
            break;
        case 2:
            attr->f = ecam_pb_float(&pb);
            seen = ECAM_ONNX_FLOAT;
            break;
        case 3:
            attr->i = ecam_pb_int(&pb);
            seen = ECAM_ONNX_INT;
            break;
        case 4:
            take_text(&pb, &attr->s);
            seen = ECAM_ONNX_STRING;
            break;
        case 5:
            attr->t = ecam_pb_message(&pb);
            seen = ECAM_ONNX_TENSOR;
            break;
        case 7:
            ecam_pb_add_floats(&pb, &attr->floats);
            seen = ECAM_ONNX_FLOATS;
            break;
        case 8:
            ecam_pb_add_ints(&pb, &attr->ints);
            seen = ECAM_ONNX_INTS;
            break;
        case 20:
            attr->type = (unsigned)ecam_pb_uint(&pb);
            break;
        default:
            break;
        }
    if (attr->type == 0)
        attr->type = seen;
    default_text(&pb, &attr->name);
    default_text(&pb, &attr->s);
    if (attr->type == ECAM_ONNX_TENSOR && attr->t.source == NULL)
        ecam_pb_fail(field, ECAM_ERR_FORMAT, "attribute '%.40s' has no tensor", attr->name);
}

enum ecam_status ecam_onnx_node_read(struct ecam_pb message, struct ecam_onnx_node *out,
                                     struct ecam_error *err)
{
    struct ecam_pb pb = message;
    *out = (struct ecam_onnx_node){ 0 };
    while (ecam_pb_next(&pb))
        switch (pb.field) {
        case 1:
            append_text(&pb, &out->inputs, &out->n_inputs);
            break;
        case 2:
            append_text(&pb, &out->outputs, &out->n_outputs);
            break;
        case 3:
            take_text(&pb, &out->name);
            break;
        case 4:
            take_text(&pb, &out->op);
            break;
        case 5: {
            void *attrs = out->attrs;
            struct ecam_onnx_attr *const attr =
                append(&pb, &attrs, &out->n_attrs, sizeof *out->attrs);
            out->attrs = attrs;
            if (attr != NULL)
                read_attr(&pb, attr);
            break;
        }
        case 7:
            take_text(&pb, &out->domain);
            break;
        default:
            break;
        }
    default_text(&pb, &out->name);
    default_text(&pb, &out->op);
    default_text(&pb, &out->domain);
    if (out->domain != NULL && strcmp(out->domain, "ai.onnx") == 0)
        out->domain[0] = '\0';
    return ecam_pb_status(pb.source, err);
}

void ecam_onnx_node_free(struct ecam_onnx_node *node)
{
    for (size_t i = 0; i < node->n_attrs; i++) {
        ecam_free(node->attrs[i].name);
        ecam_free(node->attrs[i].s);
        ecam_free(node->attrs[i].floats.items);
        ecam_free(node->attrs[i].ints.items);
    }
    ecam_free(node->attrs);
    ecam_free(node->name);
    ecam_free(node->op);
    ecam_free(node->domain);
    free_texts(node->inputs, node->n_inputs);
    free_texts(node->outputs, node->n_outputs);
    *node = (struct ecam_onnx_node){ 0 };
}

const struct ecam_onnx_attr *ecam_onnx_attr(const struct ecam_onnx_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attrs; i++)
        if (strcmp(node->attrs[i].name, name) == 0)
            return &node->attrs[i];
    return NULL;
}

/* ---- Inputs and outputs of the graph ---- */

/* A TensorShapeProto; a dimension that has no number of its own is 0. */
static void read_shape(struct ecam_pb pb, struct ecam_onnx_input *input)
{
    while (ecam_pb_next(&pb)) {
        if (pb.field != 1)
            continue;
        struct ecam_pb dim = ecam_pb_message(&pb);
        int64_t size = 0;
        while (ecam_pb_next(&dim))
            if (dim.field == 1)
                size = ecam_pb_int(&dim);
        if (input->shape.rank == ECAM_MAX_RANK) {
            ecam_pb_fail(&pb, ECAM_ERR_UNSUPPORTED, "an input with more than %d axes",
                         ECAM_MAX_RANK);
            return;
        }
        input->shape.dim[input->shape.rank++] = size < 0 ? 0 : (size_t)size;
    }
    input->has_shape = true;
}

/* ValueInfoProto: a name and a TypeProto, of which tensors alone are read. */
static void read_input(struct ecam_pb *field, struct ecam_onnx_input *input)
{
    struct ecam_pb pb = ecam_pb_message(field);
    while (ecam_pb_next(&pb)) {
        if (pb.field == 1)
            take_text(&pb, &input->name);
        if (pb.field != 2)
            continue;
        struct ecam_pb type = ecam_pb_message(&pb);
        while (ecam_pb_next(&type)) {
            if (type.field != 1)
                continue;
            struct ecam_pb tensor = ecam_pb_message(&type);
            while (ecam_pb_next(&tensor)) {
                if (tensor.field == 1)
                    input->type = (unsigned)ecam_pb_uint(&tensor);
                else if (tensor.field == 2)
                    read_shape(ecam_pb_message(&tensor), input);
            }
        }
    }
    default_text(&pb, &input->name);
}

/* ValueInfoProto of an output: its name. */
static void read_output(struct ecam_pb *field, struct ecam_onnx_model *out)
{
    struct ecam_pb pb = ecam_pb_message(field);
    while (ecam_pb_next(&pb))
        if (pb.field == 1)
            append_text(&pb, &out->outputs, &out->n_outputs);
}

static void read_graph(struct ecam_pb pb, struct ecam_onnx_model *out)
{
    while (ecam_pb_next(&pb)) {
        if (pb.field == 11) {
            void *inputs = out->inputs;
            struct ecam_onnx_input *const input =
                append(&pb, &inputs, &out->n_inputs, sizeof *out->inputs);
            out->inputs = inputs;
            if (input != NULL)
                read_input(&pb, input);
        } else if (pb.field == 12) {
            read_output(&pb, out);
        }
    }
}

/* ---- The model ---- */

/* OperatorSetIdProto: the version of a domain; that of ONNX's own counts. */
static void read_opset(struct ecam_pb *field, struct ecam_onnx_model *out)
{
    struct ecam_pb pb = ecam_pb_message(field);
    bool is_own = true;
    int64_t version = 0;
    while (ecam_pb_next(&pb)) {
        if (pb.field == 1)
            is_own = ecam_pb_text_is(&pb, "") || ecam_pb_text_is(&pb, "ai.onnx");
        else if (pb.field == 2)
            version = ecam_pb_int(&pb);
    }
    if (is_own)
        out->opset = version;
}

static enum ecam_status check(const struct ecam_onnx_model *model, struct ecam_error *err)
{
    if (model->graph.source == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "the ONNX model has no graph");
    if (model->ir_version < 3)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "ONNX IR version %lld, 3 or later is expected",
                         (long long)model->ir_version);
    if (model->opset < 1 || model->opset > ECAM_ONNX_MAX_OPSET)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "ONNX opset %lld, 1 to %d are known",
                         (long long)model->opset, ECAM_ONNX_MAX_OPSET);
    return ECAM_OK;
}

enum ecam_status ecam_onnx_model_read(const uint8_t *bytes, size_t size,
                                      const struct ecam_limits *limits, struct ecam_onnx_model *out,
                                      struct ecam_error *err)
{
    *out = (struct ecam_onnx_model){ 0 };
    struct ecam_pb pb = ecam_pb_begin(&out->source, bytes, size, limits);
    while (ecam_pb_next(&pb))
        switch (pb.field) {
        case 1:
            out->ir_version = ecam_pb_int(&pb);
            break;
        case 2:
            take_text(&pb, &out->producer);
            break;
        case 7:
            out->graph = ecam_pb_message(&pb);
            break;
        case 8:
            read_opset(&pb, out);
            break;
        default:
            break;
        }
    if (out->graph.source != NULL)
        read_graph(out->graph, out);
    default_text(&pb, &out->producer);
    const enum ecam_status status = ecam_pb_status(&out->source, err);
    return status == ECAM_OK ? check(out, err) : status;
}

void ecam_onnx_model_free(struct ecam_onnx_model *model)
{
    for (size_t i = 0; i < model->n_inputs; i++)
        ecam_free(model->inputs[i].name);
    ecam_free(model->inputs);
    ecam_free(model->producer);
    free_texts(model->outputs, model->n_outputs);
    *model = (struct ecam_onnx_model){ 0 };
}
