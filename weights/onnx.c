/* SPDX-License-Identifier: BSD-2-Clause
 * .onnx: the arrays of a ModelProto under their own names, initialisers and the tensors
 * of Constant nodes; the graph stays in the bytes for the importer. */
#include "weights/onnx.h"

#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

/* Files beside the model that hold its larger arrays. Each is mapped once. */
struct beside {
    const char *model_path; /* NULL: the model is in memory, there is nothing beside it */
    struct place {
        char *location;
        const uint8_t *base;
        size_t bytes;
    } * places;
    size_t n, cap;
};

/* A location must stay below the model's folder: a file names no other file of a
 * stranger's disk. */
static bool is_inside(const char *location)
{
    const char *part = location;
    if (location[0] == '\0' || location[0] == '/')
        return false;
    while (part != NULL) {
        const size_t n = strcspn(part, "/");
        if (n == 0 || (n == 2 && memcmp(part, "..", 2) == 0))
            return false;
        part = part[n] == '/' ? part + n + 1 : NULL;
    }
    return true;
}

/* The location's path, from that of the model. */
static char *path_beside(const char *model_path, const char *location)
{
    const char *const slash = strrchr(model_path, '/');
    const size_t folder = slash == NULL ? 0 : (size_t)(slash + 1 - model_path);
    const size_t n = strlen(location);
    char *const path = ecam_alloc(folder + n + 1);
    if (path != NULL) {
        if (folder > 0)
            memcpy(path, model_path, folder);
        memcpy(path + folder, location, n + 1);
    }
    return path;
}

static enum ecam_status map_place(struct beside *beside, const char *location,
                                  struct ecam_weight_set *set, const struct place **out,
                                  struct ecam_error *err)
{
    struct ecam_storage mapped = { .kind = ECAM_STORAGE_BORROWED };
    char *path = NULL;
    for (size_t i = 0; i < beside->n; i++)
        if (strcmp(beside->places[i].location, location) == 0) {
            *out = &beside->places[i];
            return ECAM_OK;
        }
    void *places = beside->places;
    const bool has_room = ecam_reserve(&places, &beside->cap, beside->n, sizeof *beside->places);
    beside->places = places;
    char *const copy = has_room ? ecam_strdup(location) : NULL;
    if (copy != NULL)
        path = path_beside(beside->model_path, location);
    enum ecam_status status = ECAM_OK;
    if (path == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "external data '%s'", location);
    if (status == ECAM_OK) {
        status = ecam_weights_map(path, &mapped, err);
        if (status != ECAM_OK)
            ecam_error_at(err, status, location);
    }
    if (status == ECAM_OK)
        status = ecam_weight_set_own(set, mapped, err);
    if (status == ECAM_OK) {
        beside->places[beside->n] = (struct place){ copy, mapped.base, mapped.bytes };
        *out = &beside->places[beside->n++];
    } else {
        ecam_free(copy);
    }
    ecam_free(path);
    return status;
}

/* Finds the elements of a tensor that lie in another file. */
static enum ecam_status open_external(struct beside *beside, struct ecam_weight_set *set,
                                      struct ecam_onnx_tensor *t, struct ecam_error *err)
{
    const struct place *place = NULL;
    size_t count = 0, need = 0;
    if (!is_inside(t->location))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "tensor '%s': external data '%.80s' is not below the model's folder",
                         t->name, t->location);
    if (beside->model_path == NULL)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "tensor '%s' lies in the file '%.80s', but the model was given as bytes",
                         t->name, t->location);
    if (!ecam_shape_count(&t->shape, &count) ||
        !ecam_mul_size(count, ecam_dtype_bytes(t->dtype), &need))
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s' is larger than memory", t->name);
    if (t->length != UINT64_MAX && t->length != need)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "tensor '%s': %llu bytes of external data, its shape needs %zu", t->name,
                         (unsigned long long)t->length, need);
    const enum ecam_status status = map_place(beside, t->location, set, &place, err);
    if (status != ECAM_OK)
        return status;
    if (t->offset > place->bytes || need > place->bytes - t->offset)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "tensor '%s': %zu bytes from byte %llu on are not in '%.80s', which has "
                         "%zu",
                         t->name, need, (unsigned long long)t->offset, t->location, place->bytes);
    t->data = place->base + t->offset;
    t->bytes = need;
    return ECAM_OK;
}

/* Adds an array. What no layer could read (texts, complex numbers) is left out, and only
 * missed where it is asked for. */
