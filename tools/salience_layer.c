/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/salience_layer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/error.h"

static enum ecam_status default_layer(const struct ecam_model *model, char **out,
                                      struct ecam_error *err)
{
    struct ecam_layers *layers = NULL;
    const char *last = NULL, *largest = NULL;
    size_t most = 0;
    enum ecam_status status = ecam_layers_new(model, 0, 0, &layers, err);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < ecam_layers_count(layers); i++) {
        const struct ecam_shape *input = &ecam_layers_get(layers, 0)->in;
        const struct ecam_layer_info *layer = ecam_layers_get(layers, i);
        if (layer->out.rank != 4)
            continue;
        const size_t h = layer->out.dim[2], w = layer->out.dim[3];
        if (2 * h >= input->dim[2] && 2 * w >= input->dim[3])
            last = layer->name;
        if (largest == NULL || h * w >= most) {
            largest = layer->name;
            most = h * w;
        }
    }
    const char *name = last != NULL ? last : largest;
    *out = malloc(name == NULL ? 1 : strlen(name) + 1);
    if (*out == NULL || name == NULL)
        status = ecam_fail(err, name == NULL ? ECAM_ERR_UNSUPPORTED : ECAM_ERR_NOMEM,
                           "no layer for the salience");
    else
        strcpy(*out, name);
    ecam_layers_free(layers);
    return status;
}

static enum ecam_status named_layer(const struct ecam_model *model, const char *name, char **out,
                                    struct ecam_error *err)
{
    struct ecam_names *names = NULL;
    enum ecam_status status = ecam_names_find(model, name, &names, err);
    if (status != ECAM_OK)
        return status;
    if (ecam_names_count(names) != 1)
        status = ecam_fail(err, ECAM_ERR_NAME, "--salience-layer '%s' means %zu layers, not one",
                           name, ecam_names_count(names));
    const char *found = ecam_names_get(names, 0);
    *out = status == ECAM_OK ? malloc(strlen(found) + 1) : NULL;
    if (*out != NULL)
        strcpy(*out, found);
    else if (status == ECAM_OK)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "the name of a layer");
    ecam_names_free(names);
    return status;
}

enum ecam_status salience_layer(const struct ecam_model *model, const char *name, char **out,
                                struct ecam_error *err)
{
    return name == NULL ? default_layer(model, out, err) : named_layer(model, name, out, err);
}
