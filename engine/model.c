/* SPDX-License-Identifier: BSD-2-Clause
 * A model from a file, and back. With model_info.c the only place of the engine that
 * knows the other folders: weights/ to load and save, layers/ to resolve kinds. */
#include "engine/model.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/registry.h"
#include "weights/sha256.h"
#include "weights/weights.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* Builds the model around a weight set, which it takes over in any case. */
static enum ecam_status model_from_set(struct ecam_weight_set *set, const char *path,
                                       const struct ecam_limits *limits, struct ecam_model **out,
                                       struct ecam_error *err)
{
    enum ecam_status status;
    struct ecam_model *model = ecam_calloc(1, sizeof *model);
    if (model != NULL)
        model->path = ecam_strdup(path);
    if (model == NULL || model->path == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "model");
        goto out;
    }
    model->limits = *limits;
    status =
        ecam_network_import(set, base_name(path), limits, ecam_layer_find, &model->network, err);
    if (status != ECAM_OK)
        goto out;
    set = NULL; /* the network's */
    status = ecam_graph_check(model->network->graph, err);
    if (status == ECAM_OK)
        status = ecam_graph_resolve(model->network->graph, ecam_layer_find, err);
    if (status == ECAM_OK)
        status = ecam_packs_new(model->network->weights, &model->packs, err);
    if (status != ECAM_OK)
        goto out;
    *out = model; /* handed over */
    model = NULL;
out:
    ecam_weight_set_free(set);
    ecam_model_free(model);
    return status == ECAM_OK ? status : ecam_error_at(err, status, path);
}

enum ecam_status ecam_model_load(const char *path, const struct ecam_limits *limits,
                                 struct ecam_model **out, struct ecam_error *err)
{
    const struct ecam_load_options options = { .limits = limits };
    return ecam_model_load_with(path, &options, out, err);
}

enum ecam_status ecam_model_load_with(const char *path, const struct ecam_load_options *options,
                                      struct ecam_model **out, struct ecam_error *err)
{
    const char *const graph = options != NULL ? options->graph : NULL;
    const struct ecam_limits limits = ecam_limits_filled(options != NULL ? options->limits : NULL);
    struct ecam_weight_set *set = NULL;
    enum ecam_status status = ecam_weights_open(path, &limits, &set, err);
    if (status == ECAM_OK && graph != NULL)
        status = ecam_weights_set_graph(set, graph, &limits, err);
    if (status == ECAM_OK)
        return model_from_set(set, path, &limits, out, err);
    ecam_weight_set_free(set);
    return status;
}

enum ecam_status ecam_model_load_mem(const void *bytes, size_t size, const char *name,
                                     const struct ecam_limits *limits, struct ecam_model **out,
                                     struct ecam_error *err)
{
    const struct ecam_limits filled = ecam_limits_filled(limits);
    struct ecam_weight_set *set = NULL;
    const enum ecam_status status = ecam_weights_open_mem(bytes, size, name, &filled, &set, err);
    return status == ECAM_OK ? model_from_set(set, name, &filled, out, err) : status;
}

/* The bytes of the file: the storage that the reader was given first. */
static const struct ecam_storage *file_of(const struct ecam_model *model)
{
    const struct ecam_weight_set *set = model->network->weights;
    for (size_t i = 0; i < set->n_storages; i++)
        if (set->storages[i].kind != ECAM_STORAGE_HEAP)
            return &set->storages[i];
    return NULL;
}

enum ecam_status ecam_model_verify(const struct ecam_model *model, struct ecam_error *err)
{
    const struct ecam_storage *file = file_of(model);
    if (file == NULL)
        return ECAM_OK;
    const enum ecam_status status =
        ecam_weights_verify(file->base, file->bytes, &model->limits, err);
    return status == ECAM_OK ? status : ecam_error_at(err, status, model->path);
}

enum ecam_status ecam_model_save(const struct ecam_model *model, const char *path,
                                 const struct ecam_save_options *options, struct ecam_error *err)
{
    static const struct ecam_save_options defaults = { 0 };
    const struct ecam_storage *file = file_of(model);
    char digest[ECAM_SHA256_HEX] = "";
    if (file != NULL)
        ecam_sha256_hex(file->base, file->bytes, digest);
    return ecam_model_file_write(model->network, path, options != NULL ? options : &defaults,
                                 digest, err);
}
