/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tnet.h"

#include <check.h>
#include <stdio.h>

#include "engine/alloc.h"
#include "layers/registry.h"

struct tnet tnet_new(size_t channels, size_t size)
{
    struct tnet net = { .rng = 1 };
    net.model = ecam_calloc(1, sizeof *net.model);
    ck_assert_ptr_nonnull(net.model);
    net.model->path = ecam_strdup("test");
    net.model->limits.max_macs = UINT64_MAX;
    net.model->limits.max_arena_bytes = UINT64_MAX;
    net.model->network = ecam_network_new();
    ck_assert_ptr_nonnull(net.model->network);
    struct ecam_network *network = net.model->network;
    if (network->graph == NULL)
        network->graph = ecam_graph_new();
    if (network->weights == NULL)
        network->weights = ecam_weight_set_new();
    network->preprocess.resize = ECAM_RESIZE_SQUASH;
    network->preprocess.resize_h = network->preprocess.resize_w = (uint32_t)size;
    const uint32_t input = tnet_add(&net, "input", "input", 0, NULL);
    tnet_ints(&net, input, "channels", 1, &(int64_t){ (int64_t)channels });
    return net;
}

void tnet_free(struct tnet *net)
{
    ecam_model_free(net->model);
    net->model = NULL;
}

float tnet_random(struct tnet *net)
{
    net->rng = net->rng * 6364136223846793005u + 1442695040888963407u;
    return (float)((double)(net->rng >> 40) / (1 << 23) - 1.0);
}

