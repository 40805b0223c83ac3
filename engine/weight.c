/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE /* madvise: glibc's posix_madvise drops nothing */
#include "engine/weight.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/error.h"

static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = {
    [ECAM_DTYPE_F32] = { "F32", 4 },   [ECAM_DTYPE_F16] = { "F16", 2 },
    [ECAM_DTYPE_BF16] = { "BF16", 2 }, [ECAM_DTYPE_F64] = { "F64", 8 },
    [ECAM_DTYPE_I64] = { "I64", 8 },   [ECAM_DTYPE_I32] = { "I32", 4 },
    [ECAM_DTYPE_U8] = { "U8", 1 },     [ECAM_DTYPE_I8] = { "I8", 1 },
    [ECAM_DTYPE_I16] = { "I16", 2 },   [ECAM_DTYPE_BOOL] = { "BOOL", 1 },
};

size_t ecam_dtype_bytes(enum ecam_dtype dtype)
{
    return dtypes[dtype].bytes;
}

const char *ecam_dtype_name(enum ecam_dtype dtype)
{
    return dtypes[dtype].name;
}

struct ecam_weight_set *ecam_weight_set_new(void)
{
    return ecam_calloc(1, sizeof(struct ecam_weight_set));
}

static void storage_release(struct ecam_storage storage)
{
    switch (storage.kind) {
    case ECAM_STORAGE_MAPPED:
        if (storage.bytes > 0)
            munmap(storage.base, storage.bytes);
        break;
    case ECAM_STORAGE_HEAP:
        ecam_free(storage.base);
        break;
    case ECAM_STORAGE_BORROWED:
        break;
    }
}

void ecam_weight_set_free(struct ecam_weight_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->n_items; i++)
        ecam_free(set->items[i].name);
    for (size_t i = 0; i < set->n_derived; i++) {
        ecam_free(set->derived[i]->name);
        ecam_free(set->derived[i]);
    }
    ecam_free(set->derived);
    for (size_t i = 0; i < set->n_facts; i++) {
        ecam_free(set->facts[i].key);
        ecam_free(set->facts[i].value);
    }
    for (size_t i = 0; i < set->n_storages; i++)
        storage_release(set->storages[i]);
    ecam_free(set->items);
    ecam_free(set->facts);
    ecam_free(set->storages);
    ecam_free(set);
}

enum ecam_status ecam_weight_set_own(struct ecam_weight_set *set, struct ecam_storage storage,
                                     struct ecam_error *err)
{
    void *grown = set->storages;
    const bool ok = ecam_reserve(&grown, &set->cap_storages, set->n_storages, sizeof storage);
    set->storages = grown;
    if (!ok) {
        storage_release(storage);
        return ecam_fail(err, ECAM_ERR_NOMEM, "list of storages");
    }
    set->storages[set->n_storages++] = storage;
    return ECAM_OK;
}

#define MAX_NAME 1024 /* bytes; the longest of real networks have about 100 */

/* Length of the UTF-8 sequence at s, 0 where there is none. */
static size_t utf8_length(const unsigned char *s)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (n < 2)
        return n;
    uint32_t c = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    const bool is_surrogate = c >= 0xd800 && c < 0xe000;
    return s[0] >= 0xf8 || c < least[n] || c > 0x10ffff || is_surrogate ? 0 : n;
}

/* Names reach terminals, JSON and file names: printable UTF-8 only. */
static bool name_is_fit(const char *name)
{
    const unsigned char *s = (const unsigned char *)name;
    if (*s == '\0')
        return false;
    while (*s != '\0') {
        const size_t n = utf8_length(s);
        const bool is_control =
            *s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0); /* C0, DEL, C1 */
        if (n == 0 || is_control)
            return false;
        s += n;
    }
    return true;
}

static void strides_row_major(const struct ecam_shape *shape, size_t *stride)
{
    size_t step = 1;
    for (uint32_t i = shape->rank; i-- > 0;) {
        stride[i] = step;
        step *= shape->dim[i] != 0 ? shape->dim[i] : 1;
    }
}

/* Dimensions of one element may have any stride. */
static bool is_row_major(const struct ecam_weight *w, size_t count)
{
    size_t step = 1;
    if (count == 0)
        return true;
    for (uint32_t i = w->shape.rank; i-- > 0;) {
        if (w->shape.dim[i] != 1 && w->stride[i] != step)
            return false;
        step *= w->shape.dim[i];
    }
    return true;
}

/* One past the last byte that an element of w touches, from element 0 on. */
static bool extent_bytes(const struct ecam_weight *w, size_t count, size_t *out)
{
    size_t last = 0;
    for (uint32_t i = 0; i < w->shape.rank && count > 0; i++) {
        size_t reach;
        if (!ecam_mul_size(w->shape.dim[i] - 1, w->stride[i], &reach) ||
            !ecam_add_size(last, reach, &last))
            return false;
    }
    if (count > 0 && !ecam_add_size(last, 1, &last))
        return false;
    return ecam_mul_size(last, ecam_dtype_bytes(w->dtype), out);
}

