/* SPDX-License-Identifier: BSD-2-Clause
 * Writing a model file. Tensors stream through one small buffer, so that writing
 * takes no memory to speak of; the hash of the data, which stands before the data,
 * is written over a placeholder at the end. */
#include "weights/model_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/file_out.h"
#include "weights/reader.h"
#include "weights/sha256.h"
#include "weights/weights.h"

#define STRINGIFY(x) #x
#define TEXT(x) STRINGIFY(x)
#define CONVERTER \
    "eigencam " TEXT(ECAM_VERSION_MAJOR) "." TEXT(ECAM_VERSION_MINOR) "." TEXT(ECAM_VERSION_PATCH)

#define CHUNK_FLOATS 16384 /* 64 KiB at a time */
#define HALF_MAX 65504.0f  /* largest finite float16 */
#define PLACEHOLDER "0000000000000000000000000000000000000000000000000000000000000000"

/* An array of the file. */
struct item {
    const struct ecam_weight *weight;
    size_t n;        /* elements */
    bool is_half;    /* float16, else float32 */
    uint64_t offset; /* in the data section */
};

/* What the steps of writing share. */
struct writing {
    const struct ecam_network *network;
    const struct ecam_save_options *options;
    struct ecam_error *err;
    struct item *items;
    size_t n_items, cap_items;
    float *chunk;
    uint8_t *bytes;     /* of one chunk, little-endian */
    uint64_t hash_at;   /* of the placeholder in the file */
    uint64_t data_size; /* bytes of the data section */
};

static uint64_t item_bytes(const struct item *item)
{
    return (uint64_t)item->n * (item->is_half ? 2 : 4);
}

/* ---- Which arrays, as what ---- */

static int by_name(const void *a, const void *b)
{
    const struct item *const x = a, *const y = b;
    return strcmp(x->weight->name, y->weight->name);
}

/* Larger elements first, so that each array is aligned to its own. */
static int by_place(const void *a, const void *b)
{
    const struct item *const x = a, *const y = b;
    return x->is_half != y->is_half ? (int)x->is_half - (int)y->is_half : by_name(a, b);
}

/* Whether every value has a finite float16 near it. */
static bool is_in_half_range(struct writing *w, const struct item *item)
{
    size_t n;
    for (size_t at = 0; at < item->n; at += n) {
        n = ecam_min_size(CHUNK_FLOATS, item->n - at);
        ecam_weight_read(item->weight, at, n, w->chunk);
        ecam_weight_drop(w->network->weights, item->weight, at, n);
        for (size_t i = 0; i < n; i++)
            if (!(fabsf(w->chunk[i]) <= HALF_MAX))
                return false;
    }
    return true;
}

/* Vectors stay float32: they are small, and batch-norm divides by them. */
static bool wants_half(struct writing *w, const struct item *item)
{
    if (item->weight->shape.rank < 2)
        return false;
    return item->weight->dtype == ECAM_DTYPE_F16 || (w->options->half && is_in_half_range(w, item));
}

/* The arrays that some node uses, once each. */
static enum ecam_status collect(struct writing *w)
{
    const struct ecam_graph *const graph = w->network->graph;
    for (size_t i = 0; i < graph->n_nodes; i++)
        for (size_t k = 0; k < graph->nodes[i].n_roles; k++) {
            struct item item = { .weight = graph->nodes[i].roles[k].weight };
            void *items = w->items;
            const bool has_room = ecam_reserve(&items, &w->cap_items, w->n_items, sizeof item);
            w->items = items;
            if (!has_room)
                return ecam_fail(w->err, ECAM_ERR_NOMEM, "list of tensors");
            if (!ecam_shape_count(&item.weight->shape, &item.n))
                return ecam_fail(w->err, ECAM_ERR_SHAPE, "tensor '%s': too large",
                                 item.weight->name);
            w->items[w->n_items++] = item;
        }
    if (w->n_items == 0)
        return ECAM_OK;
    qsort(w->items, w->n_items, sizeof *w->items, by_name);
    size_t n = 1;
    for (size_t i = 1; i < w->n_items; i++)
        if (w->items[i].weight != w->items[n - 1].weight)
            w->items[n++] = w->items[i];
    w->n_items = n;
    return ECAM_OK;
}

static enum ecam_status arrange(struct writing *w)
{
    const enum ecam_status status = collect(w);
    if (status != ECAM_OK || w->n_items == 0)
        return status;
    for (size_t i = 0; i < w->n_items; i++)
        w->items[i].is_half = wants_half(w, &w->items[i]);
    qsort(w->items, w->n_items, sizeof *w->items, by_place);
    for (size_t i = 0; i < w->n_items; i++) {
        w->items[i].offset = w->data_size;
        w->data_size += item_bytes(&w->items[i]);
    }
    return ECAM_OK;
}

/* ---- The header ---- */

/* One more entry of __metadata__. */
static void put_fact(struct ecam_text *header, const char *key, const char *value)
{
    ecam_text_comma(header);
    ecam_text_string(header, key);
    ecam_text_put(header, ":");
    ecam_text_string(header, value);
}

