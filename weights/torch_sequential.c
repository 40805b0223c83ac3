/* SPDX-License-Identifier: BSD-2-Clause
 * PyTorch's layout from 0.1.10 to 1.5: pickles of a magic number, a version, facts
 * about the system, the object, and the list of the storages' keys; then, in the
 * order of that list, an element count (int64) and the elements of each storage,
 * at any alignment. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "weights/torch.h"
#include "weights/weights.h"

#define VERSION 1001
#define MAX_KEY 64 /* keys are addresses in decimal */

typedef struct ecam_pickle_value value;

/* A storage, by its key. */
struct entry {
    const char *key;
    size_t key_bytes;
    size_t element; /* bytes of one */
    size_t bytes;   /* as the object says */
    const uint8_t *data;
    bool is_located;
};

struct stream {
    struct entry *entries; /* sorted by key */
    size_t n_entries;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = memcmp(x->key, y->key, ecam_min_size(x->key_bytes, y->key_bytes));
    return order != 0 ? order : (x->key_bytes > y->key_bytes) - (x->key_bytes < y->key_bytes);
}

static enum ecam_status set_key(struct entry *e, const value *key, struct ecam_error *err)
{
    if (key == NULL || (key->kind != ECAM_PICKLE_TEXT && key->kind != ECAM_PICKLE_BYTES) ||
        key->text.n > MAX_KEY)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "a storage whose key is %s; a short text is expected",
                         key == NULL ? "missing" : ecam_pickle_kind_name(key->kind));
    e->key = key->text.at;
    e->key_bytes = key->text.n;
    return ECAM_OK;
}

static struct entry *find(const struct stream *s, const struct entry *key)
{
    return s->n_entries == 0 ? NULL
                             : bsearch(key, s->entries, s->n_entries, sizeof *s->entries, by_key);
}

/* The storages that the object refers to, each once. */
static enum ecam_status list_storages(struct stream *s, const struct ecam_pickle *object,
                                      const struct ecam_limits *limits, struct ecam_error *err)
{
    const size_t n = ecam_pickle_n_persids(object);
    if (n > limits->max_tensors)
        return ecam_fail(err, ECAM_ERR_LIMIT, "%zu references to storages, at most %u are allowed",
                         n, limits->max_tensors);
    s->entries = ecam_calloc(n, sizeof *s->entries);
    if (s->entries == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "list of storages");
    for (size_t i = 0; i < n; i++) {
        struct ecam_torch_id id;
        enum ecam_status status =
            ecam_torch_id_read(ecam_pickle_persid(object, i)->inner, &id, err);
        if (status == ECAM_OK)
            status = set_key(&s->entries[i], id.key, err);
        if (status != ECAM_OK)
            return status;
        s->entries[i].element = ecam_dtype_bytes(id.type->dtype);
        s->entries[i].bytes = id.bytes;
    }
    if (n > 1)
        qsort(s->entries, n, sizeof *s->entries, by_key);
    for (size_t i = 0; i < n; i++) {
        struct entry *last = s->n_entries > 0 ? &s->entries[s->n_entries - 1] : NULL;
        const struct entry *e = &s->entries[i];
        if (last == NULL || by_key(last, e) != 0)
            s->entries[s->n_entries++] = *e;
        else if (last->element != e->element || last->bytes != e->bytes)
            return ecam_fail(err, ECAM_ERR_FORMAT, "storage %.*s is referred to with two sizes",
                             (int)e->key_bytes, e->key);
    }
    return ECAM_OK;
}

/* The elements of the storage that comes next in the file. */
static enum ecam_status locate(struct stream *s, const value *key, struct reader *r,
                               struct ecam_error *err)
{
    struct entry wanted = { 0 };
    const enum ecam_status status = set_key(&wanted, key, err);
    if (status != ECAM_OK)
        return status;
    struct entry *e = find(s, &wanted);
    if (e == NULL || e->is_located)
        return ecam_fail(err, ECAM_ERR_FORMAT, "storage %.*s %s", (int)wanted.key_bytes, wanted.key,
                         e == NULL ? "belongs to no tensor" : "occurs twice");
    const size_t at = reader_at(r);
    const uint64_t elements = reader_u64le(r);
    if (!r->failed && elements != e->bytes / e->element)
        return ecam_fail(
            err, ECAM_ERR_FORMAT, "byte %zu: storage %.*s has %llu elements, %zu are expected", at,
            (int)e->key_bytes, e->key, (unsigned long long)elements, e->bytes / e->element);
    e->data = reader_take(r, e->bytes);
    e->is_located = true;
    if (r->failed)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "byte %zu: storage %.*s of %zu bytes is cut off: the file has %zu bytes",
                         at, (int)e->key_bytes, e->key, e->bytes, (size_t)(r->end - r->base));
    return ECAM_OK;
}