static enum ecam_status add_tensor(struct ecam_weight_set *set, struct ecam_pb message,
                                   const char *name, struct beside *beside,
                                   const struct ecam_limits *limits, struct ecam_error *err)
{
    struct ecam_onnx_tensor t;
    enum ecam_status status = ecam_onnx_tensor_read(message, &t, err);
    if (status == ECAM_ERR_UNSUPPORTED && message.source->status == ECAM_OK) {
        ecam_onnx_tensor_free(&t);
        return ECAM_OK;
    }
    if (status == ECAM_OK && set->n_items >= limits->max_tensors)
        status = ecam_fail(err, ECAM_ERR_LIMIT, "more than %u tensors", limits->max_tensors);
    if (status == ECAM_OK && t.location != NULL)
        status = open_external(beside, set, &t, err);
    if (status == ECAM_OK && t.own != NULL) {
        const struct ecam_storage storage = { ECAM_STORAGE_HEAP, t.own, t.bytes };
        t.own = NULL; /* the set's, also on failure */
        status = ecam_weight_set_own(set, storage, err);
    }
    if (status == ECAM_OK)
        status = ecam_weight_set_add(set, name != NULL ? name : t.name, t.dtype, &t.shape, NULL,
                                     t.data, t.bytes, 0, err);
    ecam_onnx_tensor_free(&t);
    return status;
}

/* The tensor of a Constant node is an array like any other, by the name of its output. */
static enum ecam_status add_constant(struct ecam_weight_set *set, struct ecam_pb *field,
                                     struct beside *beside, const struct ecam_limits *limits,
                                     struct ecam_error *err)
{
    struct ecam_onnx_node node;
    struct ecam_pb look = ecam_pb_message(field);
    bool is_constant = false;
    while (!is_constant && ecam_pb_next(&look))
        is_constant = look.field == 4 && ecam_pb_text_is(&look, "Constant");
    if (!is_constant)
        return ecam_pb_status(field->source, err);
    enum ecam_status status = ecam_onnx_node_read(ecam_pb_message(field), &node, err);
    const struct ecam_onnx_attr *const value =
        status == ECAM_OK ? ecam_onnx_attr(&node, "value") : NULL;
    if (value != NULL && value->type == ECAM_ONNX_TENSOR && node.n_outputs > 0)
        status = add_tensor(set, value->t, node.outputs[0], beside, limits, err);
    ecam_onnx_node_free(&node);
    return status;
}

static enum ecam_status add_tensors(struct ecam_weight_set *set, struct ecam_pb graph,
                                    struct beside *beside, const struct ecam_limits *limits,
                                    struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    while (status == ECAM_OK && ecam_pb_next(&graph)) {
        if (graph.field == 5)
            status = add_tensor(set, ecam_pb_message(&graph), NULL, beside, limits, err);
        else if (graph.field == 1)
            status = add_constant(set, &graph, beside, limits, err);
    }
    return status == ECAM_OK ? ecam_pb_status(graph.source, err) : status;
}

enum ecam_status ecam_read_onnx_at(const uint8_t *bytes, size_t size, const char *path,
                                   const struct ecam_limits *limits, struct ecam_weight_set **out,
                                   struct ecam_error *err)
{
    struct ecam_onnx_model model;
    struct beside beside = { .model_path = path };
    struct ecam_weight_set *set = NULL;
    enum ecam_status status = ecam_onnx_model_read(bytes, size, limits, &model, err);
    if (status != ECAM_OK)
        goto out;
    set = ecam_weight_set_new();
    if (set == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
        goto out;
    }
    set->format = ECAM_ONNX_FORMAT;
    set->graph = bytes;
    set->graph_bytes = size;
    status = add_tensors(set, model.graph, &beside, limits, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(set, err);
    if (status != ECAM_OK)
        goto out;
    *out = set;
    set = NULL;
out:
    for (size_t i = 0; i < beside.n; i++)
        ecam_free(beside.places[i].location);
    ecam_free(beside.places);
    ecam_onnx_model_free(&model);
    ecam_weight_set_free(set);
    return status;
}

enum ecam_status ecam_read_onnx(const uint8_t *bytes, size_t size, const struct ecam_limits *limits,
                                struct ecam_weight_set **out, struct ecam_error *err)
{
    return ecam_read_onnx_at(bytes, size, NULL, limits, out, err);
}

bool ecam_onnx_sniff(const uint8_t *bytes, size_t size)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    struct ecam_pb_source source;
    struct ecam_pb pb = ecam_pb_begin(&source, bytes, size, &limits);
    bool has_version = false, has_graph = false;
    size_t n = 0;
    for (; ecam_pb_next(&pb); n++) {
        const bool is_number = pb.field == 1 || pb.field == 5;
        if (pb.field > 26 || pb.wire != (is_number ? ECAM_PB_VARINT : ECAM_PB_BYTES))
            return false;
        has_version |= pb.field == 1;
        has_graph |= pb.field == 7;
    }
    /* One that is cut off, mostly inside its graph, is known by what came before. */
    const bool is_cut = source.status != ECAM_OK && (n > 1 || pb.field == 7);
    return has_version && (has_graph || is_cut);
}
