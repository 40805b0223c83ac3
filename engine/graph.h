/* SPDX-License-Identifier: BSD-2-Clause
 * A network as data: nodes in execution order, attributes, edges, names.
 *
 * Importers build it, the model file stores it, layers read it. The engine knows
 * no kind of layer by name: a kind is a word that the registry resolves.
 * docs/model-file.md lists kinds, attributes and weight roles. */
#ifndef ECAM_GRAPH_H
#define ECAM_GRAPH_H

#include "engine/ecam.h"
#include "engine/weight.h"

#define ECAM_MAX_ATTR_VALUES 8
#define ECAM_NO_NODE UINT32_MAX

/* A whole-number list or one real number. */
struct ecam_attr {
    char key[20];
    bool is_real;
    uint32_t n; /* of value; 1 where is_real */
    int64_t value[ECAM_MAX_ATTR_VALUES];
    double real;
};

/* A weight of a node by its role: "weight", "bias", "mean", "var". */
struct ecam_role {
    char role[12];
    const struct ecam_weight *weight; /* the network's set owns it */
};

struct ecam_layer_ops;                                                     /* engine/layer.h */
typedef const struct ecam_layer_ops *ecam_find_layer_fn(const char *kind); /* NULL: unknown */

struct ecam_node {
    char *name;    /* module path; unique */
    char kind[48]; /* "conv2d" */
    uint32_t *inputs;
    size_t n_inputs;
    struct ecam_attr *attrs;
    size_t n_attrs;
    struct ecam_role *roles;
    size_t n_roles;
    char *reason; /* more about why an operator is not implemented, or NULL */
    /* Set when the graph is resolved against the registry. */
    const struct ecam_layer_ops *ops;
    void *params; /* checked attributes, in the layer's own struct; ecam_free()d */
};

#define ECAM_MAX_NORMS 2

/* Nodes that scale and shift channels, one behind the other, as a plan folds them into
 * another: a batch-norm, and the `scale` that stands behind it in Caffe. NULL behind the
 * last. */
struct ecam_norms {
    const struct ecam_node *node[ECAM_MAX_NORMS];
};

/* Another name for a node's value: a container, a module's last run. */
struct ecam_alias {
    char *name;
    uint32_t node;
};

struct ecam_graph {
    struct ecam_node *nodes; /* node 0 is the input, kind "input", name "input" */
    size_t n_nodes, cap_nodes;
    struct ecam_alias *aliases;
    size_t n_aliases, cap_aliases;
    uint32_t output; /* whose value the network returns; ECAM_NO_NODE until set */
    uint32_t last;   /* the default tap; ECAM_NO_NODE until set */
    uint32_t *index; /* graph.c's own: nodes and aliases in the order of their names */
    size_t n_index, cap_index;
};

struct ecam_graph *ecam_graph_new(void); /* NULL: no memory */
void ecam_graph_free(struct ecam_graph *graph);

/* Appends a node. `inputs` are indices of earlier nodes. Name and kind are copied;
 * a name that is already taken, empty or has control characters is ECAM_ERR_FORMAT. */
enum ecam_status ecam_graph_add(struct ecam_graph *graph, const char *kind, const char *name,
                                const uint32_t *inputs, size_t n_inputs, uint32_t *out,
                                struct ecam_error *err);
enum ecam_status ecam_graph_set_ints(struct ecam_graph *graph, uint32_t node, const char *key,
                                     const int64_t *value, size_t n, struct ecam_error *err);
enum ecam_status ecam_graph_set_real(struct ecam_graph *graph, uint32_t node, const char *key,
                                     double value, struct ecam_error *err);
enum ecam_status ecam_graph_set_weight(struct ecam_graph *graph, uint32_t node, const char *role,
                                       const struct ecam_weight *weight, struct ecam_error *err);
/* An alias that is already there is pointed to the new node: last runs. A node's
 * own name is refused, except for that node. */
enum ecam_status ecam_graph_alias(struct ecam_graph *graph, const char *name, uint32_t node,
                                  struct ecam_error *err);

/* Takes the nodes from n on away again, and the aliases that were made for them since;
 * older aliases must not lead to them, nor `output` and `last`. */
void ecam_graph_truncate(struct ecam_graph *graph, size_t n);

/* The node of a name or alias, or ECAM_NO_NODE. */
uint32_t ecam_graph_find(const struct ecam_graph *graph, const char *name);

const struct ecam_attr *ecam_node_attr(const struct ecam_node *node, const char *key); /* or NULL */
const struct ecam_weight *ecam_node_weight(const struct ecam_node *node, const char *role);

/* Structure alone: order, ranges, names, one input node, output and last set.
 * Whatever wrote the graph, nothing runs before this returned ECAM_OK. */
enum ecam_status ecam_graph_check(const struct ecam_graph *graph, struct ecam_error *err);

/* Finds each kind with `find` and lets the layer check attributes and weights. */
enum ecam_status ecam_graph_resolve(struct ecam_graph *graph, ecam_find_layer_fn *find,
                                    struct ecam_error *err);

/* The same for one node, for an importer that must know shapes as it goes. A node that
 * is resolved already is left alone by both. */
enum ecam_status ecam_graph_resolve_node(struct ecam_graph *graph, uint32_t node,
                                         ecam_find_layer_fn *find, struct ecam_error *err);

/* Output shape of a node from those of the nodes before it. */
enum ecam_status ecam_graph_infer_node(const struct ecam_graph *graph, uint32_t node,
                                       struct ecam_shape *shapes, struct ecam_error *err);

/* Output shapes of nodes 0 to upto for one input shape; shapes has n_nodes items. With
 * `needed`, of those nodes alone that it marks. */
enum ecam_status ecam_graph_infer(const struct ecam_graph *graph, const struct ecam_shape *input,
                                  const bool *needed, uint32_t upto, struct ecam_shape *shapes,
                                  struct ecam_error *err);

/* The same for all nodes, but that operators which are not implemented, and what follows
 * from them, get rank 0 instead of an error: for tables. */
enum ecam_status ecam_graph_infer_known(const struct ecam_graph *graph,
                                        const struct ecam_shape *input, struct ecam_shape *shapes,
                                        struct ecam_error *err);

#endif /* ECAM_GRAPH_H */