static enum ecam_status check_fits(const struct ecam_weight *w, const char *name, size_t span_bytes,
                                   size_t offset, struct ecam_error *err)
{
    char text[ECAM_SHAPE_TEXT];
    size_t count, bytes;
    if (w->shape.rank > ECAM_MAX_RANK)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "tensor '%s': rank %u, at most %d are possible",
                         name, w->shape.rank, ECAM_MAX_RANK);
    if (!ecam_shape_count(&w->shape, &count) || !extent_bytes(w, count, &bytes) ||
        offset > span_bytes || bytes > span_bytes - offset)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "tensor '%s': %s %s from byte %zu on does not fit into its %zu bytes",
                         name, ecam_dtype_name(w->dtype), ecam_shape_text(&w->shape, text), offset,
                         span_bytes);
    if (count > span_bytes / ecam_dtype_bytes(w->dtype))
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "tensor '%s': %s repeats the elements of %zu bytes (an expanded view)",
                         name, ecam_shape_text(&w->shape, text), span_bytes);
    return ECAM_OK;
}

/* Checks name, shape and place, and fills in what follows from them; no name yet. */
static enum ecam_status describe(struct ecam_weight *w, const char *name, enum ecam_dtype dtype,
                                 const struct ecam_shape *shape, const size_t *stride,
                                 const uint8_t *span, size_t span_bytes, size_t offset,
                                 struct ecam_error *err)
{
    *w = (struct ecam_weight){ .dtype = dtype, .shape = *shape };
    if (strlen(name) > MAX_NAME)
        return ecam_fail(err, ECAM_ERR_LIMIT, "tensor '%.60s...': names have at most %d bytes",
                         name, MAX_NAME);
    if (!name_is_fit(name))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "tensor '%s': names must be UTF-8 without control characters, not empty",
                         name);
    if (shape->rank <= ECAM_MAX_RANK && stride != NULL)
        memcpy(w->stride, stride, shape->rank * sizeof *stride);
    size_t count = 0;
    if (shape->rank <= ECAM_MAX_RANK && stride == NULL && ecam_shape_count(shape, &count))
        strides_row_major(shape, w->stride);
    const enum ecam_status status = check_fits(w, name, span_bytes, offset, err);
    if (status != ECAM_OK)
        return status;
    w->is_dense = is_row_major(w, ecam_shape_count(shape, &count) ? count : 0);
    w->data = span_bytes > 0 ? span + offset : span;
    return ECAM_OK;
}

enum ecam_status ecam_weight_set_add(struct ecam_weight_set *set, const char *name,
                                     enum ecam_dtype dtype, const struct ecam_shape *shape,
                                     const size_t *stride, const uint8_t *span, size_t span_bytes,
                                     size_t offset, struct ecam_error *err)
{
    struct ecam_weight w;
    const enum ecam_status status =
        describe(&w, name, dtype, shape, stride, span, span_bytes, offset, err);
    if (status != ECAM_OK)
        return status;
    void *grown = set->items;
    const bool ok = ecam_reserve(&grown, &set->cap_items, set->n_items, sizeof w);
    set->items = grown;
    w.name = ok ? ecam_strdup(name) : NULL;
    if (w.name == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "tensor '%s'", name);
    set->items[set->n_items++] = w;
    set->is_sealed = false;
    return ECAM_OK;
}

enum ecam_status ecam_weight_set_add_fact(struct ecam_weight_set *set, const char *key,
                                          const char *value, struct ecam_error *err)
{
    struct ecam_fact fact = { NULL, NULL };
    void *grown = set->facts;
    const bool ok = ecam_reserve(&grown, &set->cap_facts, set->n_facts, sizeof fact);
    set->facts = grown;
    if (ok) {
        fact.key = ecam_strdup(key);
        fact.value = ecam_strdup(value);
    }
    if (fact.key == NULL || fact.value == NULL) {
        ecam_free(fact.key);
        ecam_free(fact.value);
        return ecam_fail(err, ECAM_ERR_NOMEM, "metadata '%s'", key);
    }
    set->facts[set->n_facts++] = fact;
    return ECAM_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ecam_weight *)a)->name, ((const struct ecam_weight *)b)->name);
}

enum ecam_status ecam_weight_set_seal(struct ecam_weight_set *set, struct ecam_error *err)
{
    if (set->is_sealed)
        return ECAM_OK;
    if (set->n_items > 1)
        qsort(set->items, set->n_items, sizeof *set->items, by_name);
    for (size_t i = 1; i < set->n_items; i++)
        if (by_name(&set->items[i - 1], &set->items[i]) == 0)
            return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s' occurs twice", set->items[i].name);
    set->is_sealed = true;
    return ECAM_OK;
}

