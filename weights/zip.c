/* SPDX-License-Identifier: BSD-2-Clause
 * The directory of a zip archive: end record, central entries, local headers. */
#include "weights/zip.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/reader.h"

#define END_SIGNATURE 0x06054b50u
#define END_BYTES 22
#define END64_SIGNATURE 0x06064b50u
#define END64_BYTES 56
#define LOCATOR_SIGNATURE 0x07064b50u
#define LOCATOR_BYTES 20
#define CENTRAL_SIGNATURE 0x02014b50u
#define CENTRAL_BYTES 46
#define LOCAL_SIGNATURE 0x04034b50u
#define MAX_COMMENT 65535

#define FLAG_ENCRYPTED 0x0001
#define FLAG_DESCRIPTOR 0x0008 /* sizes and CRC follow the data */
#define FLAG_PATCH 0x0020
#define FLAG_STRONG_ENCRYPTION 0x0040
#define FLAG_MASKED 0x2000

#define EXTRA_ZIP64 1
#define MAX_EXTRA_MEMBERS 64 /* members that hold no tensor: version, data.pkl, ... */

/* A deflated byte stands for at most 1032 (zlib's documentation). */
#define MAX_DEFLATE_RATIO 1032

struct directory {
    uint64_t entries, bytes, offset;
    uint64_t end; /* where the end records begin */
};

/* One central entry, and what its local header must repeat. */
struct entry {
    uint16_t flags, method, disk;
    uint32_t crc;
    uint64_t packed, bytes, begin;
    const uint8_t *name;
    uint16_t name_bytes;
};

static struct reader part(const uint8_t *bytes, size_t size, uint64_t at)
{
    struct reader r = reader_new(bytes, size);
    reader_seek(&r, at);
    return r;
}

/* The end record is the last thing in the file, but for its own comment. */
static bool find_end(const uint8_t *bytes, size_t size, size_t *at)
{
    for (size_t comment = 0; comment <= MAX_COMMENT && comment + END_BYTES <= size; comment++) {
        struct reader r = part(bytes, size, size - comment - END_BYTES);
        if (reader_u32le(&r) != END_SIGNATURE)
            continue;
        reader_take(&r, 16);
        if (reader_u16le(&r) == comment) {
            *at = size - comment - END_BYTES;
            return true;
        }
    }
    return false;
}

static enum ecam_status read_end64(const uint8_t *bytes, size_t size, size_t end,
                                   struct directory *dir, struct ecam_error *err)
{
    struct reader r = part(bytes, size, end - LOCATOR_BYTES + 4);
    const uint32_t disk = reader_u32le(&r);
    const uint64_t at = reader_u64le(&r);
    const uint32_t disks = reader_u32le(&r);
    if (disk != 0 || disks > 1)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: the archive spans %u disks", disks);
    r = part(bytes, end - LOCATOR_BYTES, at);
    const uint32_t signature = reader_u32le(&r);
    const uint64_t record = reader_u64le(&r);
    reader_take(&r, 4); /* versions */
    const uint32_t this_disk = reader_u32le(&r), first_disk = reader_u32le(&r);
    const uint64_t here = reader_u64le(&r);
    const struct directory wide = { .entries = reader_u64le(&r),
                                    .bytes = reader_u64le(&r),
                                    .offset = reader_u64le(&r),
                                    .end = at };
    if (r.failed || signature != END64_SIGNATURE || record < END64_BYTES - 12)
        return ecam_fail(err, ECAM_ERR_FORMAT, "zip: no zip64 end record at byte %llu",
                         (unsigned long long)at);
    if (this_disk != 0 || first_disk != 0 || here != wide.entries)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: the archive spans several disks");
    const bool differs = (dir->entries != 0xffff && dir->entries != wide.entries) ||
                         (dir->bytes != 0xffffffff && dir->bytes != wide.bytes) ||
                         (dir->offset != 0xffffffff && dir->offset != wide.offset);
    if (differs)
        return ecam_fail(err, ECAM_ERR_FORMAT, "zip: the two end records contradict each other");
    *dir = wide;
    return ECAM_OK;
}

