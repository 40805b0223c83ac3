/* SPDX-License-Identifier: BSD-2-Clause
 * A Caffe net on its way to a graph: what caffe_import.c (the net) and caffe_layers.c
 * (its layers) share. Failure is sticky: after the first one every call does nothing
 * and gives node 0 or NULL. */
#ifndef ECAM_CAFFE_IMPORT_H
#define ECAM_CAFFE_IMPORT_H

#include "engine/common.h"
#include "engine/network.h"
#include "weights/caffe_net.h"

/* What is known of a node's value; 0 where nothing is. */
struct ecam_caffe_extent {
    uint32_t rank;
    size_t channels; /* of axis 1 */
};

struct ecam_caffe_import {
    struct ecam_weight_set *set;
    const struct ecam_limits *limits;
    struct ecam_caffe_net *net;
    struct ecam_graph *graph;
    struct ecam_error *err;
    enum ecam_status status;
    struct ecam_caffe_extent *extents; /* one for each node */
    size_t cap_extents;

    /* The layer that is being added. */
    const struct ecam_caffe_layer *layer;
    uint32_t *inputs; /* nodes of its bottoms */
    size_t n_inputs, cap_inputs;
    uint32_t *outputs; /* nodes of its tops; ECAM_NO_NODE: not computed here */
    size_t n_outputs, cap_outputs;
};

/* Adds the nodes of im->layer, whose inputs are known, and fills in its outputs. The
 * last node made stands for the layer. A type that is not known becomes a node of kind
 * "caffe.TYPE", which is refused only when it is reached. */
uint32_t ecam_caffe_add_layer(struct ecam_caffe_import *im);

/* Fails for a reason that the layer gives; its name and type are put before. */
void ecam_caffe_fail(struct ecam_caffe_import *im, enum ecam_status status, const char *fmt, ...)
    ECAM_PRINTF(3, 4);

/* caffe_data.c */
bool ecam_caffe_is_one_of(const char *type, const char *const *types, size_t n);
bool ecam_caffe_is_data(const struct ecam_caffe_layer *layer);
/* dim: channels, height, width of the input. */
void ecam_caffe_photos(const struct ecam_caffe_net *net, const struct ecam_graph *graph,
                       const int64_t dim[3], struct ecam_preprocess *pre);

/* Whether a sealed set carries a Caffe graph, and the network of it; as in weights.h. */
bool ecam_caffe_is(const struct ecam_weight_set *set);
enum ecam_status ecam_caffe_import(struct ecam_weight_set *set, const struct ecam_limits *limits,
                                   struct ecam_network **out, struct ecam_error *err);

#endif /* ECAM_CAFFE_IMPORT_H */
