/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/default_last.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

enum role {
    ROLE_OTHER,      /* walked past: pools, dropout, flatten, reshape, softmax, ... */
    ROLE_CONV,       /* what is looked for */
    ROLE_SCORES,     /* a classifier */
    ROLE_ACTIVATION, /* belongs to what stands before it */
    ROLE_JOIN        /* so do these, and have more than one input or weights */
};

static const struct {
    const char *kind;
    enum role role;
} roles[] = {
    { "conv2d", ROLE_CONV },
    { "conv_transpose2d", ROLE_CONV },
    { "dense", ROLE_SCORES },
    { "matmul", ROLE_SCORES },
    { "relu", ROLE_ACTIVATION },
    { "leaky_relu", ROLE_ACTIVATION },
    { "prelu", ROLE_ACTIVATION },
    { "elu", ROLE_ACTIVATION },
    { "clip", ROLE_ACTIVATION },
    { "sigmoid", ROLE_ACTIVATION },
    { "hard_sigmoid", ROLE_ACTIVATION },
    { "tanh", ROLE_ACTIVATION },
    { "silu", ROLE_ACTIVATION },
    { "hard_swish", ROLE_ACTIVATION },
    { "gelu", ROLE_ACTIVATION },
    { "erf", ROLE_ACTIVATION },
    { "batchnorm", ROLE_JOIN },
    { "instance_norm", ROLE_JOIN },
    { "scale", ROLE_JOIN },
    { "add", ROLE_JOIN },
    { "sub", ROLE_JOIN },
    { "mul", ROLE_JOIN },
    { "div", ROLE_JOIN },
    { "max", ROLE_JOIN },
    { "concat", ROLE_JOIN },
};

static enum role role_of(const struct ecam_node *node)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(roles); i++)
        if (strcmp(roles[i].kind, node->kind) == 0)
            return roles[i].role;
    return ROLE_OTHER;
}

/* The input that a node's value comes from; ECAM_NO_NODE at the network's input. */
static uint32_t source_of(const struct ecam_graph *graph, uint32_t at)
{
    const struct ecam_node *const node = &graph->nodes[at];
    for (size_t i = 0; i < node->n_inputs; i++)
        if (strcmp(graph->nodes[node->inputs[i]].kind, "constant") != 0)
            return node->inputs[i];
    return ECAM_NO_NODE;
}

/* Whether a convolution can be one that gives class scores. One that pads for a window
 * of neighbours keeps a map: a network without a classifier ends so. */
static bool may_score(const struct ecam_node *node)
{
    const struct ecam_weight *const w = ecam_node_weight(node, "weight");
    const struct ecam_attr *const pad = ecam_node_attr(node, "pad");
    bool has_pad = false;
    for (uint32_t i = 0; pad != NULL && i < pad->n; i++)
        has_pad |= pad->value[i] != 0;
    return !has_pad || w == NULL || w->shape.rank != 4 ||
           (w->shape.dim[2] == 1 && w->shape.dim[3] == 1);
}

/* What stands before a node, itself included. */
struct before {
    bool is_result; /* a convolution, with nothing but activations and joins in between */
    uint32_t conv;  /* the same with activations alone, or ECAM_NO_NODE */
};

/* Inputs have lower numbers: one pass. */
static void look_back(const struct ecam_graph *graph, struct before *before)
{
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        const struct ecam_node *const node = &graph->nodes[i];
        const enum role role = role_of(node);
        const uint32_t source = source_of(graph, i);
        before[i].is_result = role == ROLE_CONV;
        before[i].conv = role == ROLE_CONV && may_score(node) ? i : ECAM_NO_NODE;
        if (role == ROLE_ACTIVATION && source != ECAM_NO_NODE)
            before[i].conv = before[source].conv;
        if (role == ROLE_ACTIVATION || role == ROLE_JOIN)
            for (size_t k = 0; k < node->n_inputs; k++)
                before[i].is_result |= before[node->inputs[k]].is_result;
    }
}

/* Where no convolution stands before a classifier: the last one there is. */
static uint32_t fallback(const struct ecam_graph *graph)
{
    for (uint32_t i = (uint32_t)graph->n_nodes; i-- > 0;)
        if (role_of(&graph->nodes[i]) == ROLE_CONV)
            return i;
    return graph->output;
}

enum ecam_status ecam_default_last(struct ecam_graph *graph, struct ecam_error *err)
{
    bool has_scores = false; /* the classifier is behind us */
    uint32_t at = graph->output;
    struct before *const before = ecam_calloc(graph->n_nodes, sizeof *before);
    if (before == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "default tap among %zu nodes", graph->n_nodes);
    look_back(graph, before);
    graph->last = ECAM_NO_NODE;
    while (at != ECAM_NO_NODE && graph->last == ECAM_NO_NODE) {
        const uint32_t conv = has_scores ? ECAM_NO_NODE : before[at].conv;
        if (conv != ECAM_NO_NODE) { /* nothing but activations since: it gives the scores */
            has_scores = true;
            at = source_of(graph, conv);
        } else if (before[at].is_result) {
            graph->last = at;
        } else {
            has_scores |= role_of(&graph->nodes[at]) == ROLE_SCORES;
            at = source_of(graph, at);
        }
    }
    if (graph->last == ECAM_NO_NODE)
        graph->last = fallback(graph);
    ecam_free(before);
    return ECAM_OK;
}
