/* SPDX-License-Identifier: BSD-2-Clause
 * A BlobProto is a protobuf message: num, channels, height, width (fields 1 to 4) or
 * shape (7, a message with the sizes in field 1); values as floats (5) or doubles (8).
 * Lists come packed or one by one. */
#include "tools/mean_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/file.h"
#include "tools/npy.h"
#include "weights/reader.h"
#include "weights/weights.h"

#define MAX_BYTES (UINT64_C(1) << 30)
#define MAX_VALUES (MAX_BYTES / 4)

/* ---- The shape, whatever the format ---- */

/* 3, 3x1x1, 1x3, 3xHxW, 1x3xHxW: the number of values a channel, 0 for other shapes. */
static size_t values_of_channel(const struct ecam_shape *shape)
{
    uint32_t at = shape->rank > 1 && shape->dim[0] == 1 ? 1 : 0;
    size_t n = 1;
    if (at == shape->rank || shape->dim[at] != 3)
        return 0;
    while (++at < shape->rank)
        if (!ecam_mul_size(n, shape->dim[at], &n))
            return 0;
    return n;
}

static enum ecam_status fail_shape(const struct ecam_shape *shape, struct ecam_error *err)
{
    char text[ECAM_SHAPE_TEXT];
    return ecam_fail(err, ECAM_ERR_SHAPE, "an array of %s, expected 3, 3xHxW or 1x3xHxW",
                     ecam_shape_text(shape, text));
}

static enum ecam_status finish(const double sum[3], size_t n, struct mean_file *out,
                               struct ecam_error *err)
{
    for (size_t c = 0; c < 3; c++) {
        out->mean[c] = (float)(sum[c] / (double)n);
        if (!isfinite(out->mean[c]))
            return ecam_fail(err, ECAM_ERR_FORMAT, "the mean of channel %zu is not finite", c);
    }
    return ECAM_OK;
}

/* ---- NumPy ---- */