/* The same of a JSON text that was collected in `value`, which is emptied. */
static void put_json(struct ecam_text *header, const char *key, struct ecam_text *value)
{
    if (value->status != ECAM_OK)
        header->status = value->status;
    else
        put_fact(header, key, value->data);
    ecam_text_free(value);
}

static void put_known(struct ecam_text *header, const char *key, const char *value)
{
    if (value != NULL)
        put_fact(header, key, value);
}

static void put_labels(struct ecam_text *header, const struct writing *w)
{
    const bool is_new = w->options->labels != NULL;
    const char *const *labels =
        is_new ? w->options->labels : (const char *const *)w->network->labels;
    const size_t n = is_new ? w->options->n_labels : w->network->n_labels;
    struct ecam_text text = { 0 };
    if (n == 0)
        return;
    ecam_text_put(&text, "[");
    for (size_t i = 0; i < n; i++) {
        ecam_text_comma(&text);
        if (!ecam_text_is_plain(labels[i]))
            text.status = ECAM_ERR_FORMAT;
        ecam_text_string(&text, labels[i]);
    }
    ecam_text_put(&text, "]");
    put_json(header, ECAM_KEY_LABELS, &text);
}

static void put_source(struct ecam_text *header, const struct writing *w, const char *sha256)
{
    const char *const file = ecam_network_fact(w->network, "source");
    const char *const known = ecam_network_fact(w->network, "source_sha256");
    struct ecam_text text = { 0 };
    if (file == NULL)
        return;
    /* A model file that tells no hash was not made from bytes that are known here. */
    const bool is_model_file = ecam_model_file_is(w->network->weights);
    const char *const hash = known != NULL || is_model_file ? known : sha256;
    ecam_text_put(&text, "{\"file\":");
    ecam_text_string(&text, file);
    if (hash != NULL && *hash != '\0') {
        ecam_text_put(&text, ",\"sha256\":");
        ecam_text_string(&text, hash);
    }
    ecam_text_put(&text, "}");
    put_json(header, ECAM_KEY_SOURCE, &text);
}

/* Whoever changes nothing leaves the maker's name. */
static const char *converter_of(const struct writing *w)
{
    const struct ecam_save_options *const o = w->options;
    const char *const known = ecam_network_fact(w->network, "converter");
    const bool is_change =
        o->half || o->labels != NULL || o->preprocess != NULL || o->license != NULL;
    return known != NULL && !is_change ? known : CONVERTER;
}

static void put_metadata(struct ecam_text *header, const struct writing *w, const char *sha256)
{
    const struct ecam_network *const network = w->network;
    const struct ecam_graph *const graph = network->graph;
    const char *const last = ecam_network_fact(network, "last");
    struct ecam_text text = { 0 };
    ecam_text_put(header, "{");
    put_fact(header, ECAM_KEY_FORMAT, ECAM_MODEL_FILE_FORMAT);
    put_known(header, ECAM_KEY_FAMILY, ecam_network_fact(network, "family"));
    put_source(header, w, sha256);
    put_fact(header, ECAM_KEY_CONVERTER, converter_of(w));
    put_known(header, ECAM_KEY_LICENSE,
              w->options->license != NULL ? w->options->license
                                          : ecam_network_fact(network, "license"));
    put_fact(header, ECAM_KEY_LAST, last != NULL ? last : graph->nodes[graph->last].name);
    ecam_model_file_put_preprocess(&text, w->options->preprocess != NULL ? w->options->preprocess
                                                                         : &network->preprocess);
    put_json(header, ECAM_KEY_PREPROCESS, &text);
    put_labels(header, w);
    ecam_model_file_put_graph(&text, graph);
    put_json(header, ECAM_KEY_GRAPH, &text);
    put_fact(header, ECAM_KEY_DATA_SHA256, PLACEHOLDER);
    ecam_text_put(header, "}");
}

static void put_item(struct ecam_text *header, const struct item *item)
{
    const struct ecam_shape *const shape = &item->weight->shape;
    ecam_text_comma(header);
    ecam_text_string(header, item->weight->name);
    ecam_text_put(header, item->is_half ? ":{\"dtype\":\"F16\",\"shape\":["
                                        : ":{\"dtype\":\"F32\",\"shape\":[");
    for (size_t i = 0; i < shape->rank; i++) {
        ecam_text_comma(header);
        ecam_text_print(header, "%zu", shape->dim[i]);
    }
    ecam_text_print(header, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", item->offset,
                    item->offset + item_bytes(item));
}

/* The whole header with the 8 bytes of its length before it. */
static enum ecam_status make_header(struct writing *w, const char *sha256, struct ecam_text *header)
{
    ecam_text_put(header, "........{\"__metadata__\":");
    put_metadata(header, w, sha256);
    w->hash_at = header->n - (sizeof PLACEHOLDER - 1) - 2; /* behind it stand "} */
    for (size_t i = 0; i < w->n_items; i++)
        put_item(header, &w->items[i]);
    ecam_text_put(header, "}");
    while (header->status == ECAM_OK && header->n % ECAM_MODEL_FILE_ALIGN != 0)
        ecam_text_put(header, " ");
    if (header->status != ECAM_OK)
        return header->status == ECAM_ERR_NOMEM
                   ? ecam_fail(w->err, ECAM_ERR_NOMEM, "header")
                   : ecam_fail(w->err, ECAM_ERR_FORMAT,
                               "a name, label or note is not UTF-8, or has control characters");
    const uint64_t length = header->n - 8;
    for (unsigned i = 0; i < 8; i++)
        header->data[i] = (char)(unsigned char)(length >> (8 * i));
    return ECAM_OK;
}

