/* SPDX-License-Identifier: BSD-2-Clause
 * What the files of the ONNX importer share. */
#ifndef ECAM_ONNX_IN_H
#define ECAM_ONNX_IN_H

#include "weights/onnx.h"

/* The most numbers that are worked out at import; what is larger stays a tensor. */
#define ECAM_ONNX_MAX_FOLDED 65536

#define ECAM_ONNX_MAX_BASE 400 /* bytes of a layer's name */

/* A named value of the ONNX graph: made by a node of our graph when it runs, a tensor of
 * the file, or numbers that are known already (shapes and what is computed from them). */
struct ecam_onnx_value {
    char *name;
    uint32_t node;                    /* ECAM_NO_NODE: none (yet) */
    const struct ecam_weight *tensor; /* as the file has it; NULL: none */
    const struct ecam_weight *floats; /* the same as floats, once that was asked for */
    double *numbers;                  /* NULL: none */
    bool *is_batch;                   /* of each number: a multiple of the batch size */
    bool is_whole;                    /* numbers of an integer type */
    struct ecam_shape shape;          /* of tensor or numbers; rank 0 for a scalar */
    size_t n;                         /* of numbers */
};

struct ecam_onnx_import {
    struct ecam_graph *graph;
    struct ecam_weight_set *set;
    const struct ecam_onnx_model *model;
    const struct ecam_onnx_options *options;
    struct ecam_error *err;
    struct ecam_shape *shapes; /* of each node of our graph, for a batch of 1 */
    size_t cap_shapes;
    bool has_batch;                  /* axis 0 of the input is photos */
    struct ecam_onnx_value **values; /* in the order of their names */
    size_t n_values, cap_values;
    size_t n_numbers;            /* of all values */
    struct ecam_onnx_node *node; /* in work: `now` */
    struct ecam_onnx_node now;
    char base[ECAM_ONNX_MAX_BASE]; /* the name that its layers get */
    size_t n_parts;                /* layers that it got so far */
};

/* ---- Values ---- */

struct ecam_onnx_value *ecam_onnx_find(const struct ecam_onnx_import *im, const char *name);

/* A new value; taken names are refused (ONNX values are written once). */
enum ecam_status ecam_onnx_new_value(struct ecam_onnx_import *im, const char *name,
                                     struct ecam_onnx_value **out);

/* Input i of the node in work; NULL where it is left out. */
struct ecam_onnx_value *ecam_onnx_input(const struct ecam_onnx_import *im, size_t i);

bool ecam_onnx_is_constant(const struct ecam_onnx_value *value);
/* Neither made by a node nor constant: an input that was not given, a text. */
bool ecam_onnx_is_absent(const struct ecam_onnx_value *value);

/* The value as a node of our graph: a constant becomes one of kind "constant". */
enum ecam_status ecam_onnx_as_node(struct ecam_onnx_import *im, struct ecam_onnx_value *value,
                                   uint32_t *out);

/* The value as a float tensor: numbers become one. Fails, naming what the input is for,
 * where it is known only when the network runs. */
enum ecam_status ecam_onnx_as_tensor(struct ecam_onnx_import *im, struct ecam_onnx_value *value,
                                     const char *what, const struct ecam_weight **out);

/* The value as numbers: a small tensor becomes numbers. Fails likewise. */
enum ecam_status ecam_onnx_as_numbers(struct ecam_onnx_import *im, struct ecam_onnx_value *value,
                                      const char *what);

/* Element i of a dense array of any type. */
double ecam_onnx_number(const struct ecam_weight *w, size_t i);
bool ecam_onnx_is_whole(enum ecam_dtype dtype);

/* Shape of any value, rank 0 where it is not known: behind an operator that is not
 * implemented; a constant scalar has rank 0, too. */
const struct ecam_shape *ecam_onnx_shape(const struct ecam_onnx_import *im,
                                         const struct ecam_onnx_value *value);

