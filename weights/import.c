/* SPDX-License-Identifier: BSD-2-Clause
 * From named arrays to a network: by the graph that the file carries, else by the
 * family that names and shapes give away. */
#include <stdio.h>
#include <string.h>

#include "engine/error.h"
#include "weights/caffe_import.h"
#include "weights/family.h"
#include "weights/model_file.h"
#include "weights/onnx.h"
#include "weights/weights.h"

#define MAX_SOURCE 256

/* The last part of a path: where a file lay on somebody's disk is nobody's business.
 * A name that is no printable UTF-8 could not stand in a model file. */
static void source_name(const char *path, char out[MAX_SOURCE])
{
    const char *const slash = strrchr(path, '/');
    snprintf(out, MAX_SOURCE, "%s", slash == NULL ? path : slash + 1);
    if (!ecam_text_is_plain(out))
        for (char *c = out; *c != '\0'; c++)
            if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
                *c = '?';
}

enum ecam_status ecam_network_import(struct ecam_weight_set *set, const char *name,
                                     const struct ecam_limits *limits, ecam_find_layer_fn *find,
                                     struct ecam_network **out, struct ecam_error *err)
{
    const struct ecam_limits bounds = ecam_limits_filled(limits);
    const struct ecam_onnx_options options = { .find = find };
    struct ecam_network *network = NULL;
    char source[MAX_SOURCE];
    enum ecam_status status = ecam_weight_set_seal(set, err);
    if (status != ECAM_OK)
        return status;
    if (ecam_model_file_is(set) && !set->graph_is_text) {
        status = ecam_model_file_read(set, &bounds, &network, err);
    } else {
        source_name(name, source);
        status = ecam_onnx_is(set)    ? ecam_onnx_import(set, &options, &bounds, &network, err)
                 : ecam_caffe_is(set) ? ecam_caffe_import(set, &bounds, &network, err)
                                      : ecam_family_import(set, &network, err);
        if (status == ECAM_OK)
            status = ecam_network_set_fact(network, "format",
                                           set->format != NULL ? set->format : "memory", err);
        if (status == ECAM_OK)
            status = ecam_network_set_fact(network, "source", source, err);
    }
    if (status != ECAM_OK) {
        ecam_network_free(network);
        return status;
    }
    network->weights = set;
    *out = network;
    return ECAM_OK;
}
