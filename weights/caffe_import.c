/* SPDX-License-Identifier: BSD-2-Clause
 * A Caffe net -> a network. The layers of the TEST phase, in order; blobs by name, the
 * last layer that wrote one counts; data layers are the input, losses and accuracies
 * end where they begin. */
#include "weights/caffe_import.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/caffe_nodes.h"
#include "weights/default_last.h"
#include "weights/family.h"
#include "weights/json_text.h"

#define SIDE 224 /* of the input, where the net does not tell */

/* What the blobs of a name hold now. Sorted by name. */
struct blob {
    const char *name; /* the net's */
    uint32_t node;    /* ECAM_NO_NODE: known, but nothing computes it here */
    bool is_label;    /* ... because it is no photo's */
};

struct work {
    struct ecam_caffe_import im;
    struct blob *blobs;
    size_t n_blobs, cap_blobs;
    int64_t dim[3]; /* channels, height, width of the input; 0: unknown */
    bool has_input; /* a name that stands for it was seen */
};

/* ---- Blobs ---- */

static size_t blob_place(const struct work *w, const char *name)
{
    size_t low = 0, high = w->n_blobs;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(name, w->blobs[middle].name) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct blob *find_blob(const struct work *w, const char *name)
{
    const size_t at = blob_place(w, name);
    return at < w->n_blobs && strcmp(w->blobs[at].name, name) == 0 ? &w->blobs[at] : NULL;
}

static void set_blob(struct work *w, const char *name, uint32_t node, bool is_label)
{
    struct blob *const old = find_blob(w, name);
    if (old != NULL) {
        old->node = node;
        old->is_label = is_label;
        return;
    }
    void *blobs = w->blobs;
    const bool has_room = ecam_reserve(&blobs, &w->cap_blobs, w->n_blobs, sizeof *w->blobs);
    w->blobs = blobs;
    if (!has_room) {
        if (w->im.status == ECAM_OK)
            w->im.status = ecam_fail(w->im.err, ECAM_ERR_NOMEM, "blob '%s'", name);
        return;
    }
    const size_t at = blob_place(w, name);
    memmove(&w->blobs[at + 1], &w->blobs[at], (w->n_blobs - at) * sizeof *w->blobs);
    w->blobs[at] = (struct blob){ name, node, is_label };
    w->n_blobs++;
}

/* ---- Which layers are there ---- */

static bool meets(const struct ecam_caffe_rule *rule)
{
    return (!rule->phase.is_set || rule->phase.v == ECAM_CAFFE_TEST) &&
           (!rule->min_level.is_set || rule->min_level.v <= 0) &&
           (!rule->max_level.is_set || rule->max_level.v >= 0) && rule->stage.n == 0;
}

static bool any_met(const struct ecam_caffe_list *rules)
{
    const struct ecam_caffe_rule *const items = rules->items;
    for (size_t i = 0; i < rules->n; i++)
        if (meets(&items[i]))
            return true;
    return false;
}

/* As Caffe's, for a net of phase TEST, level 0 and no stages. */
static bool is_included(const struct ecam_caffe_layer *layer)
{
    return (layer->includes.n == 0 || any_met(&layer->includes)) && !any_met(&layer->excludes);
}

/* Layers that compute nothing that a prediction needs. */
static bool is_ending(const struct ecam_caffe_layer *layer)
{
    static const char *const types[] = { "Accuracy", "ArgMax", "Silence", "HDF5Output" };
    const size_t n = strlen(layer->type);
    return ecam_caffe_is_one_of(layer->type, types, ECAM_ARRAY_LEN(types)) ||
           (n >= 4 && strcmp(layer->type + n - 4, "Loss") == 0);
}

/* ---- The input ---- */

/* dims: n, c, h, w. */
static void take_dims(struct work *w, const int64_t *dim, size_t n)
{
    if (n != 4 || w->dim[0] != 0)
        return;
    for (size_t i = 0; i < 3; i++) {
        if (dim[i + 1] < 1 || dim[i + 1] > 65536) {
            if (w->im.status == ECAM_OK)
                w->im.status = ecam_fail(w->im.err, ECAM_ERR_FORMAT,
                                         "the net's input: dimension %lld, expected 1 to 65536",
                                         (long long)dim[i + 1]);
            return;
        }
        w->dim[i] = dim[i + 1];
    }
}

static void take_shapes(struct work *w, const struct ecam_caffe_list *shapes)
{
    const struct ecam_caffe_shape *const first = shapes->items;
    if (shapes->n > 0)
        take_dims(w, first->dim.v, first->dim.n);
}

/* The first name that any layer gives out as data is the photo, others are labels. */
static void name_input(struct work *w, const char *name)
{
    if (find_blob(w, name) == NULL)
        set_blob(w, name, w->has_input ? ECAM_NO_NODE : 0, w->has_input);
    w->has_input = true;
}

static void take_data_layer(struct work *w, const struct ecam_caffe_layer *layer)
{
    const int64_t side = layer->transform.crop_size;
    const int64_t dim[4] = { 1, layer->memory_data.channels, layer->memory_data.height,
                             layer->memory_data.width };
    const int64_t crop[4] = { 1, 3, side, side };
    if (!w->has_input) {
        take_shapes(w, &layer->input_shapes);
        if (dim[1] != 0)
            take_dims(w, dim, 4);
        if (side != 0)
            take_dims(w, crop, 4);
    }
    for (size_t i = 0; i < layer->tops.n; i++)
        name_input(w, ecam_caffe_text(&layer->tops, i));
}

/* Data layers count in whatever phase: a net that was saved while it was trained has the
 * training's alone. */
static void find_input(struct work *w)
{
    const struct ecam_caffe_net *const net = w->im.net;
    take_shapes(w, &net->input_shapes);
    if (net->input_dim.n >= 4)
        take_dims(w, net->input_dim.v, 4);
    for (size_t i = 0; i < net->inputs.n; i++)
        name_input(w, ecam_caffe_text(&net->inputs, i));
    for (size_t i = 0; i < ecam_caffe_n_layers(net); i++)
        if (ecam_caffe_is_data(ecam_caffe_layer(net, i)))
            take_data_layer(w, ecam_caffe_layer(net, i));
    if (!w->has_input && w->im.status == ECAM_OK)
        w->im.status = ecam_fail(w->im.err, ECAM_ERR_FORMAT,
                                 "the net has no input: neither 'input:' nor a data layer");
    if (w->dim[0] == 0)
        memcpy(w->dim, (const int64_t[]){ 3, SIDE, SIDE }, sizeof w->dim);
}

/* ---- Layers ---- */

static bool grow_list(struct work *w, uint32_t **items, size_t *cap, size_t n)
{
    void *grown = *items;
    const bool ok = ecam_reserve(&grown, cap, n, sizeof **items);
    *items = grown;
    if (!ok && w->im.status == ECAM_OK)
        w->im.status = ecam_fail(w->im.err, ECAM_ERR_NOMEM, "list of %zu blobs", n + 1);
    return ok;
}

/* The nodes of the layer's bottoms; those that nothing computes are left out where the
 * layer may do without. */
static void find_bottoms(struct work *w, bool may_miss)
{
    const struct ecam_caffe_layer *const layer = w->im.layer;
    w->im.n_inputs = 0;
    for (size_t i = 0; i < layer->bottoms.n && w->im.status == ECAM_OK; i++) {
        const char *const name = ecam_caffe_text(&layer->bottoms, i);
        const struct blob *const blob = find_blob(w, name);
        if (blob == NULL && !may_miss)
            ecam_caffe_fail(&w->im, ECAM_ERR_FORMAT, "its input '%.100s' is no layer's before it",
                            name);
        else if ((blob == NULL || blob->node == ECAM_NO_NODE) && !may_miss)
            ecam_caffe_fail(&w->im, ECAM_ERR_UNSUPPORTED, "its input '%.100s' is not computed here",
                            name);
        else if (blob != NULL && blob->node != ECAM_NO_NODE &&
                 grow_list(w, &w->im.inputs, &w->im.cap_inputs, w->im.n_inputs))
            w->im.inputs[w->im.n_inputs++] = blob->node;
    }
}

/* Whether a layer works on labels alone. */
static bool is_of_labels(const struct work *w, const struct ecam_caffe_layer *layer)
{
    for (size_t i = 0; i < layer->bottoms.n; i++) {
        const struct blob *const blob = find_blob(w, ecam_caffe_text(&layer->bottoms, i));
        if (blob == NULL || !blob->is_label)
            return false;
    }
    return layer->bottoms.n > 0;
}

static void expect_tops(struct work *w)
{
    w->im.n_outputs = 0;
    for (size_t i = 0; i < w->im.layer->tops.n; i++)
        if (grow_list(w, &w->im.outputs, &w->im.cap_outputs, w->im.n_outputs))
            w->im.outputs[w->im.n_outputs++] = ECAM_NO_NODE;
}

static void add_layer(struct work *w)
{
    struct ecam_caffe_import *const im = &w->im;
    const bool is_label = is_of_labels(w, im->layer);
    const bool is_end = is_label || is_ending(im->layer);
    uint32_t node;
    find_bottoms(w, is_end);
    expect_tops(w);
    if (im->status != ECAM_OK)
        return;
    if (is_end)
        node = im->n_inputs > 0 ? im->inputs[0] : im->graph->output;
    else
        node = ecam_caffe_add_layer(im);
    for (size_t i = 0; i < im->n_outputs; i++)
        set_blob(w, ecam_caffe_text(&im->layer->tops, i), im->outputs[i], is_label);
    if (strcmp(im->layer->type, "Silence") != 0 && im->status == ECAM_OK)
        im->graph->output = node;
}

/* What a classifier returns are its logits: a softmax at the end is a name to tap. */
static void step_over_softmax(struct ecam_graph *graph)
{
    if (graph->output != ECAM_NO_NODE && strcmp(graph->nodes[graph->output].kind, "softmax") == 0)
        graph->output = graph->nodes[graph->output].inputs[0];
}

/* Blobs whose name no layer has are other names of what they hold in the end. */
static void add_aliases(struct work *w)
{
    for (size_t i = 0; i < w->n_blobs && w->im.status == ECAM_OK; i++) {
        const struct blob *const blob = &w->blobs[i];
        if (blob->node != ECAM_NO_NODE && ecam_graph_find(w->im.graph, blob->name) == ECAM_NO_NODE)
            w->im.status = ecam_graph_alias(w->im.graph, blob->name, blob->node, w->im.err);
    }
}

static void build(struct work *w)
{
    struct ecam_caffe_import *const im = &w->im;
    find_input(w);
    const uint32_t input = ecam_caffe_node(im, "input", "input", NULL, 0);
    ecam_caffe_set_ints(im, input, "channels", &w->dim[0], 1);
    ecam_caffe_set_extent(im, input, 4, (size_t)w->dim[0]);
    for (size_t i = 0; i < ecam_caffe_n_layers(im->net) && im->status == ECAM_OK; i++) {
        im->layer = ecam_caffe_layer(im->net, i);
        if (is_included(im->layer) && !ecam_caffe_is_data(im->layer))
            add_layer(w);
    }
    if (im->status != ECAM_OK)
        return;
    if (im->graph->output == ECAM_NO_NODE || im->graph->n_nodes < 2) {
        im->status = ecam_fail(im->err, ECAM_ERR_FORMAT, "the net has no layers but its input's");
        return;
    }
    step_over_softmax(im->graph);
    add_aliases(w);
    if (im->status == ECAM_OK)
        im->status = ecam_default_last(im->graph, im->err);
}

/* ---- The network ---- */

bool ecam_caffe_is(const struct ecam_weight_set *set)
{
    return set->graph != NULL &&
           (set->graph_is_text || (set->format != NULL && strcmp(set->format, "Caffe") == 0));
}

static enum ecam_status set_facts(struct ecam_network *network, const struct work *w,
                                  struct ecam_error *err)
{
    const struct ecam_graph *const graph = w->im.graph;
    const char *const name = w->im.net->name;
    enum ecam_status status =
        ecam_network_set_fact(network, "last", graph->nodes[graph->last].name, err);
    if (status == ECAM_OK && name != NULL && name[0] != '\0' && ecam_text_is_plain(name))
        status = ecam_network_set_fact(network, "family", name, err);
    if (status == ECAM_OK && w->im.extents[graph->output].channels == ECAM_N_IMAGENET_LABELS)
        status =
            ecam_network_set_labels(network, ecam_imagenet_labels, ECAM_N_IMAGENET_LABELS, err);
    return status;
}

static enum ecam_status read_net(const struct ecam_weight_set *set,
                                 const struct ecam_limits *limits, struct ecam_caffe_net **out,
                                 struct ecam_error *err)
{
    if (!set->graph_is_text)
        return ecam_caffe_net_binary(set->graph, set->graph_bytes, false, limits, out, err);
    return ecam_caffe_net_text((const char *)set->graph, set->graph_bytes, limits, out, err);
}

enum ecam_status ecam_caffe_import(struct ecam_weight_set *set, const struct ecam_limits *limits,
                                   struct ecam_network **out, struct ecam_error *err)
{
    struct work w = { .im = { .set = set, .limits = limits, .err = err } };
    struct ecam_network *network = ecam_network_new();
    enum ecam_status status = read_net(set, limits, &w.im.net, err);
    if (status != ECAM_OK)
        goto out;
    w.im.graph = ecam_graph_new();
    if (network == NULL || w.im.graph == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "network");
        goto out;
    }
    build(&w);
    status = w.im.status;
    if (status == ECAM_OK)
        status = set_facts(network, &w, err);
    if (status != ECAM_OK)
        goto out;
    ecam_caffe_photos(w.im.net, w.im.graph, w.dim, &network->preprocess);
    network->graph = w.im.graph;
    w.im.graph = NULL;
    *out = network;
    network = NULL;
out:
    ecam_caffe_net_free(w.im.net);
    ecam_graph_free(w.im.graph);
    ecam_network_free(network);
    ecam_free(w.im.extents);
    ecam_free(w.im.inputs);
    ecam_free(w.im.outputs);
    ecam_free(w.blobs);
    if (status != ECAM_OK && set->graph_path != NULL)
        ecam_error_at(err, status, set->graph_path);
    set->graph_path = NULL;
    return status;
}