static enum ecam_status read_end(const uint8_t *bytes, size_t size, struct directory *dir,
                                 struct ecam_error *err)
{
    size_t end;
    if (!find_end(bytes, size, &end))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: no end record; the file is cut off, or something follows it");
    struct reader r = part(bytes, size, end + 4);
    const uint16_t this_disk = reader_u16le(&r), first_disk = reader_u16le(&r);
    const uint16_t here = reader_u16le(&r);
    dir->entries = reader_u16le(&r);
    dir->bytes = reader_u32le(&r);
    dir->offset = reader_u32le(&r);
    dir->end = end;
    struct reader locator = part(bytes, size, end >= LOCATOR_BYTES ? end - LOCATOR_BYTES : size);
    if (reader_u32le(&locator) == LOCATOR_SIGNATURE) {
        const enum ecam_status status = read_end64(bytes, size, end, dir, err);
        if (status != ECAM_OK)
            return status;
    } else if (this_disk != 0 || first_disk != 0 || here != dir->entries) {
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: the archive spans several disks");
    }
    if (dir->offset > dir->end || dir->bytes > dir->end - dir->offset)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: central directory of %llu bytes at %llu, which leaves the file",
                         (unsigned long long)dir->bytes, (unsigned long long)dir->offset);
    if (dir->entries > dir->bytes / CENTRAL_BYTES)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: %llu members in a central directory of %llu bytes",
                         (unsigned long long)dir->entries, (unsigned long long)dir->bytes);
    return ECAM_OK;
}

/* Replaces the fields that are all ones by their 64-bit values. False: missing. */
static bool widen(struct reader extra, uint64_t *bytes, uint64_t *packed, uint64_t *begin)
{
    while (reader_left(&extra) >= 4) {
        const uint16_t id = reader_u16le(&extra), n = reader_u16le(&extra);
        const uint8_t *body = reader_take(&extra, n);
        if (body == NULL)
            return false;
        if (id != EXTRA_ZIP64)
            continue;
        struct reader r = reader_new(body, n);
        if (*bytes == 0xffffffff)
            *bytes = reader_u64le(&r);
        if (*packed == 0xffffffff)
            *packed = reader_u64le(&r);
        if (begin != NULL && *begin == 0xffffffff)
            *begin = reader_u64le(&r);
        return !r.failed;
    }
    return *bytes != 0xffffffff && *packed != 0xffffffff && (begin == NULL || *begin != 0xffffffff);
}

static enum ecam_status read_central(struct reader *r, struct entry *e, struct ecam_error *err)
{
    const size_t at = reader_at(r);
    const uint32_t signature = reader_u32le(r);
    reader_take(r, 4); /* versions */
    e->flags = reader_u16le(r);
    e->method = reader_u16le(r);
    reader_take(r, 4); /* time and date */
    e->crc = reader_u32le(r);
    e->packed = reader_u32le(r);
    e->bytes = reader_u32le(r);
    e->name_bytes = reader_u16le(r);
    const uint16_t extra_bytes = reader_u16le(r), comment_bytes = reader_u16le(r);
    e->disk = reader_u16le(r);
    reader_take(r, 6); /* attributes */
    e->begin = reader_u32le(r);
    e->name = reader_take(r, e->name_bytes);
    const uint8_t *extra = reader_take(r, extra_bytes);
    reader_take(r, comment_bytes);
    if (r->failed || signature != CENTRAL_SIGNATURE)
        return ecam_fail(err, ECAM_ERR_FORMAT, "zip: byte %zu: damaged central directory", at);
    if (!widen(reader_new(extra, extra_bytes), &e->bytes, &e->packed, &e->begin))
        return ecam_fail(err, ECAM_ERR_FORMAT, "zip: byte %zu: member without its zip64 sizes", at);
    return ECAM_OK;
}

