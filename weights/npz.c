/* SPDX-License-Identifier: BSD-2-Clause
 * NumPy's .npy (one array) and .npz (a zip of them). */
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/reader.h"
#include "weights/weights.h"
#include "weights/zip.h"

#define MAGIC "\x93NUMPY"
#define SUFFIX ".npy"

struct header {
    enum ecam_dtype dtype;
    bool is_fortran;
    struct ecam_shape shape;
};

/* The header is the text of a Python dictionary, such as
 * {'descr': '<f4', 'fortran_order': False, 'shape': (64, 3, 7, 7), } */
struct scanner {
    const char *at, *end;
};

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static bool accept(struct scanner *s, const char *word)
{
    const size_t n = strlen(word);
    skip_blanks(s);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

/* What is between quotes; no escapes occur. */
static bool accept_text(struct scanner *s, const char **text, size_t *n)
{
    if (!accept(s, "'") && !accept(s, "\""))
        return false;
    const char quote = s->at[-1];
    *text = s->at;
    while (s->at < s->end && *s->at != quote && *s->at != '\\')
        s->at++;
    if (s->at == s->end || *s->at != quote)
        return false;
    *n = (size_t)(s->at++ - *text);
    return true;
}

static bool accept_size(struct scanner *s, size_t *out)
{
    size_t size = 0;
    skip_blanks(s);
    const char *begin = s->at;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        if (!ecam_mul_size(size, 10, &size) || !ecam_add_size(size, (size_t)(*s->at - '0'), &size))
            return false;
    *out = size;
    if (s->at > begin)
        accept(s, "L"); /* Python 2 */
    return s->at > begin;
}

static enum ecam_status read_dtype(struct scanner *s, struct header *h, const char *name,
                                   struct ecam_error *err)
{
    static const struct {
        const char *text;
        enum ecam_dtype dtype;
    } known[] = {
        { "f4", ECAM_DTYPE_F32 }, { "f2", ECAM_DTYPE_F16 }, { "f8", ECAM_DTYPE_F64 },
        { "i8", ECAM_DTYPE_I64 }, { "i4", ECAM_DTYPE_I32 }, { "i2", ECAM_DTYPE_I16 },
        { "i1", ECAM_DTYPE_I8 },  { "u1", ECAM_DTYPE_U8 },  { "b1", ECAM_DTYPE_BOOL },
    };
    const char *text;
    size_t n;
    skip_blanks(s);
    if (s->at < s->end && *s->at == '[')
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "array '%s': records", name);
    if (!accept_text(s, &text, &n) || n < 2)
        return ecam_fail(err, ECAM_ERR_FORMAT, "array '%s': no dtype in its header", name);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(known); i++) {
        const bool is_byte = known[i].text[1] == '1';
        if (n != 3 || memcmp(text + 1, known[i].text, 2) != 0 || (*text != '<' && !is_byte))
            continue;
        h->dtype = known[i].dtype;
        return ECAM_OK;
    }
    return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                     "array '%s': dtype '%.*s'; little-endian floats and integers are known", name,
                     (int)ecam_min_size(n, 40), text);
}

static enum ecam_status read_shape(struct scanner *s, struct header *h, const char *name,
                                   struct ecam_error *err)
{
    bool ok = accept(s, "(");
    while (ok && !accept(s, ")")) {
        if (h->shape.rank == ECAM_MAX_RANK)
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "array '%s': rank above %d", name,
                             ECAM_MAX_RANK);
        ok = accept_size(s, &h->shape.dim[h->shape.rank++]);
        if (ok && !accept(s, ",")) {
            ok = accept(s, ")");
            break;
        }
    }
    return ok ? ECAM_OK
              : ecam_fail(err, ECAM_ERR_FORMAT, "array '%s': damaged shape in its header", name);
}

static enum ecam_status read_dictionary(struct scanner *s, struct header *h, const char *name,
                                        struct ecam_error *err)
{
    bool has_dtype = false, has_order = false, has_shape = false;
    bool ok = accept(s, "{");
    while (ok && !accept(s, "}")) {
        const char *key = "";
        size_t n = 0;
        enum ecam_status status = ECAM_OK;
        ok = accept_text(s, &key, &n) && accept(s, ":");
        if (ok && n == 5 && memcmp(key, "descr", n) == 0 && !has_dtype) {
            has_dtype = true;
            status = read_dtype(s, h, name, err);
        } else if (ok && n == 13 && memcmp(key, "fortran_order", n) == 0 && !has_order) {
            has_order = true;
            h->is_fortran = accept(s, "True");
            ok = h->is_fortran || accept(s, "False");
        } else if (ok && n == 5 && memcmp(key, "shape", n) == 0 && !has_shape) {
            has_shape = true;
            status = read_shape(s, h, name, err);
        } else {
            ok = false;
        }
        if (status != ECAM_OK)
            return status;
        if (ok && !accept(s, ",")) {
            ok = accept(s, "}");
            break;
        }
    }
    skip_blanks(s);
    if (!ok || s->at != s->end || !has_dtype || !has_order || !has_shape)
        return ecam_fail(err, ECAM_ERR_FORMAT, "array '%s': damaged header", name);
    return ECAM_OK;
}