/* Where a derived array of this name is, or would have to stand. */
static size_t derived_at(const struct ecam_weight_set *set, const char *name)
{
    size_t low = 0, high = set->n_derived;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(name, set->derived[middle]->name) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct ecam_weight *ecam_weight_set_find(const struct ecam_weight_set *set, const char *name)
{
    assert(set->is_sealed);
    size_t low = 0, high = set->n_items;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(name, set->items[middle].name);
        if (order == 0)
            return &set->items[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    const size_t at = derived_at(set, name);
    return at < set->n_derived && strcmp(set->derived[at]->name, name) == 0 ? set->derived[at]
                                                                            : NULL;
}

/* Keeps a described array among the derived ones. */
static enum ecam_status add_derived(struct ecam_weight_set *set, const char *name,
                                    struct ecam_weight w, const struct ecam_weight **out,
                                    struct ecam_error *err)
{
    struct ecam_weight *copy = NULL;
    if (ecam_weight_set_find(set, name) != NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s' occurs twice", name);
    void *grown = set->derived;
    const bool ok = ecam_reserve(&grown, &set->cap_derived, set->n_derived, sizeof copy);
    set->derived = grown;
    w.name = ok ? ecam_strdup(name) : NULL;
    copy = w.name != NULL ? ecam_alloc(sizeof *copy) : NULL;
    if (copy == NULL) {
        ecam_free(w.name);
        return ecam_fail(err, ECAM_ERR_NOMEM, "tensor '%s'", name);
    }
    *copy = w;
    const size_t at = derived_at(set, name);
    memmove(&set->derived[at + 1], &set->derived[at], (set->n_derived - at) * sizeof copy);
    set->derived[at] = copy;
    set->n_derived++;
    *out = copy;
    return ECAM_OK;
}

enum ecam_status ecam_weight_set_derive(struct ecam_weight_set *set, const char *name,
                                        const struct ecam_shape *shape, float *data,
                                        const struct ecam_weight **out, struct ecam_error *err)
{
    size_t count, bytes;
    struct ecam_weight w;
    if (!ecam_shape_count(shape, &count) || !ecam_mul_size(count, sizeof *data, &bytes))
        bytes = 0; /* describe() says so */
    enum ecam_status status = ecam_weight_set_own(
        set, (struct ecam_storage){ ECAM_STORAGE_HEAP, (uint8_t *)data, bytes }, err);
    if (status == ECAM_OK)
        status =
            describe(&w, name, ECAM_DTYPE_F32, shape, NULL, (const uint8_t *)data, bytes, 0, err);
    return status == ECAM_OK ? add_derived(set, name, w, out, err) : status;
}

enum ecam_status ecam_weight_set_derive_view(struct ecam_weight_set *set, const char *name,
                                             const struct ecam_weight *of,
                                             const struct ecam_shape *shape, const size_t *stride,
                                             const struct ecam_weight **out, struct ecam_error *err)
{
    size_t count, bytes;
    struct ecam_weight w;
    if (!ecam_shape_count(&of->shape, &count) || !extent_bytes(of, count, &bytes))
        bytes = 0;
    const enum ecam_status status =
        describe(&w, name, of->dtype, shape, stride, of->data, bytes, 0, err);
    return status == ECAM_OK ? add_derived(set, name, w, out, err) : status;
}

const char *ecam_weight_set_fact(const struct ecam_weight_set *set, const char *key)
{
    for (size_t i = 0; i < set->n_facts; i++)
        if (strcmp(set->facts[i].key, key) == 0)
            return set->facts[i].value;
    return NULL;
}

static const struct ecam_storage *storage_of(const struct ecam_weight_set *set, const uint8_t *data)
{
    for (size_t i = 0; i < set->n_storages; i++) {
        const uintptr_t base = (uintptr_t)set->storages[i].base, at = (uintptr_t)data;
        if (at >= base && at - base < set->storages[i].bytes)
            return &set->storages[i];
    }
    return NULL;
}

void ecam_weight_drop(const struct ecam_weight_set *set, const struct ecam_weight *w, size_t first,
                      size_t n)
{
    const struct ecam_storage *storage = storage_of(set, w->data);
    if (storage == NULL || storage->kind != ECAM_STORAGE_MAPPED || !w->is_dense || n == 0)
        return;
    /* Whole pages, both ends outwards: who reads in pieces would otherwise keep
     * the page at every seam, and a neighbour's page costs one soft fault. */
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), item = ecam_dtype_bytes(w->dtype);
    const size_t begin = (size_t)(w->data - storage->base) + first * item;
    size_t end = begin + n * item + page - 1;
    end -= end % page;
    const size_t start = begin - begin % page;
    assert(begin + n * item <= storage->bytes);
    (void)madvise(storage->base + start, end - start, MADV_DONTNEED); /* advice may fail */
}
