/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/conformance/onnx_rule.h"

#include <stdio.h>
#include <string.h>

#include "weights/weights.h"

enum { TYPE_FLOAT = 1, TYPE_INT64 = 7, MAX_CASE_RANK = 5 };

const char *const onnx_listed_ops[] = {
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "ConvTranspose",
    "DequantizeLinear",
    "Div",
    "Dropout",
    "Elu",
    "Erf",
    "Flatten",
    "Gather",
    "Gelu",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "LRN",
    "LeakyRelu",
    "LogSoftmax",
    "MatMul",
    "MaxPool",
    "Mul",
    "PRelu",
    "Pad",
    "QLinearConv",
    "QuantizeLinear",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Resize",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Squeeze",
    "Sub",
    "Sum",
    "Tanh",
    "Transpose",
    "Unsqueeze",
    "Upsample",
    NULL,
};

/* Values of attributes that docs/onnx.md names as refused. */
static const struct {
    const char *op, *attr, *value;
} refused[] = {
    { "Resize", "mode", "cubic" },
    { "Resize", "coordinate_transformation_mode", "tf_crop_and_resize" },
    { "Pad", "mode", "wrap" },
};

static bool is_listed(const char *op)
{
    for (size_t i = 0; onnx_listed_ops[i] != NULL; i++)
        if (strcmp(op, onnx_listed_ops[i]) == 0)
            return true;
    return false;
}

static void note_op(struct onnx_case *c, const char *op)
{
    for (size_t i = 0; i < c->n_ops; i++)
        if (strcmp(c->ops[i], op) == 0)
            return;
    c->ops[c->n_ops++] = op;
}

bool onnx_case_read(const unsigned char *bytes, size_t size, struct onnx_case *out)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    out->n_nodes = out->n_ops = 0;
    if (ecam_onnx_model_read(bytes, size, &limits, &out->model, NULL) != ECAM_OK)
        return false;
    struct ecam_pb graph = out->model.graph;
    while (ecam_pb_next(&graph)) {
        if (graph.field != 1)
            continue;
        if (out->n_nodes == MAX_CASE_NODES ||
            ecam_onnx_node_read(ecam_pb_message(&graph), &out->nodes[out->n_nodes++], NULL) !=
                ECAM_OK)
            return false;
        note_op(out, out->nodes[out->n_nodes - 1].op);
    }
    return true;
}

void onnx_case_free(struct onnx_case *c)
{
    for (size_t i = 0; i < c->n_nodes; i++)
        ecam_onnx_node_free(&c->nodes[i]);
    ecam_onnx_model_free(&c->model);
    c->n_nodes = 0;
}

/* ---- Inside the rule ---- */

static bool is_initialiser(const struct onnx_case *c, const char *name)
{
    struct ecam_pb graph = c->model.graph;
    while (ecam_pb_next(&graph)) {
        struct ecam_onnx_tensor t;
        if (graph.field != 5)
            continue;
        const bool is_it = ecam_onnx_tensor_read(ecam_pb_message(&graph), &t, NULL) == ECAM_OK &&
                           strcmp(t.name, name) == 0;
        ecam_onnx_tensor_free(&t);
        if (is_it)
            return true;
    }
    return false;
}

/* Type and rank of the only output. */
static void read_output(const struct onnx_case *c, unsigned *type, size_t *rank)
{
    struct ecam_pb graph = c->model.graph;
    *type = 0;
    *rank = 0;
    while (ecam_pb_next(&graph)) {
        if (graph.field != 12)
            continue;
        struct ecam_pb info = ecam_pb_message(&graph);
        while (ecam_pb_next(&info)) {
            if (info.field != 2)
                continue;
            struct ecam_pb value = ecam_pb_message(&info);
            while (ecam_pb_next(&value)) {
                if (value.field != 1)
                    continue;
                struct ecam_pb tensor = ecam_pb_message(&value);
                while (ecam_pb_next(&tensor)) {
                    if (tensor.field == 1)
                        *type = (unsigned)ecam_pb_uint(&tensor);
                    if (tensor.field != 2)
                        continue;
                    struct ecam_pb shape = ecam_pb_message(&tensor);
                    while (ecam_pb_next(&shape))
                        *rank += shape.field == 1;
                }
            }
        }
    }
}

