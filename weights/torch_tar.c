/* SPDX-License-Identifier: BSD-2-Clause
 * PyTorch's first layout, before 0.1.10: a tar archive with the members sys_info,
 * storages (each with its elements), tensors (each with shape, stride, storage),
 * and pickle, the object, in which ids stand for tensors. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/tar.h"
#include "weights/torch.h"
#include "weights/weights.h"

typedef struct ecam_pickle_value value;

enum { SYS_INFO, STORAGES, TENSORS, OBJECT, N_MEMBERS };

/* Storages and tensors are known by numbers, addresses once. */
struct keyed_storage {
    int64_t key;
    struct ecam_torch_storage storage;
};
struct keyed_tensor {
    int64_t key;
    struct ecam_torch_tensor tensor;
};

struct archive {
    struct ecam_tar_member member[N_MEMBERS];
    struct keyed_storage *storages; /* sorted by key */
    struct keyed_tensor *tensors;   /* sorted by key */
    size_t n_storages, cap_storages, n_tensors, cap_tensors;
    const struct ecam_limits *limits;
};

/* The key comes first in both, so that one function compares either. */
static int by_key(const void *a, const void *b)
{
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void *find(const void *items, size_t n, size_t item_bytes, int64_t key)
{
    return n == 0 ? NULL : bsearch(&key, items, n, item_bytes, by_key);
}

/* Sorts by key; false where one occurs twice. */
static bool sort(void *items, size_t n, size_t item_bytes)
{
    if (n > 1)
        qsort(items, n, item_bytes, by_key);
    for (size_t i = 1; i < n; i++)
        if (by_key((char *)items + (i - 1) * item_bytes, (char *)items + i * item_bytes) == 0)
            return false;
    return true;
}

/* A number, or its decimal digits. */
static bool read_key(const value *v, int64_t *out)
{
    int64_t key = 0;
    if (v != NULL && v->kind == ECAM_PICKLE_INT) {
        *out = v->integer;
        return true;
    }
    if (v == NULL || (v->kind != ECAM_PICKLE_TEXT && v->kind != ECAM_PICKLE_BYTES) ||
        v->text.n == 0 || v->text.n > 18)
        return false;
    for (size_t i = 0; i < v->text.n; i++) {
        if (v->text.at[i] < '0' || v->text.at[i] > '9')
            return false;
        key = key * 10 + (v->text.at[i] - '0');
    }
    *out = key;
    return true;
}

/* A pickle of one number that counts records of at least `least` bytes. */
static enum ecam_status read_count(struct archive *a, struct reader *r, const char *where,
                                   size_t least, size_t *out, struct ecam_error *err)
{
    struct ecam_pickle *pickle = NULL;
    enum ecam_status status = ecam_pickle_load(r, where, a->limits, &pickle, err);
    if (status != ECAM_OK)
        return status;
    if (!ecam_pickle_size(ecam_pickle_root(pickle), out) || *out > reader_left(r) / least)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: %s: a count that the %zu bytes cannot hold",
                           where, reader_left(r));
    else if (*out > a->limits->max_tensors)
        status = ecam_fail(err, ECAM_ERR_LIMIT, "tar: %zu %s, at most %u are allowed", *out, where,
                           a->limits->max_tensors);
    ecam_pickle_free(pickle);
    return status;
}

/* (key, location, class), then an element count and the elements. */
static enum ecam_status read_storage(struct archive *a, struct reader *r, struct keyed_storage *out,
                                     struct ecam_error *err)
{
    struct ecam_pickle *pickle = NULL;
    enum ecam_status status = ecam_pickle_load(r, "storages", a->limits, &pickle, err);
    if (status != ECAM_OK)
        return status;
    const value *root = ecam_pickle_root(pickle), *type = ecam_pickle_item(root, 2);
    const size_t at = reader_at(r);
    const uint64_t elements = reader_u64le(r);
    if (!read_key(ecam_pickle_item(root, 0), &out->key) || type == NULL ||
        type->kind != ECAM_PICKLE_GLOBAL || type->global->role != ECAM_ROLE_STORAGE) {
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: storages byte %zu: no storage", at);
    } else {
        const size_t element = ecam_dtype_bytes(type->global->dtype);
        size_t bytes = 0;
        if (elements > reader_left(r) / element)
            r->failed = true;
        else
            bytes = (size_t)elements * element;
        out->storage =
            (struct ecam_torch_storage){ type->global->dtype, reader_take(r, bytes), bytes };
        if (r->failed)
            status =
                ecam_fail(err, ECAM_ERR_FORMAT, "tar: storages byte %zu: %llu elements do not fit",
                          at, (unsigned long long)elements);
    }
    ecam_pickle_free(pickle);
    return status;
}

