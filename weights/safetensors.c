/* SPDX-License-Identifier: BSD-2-Clause
 * safetensors: u64 bytes of header, a JSON header, the arrays. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/reader.h"
#include "weights/weights.h"

#define METADATA "__metadata__"
#define LARGEST_EXACT 9007199254740992.0 /* 2^53: JSON numbers are doubles here */
#define COMMAS_PER_TENSOR 16             /* name, dtype, two offsets, six dimensions, ... */

struct entry {
    const char *name; /* the JSON's */
    enum ecam_dtype dtype;
    struct ecam_shape shape;
    size_t begin, end;
};

/* What cJSON would not refuse: deep nesting below its own limit, texts with a NUL
 * inside (it would cut them), and more items than can be tensors. */
static enum ecam_status scan(const char *text, size_t n, const struct ecam_limits *limits,
                             struct ecam_error *err)
{
    bool in_text = false;
    uint32_t depth = 0;
    uint64_t commas = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x20 && (in_text || (c != '\n' && c != '\r' && c != '\t')))
            return ecam_fail(err, ECAM_ERR_FORMAT, "header byte %zu: control character", 8 + i);
        if (in_text && c == '\\') {
            if (n - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
                return ecam_fail(err, ECAM_ERR_FORMAT, "header byte %zu: NUL in a text", 8 + i);
            i++;
            continue;
        }
        if (c == '"')
            in_text = !in_text;
        if (in_text)
            continue;
        commas += c == ',';
        if ((c == '{' || c == '[') && ++depth > limits->max_nesting)
            return ecam_fail(err, ECAM_ERR_LIMIT, "header byte %zu: nested deeper than %u", 8 + i,
                             limits->max_nesting);
        if ((c == '}' || c == ']') && depth > 0)
            depth--;
    }
    if (commas > (uint64_t)limits->max_tensors * COMMAS_PER_TENSOR)
        return ecam_fail(err, ECAM_ERR_LIMIT, "header with %llu commas: more than %u tensors",
                         (unsigned long long)commas, limits->max_tensors);
    return ECAM_OK;
}

static bool read_size(const cJSON *json, size_t *out)
{
    if (!cJSON_IsNumber(json))
        return false;
    const double d = json->valuedouble;
    if (!(d >= 0 && d <= LARGEST_EXACT) || floor(d) != d || d >= (double)SIZE_MAX)
        return false;
    *out = (size_t)d;
    return true;
}

static enum ecam_status read_dtype(const cJSON *json, struct entry *e, struct ecam_error *err)
{
    if (!cJSON_IsString(json))
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': dtype is no text", e->name);
    for (int d = ECAM_DTYPE_F32; d <= ECAM_DTYPE_BOOL; d++) {
        if (strcmp(json->valuestring, ecam_dtype_name((enum ecam_dtype)d)) == 0) {
            e->dtype = (enum ecam_dtype)d;
            return ECAM_OK;
        }
    }
    return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "tensor '%s': dtype '%s' is not known", e->name,
                     json->valuestring);
}

static enum ecam_status read_shape(const cJSON *json, struct entry *e, struct ecam_error *err)
{
    const cJSON *item;
    if (!cJSON_IsArray(json))
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': shape is no array", e->name);
    cJSON_ArrayForEach(item, json)
    {
        if (e->shape.rank == ECAM_MAX_RANK)
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "tensor '%s': rank above %d", e->name,
                             ECAM_MAX_RANK);
        if (!read_size(item, &e->shape.dim[e->shape.rank++]))
            return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': shape holds what is no size",
                             e->name);
    }
    return ECAM_OK;
}

static enum ecam_status read_entry(const cJSON *json, struct entry *e, struct ecam_error *err)
{
    const cJSON *dtype = NULL, *shape = NULL, *offsets = NULL, *field;
    *e = (struct entry){ .name = json->string };
    if (!cJSON_IsObject(json))
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': its description is no object",
                         e->name);
    cJSON_ArrayForEach(field, json)
    {
        const cJSON **slot = strcmp(field->string, "dtype") == 0          ? &dtype
                             : strcmp(field->string, "shape") == 0        ? &shape
                             : strcmp(field->string, "data_offsets") == 0 ? &offsets
                                                                          : NULL;
        if (slot == NULL || *slot != NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': unknown or repeated '%s'", e->name,
                             field->string);
        *slot = field;
    }
    if (dtype == NULL || shape == NULL || offsets == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "tensor '%s': dtype, shape or data_offsets is missing", e->name);
    enum ecam_status status = read_dtype(dtype, e, err);
    if (status == ECAM_OK)
        status = read_shape(shape, e, err);
    if (status != ECAM_OK)
        return status;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !read_size(offsets->child, &e->begin) || !read_size(offsets->child->next, &e->end) ||
        e->begin > e->end)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': data_offsets are no range", e->name);
    size_t count, bytes;
    if (!ecam_shape_count(&e->shape, &count) ||
        !ecam_mul_size(count, ecam_dtype_bytes(e->dtype), &bytes) || bytes != e->end - e->begin)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "tensor '%s': data_offsets span %zu bytes, dtype and shape ask for others",
                         e->name, e->end - e->begin);
    return ECAM_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum ecam_status read_metadata(const cJSON *json, struct ecam_weight_set *set,
                                      struct ecam_error *err)
{
    const cJSON *item;
    enum ecam_status status = ECAM_OK;
    if (!cJSON_IsObject(json))
        return ecam_fail(err, ECAM_ERR_FORMAT, METADATA " is no object");
    const size_t n = (size_t)cJSON_GetArraySize(json);
    const char **keys = ecam_calloc(n, sizeof *keys);
    if (keys == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, METADATA);
    cJSON_ArrayForEach(item, json)
    {
        if (status == ECAM_OK && !cJSON_IsString(item))
            status = ecam_fail(err, ECAM_ERR_FORMAT, METADATA ": '%s' is no text", item->string);
        if (status == ECAM_OK)
            status = ecam_weight_set_add_fact(set, item->string, item->valuestring, err);
        if (status != ECAM_OK)
            break;
        keys[set->n_facts - 1] = item->string;
    }
    if (status == ECAM_OK && n > 1)
        qsort(keys, n, sizeof *keys, by_text);
    for (size_t i = 1; status == ECAM_OK && i < n; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            status = ecam_fail(err, ECAM_ERR_FORMAT, METADATA ": '%s' occurs twice", keys[i]);
    ecam_free(keys);
    return status;
}

static int by_place(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The arrays cover the data without gap or overlap. */
static enum ecam_status check_cover(struct entry *entries, size_t n, size_t data_bytes,
                                    struct ecam_error *err)
{
    size_t at = 0;
    if (n > 1)
        qsort(entries, n, sizeof *entries, by_place);
    for (size_t i = 0; i < n; i++) {
        if (entries[i].end > data_bytes)
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "tensor '%s': data_offsets %zu to %zu, the file has %zu bytes of data",
                             entries[i].name, entries[i].begin, entries[i].end, data_bytes);
        if (entries[i].begin != at)
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "tensor '%s': begins at %zu, %zu is expected (%s)", entries[i].name,
                             entries[i].begin, at, entries[i].begin < at ? "an overlap" : "a gap");
        at = entries[i].end;
    }
    if (at != data_bytes)
        return ecam_fail(err, ECAM_ERR_FORMAT, "%zu bytes of data belong to no tensor",
                         data_bytes - at);
    return ECAM_OK;
}

