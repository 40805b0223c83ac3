/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/protobuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define MAX_VARINT_BYTES 10
#define GROUP_BEGIN 3 /* wire types of the groups of old */
#define GROUP_END 4

/* ---- Failure ---- */

static void fail_at(struct ecam_pb_source *source, const uint8_t *at, enum ecam_status status,
                    const char *fmt, va_list args) ECAM_PRINTF(4, 0);
static void fail_at(struct ecam_pb_source *source, const uint8_t *at, enum ecam_status status,
                    const char *fmt, va_list args)
{
    if (source->status != ECAM_OK)
        return;
    source->status = status;
    const int n = snprintf(source->what, sizeof source->what,
                           "byte %zu: ", at == NULL ? 0 : (size_t)(at - source->base));
    vsnprintf(source->what + n, sizeof source->what - (size_t)n, fmt, args);
}

void ecam_pb_fail(struct ecam_pb *pb, enum ecam_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_at(pb->source, pb->at, status, fmt, args);
    va_end(args);
}

enum ecam_status ecam_pb_status(const struct ecam_pb_source *source, struct ecam_error *err)
{
    return source->status == ECAM_OK ? ECAM_OK : ecam_fail(err, source->status, "%s", source->what);
}

/* ---- Fields ---- */

static bool read_varint(struct reader *r, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < MAX_VARINT_BYTES; i++) {
        const uint8_t byte = reader_u8(r);
        if (r->failed || (i == MAX_VARINT_BYTES - 1 && byte > 1))
            return false;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static struct ecam_pb message_of(struct ecam_pb_source *source, const uint8_t *bytes, size_t n,
                                 uint32_t depth)
{
    return (
        struct ecam_pb){ .source = source, .r = reader_new(bytes, n), .depth = depth, .at = bytes };
}

struct ecam_pb ecam_pb_begin(struct ecam_pb_source *source, const uint8_t *bytes, size_t size,
                             const struct ecam_limits *limits)
{
    *source = (struct ecam_pb_source){ .base = bytes, .max_nesting = limits->max_nesting };
    return message_of(source, bytes, size, 0);
}

/* The value behind a tag. */
static void read_value(struct ecam_pb *pb)
{
    uint64_t n;
    switch ((unsigned)pb->wire) {
    case ECAM_PB_VARINT:
        if (!read_varint(&pb->r, &pb->value))
            ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u: no varint of at most %d bytes", pb->field,
                         MAX_VARINT_BYTES);
        break;
    case ECAM_PB_FIXED64:
        pb->value = reader_u64le(&pb->r);
        break;
    case ECAM_PB_FIXED32:
        pb->value = reader_u32le(&pb->r);
        break;
    case ECAM_PB_BYTES:
        if (!read_varint(&pb->r, &n)) {
            ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u: its length is no varint", pb->field);
        } else if (n > reader_left(&pb->r)) {
            ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u: %llu bytes, the message has %zu left",
                         pb->field, (unsigned long long)n, reader_left(&pb->r));
        } else {
            pb->n_bytes = (size_t)n;
            pb->bytes = reader_take(&pb->r, n);
        }
        break;
    case GROUP_BEGIN:
    case GROUP_END:
        ecam_pb_fail(pb, ECAM_ERR_UNSUPPORTED, "field %u is a group, which no format here has",
                     pb->field);
        break;
    default:
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u: wire type %u, at most 5 is possible",
                     pb->field, (unsigned)pb->wire);
    }
    if (pb->r.failed)
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u: the message ends inside it", pb->field);
}

bool ecam_pb_next(struct ecam_pb *pb)
{
    uint64_t tag;
    if (pb->source->status != ECAM_OK || reader_left(&pb->r) == 0)
        return false;
    pb->at = pb->r.at;
    pb->value = 0;
    pb->bytes = NULL;
    pb->n_bytes = 0;
    if (!read_varint(&pb->r, &tag) || tag > UINT32_MAX || tag >> 3 == 0) {
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "no field begins here: its tag is none");
        return false;
    }
    pb->field = (uint32_t)(tag >> 3);
    pb->wire = (enum ecam_pb_wire)(tag & 7);
    read_value(pb);
    return pb->source->status == ECAM_OK;
}

/* ---- Values ---- */

static bool expect(struct ecam_pb *pb, enum ecam_pb_wire wire)
{
    static const char *const names[] = {
        "a varint", "8 bytes", "a run of bytes", "", "", "4 bytes"
    };
    if (pb->source->status != ECAM_OK)
        return false;
    if (pb->wire != wire)
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u is %s, %s is expected", pb->field,
                     names[pb->wire], names[wire]);
    return pb->wire == wire;
}