/* [(target, root, offset, elements), ...]: storages that are parts of others. */
static enum ecam_status read_views(struct archive *a, struct reader *r, struct ecam_error *err)
{
    struct ecam_pickle *pickle = NULL;
    enum ecam_status status = ecam_pickle_load(r, "storages", a->limits, &pickle, err);
    if (status != ECAM_OK)
        return status;
    const value *views = ecam_pickle_root(pickle);
    const size_t n_roots = a->n_storages;
    if (views->kind != ECAM_PICKLE_LIST && views->kind != ECAM_PICKLE_TUPLE)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: the list of views is %s",
                           ecam_pickle_kind_name(views->kind));
    for (size_t i = 0; status == ECAM_OK && i < views->list.n; i++) {
        const value *view = views->list.items[i];
        struct keyed_storage target;
        int64_t root_key;
        size_t begin, n;
        const struct keyed_storage *root = NULL;
        if (read_key(ecam_pickle_item(view, 0), &target.key) &&
            read_key(ecam_pickle_item(view, 1), &root_key))
            root = find(a->storages, n_roots, sizeof *root, root_key);
        if (a->n_storages >= a->limits->max_tensors) {
            status = ecam_fail(err, ECAM_ERR_LIMIT, "tar: more than %u storages and views",
                               a->limits->max_tensors);
            break;
        }
        if (root == NULL || !ecam_pickle_size(ecam_pickle_item(view, 2), &begin) ||
            !ecam_pickle_size(ecam_pickle_item(view, 3), &n) ||
            !ecam_mul_size(begin, ecam_dtype_bytes(root->storage.dtype), &begin) ||
            !ecam_mul_size(n, ecam_dtype_bytes(root->storage.dtype), &n) ||
            begin > root->storage.bytes || n > root->storage.bytes - begin) {
            status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: view %zu leaves its storage", i);
            break;
        }
        target.storage =
            (struct ecam_torch_storage){ root->storage.dtype, root->storage.data + begin, n };
        void *grown = a->storages;
        const bool ok = ecam_reserve(&grown, &a->cap_storages, a->n_storages, sizeof target);
        a->storages = grown;
        if (!ok)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "tar: list of views");
        else
            a->storages[a->n_storages++] = target;
    }
    ecam_pickle_free(pickle);
    return status;
}

static enum ecam_status read_storages(struct archive *a, struct ecam_error *err)
{
    struct reader r = reader_new(a->member[STORAGES].data, a->member[STORAGES].bytes);
    size_t n;
    enum ecam_status status = read_count(a, &r, "storages", 16, &n, err);
    if (status != ECAM_OK)
        return status;
    a->storages = ecam_calloc(n, sizeof *a->storages);
    if (a->storages == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "tar: list of storages");
    a->cap_storages = n;
    for (size_t i = 0; status == ECAM_OK && i < n; i++) {
        status = read_storage(a, &r, &a->storages[i], err);
        a->n_storages = i + 1;
    }
    if (status == ECAM_OK && !sort(a->storages, a->n_storages, sizeof *a->storages))
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: a storage occurs twice");
    if (status == ECAM_OK)
        status = read_views(a, &r, err);
    if (status == ECAM_OK && !sort(a->storages, a->n_storages, sizeof *a->storages))
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: a view occurs twice");
    if (status == ECAM_OK && reader_left(&r) != 0)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: %zu bytes follow the last storage",
                           reader_left(&r));
    return status;
}

/* (key, storage, class), then rank (int32, 4 spare bytes), sizes, strides, offset. */
static enum ecam_status read_tensor(struct archive *a, struct reader *r, struct keyed_tensor *out,
                                    struct ecam_error *err)
{
    struct ecam_pickle *pickle = NULL;
    enum ecam_status status = ecam_pickle_load(r, "tensors", a->limits, &pickle, err);
    if (status != ECAM_OK)
        return status;
    const value *root = ecam_pickle_root(pickle);
    const struct keyed_storage *storage = NULL;
    int64_t storage_key;
    if (read_key(ecam_pickle_item(root, 0), &out->key) &&
        read_key(ecam_pickle_item(root, 1), &storage_key))
        storage = find(a->storages, a->n_storages, sizeof *storage, storage_key);
    ecam_pickle_free(pickle);
    const size_t at = reader_at(r);
    if (storage == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tar: tensors byte %zu: a tensor without a storage",
                         at);
    struct ecam_torch_tensor *t = &out->tensor;
    *t = (struct ecam_torch_tensor){ .storage = storage->storage, .dtype = storage->storage.dtype };
    const uint32_t rank = reader_u32le(r);
    reader_take(r, 4);
    if (!r->failed && rank > ECAM_MAX_RANK)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "tar: tensors byte %zu: rank %u, at most %d",
                         at, rank, ECAM_MAX_RANK);
    uint64_t numbers[2 * ECAM_MAX_RANK + 1] = { 0 }, largest = 0;
    for (uint32_t i = 0; i < 2 * rank + 1 && !r->failed; i++) {
        numbers[i] = reader_u64le(r);
        largest = numbers[i] > largest ? numbers[i] : largest;
    }
    if (r->failed || largest > INT64_MAX || largest > SIZE_MAX)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tar: tensors byte %zu: damaged tensor", at);
    t->shape.rank = rank;
    for (uint32_t i = 0; i < rank; i++) {
        t->shape.dim[i] = (size_t)numbers[i];
        t->stride[i] = (size_t)numbers[rank + i];
    }
    t->offset = (size_t)numbers[2 * rank];
    if (rank == 0 && t->storage.bytes == 0)
        t->shape.rank = 1; /* a tensor without dimensions was empty then, no scalar */
    return ECAM_OK;
}