/* A new float weight with the data of a heap array, which it takes over. The name is
 * made from the node's. */
enum ecam_status ecam_onnx_derive(struct ecam_onnx_import *im, const char *part,
                                  const struct ecam_shape *shape, float *data,
                                  const struct ecam_weight **out);

/* A tensor's elements in another shape or order, where they lie; stride NULL: row-major. */
enum ecam_status ecam_onnx_view(struct ecam_onnx_import *im, const struct ecam_weight *of,
                                const struct ecam_shape *shape, const size_t *stride,
                                const struct ecam_weight **out);

/* Another name of a layer; where it is taken, the first one keeps it. */
enum ecam_status ecam_onnx_alias(struct ecam_onnx_import *im, const char *name, uint32_t node);

/* Output i of the node in work becomes a node's value; a tensor; numbers (both arrays
 * taken over, is_batch may be NULL). */
enum ecam_status ecam_onnx_give_node(struct ecam_onnx_import *im, size_t i, uint32_t node);
enum ecam_status ecam_onnx_give_tensor(struct ecam_onnx_import *im, size_t i,
                                       const struct ecam_weight *tensor);
enum ecam_status ecam_onnx_give_numbers(struct ecam_onnx_import *im, size_t i, double *numbers,
                                        bool *is_batch, bool is_whole,
                                        const struct ecam_shape *shape);

/* ---- Layers ---- */

/* An attribute list in the making, for ecam_onnx_layer(). */
struct ecam_onnx_layer {
    const char *kind;
    uint32_t inputs[64];
    size_t n_inputs;
    struct ecam_attr attrs[8];
    size_t n_attrs;
    struct ecam_role roles[5];
    size_t n_roles;
};

void ecam_onnx_put_ints(struct ecam_onnx_layer *layer, const char *key, const int64_t *value,
                        size_t n);
void ecam_onnx_put_int(struct ecam_onnx_layer *layer, const char *key, int64_t value);
void ecam_onnx_put_real(struct ecam_onnx_layer *layer, const char *key, double value);
void ecam_onnx_put_weight(struct ecam_onnx_layer *layer, const char *role,
                          const struct ecam_weight *weight);

/* A layer of one input, which is the node's first. */
enum ecam_status ecam_onnx_begin(struct ecam_onnx_import *im, const char *kind,
                                 struct ecam_onnx_layer *layer);

/* Appends the layer, checked, its shape known. With is_final it is the last of the node
 * in work and carries the node's names; else it gets a name from them. */
enum ecam_status ecam_onnx_add(struct ecam_onnx_import *im, const struct ecam_onnx_layer *layer,
                               bool is_final, uint32_t *out);

/* ecam_onnx_add() as the final layer, which gives output 0. */
enum ecam_status ecam_onnx_finish(struct ecam_onnx_import *im, const struct ecam_onnx_layer *layer);

/* The node in work becomes a layer of kind "onnx.OP" that cannot be run. `reason` says
 * more than that it is not implemented; NULL: no more. */
enum ecam_status ecam_onnx_unknown(struct ecam_onnx_import *im, const char *reason);

/* ---- Attributes of the node in work ---- */

int64_t ecam_onnx_int(const struct ecam_onnx_import *im, const char *name, int64_t fallback);
double ecam_onnx_real(const struct ecam_onnx_import *im, const char *name, double fallback);
const char *ecam_onnx_text(const struct ecam_onnx_import *im, const char *name,
                           const char *fallback);
/* n values of a list, each `fallback` where it is absent; another length is an error. */
enum ecam_status ecam_onnx_ints(const struct ecam_onnx_import *im, const char *name, size_t n,
                                int64_t fallback, int64_t *out);
/* A list that newer opsets give as input i, older ones as an attribute; *n: how many, 0
 * where there is none; at most ECAM_MAX_RANK. */
enum ecam_status ecam_onnx_list(struct ecam_onnx_import *im, const char *name, size_t i,
                                int64_t out[ECAM_MAX_RANK], size_t *n);