static bool is_in_rule(const struct onnx_case *c, char reason[MAX_REASON])
{
    unsigned type;
    size_t rank;
    for (size_t i = 0; i < c->n_nodes; i++)
        if (!is_listed(c->nodes[i].op) || c->nodes[i].domain[0] != '\0') {
            snprintf(reason, MAX_REASON, "an operator outside the list");
            return false;
        }
    read_output(c, &type, &rank);
    snprintf(reason, MAX_REASON, "several outputs");
    if (c->model.n_outputs != 1)
        return false;
    snprintf(reason, MAX_REASON, "an output that is not float32");
    if (type != TYPE_FLOAT)
        return false;
    for (size_t i = 0; i < c->model.n_inputs; i++) {
        const struct ecam_onnx_input *const input = &c->model.inputs[i];
        snprintf(reason, MAX_REASON, "an input that is neither float32 nor int64");
        if (input->type != TYPE_FLOAT && input->type != TYPE_INT64 &&
            !is_initialiser(c, input->name))
            return false;
        rank = input->shape.rank > rank ? input->shape.rank : rank;
    }
    snprintf(reason, MAX_REASON, "more than %d axes", MAX_CASE_RANK);
    return rank <= MAX_CASE_RANK;
}

/* ---- Documented as refused ---- */

static bool is_window_op(const char *op)
{
    static const char *const ops[] = { "Conv", "ConvTranspose", "MaxPool", "AveragePool" };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(op, ops[i]) == 0)
            return true;
    return false;
}

/* The rank of an input of the graph, of an initialiser; 0: neither. */
static size_t rank_of(const struct onnx_case *c, const char *name)
{
    struct ecam_pb graph = c->model.graph;
    size_t rank = 0;
    for (size_t i = 0; i < c->model.n_inputs; i++)
        if (strcmp(c->model.inputs[i].name, name) == 0)
            return c->model.inputs[i].shape.rank;
    while (ecam_pb_next(&graph)) {
        struct ecam_onnx_tensor t;
        if (graph.field != 5)
            continue;
        if (ecam_onnx_tensor_read(ecam_pb_message(&graph), &t, NULL) == ECAM_OK &&
            strcmp(t.name, name) == 0)
            rank = t.shape.rank;
        ecam_onnx_tensor_free(&t);
    }
    return rank;
}

static bool is_refused(const struct onnx_case *c, const struct ecam_onnx_node *node,
                       char reason[MAX_REASON])
{
    const struct ecam_onnx_attr *const training = ecam_onnx_attr(node, "training_mode");
    const struct ecam_onnx_attr *const kernel = ecam_onnx_attr(node, "kernel_shape");
    if (is_window_op(node->op)) {
        const size_t sides = kernel != NULL ? kernel->ints.n : rank_of(c, node->inputs[1]) - 2;
        if (sides != 2) {
            snprintf(reason, MAX_REASON, "%s in %zu-D", node->op, sides);
            return true;
        }
    }
    snprintf(reason, MAX_REASON, "%s in training mode", node->op);
    if ((training != NULL && training->i != 0) ||
        (strcmp(node->op, "Dropout") == 0 && node->n_inputs > 2 && node->inputs[2][0] != '\0'))
        return true;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct ecam_onnx_attr *const attr = ecam_onnx_attr(node, refused[i].attr);
        if (strcmp(node->op, refused[i].op) != 0 || attr == NULL ||
            strcmp(attr->s, refused[i].value) != 0)
            continue;
        snprintf(reason, MAX_REASON, "%s with %s %s", node->op, refused[i].attr, refused[i].value);
        return true;
    }
    return false;
}

bool onnx_case_is_run(const struct onnx_case *c, bool *is_inside, char reason[MAX_REASON])
{
    *is_inside = is_in_rule(c, reason);
    if (!*is_inside)
        return false;
    for (size_t i = 0; i < c->n_nodes; i++)
        if (is_refused(c, &c->nodes[i], reason))
            return false;
    reason[0] = '\0';
    return true;
}
