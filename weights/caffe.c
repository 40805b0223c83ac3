/* SPDX-License-Identifier: BSD-2-Clause
 * .caffemodel: a binary NetParameter. Blob i of a layer is the array "LAYER.i", as in
 * net.params['LAYER'][i]; the graph stays in the bytes for the importer. */
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/caffe_net.h"
#include "weights/protobuf.h"
#include "weights/weights.h"

#define MAX_NAME 1100 /* bytes of a layer's name, and a number */

static enum ecam_status blob_shape(const struct ecam_caffe_blob *blob, const char *name,
                                   struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_caffe_maybe *const legacy[] = { &blob->num, &blob->channels, &blob->height,
                                                      &blob->width };
    struct ecam_caffe_ints dim = blob->shape;
    bool is_legacy = false;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(legacy); i++)
        is_legacy |= legacy[i]->is_set;
    if (dim.n == 0 && is_legacy)
        for (size_t i = 0; i < ECAM_ARRAY_LEN(legacy); i++)
            dim.v[dim.n++] = legacy[i]->v;
    if (dim.n > ECAM_MAX_RANK)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "tensor '%s': rank %u, at most %d are possible",
                         name, dim.n, ECAM_MAX_RANK);
    *out = (struct ecam_shape){ .rank = dim.n };
    for (uint32_t i = 0; i < dim.n; i++) {
        if (dim.v[i] < 0 || (uint64_t)dim.v[i] > SIZE_MAX)
            return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': dimension %lld", name,
                             (long long)dim.v[i]);
        out->dim[i] = (size_t)dim.v[i];
    }
    return ECAM_OK;
}

static enum ecam_status add_blob(struct ecam_weight_set *set, struct ecam_caffe_blob *blob,
                                 const char *name, struct ecam_error *err)
{
    const enum ecam_dtype dtype = blob->is_double ? ECAM_DTYPE_F64 : ECAM_DTYPE_F32;
    const uint8_t *data = blob->data;
    size_t n_bytes = blob->n_bytes, count;
    struct ecam_shape shape;
    char text[ECAM_SHAPE_TEXT];
    enum ecam_status status = blob_shape(blob, name, &shape, err);
    if (status != ECAM_OK)
        return status;
    if (blob->owned != NULL) {
        data = (const uint8_t *)blob->owned;
        n_bytes = blob->n_owned * sizeof *blob->owned;
        const struct ecam_storage storage = { ECAM_STORAGE_HEAP, (uint8_t *)blob->owned, n_bytes };
        blob->owned = NULL; /* the set's, also on failure */
        status = ecam_weight_set_own(set, storage, err);
        if (status != ECAM_OK)
            return status;
    }
    const size_t n = n_bytes / ecam_dtype_bytes(dtype);
    if (!ecam_shape_count(&shape, &count) || count != n)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': %s has not %zu numbers, as its data",
                         name, ecam_shape_text(&shape, text), n);
    return ecam_weight_set_add(set, name, dtype, &shape, NULL, data, n_bytes, 0, err);
}

static enum ecam_status add_blobs(const struct ecam_caffe_net *net,
                                  const struct ecam_limits *limits, struct ecam_weight_set *set,
                                  struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; i < ecam_caffe_n_layers(net); i++) {
        const struct ecam_caffe_layer *const layer = ecam_caffe_layer(net, i);
        struct ecam_caffe_blob *const blobs = layer->blobs.items;
        for (size_t k = 0; k < layer->blobs.n && status == ECAM_OK; k++) {
            char name[MAX_NAME];
            snprintf(name, sizeof name, "%s.%zu", layer->name, k);
            if (set->n_items >= limits->max_tensors)
                return ecam_fail(err, ECAM_ERR_LIMIT, "more than %u tensors", limits->max_tensors);
            status = add_blob(set, &blobs[k], name, err);
        }
    }
    return status;
}

enum ecam_status ecam_read_caffe(const uint8_t *bytes, size_t size,
                                 const struct ecam_limits *limits, struct ecam_weight_set **out,
                                 struct ecam_error *err)
{
    struct ecam_caffe_net *net = NULL;
    struct ecam_weight_set *set = NULL;
    enum ecam_status status = ecam_caffe_net_binary(bytes, size, true, limits, &net, err);
    if (status != ECAM_OK)
        return status;
    set = ecam_weight_set_new();
    if (set == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
        goto out;
    }
    set->format = "Caffe";
    set->graph = bytes;
    set->graph_bytes = size;
    status = add_blobs(net, limits, set, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(set, err);
    if (status != ECAM_OK)
        goto out;
    *out = set;
    set = NULL;
out:
    ecam_caffe_net_free(net);
    ecam_weight_set_free(set);
    return status;
}

/* ---- Telling it from other files ---- */

/* Whether a layer's first field has a number that layers have. */
static bool looks_like_layer(struct ecam_pb *net)
{
    struct ecam_pb layer = ecam_pb_message(net);
    return ecam_pb_next(&layer) && layer.field <= 1002;
}

bool ecam_caffe_sniff(const uint8_t *bytes, size_t size)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_pb_source source;
    struct ecam_pb pb = ecam_pb_begin(&source, bytes, size, &limits);
    size_t n_layers = 0;
    while (ecam_pb_next(&pb)) {
        const bool is_layer = pb.field == 2 || pb.field == 100;
        const bool is_number = pb.field == 4 || pb.field == 5 || pb.field == 7;
        if (pb.field > 8 && pb.field != 100)
            return false;
        if (pb.wire != ECAM_PB_BYTES && !(is_number && pb.wire == ECAM_PB_VARINT))
            return false;
        if (pb.field == 1 && pb.n_bytes > 0 && memchr(pb.bytes, 0, pb.n_bytes) != NULL)
            return false;
        if (is_layer && !looks_like_layer(&pb))
            break; /* damaged, where layers came before it */
        n_layers += is_layer;
    }
    return n_layers > 0; /* perhaps cut off: the reader tells where */
}