static float float_of(uint64_t bits)
{
    const uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint64_t ecam_pb_uint(struct ecam_pb *pb)
{
    return expect(pb, ECAM_PB_VARINT) ? pb->value : 0;
}

int64_t ecam_pb_int(struct ecam_pb *pb)
{
    return (int64_t)ecam_pb_uint(pb); /* negative ones are written as 64 bits */
}

bool ecam_pb_bool(struct ecam_pb *pb)
{
    return ecam_pb_uint(pb) != 0;
}

float ecam_pb_float(struct ecam_pb *pb)
{
    return expect(pb, ECAM_PB_FIXED32) ? float_of(pb->value) : 0.0f;
}

double ecam_pb_double(struct ecam_pb *pb)
{
    return expect(pb, ECAM_PB_FIXED64) ? double_of(pb->value) : 0.0;
}

const uint8_t *ecam_pb_bytes(struct ecam_pb *pb, size_t *n)
{
    const bool is_fit = expect(pb, ECAM_PB_BYTES);
    *n = is_fit ? pb->n_bytes : 0;
    return is_fit ? pb->bytes : NULL;
}

struct ecam_pb ecam_pb_message(struct ecam_pb *pb)
{
    if (pb->depth >= pb->source->max_nesting)
        ecam_pb_fail(pb, ECAM_ERR_LIMIT, "field %u: nested deeper than %u", pb->field,
                     pb->source->max_nesting);
    if (!expect(pb, ECAM_PB_BYTES))
        return message_of(pb->source, pb->at, 0, pb->depth);
    return message_of(pb->source, pb->bytes, pb->n_bytes, pb->depth + 1);
}

char *ecam_pb_strdup(struct ecam_pb *pb)
{
    if (!expect(pb, ECAM_PB_BYTES))
        return NULL;
    if (pb->n_bytes > 0 && memchr(pb->bytes, 0, pb->n_bytes) != NULL) {
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u: NUL in a text", pb->field);
        return NULL;
    }
    char *const text = ecam_alloc(pb->n_bytes + 1);
    if (text == NULL) {
        ecam_pb_fail(pb, ECAM_ERR_NOMEM, "text of %zu bytes", pb->n_bytes);
        return NULL;
    }
    if (pb->n_bytes > 0)
        memcpy(text, pb->bytes, pb->n_bytes);
    text[pb->n_bytes] = '\0';
    return text;
}

bool ecam_pb_text_is(struct ecam_pb *pb, const char *text)
{
    return expect(pb, ECAM_PB_BYTES) && pb->n_bytes == strlen(text) &&
           (pb->n_bytes == 0 || memcmp(pb->bytes, text, pb->n_bytes) == 0);
}

/* ---- Repeated numbers ---- */

/* Walks the numbers of a field, packed or a single one. */
struct walk {
    struct reader r;
    bool is_single;
};

static struct walk walk_begin(struct ecam_pb *pb, enum ecam_pb_wire wire)
{
    struct walk walk = { .r = reader_new(pb->at, 0) };
    if (pb->source->status != ECAM_OK)
        return walk;
    if (pb->wire == ECAM_PB_BYTES)
        walk.r = reader_new(pb->bytes, pb->n_bytes);
    else
        walk.is_single = expect(pb, wire);
    return walk;
}

static bool walk_next(struct ecam_pb *pb, struct walk *walk, enum ecam_pb_wire wire, uint64_t *out)
{
    if (walk->is_single) {
        walk->is_single = false;
        *out = pb->value;
        return true;
    }
    if (reader_left(&walk->r) == 0)
        return false;
    if (wire == ECAM_PB_VARINT)
        walk->r.failed |= !read_varint(&walk->r, out);
    else
        *out = wire == ECAM_PB_FIXED32 ? reader_u32le(&walk->r) : reader_u64le(&walk->r);
    if (walk->r.failed)
        ecam_pb_fail(pb, ECAM_ERR_FORMAT, "field %u: its packed numbers end inside one", pb->field);
    return !walk->r.failed;
}

void ecam_pb_few_ints(struct ecam_pb *pb, int64_t *items, size_t cap, uint32_t *n)
{
    struct walk walk = walk_begin(pb, ECAM_PB_VARINT);
    uint64_t value;
    while (walk_next(pb, &walk, ECAM_PB_VARINT, &value)) {
        if (*n >= cap) {
            ecam_pb_fail(pb, ECAM_ERR_LIMIT, "field %u: more than %zu numbers", pb->field, cap);
            return;
        }
        items[(*n)++] = (int64_t)value;
    }
}

/* Room for one more; false, and the source has failed, where there is no memory. */
static bool grow(struct ecam_pb *pb, void **items, size_t *cap, size_t n, size_t item_bytes)
{
    const bool ok = ecam_reserve(items, cap, n, item_bytes);
    if (!ok)
        ecam_pb_fail(pb, ECAM_ERR_NOMEM, "field %u: list of %zu numbers", pb->field, n + 1);
    return ok;
}

void ecam_pb_add_ints(struct ecam_pb *pb, struct ecam_pb_ints *list)
{
    struct walk walk = walk_begin(pb, ECAM_PB_VARINT);
    uint64_t value;
    while (walk_next(pb, &walk, ECAM_PB_VARINT, &value)) {
        void *items = list->items;
        const bool ok = grow(pb, &items, &list->cap, list->n, sizeof *list->items);
        list->items = items;
        if (!ok)
            return;
        list->items[list->n++] = (int64_t)value;
    }
}

void ecam_pb_add_floats(struct ecam_pb *pb, struct ecam_pb_floats *list)
{
    struct walk walk = walk_begin(pb, ECAM_PB_FIXED32);
    uint64_t bits;
    while (walk_next(pb, &walk, ECAM_PB_FIXED32, &bits)) {
        void *items = list->items;
        const bool ok = grow(pb, &items, &list->cap, list->n, sizeof *list->items);
        list->items = items;
        if (!ok)
            return;
        list->items[list->n++] = float_of(bits);
    }
}

void ecam_pb_add_doubles(struct ecam_pb *pb, struct ecam_pb_doubles *list)
{
    struct walk walk = walk_begin(pb, ECAM_PB_FIXED64);
    uint64_t bits;
    while (walk_next(pb, &walk, ECAM_PB_FIXED64, &bits)) {
        void *items = list->items;
        const bool ok = grow(pb, &items, &list->cap, list->n, sizeof *list->items);
        list->items = items;
        if (!ok)
            return;
        list->items[list->n++] = double_of(bits);
    }
}
