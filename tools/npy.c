/* SPDX-License-Identifier: BSD-2-Clause
 * The .npy format, versions 1.0 to 3.0: magic, version, header length, a header
 * that is a Python dictionary padded with spaces, data. */
#include "tools/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/file.h"
#include "weights/reader.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
#define HEAD_ALIGN 64         /* data begins at a multiple of it */
#define MAX_HEAD 512          /* of what we write: rank 6 fits three times */
#define MAX_FILE (1ull << 32) /* the largest array that is read */

/* float32 in memory to and from the file's little-endian order, whatever the CPU. */
static void to_little_endian(const float *from, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &from[i], sizeof bits);
        for (int b = 0; b < 4; b++)
            to[4 * i + (size_t)b] = (uint8_t)(bits >> (8 * b));
    }
}

static float from_little_endian(const uint8_t *p)
{
    const uint32_t bits =
        (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static size_t write_head(uint8_t *head, const size_t *dim, size_t rank)
{
    char text[MAX_HEAD];
    int used = snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (size_t i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%zu%s", dim[i],
                         rank == 1       ? ","
                         : i + 1 == rank ? ""
                                         : ", ");
    used += snprintf(text + used, sizeof text - (size_t)used, "), }");
    const size_t start = MAGIC_BYTES + 4;
    const size_t end = ecam_ceil_div(start + (size_t)used + 1, HEAD_ALIGN) * HEAD_ALIGN;
    memcpy(head, MAGIC "\x01", MAGIC_BYTES + 2); /* version 1.0 */
    head[8] = (uint8_t)((end - start) & 0xff);
    head[9] = (uint8_t)((end - start) >> 8);
    memset(head + start, ' ', end - start);
    memcpy(head + start, text, (size_t)used);
    head[end - 1] = '\n';
    return end;
}

enum ecam_status npy_write(const char *path, const float *data, const size_t *dim, size_t rank,
                           struct ecam_error *err)
{
    if (rank > ECAM_MAX_RANK) {
        ecam_fail(err, ECAM_ERR_ARG, "rank %zu, at most %d", rank, ECAM_MAX_RANK);
        return ecam_error_at(err, ECAM_ERR_ARG, path);
    }
    size_t n = 1;
    for (size_t i = 0; i < rank; i++)
        n *= dim[i]; /* fits: the data is in memory */

    struct file_writer *writer = NULL;
    const enum ecam_status status = file_writer_open(path, &writer, err);
    if (status != ECAM_OK)
        return status;
    uint8_t chunk[4096];
    file_writer_put(writer, chunk, write_head(chunk, dim, rank));
    for (size_t i = 0; i < n;) {
        const size_t now = ecam_min_size(n - i, sizeof chunk / 4);
        to_little_endian(data + i, chunk, now);
        file_writer_put(writer, chunk, 4 * now);
        i += now;
    }
    return file_writer_commit(writer, err);
}

/* ---- The header's dictionary ---- */

struct text {
    const char *at, *end;
};

static void skip_space(struct text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\t' || *t->at == '\n' || *t->at == '\r'))
        t->at++;
}

/* Takes one character if it comes next. */
static bool take(struct text *t, char c)
{
    skip_space(t);
    if (t->at == t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

static bool take_word(struct text *t, const char *word)
{
    const size_t n = strlen(word);
    skip_space(t);
    if ((size_t)(t->end - t->at) < n || memcmp(t->at, word, n) != 0)
        return false;
    t->at += n;
    return true;
}

/* A quoted string without escapes; false where none comes or it does not fit. */
static bool take_string(struct text *t, char *out, size_t room)
{
    skip_space(t);
    if (t->at == t->end || (*t->at != '\'' && *t->at != '"'))
        return false;
    const char quote = *t->at++;
    size_t n = 0;
    while (t->at < t->end && *t->at != quote) {
        if (*t->at == '\\' || n + 1 == room)
            return false;
        out[n++] = *t->at++;
    }
    out[n] = '\0';
    return take(t, quote);
}

static bool take_size(struct text *t, size_t *out)
{
    skip_space(t);
    if (t->at == t->end || *t->at < '0' || *t->at > '9')
        return false;
    size_t value = 0;
    while (t->at < t->end && *t->at >= '0' && *t->at <= '9') {
        if (value > (SIZE_MAX - 9) / 10)
            return false;
        value = value * 10 + (size_t)(*t->at++ - '0');
    }
    *out = value;
    return true;
}

static bool take_shape(struct text *t, struct ecam_shape *shape)
{
    if (!take(t, '('))
        return false;
    shape->rank = 0;
    while (!take(t, ')')) {
        if (shape->rank == ECAM_MAX_RANK || !take_size(t, &shape->dim[shape->rank]))
            return false;
        shape->rank++;
        if (!take(t, ','))
            return shape->rank > 1 && take(t, ')'); /* (5) is a number, (5,) a shape */
    }
    return true;
}

static enum ecam_status parse_head(struct text t, struct ecam_shape *shape, struct ecam_error *err)
{
    char key[32], descr[32] = "";
    bool has_descr = false, has_order = false, has_shape = false, is_fortran = false;
    bool is_good = take(&t, '{');
    while (is_good && !take(&t, '}')) {
        is_good = take_string(&t, key, sizeof key) && take(&t, ':');
        if (!is_good)
            break;
        if (strcmp(key, "descr") == 0 && !has_descr) {
            has_descr = take_string(&t, descr, sizeof descr);
            if (!has_descr)
                return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "array of records, only '<f4' is read");
        } else if (strcmp(key, "fortran_order") == 0 && !has_order) {
            is_fortran = take_word(&t, "True");
            has_order = is_good = is_fortran || take_word(&t, "False");
        } else if (strcmp(key, "shape") == 0 && !has_shape) {
            has_shape = is_good = take_shape(&t, shape);
        } else {
            return ecam_fail(err, ECAM_ERR_FORMAT, "header with unknown or repeated key '%s'", key);
        }
        if (is_good && !take(&t, ',')) {
            is_good = take(&t, '}');
            break;
        }
    }
    skip_space(&t);
    if (!is_good || !has_descr || !has_order || !has_shape || t.at != t.end)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "header is not {'descr': .., 'fortran_order': .., 'shape': (..)} of "
                         "rank 1 to %d",
                         ECAM_MAX_RANK);
    if (strcmp(descr, "<f4") != 0)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "elements of type '%s', only '<f4' (float32) is read", descr);
    if (is_fortran)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "Fortran order, only C order is read");
    if (shape->rank == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "rank 0, expected 1 to %d", ECAM_MAX_RANK);
    return ECAM_OK;
}