static enum ecam_status read_tensors(const cJSON *root, const uint8_t *data, size_t data_bytes,
                                     const struct ecam_limits *limits, struct ecam_weight_set *set,
                                     struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    const cJSON *item;
    size_t n = 0;
    bool has_metadata = false;
    const size_t items = (size_t)cJSON_GetArraySize(root);
    if (items > limits->max_tensors)
        return ecam_fail(err, ECAM_ERR_LIMIT, "%zu tensors, at most %u are allowed", items,
                         limits->max_tensors);
    struct entry *entries = ecam_calloc(items, sizeof *entries);
    if (entries == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "list of tensors");
    cJSON_ArrayForEach(item, root)
    {
        if (strcmp(item->string, METADATA) != 0)
            status = read_entry(item, &entries[n++], err);
        else if (has_metadata)
            status = ecam_fail(err, ECAM_ERR_FORMAT, METADATA " occurs twice");
        else
            status = read_metadata(item, set, err);
        has_metadata |= strcmp(item->string, METADATA) == 0;
        if (status != ECAM_OK)
            goto out;
    }
    status = check_cover(entries, n, data_bytes, err);
    for (size_t i = 0; status == ECAM_OK && i < n; i++)
        status = ecam_weight_set_add(set, entries[i].name, entries[i].dtype, &entries[i].shape,
                                     NULL, data, data_bytes, entries[i].begin, err);
out:
    ecam_free(entries);
    return status;
}

static enum ecam_status parse(const char *text, size_t n, cJSON **out, struct ecam_error *err)
{
    const char *end = NULL;
    errno = 0; /* cJSON says no more than that it failed; malloc says why */
    cJSON *root = cJSON_ParseWithLengthOpts(text, n, &end, false);
    if (root == NULL && errno == ENOMEM)
        return ecam_fail(err, ECAM_ERR_NOMEM, "header of %zu bytes", n);
    if (root == NULL || !cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return ecam_fail(err, ECAM_ERR_FORMAT, "header byte %zu: no JSON object",
                         8 + (end != NULL ? (size_t)(end - text) : 0));
    }
    while (end < text + n && (*end == ' ' || *end == '\n' || *end == '\r' || *end == '\t'))
        end++;
    if (end != text + n) {
        cJSON_Delete(root);
        return ecam_fail(err, ECAM_ERR_FORMAT, "header byte %zu: something follows the JSON object",
                         8 + (size_t)(end - text));
    }
    *out = root;
    return ECAM_OK;
}

enum ecam_status ecam_read_safetensors(const uint8_t *bytes, size_t size,
                                       const struct ecam_limits *limits,
                                       struct ecam_weight_set **out, struct ecam_error *err)
{
    struct reader r = reader_new(bytes, size);
    cJSON *root = NULL;
    struct ecam_weight_set *set = NULL;
    const uint64_t n = reader_u64le(&r);
    if (!r.failed && n > limits->max_header_bytes && n <= reader_left(&r))
        return ecam_fail(err, ECAM_ERR_LIMIT, "header of %llu bytes, at most %llu are allowed",
                         (unsigned long long)n, (unsigned long long)limits->max_header_bytes);
    const char *text = (const char *)reader_take(&r, n);
    if (text == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "header of %llu bytes in a file of %zu",
                         (unsigned long long)n, size);
    enum ecam_status status = scan(text, (size_t)n, limits, err);
    if (status == ECAM_OK)
        status = parse(text, (size_t)n, &root, err);
    if (status != ECAM_OK)
        return status;
    set = ecam_weight_set_new();
    if (set == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
        goto out;
    }
    set->format = "safetensors";
    const size_t left = reader_left(&r);
    status = read_tensors(root, reader_take(&r, left), left, limits, set, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(set, err);
    if (status != ECAM_OK)
        goto out;
    *out = set;
    set = NULL;
out:
    cJSON_Delete(root);
    ecam_weight_set_free(set);
    return status;
}