/* True where the local header says what the central entry says. Sizes that follow
 * the data may be left open in the header. */
static bool local_agrees(struct reader *r, const struct entry *e)
{
    const uint32_t signature = reader_u32le(r);
    reader_take(r, 2);
    const uint16_t flags = reader_u16le(r), method = reader_u16le(r);
    reader_take(r, 4);
    const uint32_t crc = reader_u32le(r);
    uint64_t packed = reader_u32le(r), bytes = reader_u32le(r);
    const uint16_t name_bytes = reader_u16le(r), extra_bytes = reader_u16le(r);
    const uint8_t *name = reader_take(r, name_bytes);
    const uint8_t *extra = reader_take(r, extra_bytes);
    if (r->failed || signature != LOCAL_SIGNATURE || method != e->method ||
        ((flags ^ e->flags) & (FLAG_ENCRYPTED | FLAG_DESCRIPTOR)) != 0 ||
        name_bytes != e->name_bytes || memcmp(name, e->name, name_bytes) != 0)
        return false;
    const bool is_wide = widen(reader_new(extra, extra_bytes), &bytes, &packed, NULL);
    if ((flags & FLAG_DESCRIPTOR) != 0)
        return (crc == 0 || crc == e->crc) && (!is_wide || bytes == 0 || bytes == e->bytes) &&
               (!is_wide || packed == 0 || packed == e->packed);
    return is_wide && crc == e->crc && bytes == e->bytes && packed == e->packed;
}

/* What the flags and sizes of an entry allow. */
static enum ecam_status check_entry(const struct entry *e, const char *name, struct ecam_error *err)
{
    if (e->flags & (FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED))
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: member '%s' is encrypted", name);
    if (e->flags & FLAG_PATCH)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: member '%s' is a patch", name);
    if (e->disk != 0)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: member '%s' is on disk %u", name,
                         e->disk);
    if (e->method != 0 && e->method != 8)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "zip: member '%s' is packed by method %u; stored and deflated are known",
                         name, e->method);
    if (e->method == 0 && e->packed != e->bytes)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: member '%s' is stored, but with two sizes, %llu and %llu", name,
                         (unsigned long long)e->packed, (unsigned long long)e->bytes);
    if (e->bytes / MAX_DEFLATE_RATIO > e->packed || e->bytes > SIZE_MAX)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: member '%s': %llu bytes cannot come out of %llu", name,
                         (unsigned long long)e->bytes, (unsigned long long)e->packed);
    return ECAM_OK;
}

/* Names go into messages and are compared as C strings. */
static bool copy_name(char *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (from[i] < 0x20 || from[i] == 0x7f)
            return false;
    memcpy(to, from, n);
    to[n] = '\0';
    return n > 0;
}