static enum ecam_status parse(const uint8_t *bytes, size_t size, struct npy *out,
                              struct ecam_error *err)
{
    struct reader r = reader_new(bytes, size);
    reader_take(&r, MAGIC_BYTES);
    if (!npy_is(bytes, size))
        return ecam_fail(err, ECAM_ERR_FORMAT, "not a NumPy .npy file");
    const unsigned major = reader_u8(&r), minor = reader_u8(&r);
    if (!r.failed && (major < 1 || major > 3 || minor != 0))
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED, ".npy version %u.%u, 1.0 to 3.0 are read",
                         major, minor);
    const uint32_t head_bytes = major == 1 ? reader_u16le(&r) : reader_u32le(&r);
    const char *head = (const char *)reader_take(&r, head_bytes);
    if (r.failed)
        return ecam_fail(err, ECAM_ERR_FORMAT, "ends inside the .npy header");

    struct ecam_shape shape = { 0 };
    const enum ecam_status status =
        parse_head((struct text){ head, head + head_bytes }, &shape, err);
    if (status != ECAM_OK)
        return status;
    size_t n = 1, data_bytes;
    bool fits = true;
    for (uint32_t i = 0; i < shape.rank; i++)
        fits = fits && ecam_mul_size(n, shape.dim[i], &n);
    if (!fits || !ecam_mul_size(n, sizeof(float), &data_bytes) || data_bytes != reader_left(&r))
        return ecam_fail(err, ECAM_ERR_FORMAT, "%zu bytes of data do not fit the shape",
                         reader_left(&r));
    if (n == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "an array without elements");
    float *data = malloc(data_bytes);
    if (data == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu floats", n);
    const uint8_t *from = reader_take(&r, data_bytes);
    for (size_t i = 0; i < n; i++)
        data[i] = from_little_endian(from + 4 * i);
    *out = (struct npy){ .data = data, .shape = shape };
    return ECAM_OK;
}

bool npy_is(const uint8_t *bytes, size_t size)
{
    return size >= MAGIC_BYTES && memcmp(bytes, MAGIC, MAGIC_BYTES) == 0;
}

enum ecam_status npy_read_mem(const char *name, const uint8_t *bytes, size_t size, struct npy *out,
                              struct ecam_error *err)
{
    const enum ecam_status status = parse(bytes, size, out, err);
    return status == ECAM_OK ? status : ecam_error_at(err, status, name);
}

enum ecam_status npy_read(const char *path, struct npy *out, struct ecam_error *err)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum ecam_status status = file_read(path, MAX_FILE, &bytes, &size, err);
    if (status != ECAM_OK)
        return status;
    status = npy_read_mem(strcmp(path, "-") == 0 ? "standard input" : path, bytes, size, out, err);
    free(bytes);
    return status;
}

void npy_free(struct npy *npy)
{
    free(npy->data);
    *npy = (struct npy){ 0 };
}
