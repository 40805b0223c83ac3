/* SPDX-License-Identifier: BSD-2-Clause
 * Caffe nets: made, completed, freed. */
#include "weights/caffe_net.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/caffe_schema.h"

#define MAX_NAME 1024 /* bytes; as of weights */

/* ---- Lists ---- */

static void *reserve(struct ecam_caffe_list *list, size_t item_bytes)
{
    const bool ok = ecam_reserve(&list->items, &list->cap, list->n, item_bytes);
    return ok ? (uint8_t *)list->items + list->n * item_bytes : NULL;
}

void *ecam_caffe_append(struct ecam_caffe_list *list, const struct ecam_caffe_message *message)
{
    void *const item = reserve(list, message->bytes);
    if (item == NULL)
        return NULL;
    memset(item, 0, message->bytes);
    if (message->init != NULL)
        message->init(item);
    list->n++;
    return item;
}

bool ecam_caffe_append_text(struct ecam_caffe_list *list, char *text)
{
    char **const item = reserve(list, sizeof *item);
    if (item == NULL) {
        ecam_free(text);
        return false;
    }
    *item = text;
    list->n++;
    return true;
}

bool ecam_caffe_append_int(struct ecam_caffe_list *list, int64_t value)
{
    int64_t *const item = reserve(list, sizeof *item);
    if (item == NULL)
        return false;
    *item = value;
    list->n++;
    return true;
}

/* ---- Freeing ---- */

static void free_texts(struct ecam_caffe_list *list)
{
    char **const texts = list->items;
    for (size_t i = 0; i < list->n; i++)
        ecam_free(texts[i]);
    ecam_free(texts);
}

static void free_rules(struct ecam_caffe_list *list)
{
    struct ecam_caffe_rule *const rules = list->items;
    for (size_t i = 0; i < list->n; i++) {
        free_texts(&rules[i].stage);
        free_texts(&rules[i].not_stage);
    }
    ecam_free(rules);
}

static void free_layers(struct ecam_caffe_list *list)
{
    struct ecam_caffe_layer *const layers = list->items;
    for (size_t i = 0; i < list->n; i++) {
        struct ecam_caffe_layer *const layer = &layers[i];
        struct ecam_caffe_blob *const blobs = layer->blobs.items;
        for (size_t k = 0; k < layer->blobs.n; k++)
            ecam_free(blobs[k].owned);
        ecam_free(blobs);
        ecam_free(layer->name);
        ecam_free(layer->type);
        free_texts(&layer->bottoms);
        free_texts(&layer->tops);
        free_rules(&layer->includes);
        free_rules(&layer->excludes);
        ecam_free(layer->input_shapes.items);
        ecam_free(layer->slice_points.items);
    }
    ecam_free(layers);
}

struct ecam_caffe_net *ecam_caffe_net_new(void)
{
    return ecam_calloc(1, sizeof(struct ecam_caffe_net));
}

void ecam_caffe_net_free(struct ecam_caffe_net *net)
{
    if (net == NULL)
        return;
    ecam_free(net->name);
    free_texts(&net->inputs);
    ecam_free(net->input_shapes.items);
    free_layers(&net->layers);
    free_layers(&net->old_layers);
    ecam_free(net);
}

/* ---- Completing ---- */

static enum ecam_status finish_layer(struct ecam_caffe_layer *layer, size_t i, bool is_old,
                                     struct ecam_error *err)
{
    if (layer->is_v0)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "layer %zu is of the first format (V0, layers { layer { ... } }): let "
                         "Caffe's upgrade_net_proto_text and _binary bring it up to date",
                         i);
    if (is_old && layer->v1_type.is_set) {
        const char *const type = ecam_caffe_v1_type(layer->v1_type.v);
        if (type == NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "layer %zu '%s': type %lld is none of V1's", i,
                             layer->name != NULL ? layer->name : "", (long long)layer->v1_type.v);
        layer->type = ecam_strdup(type);
        if (layer->type == NULL)
            return ecam_fail(err, ECAM_ERR_NOMEM, "layer %zu", i);
    }
    if (layer->name == NULL || layer->name[0] == '\0')
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer %zu has no name", i);
    if (strlen(layer->name) > MAX_NAME)
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer %zu '%.60s...': names have at most %d bytes",
                         i, layer->name, MAX_NAME);
    if (layer->type == NULL || layer->type[0] == '\0')
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer %zu '%s' has no type", i, layer->name);
    return ECAM_OK;
}

enum ecam_status ecam_caffe_net_finish(struct ecam_caffe_net *net, struct ecam_error *err)
{
    const bool is_old = net->old_layers.n > 0;
    if (is_old && net->layers.n > 0)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "%zu layers of today's format and %zu of V1: expected one kind",
                         net->layers.n, net->old_layers.n);
    if (is_old) {
        ecam_free(net->layers.items);
        net->layers = net->old_layers;
        net->old_layers = (struct ecam_caffe_list){ 0 };
    }
    if (net->layers.n == 0)
        return ecam_fail(err, ECAM_ERR_FORMAT, "a net without layers");
    struct ecam_caffe_layer *const layers = net->layers.items;
    for (size_t i = 0; i < net->layers.n; i++) {
        const enum ecam_status status = finish_layer(&layers[i], i, is_old, err);
        if (status != ECAM_OK)
            return status;
    }
    return ECAM_OK;
}