static enum ecam_status read_members(struct ecam_zip *zip, const uint8_t *bytes, size_t size,
                                     const struct directory *dir, struct ecam_error *err)
{
    struct reader r = part(bytes, (size_t)(dir->offset + dir->bytes), dir->offset);
    char *names = zip->names;
    for (uint64_t i = 0; i < dir->entries; i++) {
        struct entry e;
        enum ecam_status status = read_central(&r, &e, err);
        if (status != ECAM_OK)
            return status;
        if (!copy_name(names, e.name, e.name_bytes))
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "zip: member %llu has an empty name or one with control characters",
                             (unsigned long long)i);
        status = check_entry(&e, names, err);
        if (status != ECAM_OK)
            return status;
        /* Members lie before the central directory. */
        struct reader local = part(bytes, ecam_min_size(size, (size_t)dir->offset), e.begin);
        if (!local_agrees(&local, &e))
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "zip: member '%s': local header at byte %llu contradicts the central "
                             "directory",
                             names, (unsigned long long)e.begin);
        const uint8_t *data = reader_take(&local, e.packed);
        if (data == NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "zip: member '%s' of %llu bytes is cut off",
                             names, (unsigned long long)e.packed);
        zip->members[zip->n_members++] = (struct ecam_zip_member){ .name = names,
                                                                   .data = data,
                                                                   .packed = (size_t)e.packed,
                                                                   .bytes = (size_t)e.bytes,
                                                                   .begin = e.begin,
                                                                   .crc = e.crc,
                                                                   .is_deflated = e.method == 8 };
        names += e.name_bytes + 1;
    }
    if (reader_left(&r) != 0)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "zip: %zu bytes of the central directory belong to no member",
                         reader_left(&r));
    return ECAM_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct ecam_zip_member *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static int by_name(const void *a, const void *b)
{
    const struct ecam_zip_member *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* No byte belongs to two members, no name to two either. Leaves them by name. */
static enum ecam_status check_members(struct ecam_zip *zip, struct ecam_error *err,
                                      const uint8_t *base)
{
    struct ecam_zip_member *m = zip->members;
    if (zip->n_members > 1)
        qsort(m, zip->n_members, sizeof *m, by_place);
    for (size_t i = 1; i < zip->n_members; i++)
        if ((uint64_t)(m[i - 1].data - base) + m[i - 1].packed > m[i].begin)
            return ecam_fail(err, ECAM_ERR_FORMAT, "zip: members '%s' and '%s' overlap",
                             m[i - 1].name, m[i].name);
    if (zip->n_members > 1)
        qsort(m, zip->n_members, sizeof *m, by_name);
    for (size_t i = 1; i < zip->n_members; i++)
        if (by_name(&m[i - 1], &m[i]) == 0)
            return ecam_fail(err, ECAM_ERR_FORMAT, "zip: member '%s' occurs twice", m[i].name);
    return ECAM_OK;
}

enum ecam_status ecam_zip_open(const uint8_t *bytes, size_t size, const struct ecam_limits *limits,
                               struct ecam_zip **out, struct ecam_error *err)
{
    struct directory dir = { 0 };
    enum ecam_status status = read_end(bytes, size, &dir, err);
    if (status != ECAM_OK)
        return status;
    if (dir.entries > (uint64_t)limits->max_tensors + MAX_EXTRA_MEMBERS)
        return ecam_fail(err, ECAM_ERR_LIMIT, "zip: %llu members, at most %llu are allowed",
                         (unsigned long long)dir.entries,
                         (unsigned long long)limits->max_tensors + MAX_EXTRA_MEMBERS);
    struct ecam_zip *zip = ecam_calloc(1, sizeof *zip);
    if (zip == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "zip: directory");
    zip->inflate_left = limits->max_inflated_bytes;
    zip->members = ecam_calloc((size_t)dir.entries, sizeof *zip->members);
    zip->names = ecam_alloc((size_t)dir.bytes); /* each name gives up 46 bytes for its NUL */
    if (zip->members == NULL || zip->names == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "zip: directory of %llu members",
                           (unsigned long long)dir.entries);
    else
        status = read_members(zip, bytes, size, &dir, err);
    if (status == ECAM_OK)
        status = check_members(zip, err, bytes);
    if (status == ECAM_OK) {
        *out = zip;
        zip = NULL;
    }
    ecam_zip_free(zip);
    return status;
}

void ecam_zip_free(struct ecam_zip *zip)
{
    if (zip == NULL)
        return;
    ecam_free(zip->members);
    ecam_free(zip->names);
    ecam_free(zip);
}

const struct ecam_zip_member *ecam_zip_find(const struct ecam_zip *zip, const char *name)
{
    const struct ecam_zip_member key = { .name = name };
    if (zip->n_members == 0)
        return NULL;
    return bsearch(&key, zip->members, zip->n_members, sizeof key, by_name);
}
