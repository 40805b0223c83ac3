/* SPDX-License-Identifier: BSD-2-Clause
 * ONNX files: what the reader and the importer share.
 *
 * The reader (onnx.c) makes a weight set of a ModelProto's initialisers and constants,
 * and keeps its bytes as the set's graph. The importer (onnx_import.c) walks the nodes
 * in their order: each operator is a function in onnx_ops_*.c that appends layers, or,
 * where all of its inputs are known, is worked out at once (onnx_fold.c). Messages are
 * parsed in onnx_model.c and onnx_tensor.c; their field numbers are those of onnx.proto. */
#ifndef ECAM_ONNX_H
#define ECAM_ONNX_H

#include "engine/network.h"
#include "weights/protobuf.h"
#include "weights/weights.h"

#define ECAM_ONNX_MAX_OPSET 21

#define ECAM_ONNX_FORMAT "ONNX" /* of a weight set */

/* ---- Tensors ---- */

/* A TensorProto: where its elements are, in the file, in another file, or (numbers that
 * lie as varints) in memory of its own. */
struct ecam_onnx_tensor {
    char *name;
    enum ecam_dtype dtype;
    struct ecam_shape shape;
    const uint8_t *data; /* NULL where location is set */
    size_t bytes;
    uint8_t *own; /* data, ecam_free()d, or NULL */
    char *location;
    uint64_t offset, length; /* length: UINT64_MAX where it is not told */
};

/* Float and integer types up to 64 bits; text, complex and narrower ones are
 * ECAM_ERR_UNSUPPORTED. On failure, too, the tensor is to be freed. */
enum ecam_status ecam_onnx_tensor_read(struct ecam_pb message, struct ecam_onnx_tensor *out,
                                       struct ecam_error *err);
void ecam_onnx_tensor_free(struct ecam_onnx_tensor *tensor);

/* ---- Nodes ---- */

enum ecam_onnx_attr_type { /* AttributeProto.AttributeType */
                           ECAM_ONNX_FLOAT = 1,
                           ECAM_ONNX_INT = 2,
                           ECAM_ONNX_STRING = 3,
                           ECAM_ONNX_TENSOR = 4,
                           ECAM_ONNX_FLOATS = 6,
                           ECAM_ONNX_INTS = 7
};

struct ecam_onnx_attr {
    char *name;
    unsigned type; /* AttributeType; others than those above have no value here */
    float f;
    int64_t i;
    char *s;
    struct ecam_pb t; /* the TensorProto */
    struct ecam_pb_floats floats;
    struct ecam_pb_ints ints;
};

struct ecam_onnx_node {
    char *name, *op, *domain;
    char **inputs, **outputs; /* "" for one that is left out */
    size_t n_inputs, n_outputs;
    struct ecam_onnx_attr *attrs;
    size_t n_attrs;
};

/* On failure, too, the node is to be freed. */
enum ecam_status ecam_onnx_node_read(struct ecam_pb message, struct ecam_onnx_node *out,
                                     struct ecam_error *err);
void ecam_onnx_node_free(struct ecam_onnx_node *node);
const struct ecam_onnx_attr *ecam_onnx_attr(const struct ecam_onnx_node *node, const char *name);

/* ---- Models ---- */

/* A value that a node asks for by name. */
struct ecam_onnx_input {
    char *name;
    unsigned type; /* TensorProto.DataType */
    bool has_shape;
    struct ecam_shape shape; /* a size that is free is 0 */
};

/* The parts of a ModelProto that an import needs. It stays where it was read: messages
 * point to their source. */
struct ecam_onnx_model {
    struct ecam_pb_source source;
    struct ecam_pb graph;
    int64_t ir_version, opset; /* opset: of the domain "" */
    char *producer;
    struct ecam_onnx_input *inputs; /* of the graph, initialisers among them */
    size_t n_inputs;
    char **outputs;
    size_t n_outputs;
};

/* On failure, too, the model is to be freed. The limits have no zero fields. */
enum ecam_status ecam_onnx_model_read(const uint8_t *bytes, size_t size,
                                      const struct ecam_limits *limits, struct ecam_onnx_model *out,
                                      struct ecam_error *err);
void ecam_onnx_model_free(struct ecam_onnx_model *model);

/* ---- Networks ---- */

/* How an import works. */
struct ecam_onnx_options {
    /* Finds the kinds of layers: an importer must know shapes as it goes. */
    ecam_find_layer_fn *find;
    /* For tests of operators: the first input may have any shape, and is fed as one row, 1 x 1 x
     * 1 x n; a softmax at the end stays the output, which may be a constant. */
    bool as_written;
};

/* Whether a sealed set carries an ONNX graph, and the network of it. Arrays of the set
 * that bear the name of an input are its value. */
bool ecam_onnx_is(const struct ecam_weight_set *set);
enum ecam_status ecam_onnx_import(struct ecam_weight_set *set,
                                  const struct ecam_onnx_options *options,
                                  const struct ecam_limits *limits, struct ecam_network **out,
                                  struct ecam_error *err);

#endif /* ECAM_ONNX_H */