/* ---- The data ---- */

static size_t pack_floats(const float *from, size_t n, bool is_half, uint8_t *to)
{
    const uint8_t *const start = to;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &from[i], sizeof bits);
        if (is_half)
            bits = ecam_float_to_half(from[i]);
        *to++ = (uint8_t)bits;
        *to++ = (uint8_t)(bits >> 8);
        if (!is_half) {
            *to++ = (uint8_t)(bits >> 16);
            *to++ = (uint8_t)(bits >> 24);
        }
    }
    return (size_t)(to - start);
}

static void write_item(struct writing *w, const struct item *item, struct ecam_file_out *file,
                       struct ecam_sha256 *sha)
{
    const struct ecam_weight *const weight = item->weight;
    const size_t size = item->is_half ? 2 : 4;
    const bool is_same =
        weight->is_dense && weight->dtype == (item->is_half ? ECAM_DTYPE_F16 : ECAM_DTYPE_F32);
    size_t n;
    for (size_t at = 0; at < item->n; at += n) {
        n = ecam_min_size(CHUNK_FLOATS, item->n - at);
        const uint8_t *bytes = weight->data + at * size;
        size_t n_bytes = n * size;
        if (!is_same) {
            ecam_weight_read(weight, at, n, w->chunk);
            n_bytes = pack_floats(w->chunk, n, item->is_half, w->bytes);
            bytes = w->bytes;
        }
        ecam_sha256_add(sha, bytes, n_bytes);
        ecam_file_out_put(file, bytes, n_bytes);
        ecam_weight_drop(w->network->weights, weight, at, n);
    }
}

static void write_all(struct writing *w, const struct ecam_text *header, struct ecam_file_out *file)
{
    char hex[ECAM_SHA256_HEX];
    struct ecam_sha256 sha;
    ecam_sha256_begin(&sha);
    ecam_file_out_put(file, header->data, header->n);
    for (size_t i = 0; i < w->n_items; i++)
        write_item(w, &w->items[i], file, &sha);
    ecam_sha256_end(&sha, hex);
    ecam_file_out_patch(file, w->hash_at, hex, ECAM_SHA256_HEX - 1);
}

enum ecam_status ecam_model_file_write(const struct ecam_network *network, const char *path,
                                       const struct ecam_save_options *options,
                                       const char *source_sha256, struct ecam_error *err)
{
    struct writing w = { .network = network, .options = options, .err = err };
    struct ecam_text header = { 0 };
    struct ecam_file_out *file = NULL;
    enum ecam_status status = ECAM_OK;
    const char *const fault =
        options->preprocess != NULL ? ecam_preprocess_fault(options->preprocess) : NULL;
    if (fault != NULL) {
        status = ecam_fail(err, ECAM_ERR_ARG, "preprocessing: %s", fault);
        goto out;
    }
    if (options->license != NULL && !ecam_text_is_plain(options->license)) {
        status = ecam_fail(err, ECAM_ERR_ARG, "licence: is not UTF-8, or has control characters");
        goto out;
    }
    w.chunk = ecam_alloc(CHUNK_FLOATS * sizeof *w.chunk);
    w.bytes = ecam_alloc(CHUNK_FLOATS * sizeof *w.chunk);
    if (w.chunk == NULL || w.bytes == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "buffer of %d floats", CHUNK_FLOATS);
        goto out;
    }
    status = arrange(&w);
    if (status == ECAM_OK)
        status = make_header(&w, source_sha256, &header);
    if (status == ECAM_OK)
        status = ecam_file_out_open(path, &file, err);
    if (status != ECAM_OK)
        goto out;
    write_all(&w, &header, file);
    status = ecam_file_out_commit(file, err);
out:
    ecam_text_free(&header);
    ecam_free(w.items);
    ecam_free(w.chunk);
    ecam_free(w.bytes);
    return status == ECAM_OK ? status : ecam_error_at(err, status, path);
}

enum ecam_status ecam_model_file_verify(const uint8_t *bytes, size_t size, const char *data_sha256,
                                        struct ecam_error *err)
{
    char hex[ECAM_SHA256_HEX];
    struct reader r = reader_new(bytes, size);
    reader_take(&r, reader_u64le(&r));
    if (r.failed)
        return ecam_fail(err, ECAM_ERR_FORMAT, "%zu bytes: no header of a model file", size);
    ecam_sha256_hex(r.at, reader_left(&r), hex);
    if (strcmp(hex, data_sha256) != 0)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "data from byte %zu on: SHA-256 is %s, recorded is %.64s", reader_at(&r),
                         hex, data_sha256);
    return ECAM_OK;
}