/* An axis of `rank`, negative ones counted from the end; -1 where it is none, which the
 * other one says. */
int64_t ecam_onnx_axis(int64_t given, uint32_t rank);
enum ecam_status ecam_onnx_bad_axis(const struct ecam_onnx_import *im, int64_t axis, uint32_t rank);

/* The nearest whole number, within the range of the type; 0 of NaN. */
static inline int64_t ecam_onnx_whole(double v)
{
    if (v != v)
        return 0;
    return v >= 9.2e18 ? INT64_MAX : v <= -9.2e18 ? INT64_MIN : (int64_t)v;
}

/* Fails with "node 'NAME' (OP, opset N): ...". */
enum ecam_status ecam_onnx_fail(const struct ecam_onnx_import *im, enum ecam_status status,
                                const char *fmt, ...) ECAM_PRINTF(3, 4);

/* ---- What nodes ask for, the same for arrays and for values that are computed ---- */

/* Slice: a value for each axis. */
struct ecam_onnx_cut {
    int64_t begin[ECAM_MAX_RANK], end[ECAM_MAX_RANK], step[ECAM_MAX_RANK];
};
enum ecam_status ecam_onnx_read_cut(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                    struct ecam_onnx_cut *out);

/* A cut as attributes of a slice layer. What lies beyond ECAM_ONNX_FAR counts as
 * "to the end". */
#define ECAM_ONNX_FAR ((int64_t)INT32_MAX)
void ecam_onnx_put_cut(struct ecam_onnx_layer *layer, const struct ecam_onnx_cut *cut,
                       uint32_t rank);
int64_t ecam_onnx_bounded(int64_t v);

/* How many indices of an axis the cut takes, and the first; 0 where there are none. */
size_t ecam_onnx_cut_size(const struct ecam_onnx_cut *cut, uint32_t axis, size_t size,
                          size_t *first);

/* Reshape, Flatten, Squeeze, Unsqueeze: the new shape, and the same as attribute of a layer,
 * where 0 takes over the input's size and -1 is what is left. */
struct ecam_onnx_target {
    struct ecam_shape shape;
    int64_t wanted[ECAM_MAX_RANK];
};
enum ecam_status ecam_onnx_read_target(struct ecam_onnx_import *im, const struct ecam_shape *in,
                                       struct ecam_onnx_target *out);

/* Transpose: which axis of the input each axis of the output is. */
enum ecam_status ecam_onnx_read_order(struct ecam_onnx_import *im, uint32_t rank,
                                      int64_t out[ECAM_MAX_RANK]);

/* DequantizeLinear of an array: a float array. */
enum ecam_status ecam_onnx_fold_dequantize(struct ecam_onnx_import *im);

/* ---- Operators ---- */

typedef enum ecam_status ecam_onnx_op_fn(struct ecam_onnx_import *im);

struct ecam_onnx_op {
    const char *name;
    ecam_onnx_op_fn *fn;
    size_t min_inputs, max_inputs; /* SIZE_MAX: any number */
};

ecam_onnx_op_fn ecam_onnx_resize;

/* The node in work as a convolution of another value with a weight, without a bias, not
 * added yet. */
enum ecam_status ecam_onnx_conv(struct ecam_onnx_import *im, uint32_t input,
                                const struct ecam_weight *weight, struct ecam_onnx_layer *out);

/* One table a file, ended by a NULL name. */
extern const struct ecam_onnx_op ecam_onnx_ops_window[], ecam_onnx_ops_pointwise[],
    ecam_onnx_ops_shape[], ecam_onnx_ops_axes[], ecam_onnx_ops_matrix[], ecam_onnx_ops_quantized[];

/* Works the node out where all of its inputs are known, and it is one of those that
 * networks compute shapes with. *is_done: output 0 is given. */
enum ecam_status ecam_onnx_fold(struct ecam_onnx_import *im, bool *is_done);

#endif /* ECAM_ONNX_IN_H */