static enum ecam_status read_tensors(struct archive *a, struct ecam_error *err)
{
    struct reader r = reader_new(a->member[TENSORS].data, a->member[TENSORS].bytes);
    size_t n;
    enum ecam_status status = read_count(a, &r, "tensors", 24, &n, err);
    if (status != ECAM_OK)
        return status;
    a->tensors = ecam_calloc(n, sizeof *a->tensors);
    if (a->tensors == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "tar: list of tensors");
    a->cap_tensors = n;
    for (size_t i = 0; status == ECAM_OK && i < n; i++) {
        status = read_tensor(a, &r, &a->tensors[i], err);
        a->n_tensors = i + 1;
    }
    if (status == ECAM_OK && !sort(a->tensors, a->n_tensors, sizeof *a->tensors))
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: a tensor occurs twice");
    if (status == ECAM_OK && reader_left(&r) != 0)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "tar: %zu bytes follow the last tensor",
                           reader_left(&r));
    return status;
}

static enum ecam_status check_system(struct archive *a, struct ecam_error *err)
{
    struct reader r = reader_new(a->member[SYS_INFO].data, a->member[SYS_INFO].bytes);
    struct ecam_pickle *pickle = NULL;
    enum ecam_status status = ecam_pickle_load(&r, "sys_info", a->limits, &pickle, err);
    if (status == ECAM_OK)
        status = ecam_torch_check_system(ecam_pickle_root(pickle), err);
    ecam_pickle_free(pickle);
    return status;
}

static enum ecam_status tensor(void *context, const value *id, struct ecam_torch_tensor *out,
                               struct ecam_error *err)
{
    const struct archive *a = context;
    const struct keyed_tensor *found = NULL;
    int64_t key;
    if (read_key(id, &key))
        found = find(a->tensors, a->n_tensors, sizeof *found, key);
    if (found == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tar: an id that stands for no tensor of the file");
    *out = found->tensor;
    return ECAM_OK;
}

static enum ecam_status storage(void *context, const value *id, struct ecam_torch_storage *out,
                                struct ecam_error *err)
{
    const struct archive *a = context;
    const struct keyed_storage *found = NULL;
    int64_t key;
    if (read_key(id, &key))
        found = find(a->storages, a->n_storages, sizeof *found, key);
    if (found == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tar: an id that stands for no storage of the file");
    *out = found->storage;
    return ECAM_OK;
}

static enum ecam_status read_object(struct archive *a, struct ecam_weight_set *set,
                                    struct ecam_error *err)
{
    const struct ecam_torch_source source = { .context = a, .storage = storage, .tensor = tensor };
    struct reader r = reader_new(a->member[OBJECT].data, a->member[OBJECT].bytes);
    struct ecam_pickle *pickle = NULL;
    enum ecam_status status = ecam_pickle_load(&r, "pickle", a->limits, &pickle, err);
    if (status == ECAM_OK)
        status = ecam_torch_collect(ecam_pickle_root(pickle), &source, a->limits, set, err);
    ecam_pickle_free(pickle);
    return status;
}

enum ecam_status ecam_read_torch_tar(const uint8_t *bytes, size_t size,
                                     const struct ecam_limits *limits, struct ecam_weight_set **out,
                                     struct ecam_error *err)
{
    struct archive a = { .member = { { .name = "sys_info" },
                                     { .name = "storages" },
                                     { .name = "tensors" },
                                     { .name = "pickle" } },
                         .limits = limits };
    struct ecam_weight_set *set = ecam_weight_set_new();
    enum ecam_status status = ECAM_OK;
    if (set == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
        goto out;
    }
    set->format = "PyTorch tar";
    status = ecam_tar_find(bytes, size, a.member, N_MEMBERS, err);
    for (size_t i = 0; status == ECAM_OK && i < N_MEMBERS; i++)
        if (a.member[i].data == NULL)
            status =
                ecam_fail(err, ECAM_ERR_FORMAT,
                          "tar: no member '%s'; PyTorch's first layout has sys_info, storages, "
                          "tensors and pickle",
                          a.member[i].name);
    if (status == ECAM_OK)
        status = check_system(&a, err);
    if (status == ECAM_OK)
        status = read_storages(&a, err);
    if (status == ECAM_OK)
        status = read_tensors(&a, err);
    if (status == ECAM_OK)
        status = read_object(&a, set, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(set, err);
    if (status != ECAM_OK)
        goto out;
    *out = set;
    set = NULL;
out:
    ecam_free(a.storages);
    ecam_free(a.tensors);
    ecam_weight_set_free(set);
    return status;
}