uint32_t tnet_add(struct tnet *net, const char *kind, const char *name, size_t n_inputs,
                  const uint32_t *inputs)
{
    struct ecam_error err;
    uint32_t node = 0;
    const enum ecam_status status =
        ecam_graph_add(net->model->network->graph, kind, name, inputs, n_inputs, &node, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return node;
}

void tnet_ints(struct tnet *net, uint32_t node, const char *key, size_t n, const int64_t *value)
{
    ck_assert_int_eq(ecam_graph_set_ints(net->model->network->graph, node, key, value, n, NULL),
                     ECAM_OK);
}

/* The weight is named "NODE.ROLE" and attached when the set is sealed. */
void tnet_weight(struct tnet *net, uint32_t node, const char *role, float middle, uint32_t rank,
                 const size_t *dim)
{
    struct ecam_weight_set *set = net->model->network->weights;
    struct ecam_shape shape = { .rank = rank };
    size_t count = 1;
    for (uint32_t i = 0; i < rank; i++)
        count *= shape.dim[i] = dim[i];
    float *data = ecam_alloc_floats(count);
    for (size_t i = 0; i < count; i++)
        data[i] = middle + 0.5f * tnet_random(net);
    const struct ecam_storage storage = { .kind = ECAM_STORAGE_HEAP,
                                          .base = (uint8_t *)data,
                                          .bytes = count * sizeof *data };
    ck_assert_int_eq(ecam_weight_set_own(set, storage, NULL), ECAM_OK);
    char name[128];
    snprintf(name, sizeof name, "%s.%s", net->model->network->graph->nodes[node].name, role);
    ck_assert_int_eq(ecam_weight_set_add(set, name, ECAM_DTYPE_F32, &shape, NULL, storage.base,
                                         storage.bytes, 0, NULL),
                     ECAM_OK);
}

uint32_t tnet_conv_bn_relu(struct tnet *net, const char *name, uint32_t in, size_t in_c,
                           size_t out_c, size_t k, int64_t stride)
{
    char text[64];
    const int64_t pad = (int64_t)k / 2;
    snprintf(text, sizeof text, "%s.conv", name);
    const uint32_t conv = tnet_add(net, "conv2d", text, 1, &in);
    tnet_ints(net, conv, "stride", 2, (int64_t[]){ stride, stride });
    tnet_ints(net, conv, "pad", 4, (int64_t[]){ pad, pad, pad, pad });
    tnet_weight(net, conv, "weight", 0.0f, 4, (size_t[]){ out_c, in_c, k, k });
    snprintf(text, sizeof text, "%s.bn", name);
    const uint32_t norm = tnet_add(net, "batchnorm", text, 1, &conv);
    tnet_weight(net, norm, "weight", 1.0f, 1, &out_c);
    tnet_weight(net, norm, "bias", 0.0f, 1, &out_c);
    tnet_weight(net, norm, "mean", 0.0f, 1, &out_c);
    tnet_weight(net, norm, "var", 1.0f, 1, &out_c);
    snprintf(text, sizeof text, "%s.relu", name);
    return tnet_add(net, "relu", text, 1, &norm);
}

enum ecam_status tnet_finish(struct tnet *net, uint32_t output, uint32_t last,
                             struct ecam_error *err)
{
    struct ecam_graph *graph = net->model->network->graph;
    struct ecam_weight_set *set = net->model->network->weights;
    ck_assert_int_eq(ecam_weight_set_seal(set, NULL), ECAM_OK);
    static const char *const roles[] = { "weight", "bias",  "mean",  "var",  "scale",
                                         "zero",   "value", "index", "slope" };
    for (uint32_t i = 0; i < graph->n_nodes; i++) {
        for (size_t r = 0; r < sizeof roles / sizeof *roles; r++) {
            char name[128];
            snprintf(name, sizeof name, "%s.%s", graph->nodes[i].name, roles[r]);
            const struct ecam_weight *weight = ecam_weight_set_find(set, name);
            if (weight != NULL)
                ck_assert_int_eq(ecam_graph_set_weight(graph, i, roles[r], weight, NULL), ECAM_OK);
        }
    }
    graph->output = output;
    graph->last = last;
    enum ecam_status status = ecam_graph_check(graph, err);
    if (status == ECAM_OK)
        status = ecam_graph_resolve(graph, ecam_layer_find, err);
    if (status == ECAM_OK)
        status = ecam_packs_new(set, &net->model->packs, err);
    return status;
}

struct tnet tnet_small(void)
{
    struct tnet net = tnet_new(3, 19);
    const uint32_t stem = tnet_conv_bn_relu(&net, "stem", 0, 3, 13, 3, 2);
    const uint32_t a = tnet_conv_bn_relu(&net, "block.a", stem, 13, 13, 3, 1);
    const uint32_t add = tnet_add(&net, "add", "block.add", 2, (uint32_t[]){ a, stem });
    const uint32_t relu = tnet_add(&net, "relu", "block.relu", 1, &add);
    const uint32_t left = tnet_conv_bn_relu(&net, "left", relu, 13, 5, 1, 1);
    const uint32_t pool = tnet_add(&net, "maxpool2d", "pool", 1, &relu);
    tnet_ints(&net, pool, "kernel", 2, (int64_t[]){ 3, 3 });
    tnet_ints(&net, pool, "pad", 4, (int64_t[]){ 1, 1, 1, 1 });
    const uint32_t cat = tnet_add(&net, "concat", "cat", 2, (uint32_t[]){ left, pool });
    const uint32_t drop = tnet_add(&net, "dropout", "drop", 1, &cat);
    const uint32_t relu2 = tnet_add(&net, "relu", "relu2", 1, &drop);
    const uint32_t gap = tnet_add(&net, "global_avgpool", "gap", 1, &relu2);
    const uint32_t flat = tnet_add(&net, "flatten", "flat", 1, &gap);
    const uint32_t fc = tnet_add(&net, "dense", "fc", 1, &flat);
    tnet_weight(&net, fc, "weight", 0.0f, 2, (size_t[]){ 7, 18 });
    tnet_weight(&net, fc, "bias", 0.0f, 1, &(size_t){ 7 });
    struct ecam_graph *graph = net.model->network->graph;
    ck_assert_int_eq(ecam_graph_alias(graph, "block", relu, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_graph_alias(graph, "stem", stem, NULL), ECAM_OK);
    struct ecam_error err;
    const enum ecam_status status = tnet_finish(&net, fc, relu2, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return net;
}