static void fortran_strides(const struct ecam_shape *shape, size_t *stride)
{
    size_t step = 1;
    for (uint32_t i = 0; i < shape->rank; i++) {
        stride[i] = step;
        step *= shape->dim[i];
    }
}

/* Adds the array that bytes[0..size) hold to the set. */
static enum ecam_status read_array(const uint8_t *bytes, size_t size, const char *name,
                                   const struct ecam_limits *limits, struct ecam_weight_set *set,
                                   struct ecam_error *err)
{
    struct reader r = reader_new(bytes, size);
    struct header h = { .is_fortran = false };
    const uint8_t *magic = reader_take(&r, 6);
    const uint8_t version = reader_u8(&r);
    reader_u8(&r); /* the minor version says nothing */
    if (r.failed || memcmp(magic, MAGIC, 6) != 0)
        return ecam_fail(err, ECAM_ERR_FORMAT, "array '%s': does not begin as .npy", name);
    if (version < 1 || version > 3)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "array '%s': version %u of .npy", name,
                         version);
    const uint32_t header_bytes = version == 1 ? reader_u16le(&r) : reader_u32le(&r);
    if (header_bytes > limits->max_header_bytes && header_bytes <= reader_left(&r))
        return ecam_fail(err, ECAM_ERR_LIMIT, "array '%s': header of %u bytes", name, header_bytes);
    const char *text = (const char *)reader_take(&r, header_bytes);
    if (text == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "array '%s': the header is cut off", name);
    struct scanner s = { text, text + header_bytes };
    const enum ecam_status status = read_dictionary(&s, &h, name, err);
    if (status != ECAM_OK)
        return status;

    size_t count, wanted;
    const size_t left = reader_left(&r);
    if (!ecam_shape_count(&h.shape, &count) ||
        !ecam_mul_size(count, ecam_dtype_bytes(h.dtype), &wanted) || wanted != left) {
        char shape[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_FORMAT, "array '%s': %s of shape %s in %zu bytes", name,
                         ecam_dtype_name(h.dtype), ecam_shape_text(&h.shape, shape), left);
    }
    size_t stride[ECAM_MAX_RANK];
    fortran_strides(&h.shape, stride);
    return ecam_weight_set_add(set, name, h.dtype, &h.shape, h.is_fortran ? stride : NULL,
                               reader_take(&r, left), left, 0, err);
}

enum ecam_status ecam_read_npy(const uint8_t *bytes, size_t size, const struct ecam_limits *limits,
                               struct ecam_weight_set **out, struct ecam_error *err)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    if (set == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
    set->format = "NumPy npy";
    enum ecam_status status = read_array(bytes, size, "array", limits, set, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(set, err);
    if (status == ECAM_OK)
        *out = set;
    else
        ecam_weight_set_free(set);
    return status;
}

static enum ecam_status read_member(struct ecam_zip *zip, const struct ecam_zip_member *member,
                                    const struct ecam_limits *limits, struct ecam_weight_set *set,
                                    struct ecam_error *err)
{
    const size_t n = strlen(member->name), suffix = strlen(SUFFIX);
    struct ecam_storage contents;
    if (n <= suffix || strcmp(member->name + n - suffix, SUFFIX) != 0)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "zip: member '%s' is no " SUFFIX, member->name);
    enum ecam_status status = ecam_zip_contents(zip, member, false, &contents, err);
    if (status == ECAM_OK && contents.kind == ECAM_STORAGE_HEAP)
        status = ecam_weight_set_own(set, contents, err);
    if (status != ECAM_OK)
        return status;
    char *name = ecam_strdup(member->name);
    if (name == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "name of an array");
    name[n - suffix] = '\0';
    status = read_array(contents.base, contents.bytes, name, limits, set, err);
    ecam_free(name);
    return status;
}

enum ecam_status ecam_read_npz(const uint8_t *bytes, size_t size, const struct ecam_limits *limits,
                               struct ecam_weight_set **out, struct ecam_error *err)
{
    struct ecam_zip *zip = NULL;
    struct ecam_weight_set *set = ecam_weight_set_new();
    if (set == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "set of weights");
    set->format = "NumPy npz";
    enum ecam_status status = ecam_zip_open(bytes, size, limits, &zip, err);
    for (size_t i = 0; status == ECAM_OK && i < zip->n_members; i++)
        status = read_member(zip, &zip->members[i], limits, set, err);
    if (status == ECAM_OK)
        status = ecam_weight_set_seal(set, err);
    ecam_zip_free(zip);
    if (status == ECAM_OK)
        *out = set;
    else
        ecam_weight_set_free(set);
    return status;
}