static enum ecam_status parse_npy(const uint8_t *bytes, size_t size,
                                  const struct ecam_limits *limits, struct mean_file *out,
                                  struct ecam_error *err)
{
    const struct ecam_limits filled = ecam_limits_filled(limits);
    struct ecam_weight_set *set = NULL;
    double sum[3] = { 0 };
    enum ecam_status status = ecam_read_npy(bytes, size, &filled, &set, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_weight *w = &set->items[0];
    const size_t n = values_of_channel(&w->shape);
    if (!ecam_weight_is_float(w))
        status = ecam_fail(err, ECAM_ERR_UNSUPPORTED, "elements of type %s, expected floats",
                           ecam_dtype_name(w->dtype));
    else if (n == 0)
        status = fail_shape(&w->shape, err);
    for (size_t i = 0; status == ECAM_OK && i < 3 * n; i++) {
        float value;
        ecam_weight_read(w, i, 1, &value);
        sum[i / n] += (double)value;
    }
    out->shape = w->shape;
    ecam_weight_set_free(set);
    return status == ECAM_OK ? finish(sum, n, out, err) : status;
}

/* ---- Protobuf ---- */

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static uint64_t read_varint(struct reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = reader_u8(r);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    r->failed = true; /* more than ten bytes */
    return 0;
}

struct field {
    uint64_t number;
    unsigned wire;
    uint64_t value;   /* VARINT */
    struct reader in; /* BYTES, 32, 64: what it holds */
};

/* False at the end, and where the message is damaged: then r->failed. */
static bool next_field(struct reader *r, struct field *out)
{
    if (reader_left(r) == 0)
        return false;
    const uint64_t key = read_varint(r);
    *out = (struct field){ .number = key >> 3, .wire = key & 7 };
    size_t bytes = 0;
    switch (out->wire) {
    case WIRE_VARINT:
        out->value = read_varint(r);
        return !r->failed;
    case WIRE_64:
        bytes = 8;
        break;
    case WIRE_32:
        bytes = 4;
        break;
    case WIRE_BYTES: {
        const uint64_t length = read_varint(r);
        r->failed = r->failed || length > reader_left(r);
        bytes = r->failed ? 0 : (size_t)length;
        break;
    }
    default:
        r->failed = true;
    }
    const uint8_t *at = reader_take(r, bytes);
    if (r->failed)
        return false;
    out->in = reader_new(at, bytes);
    return true;
}

static bool add_size(struct ecam_shape *shape, uint64_t size)
{
    if (shape->rank == ECAM_MAX_RANK || size > SIZE_MAX)
        return false;
    shape->dim[shape->rank++] = (size_t)size;
    return true;
}

/* A BlobShape. */
static bool read_sizes(struct reader r, struct ecam_shape *shape)
{
    struct field f;
    while (next_field(&r, &f)) {
        if (f.number != 1)
            continue;
        if (f.wire == WIRE_VARINT && !add_size(shape, f.value))
            return false;
        while (f.wire == WIRE_BYTES && reader_left(&f.in) > 0)
            if (!add_size(shape, read_varint(&f.in)) || f.in.failed)
                return false;
    }
    return !r.failed;
}

struct blob {
    struct ecam_shape shape;
    size_t legacy[4];
    bool has_legacy;
};

/* The shape alone; the values may come before it. */
static bool read_shape(struct reader r, struct blob *blob)
{
    struct field f;
    while (next_field(&r, &f)) {
        if (f.number >= 1 && f.number <= 4 && f.wire == WIRE_VARINT) {
            if (f.value > MAX_VALUES)
                return false;
            blob->legacy[f.number - 1] = (size_t)f.value;
            blob->has_legacy = true;
        } else if (f.number == 7 && f.wire == WIRE_BYTES) {
            if (!read_sizes(f.in, &blob->shape))
                return false;
        }
    }
    if (blob->shape.rank == 0 && blob->has_legacy) {
        blob->shape.rank = 4;
        memcpy(blob->shape.dim, blob->legacy, sizeof blob->legacy);
    }
    return !r.failed && blob->shape.rank > 0;
}

static double read_real(struct reader *r, bool is_double)
{
    double real;
    float single;
    const uint64_t bits = is_double ? reader_u64le(r) : reader_u32le(r);
    const uint32_t low = (uint32_t)bits;
    memcpy(&real, &bits, sizeof real);
    memcpy(&single, &low, sizeof single);
    return is_double ? real : (double)single;
}

static enum ecam_status parse_blob(const uint8_t *bytes, size_t size, struct mean_file *out,
                                   struct ecam_error *err)
{
    struct reader r = reader_new(bytes, size);
    struct blob blob = { .has_legacy = false };
    struct field f;
    double sum[3] = { 0 };
    size_t at = 0;
    if (!read_shape(r, &blob))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "neither a .npy nor a Caffe BlobProto with its shape");
    const size_t n = values_of_channel(&blob.shape);
    if (n == 0)
        return fail_shape(&blob.shape, err);
    while (next_field(&r, &f)) {
        const bool is_double = f.number == 8;
        if ((f.number != 5 && !is_double) || f.wire == WIRE_VARINT)
            continue;
        while (reader_left(&f.in) > 0) {
            const double value = read_real(&f.in, is_double);
            if (!f.in.failed && at / n < 3)
                sum[at / n] += value;
            at++;
        }
        if (f.in.failed)
            return ecam_fail(err, ECAM_ERR_FORMAT, "field %u: ends inside a number",
                             (unsigned)f.number);
    }
    if (at / n != 3 || at % n != 0)
        return ecam_fail(err, ECAM_ERR_FORMAT, "%zu values, expected 3 x %zu", at, n);
    out->shape = blob.shape;
    return finish(sum, n, out, err);
}

enum ecam_status mean_file_parse(const uint8_t *bytes, size_t size,
                                 const struct ecam_limits *limits, struct mean_file *out,
                                 struct ecam_error *err)
{
    return npy_is(bytes, size) ? parse_npy(bytes, size, limits, out, err)
                               : parse_blob(bytes, size, out, err);
}

enum ecam_status mean_file_read(const char *path, const struct ecam_limits *limits,
                                struct mean_file *out, struct ecam_error *err)
{
    uint8_t *bytes = NULL;
    size_t size;
    enum ecam_status status = file_read(path, MAX_BYTES, &bytes, &size, err);
    if (status != ECAM_OK)
        return status;
    status = mean_file_parse(bytes, size, limits, out, err);
    free(bytes);
    return status == ECAM_OK ? status : ecam_error_at(err, status, path);
}
