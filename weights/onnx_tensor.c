/* SPDX-License-Identifier: BSD-2-Clause
 * TensorProto: name, type, shape, and where the elements are. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/onnx.h"

/* TensorProto.DataType. Unsigned types of 16 bits and more become I64: no layer reads them,
 * and indices and zero points fit. */
static const struct {
    unsigned type;
    enum ecam_dtype dtype;
    size_t wide; /* bytes in the file of what is widened to I64, else 0 */
} types[] = {
    { 1, ECAM_DTYPE_F32, 0 },   { 2, ECAM_DTYPE_U8, 0 },   { 3, ECAM_DTYPE_I8, 0 },
    { 4, ECAM_DTYPE_I64, 2 },   { 5, ECAM_DTYPE_I16, 0 },  { 6, ECAM_DTYPE_I32, 0 },
    { 7, ECAM_DTYPE_I64, 0 },   { 9, ECAM_DTYPE_BOOL, 0 }, { 10, ECAM_DTYPE_F16, 0 },
    { 11, ECAM_DTYPE_F64, 0 },  { 12, ECAM_DTYPE_I64, 4 }, { 13, ECAM_DTYPE_I64, 8 },
    { 16, ECAM_DTYPE_BF16, 0 },
};

/* What the message says, before it is put together. */
struct parts {
    struct ecam_pb_ints dims, whole; /* whole: int32_data, int64_data or uint64_data */
    struct ecam_pb_floats floats;    /* float_data that lies in several pieces */
    struct ecam_pb_doubles doubles;
    const uint8_t *data; /* raw_data, or float_data or double_data in one piece */
    size_t bytes, n_pieces;
    unsigned type;
    bool is_external, is_segment;
};

/* A run of floats or doubles: in place while there is one, else copied to a list. */
static void take_run(struct ecam_pb *pb, struct parts *p)
{
    struct ecam_pb first = *pb;
    if (p->n_pieces++ == 0 && pb->wire == ECAM_PB_BYTES) {
        p->data = pb->bytes;
        p->bytes = pb->n_bytes;
        return;
    }
    if (p->data != NULL) { /* the piece before this one joins the list */
        first.bytes = p->data;
        first.n_bytes = p->bytes;
        first.wire = ECAM_PB_BYTES;
        p->data = NULL;
        if (pb->field == 4)
            ecam_pb_add_floats(&first, &p->floats);
        else
            ecam_pb_add_doubles(&first, &p->doubles);
    }
    if (pb->field == 4)
        ecam_pb_add_floats(pb, &p->floats);
    else
        ecam_pb_add_doubles(pb, &p->doubles);
}

static bool to_number(const char *text, uint64_t *out)
{
    *out = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || *out > UINT64_MAX / 10 - 1)
            return false;
        *out = *out * 10 + (uint64_t)(*c - '0');
    }
    return text[0] != '\0';
}

/* A key and its value: location, offset, length; checksums are left alone. */
static void take_external(struct ecam_pb *pb, struct ecam_onnx_tensor *out)
{
    struct ecam_pb entry = ecam_pb_message(pb);
    char *key = NULL, *value = NULL;
    while (ecam_pb_next(&entry)) {
        char **const to = entry.field == 1 ? &key : entry.field == 2 ? &value : NULL;
        if (to == NULL)
            continue;
        ecam_free(*to);
        *to = ecam_pb_strdup(&entry);
    }
    if (key != NULL && value != NULL) {
        uint64_t *const number = strcmp(key, "offset") == 0   ? &out->offset
                                 : strcmp(key, "length") == 0 ? &out->length
                                                              : NULL;
        if (number != NULL && !to_number(value, number)) {
            ecam_pb_fail(pb, ECAM_ERR_FORMAT, "external data: %s '%.40s' is no number", key, value);
        } else if (strcmp(key, "location") == 0) {
            ecam_free(out->location);
            out->location = value;
            value = NULL;
        }
    }
    ecam_free(key);
    ecam_free(value);
}

static void parse(struct ecam_pb *pb, struct parts *p, struct ecam_onnx_tensor *out)
{
    while (ecam_pb_next(pb))
        switch (pb->field) {
        case 1:
            ecam_pb_add_ints(pb, &p->dims);
            break;
        case 2:
            p->type = (unsigned)ecam_pb_uint(pb);
            break;
        case 3:
            p->is_segment = true;
            break;
        case 4:
        case 10:
            take_run(pb, p);
            break;
        case 5:
        case 7:
        case 11:
            ecam_pb_add_ints(pb, &p->whole);
            break;
        case 8:
            ecam_free(out->name);
            out->name = ecam_pb_strdup(pb);
            break;
        case 9:
            p->data = ecam_pb_bytes(pb, &p->bytes);
            break;
        case 13:
            take_external(pb, out);
            break;
        case 14:
            p->is_external = ecam_pb_uint(pb) == 1;
            break;
        default:
            break;
        }
}

/* Integers, or the bits of halves, as elements of the type. */
static enum ecam_status store_whole(const struct parts *p, struct ecam_onnx_tensor *out,
                                    struct ecam_error *err)
{
    const size_t each = ecam_dtype_bytes(out->dtype);
    out->own = ecam_realloc_array(NULL, p->whole.n, each);
    if (out->own == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "tensor '%s'", out->name);
    for (size_t i = 0; i < p->whole.n; i++) {
        const uint64_t v = (uint64_t)p->whole.items[i];
        for (size_t b = 0; b < each; b++)
            out->own[i * each + b] =
                (uint8_t)(v >> (8 * b)); /* files are little-endian, so are we */
    }
    out->data = out->own;
    out->bytes = p->whole.n * each;
    return ECAM_OK;
}

