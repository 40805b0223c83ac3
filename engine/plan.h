/* SPDX-License-Identifier: BSD-2-Clause
 * What runs, in which order, where its results lie.
 *
 * Building a plan: shapes for the input size; the nodes that the wanted values need;
 * one step a node, unless the node is a view or another step absorbs it (never
 * across a wanted value: a tap is exact); a layout for every value, with steps
 * between where a reader wants the other one; lifetimes; places in the arena. A
 * plan holds no memory for activations and has packed no weights: that is the
 * session. */
#ifndef ECAM_PLAN_H
#define ECAM_PLAN_H

#include "engine/layer.h"

#define ECAM_NO_OFFSET SIZE_MAX

struct ecam_plan {
    struct ecam_step *steps;
    size_t n_steps;
    struct ecam_shape *shapes; /* of every node up to the last that is needed */
    size_t *offset;            /* of every node's value in plain layout, in floats;
                                  ECAM_NO_OFFSET where it is never stored so */
    size_t n_nodes;
    size_t arena_floats;
    uint64_t macs;
    /* Blocks behind the arrays of the steps. */
    const float **pointers;
    struct ecam_shape *in_shapes;
    size_t *places;
};

struct ecam_plan_request {
    const struct ecam_graph *graph;
    struct ecam_shape input;
    const uint32_t *wanted; /* nodes whose values must be there after the run */
    size_t n_wanted;        /* >= 1 */
    enum ecam_goal goal;
    bool allow_winograd;
    const struct ecam_kernels *kernels;
    const struct ecam_layer_ops *reorder; /* of the steps that change a layout */
    uint64_t max_macs, max_arena_bytes;
};

enum ecam_status ecam_plan_build(const struct ecam_plan_request *request, struct ecam_plan **out,
                                 struct ecam_error *err);
void ecam_plan_free(struct ecam_plan *plan);

/* Multiply-adds of one node, from its layer's description. */
uint64_t ecam_node_macs(const struct ecam_node *node, const struct ecam_shape *in,
                        const struct ecam_shape *out);

#endif /* ECAM_PLAN_H */