static enum ecam_status locate_all(struct stream *s, struct reader *r,
                                   const struct ecam_limits *limits, struct ecam_error *err)
{
    struct ecam_pickle *pickle = NULL;
    enum ecam_status status = ecam_pickle_load(r, "list of storages,", limits, &pickle, err);
    if (status != ECAM_OK)
        return status;
    const value *keys = ecam_pickle_root(pickle);
    if (keys->kind != ECAM_PICKLE_LIST)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "the list of storages is %s",
                           ecam_pickle_kind_name(keys->kind));
    for (size_t i = 0; status == ECAM_OK && i < keys->list.n; i++)
        status = locate(s, keys->list.items[i], r, err);
    if (status == ECAM_OK && reader_left(r) != 0)
        status =
            ecam_fail(err, ECAM_ERR_FORMAT, "%zu bytes follow the last storage", reader_left(r));
    ecam_pickle_free(pickle);
    return status;
}

/* Part of a storage: (key of the view, offset, elements). */
static enum ecam_status narrow(const value *view, struct ecam_torch_storage *storage,
                               struct ecam_error *err)
{
    size_t begin, n;
    if (view == NULL || view->kind == ECAM_PICKLE_NONE)
        return ECAM_OK;
    if (!ecam_pickle_size(ecam_pickle_item(view, 1), &begin) ||
        !ecam_pickle_size(ecam_pickle_item(view, 2), &n) ||
        !ecam_mul_size(begin, ecam_dtype_bytes(storage->dtype), &begin) ||
        !ecam_mul_size(n, ecam_dtype_bytes(storage->dtype), &n) || begin > storage->bytes ||
        n > storage->bytes - begin)
        return ecam_fail(err, ECAM_ERR_FORMAT, "a view that leaves its storage of %zu bytes",
                         storage->bytes);
    storage->data += begin;
    storage->bytes = n;
    return ECAM_OK;
}

static enum ecam_status storage(void *context, const value *v, struct ecam_torch_storage *out,
                                struct ecam_error *err)
{
    struct entry wanted = { 0 };
    struct ecam_torch_id id;
    enum ecam_status status = ecam_torch_id_read(v, &id, err);
    if (status == ECAM_OK)
        status = set_key(&wanted, id.key, err);
    if (status != ECAM_OK)
        return status;
    const struct entry *e = find(context, &wanted);
    if (e == NULL || !e->is_located)
        return ecam_fail(err, ECAM_ERR_FORMAT, "storage %.*s is not in the file",
                         (int)wanted.key_bytes, wanted.key);
    status = ecam_torch_storage_of(&id, e->data, out, err);
    return status != ECAM_OK ? status : narrow(id.view, out, err);
}

static bool is_magic(const value *v)
{
    static const char bytes[] = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
    static const char decimal[] = "119547037146038801333356";
    return v->kind == ECAM_PICKLE_BIG_INT &&
           ((v->text.n == 10 && memcmp(v->text.at, bytes, 10) == 0) ||
            (v->text.n == strlen(decimal) && memcmp(v->text.at, decimal, v->text.n) == 0));
}

/* The three pickles before the object. */
static enum ecam_status read_head(struct reader *r, const struct ecam_limits *limits,
                                  struct ecam_error *err)
{
    static const char *const parts[] = { "magic number,", "version,", "system facts," };
    enum ecam_status status = ECAM_OK;
    for (int i = 0; i < 3 && status == ECAM_OK; i++) {
        struct ecam_pickle *pickle = NULL;
        status = ecam_pickle_load(r, parts[i], limits, &pickle, err);
        if (status != ECAM_OK)
            break;
        const value *v = ecam_pickle_root(pickle);
        if (i == 0 && !is_magic(v))
            status =
                ecam_fail(err, ECAM_ERR_FORMAT, "does not begin with torch.save's magic number");
        if (i == 1 && (v->kind != ECAM_PICKLE_INT || v->integer != VERSION))
            status =
                ecam_fail(err, ECAM_ERR_UNSUPPORTED, "version of the layout is not %d", VERSION);
        if (i == 2)
            status = ecam_torch_check_system(v, err);
        ecam_pickle_free(pickle);
    }
    return status;
}

enum ecam_status ecam_read_torch_sequential(const uint8_t *bytes, size_t size,
                                            const struct ecam_limits *limits,
                                            struct ecam_weight_set **out, struct ecam_error *err)
{
    struct reader r = reader_new(bytes, size);
    struct stream s = { NULL, 0 };
    const struct ecam_torch_source source = { .context = &s, .storage = storage };
    struct ecam_pickle *object = NULL;
    struct ecam_weight_set *set = ecam_weight_set_new();
    enum ecam_status status = ECAM_OK;
    if (set == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
        goto out;
    }
    set->format = "PyTorch sequential";
    status = read_head(&r, limits, err);
    if (status == ECAM_OK)
        status = ecam_pickle_load(&r, "object,", limits, &object, err);
    if (status == ECAM_OK)
        status = list_storages(&s, object, limits, err);
    if (status == ECAM_OK)
        status = locate_all(&s, &r, limits, err);
    if (status == ECAM_OK)
        status = ecam_torch_collect(ecam_pickle_root(object), &source, limits, set, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(set, err);
    if (status != ECAM_OK)
        goto out;
    *out = set;
    set = NULL;
out:
    ecam_pickle_free(object);
    ecam_free(s.entries);
    ecam_weight_set_free(set);
    return status;
}