/* Unsigned elements of `wide` bytes as I64; beyond its range they become its largest. */
static enum ecam_status widen(const uint8_t *from, size_t n, size_t wide,
                              struct ecam_onnx_tensor *out, struct ecam_error *err)
{
    int64_t *const to = ecam_realloc_array(NULL, n, sizeof *to);
    if (to == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "tensor '%s'", out->name);
    for (size_t i = 0; i < n; i++) {
        uint64_t v = 0;
        for (size_t b = 0; b < wide; b++)
            v |= (uint64_t)from[i * wide + b] << (8 * b);
        to[i] = v > INT64_MAX ? INT64_MAX : (int64_t)v;
    }
    out->own = (uint8_t *)to;
    out->data = out->own;
    out->bytes = n * sizeof *to;
    return ECAM_OK;
}

static enum ecam_status set_shape(const struct ecam_pb_ints *dims, struct ecam_onnx_tensor *out,
                                  struct ecam_error *err)
{
    if (dims->n > ECAM_MAX_RANK)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "tensor '%s': rank %zu, at most %d are possible", out->name, dims->n,
                         ECAM_MAX_RANK);
    out->shape = (struct ecam_shape){ .rank = (uint32_t)dims->n };
    for (size_t i = 0; i < dims->n; i++) {
        if (dims->items[i] < 0 || (uint64_t)dims->items[i] > SIZE_MAX)
            return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': dimension %lld", out->name,
                             (long long)dims->items[i]);
        out->shape.dim[i] = (size_t)dims->items[i];
    }
    return ECAM_OK;
}

/* Finds the one place where the elements are. */
static enum ecam_status set_data(struct parts *p, size_t wide, struct ecam_onnx_tensor *out,
                                 struct ecam_error *err)
{
    if (p->whole.n > 0)
        return store_whole(p, out, err);
    if (p->floats.n > 0 || p->doubles.n > 0) {
        out->own = p->floats.n > 0 ? (uint8_t *)p->floats.items : (uint8_t *)p->doubles.items;
        out->data = out->own;
        out->bytes = p->floats.n * sizeof(float) + p->doubles.n * sizeof(double);
        if (p->floats.n > 0)
            p->floats.items = NULL;
        else
            p->doubles.items = NULL;
        return ECAM_OK;
    }
    if (wide > 0)
        return widen(p->data, p->bytes / wide, wide, out, err);
    out->data = p->data;
    out->bytes = p->bytes;
    return ECAM_OK;
}

static enum ecam_status check_bytes(const struct ecam_onnx_tensor *t, struct ecam_error *err)
{
    char text[ECAM_SHAPE_TEXT];
    size_t count, bytes;
    if (!ecam_shape_count(&t->shape, &count) ||
        !ecam_mul_size(count, ecam_dtype_bytes(t->dtype), &bytes) || bytes != t->bytes)
        return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': %s of %s cannot be its %zu bytes",
                         t->name, ecam_shape_text(&t->shape, text), ecam_dtype_name(t->dtype),
                         t->bytes);
    return ECAM_OK;
}

static enum ecam_status put_together(struct parts *p, struct ecam_onnx_tensor *out,
                                     struct ecam_error *err)
{
    size_t k = 0;
    while (k < ECAM_ARRAY_LEN(types) && types[k].type != p->type)
        k++;
    enum ecam_status status = set_shape(&p->dims, out, err);
    if (status != ECAM_OK)
        return status;
    if (k == ECAM_ARRAY_LEN(types))
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "tensor '%s' has elements of type %u",
                         out->name, p->type);
    if (p->is_segment)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "tensor '%s' lies in segments", out->name);
    out->dtype = types[k].dtype;
    if (p->is_external) {
        if (out->location == NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "tensor '%s': external data without a location",
                             out->name);
        return types[k].wide == 0
                   ? ECAM_OK
                   : ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                               "tensor '%s': unsigned integers in an external file", out->name);
    }
    ecam_free(out->location);
    out->location = NULL;
    status = set_data(p, types[k].wide, out, err);
    return status == ECAM_OK ? check_bytes(out, err) : status;
}

enum ecam_status ecam_onnx_tensor_read(struct ecam_pb message, struct ecam_onnx_tensor *out,
                                       struct ecam_error *err)
{
    struct parts parts = { .type = 0 };
    *out = (struct ecam_onnx_tensor){ .length = UINT64_MAX };
    parse(&message, &parts, out);
    if (out->name == NULL && message.source->status == ECAM_OK) {
        out->name = ecam_strdup("");
        if (out->name == NULL)
            ecam_pb_fail(&message, ECAM_ERR_NOMEM, "a tensor");
    }
    enum ecam_status status = ecam_pb_status(message.source, err);
    if (status == ECAM_OK)
        status = put_together(&parts, out, err);
    ecam_free(parts.dims.items);
    ecam_free(parts.whole.items);
    ecam_free(parts.floats.items);
    ecam_free(parts.doubles.items);
    return status;
}

void ecam_onnx_tensor_free(struct ecam_onnx_tensor *tensor)
{
    ecam_free(tensor->name);
    ecam_free(tensor->own);
    ecam_free(tensor->location);
    *tensor = (struct ecam_onnx_tensor){ 0 };
}
