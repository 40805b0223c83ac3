/* SPDX-License-Identifier: BSD-2-Clause
 * Opcodes of the pickle machine that push one number or text. */
#include <string.h>

#include "weights/pickle_machine.h"

static void push_int(struct machine *m, enum ecam_pickle_kind kind, int64_t integer)
{
    value *v = pickle_new(m, kind);
    v->integer = integer;
    pickle_push(m, v);
}

static void push_text(struct machine *m, enum ecam_pickle_kind kind, const void *at, size_t n)
{
    value *v = pickle_new(m, kind);
    v->text.at = at;
    v->text.n = n;
    pickle_push(m, v);
}

void pickle_op_none(struct machine *m)
{
    pickle_push(m, pickle_new(m, ECAM_PICKLE_NONE));
}

void pickle_op_true(struct machine *m)
{
    push_int(m, ECAM_PICKLE_BOOL, 1);
}

void pickle_op_false(struct machine *m)
{
    push_int(m, ECAM_PICKLE_BOOL, 0);
}

void pickle_op_binint(struct machine *m)
{
    push_int(m, ECAM_PICKLE_INT, (int32_t)reader_u32le(&m->r));
}

void pickle_op_binint1(struct machine *m)
{
    push_int(m, ECAM_PICKLE_INT, reader_u8(&m->r));
}

void pickle_op_binint2(struct machine *m)
{
    push_int(m, ECAM_PICKLE_INT, reader_u16le(&m->r));
}

/* Little-endian two's complement of n bytes. */
static void push_long(struct machine *m, uint64_t n)
{
    const uint8_t *bytes = reader_take(&m->r, n);
    uint64_t u = 0;
    if (bytes == NULL)
        return;
    if (n > 8) {
        push_text(m, ECAM_PICKLE_BIG_INT, bytes, (size_t)n);
        return;
    }
    for (uint64_t i = 0; i < n; i++)
        u |= (uint64_t)bytes[i] << (8 * i);
    if (n > 0 && n < 8 && (bytes[n - 1] & 0x80) != 0)
        u |= UINT64_MAX << (8 * n);
    push_int(m, ECAM_PICKLE_INT, (int64_t)u);
}

void pickle_op_long1(struct machine *m)
{
    push_long(m, reader_u8(&m->r));
}

void pickle_op_long4(struct machine *m)
{
    push_long(m, reader_u32le(&m->r));
}

/* Decimal digits; more than 18 stay digits. */
static void push_digits(struct machine *m, const char *line, size_t n)
{
    const bool is_negative = n > 0 && line[0] == '-';
    const size_t first = is_negative ? 1 : 0;
    int64_t integer = 0;
    if (n == first)
        pickle_fail(m, ECAM_ERR_FORMAT, "an integer without digits");
    for (size_t i = first; i < n && m->status == ECAM_OK; i++) {
        if (line[i] < '0' || line[i] > '9')
            pickle_fail(m, ECAM_ERR_FORMAT, "an integer with byte 0x%02x in it",
                        (unsigned char)line[i]);
        else if (n - first <= 18)
            integer = integer * 10 + (line[i] - '0');
    }
    if (n - first > 18)
        push_text(m, ECAM_PICKLE_BIG_INT, line, n);
    else
        push_int(m, ECAM_PICKLE_INT, is_negative ? -integer : integer);
}

void pickle_op_int_line(struct machine *m)
{
    size_t n;
    const char *line = pickle_line(m, &n);
    if (m->r.failed)
        return;
    if (n == 2 && line[0] == '0' && (line[1] == '0' || line[1] == '1'))
        push_int(m, ECAM_PICKLE_BOOL, line[1] == '1'); /* Protocol 0's truth values */
    else
        push_digits(m, line, n);
}

void pickle_op_long_line(struct machine *m)
{
    size_t n;
    const char *line = pickle_line(m, &n);
    if (!m->r.failed)
        push_digits(m, line, n > 0 && line[n - 1] == 'L' ? n - 1 : n);
}

void pickle_op_binfloat(struct machine *m)
{
    reader_take(&m->r, 8);
    pickle_push(m, pickle_new(m, ECAM_PICKLE_FLOAT));
}

void pickle_op_float_line(struct machine *m)
{
    size_t n;
    pickle_line(m, &n);
    pickle_push(m, pickle_new(m, ECAM_PICKLE_FLOAT));
}

static void take_text(struct machine *m, enum ecam_pickle_kind kind, uint64_t n)
{
    const uint8_t *at = reader_take(&m->r, n);
    if (at != NULL)
        push_text(m, kind, at, (size_t)n);
}

void pickle_op_text1(struct machine *m)
{
    take_text(m, ECAM_PICKLE_TEXT, reader_u8(&m->r));
}

void pickle_op_text4(struct machine *m)
{
    take_text(m, ECAM_PICKLE_TEXT, reader_u32le(&m->r));
}

void pickle_op_text8(struct machine *m)
{
    take_text(m, ECAM_PICKLE_TEXT, reader_u64le(&m->r));
}

void pickle_op_bytes1(struct machine *m)
{
    take_text(m, ECAM_PICKLE_BYTES, reader_u8(&m->r));
}

void pickle_op_bytes4(struct machine *m)
{
    take_text(m, ECAM_PICKLE_BYTES, reader_u32le(&m->r));
}

void pickle_op_bytes8(struct machine *m)
{
    take_text(m, ECAM_PICKLE_BYTES, reader_u64le(&m->r));
}

/* ---- Protocol 0: texts on lines, with escapes ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* n hexadecimal digits at *at; -1 where they are none. Moves behind them. */
static long hex_number(const char **at, const char *end, size_t n)
{
    long number = 0;
    if ((size_t)(end - *at) < n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const int digit = hex_digit(*(*at)++);
        if (digit < 0)
            return -1;
        number = number * 16 + digit;
    }
    return number;
}

static char *put_utf8(char *out, unsigned long c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        if (c >= 0x10000) {
            *out++ = (char)(0xf0 | (c >> 18 & 7));
            *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        } else {
            *out++ = (char)(0xe0 | c >> 12);
        }
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* A text of Python 2 between quotes. */
void pickle_op_string_line(struct machine *m)
{
    size_t n;
    const char *at = pickle_line(m, &n);
    if (m->r.failed)
        return;
    if (n < 2 || (*at != '\'' && *at != '"') || at[n - 1] != *at) {
        pickle_fail(m, ECAM_ERR_FORMAT, "a text without quotes");
        return;
    }
    const char *end = at + n - 1;
    char *text = pickle_alloc(m, n), *out = text;
    at++;
    while (m->status == ECAM_OK && at < end) {
        long c = (unsigned char)*at++;
        if (c == '\\' && at < end) {
            static const char names[] = "\\'\"nrt", meanings[] = "\\'\"\n\r\t";
            const char *name = strchr(names, *at);
            c = *at == 'x'                      ? (at++, hex_number(&at, end, 2))
                : name != NULL && *name != '\0' ? (at++, meanings[name - names])
                                                : -1;
        }
        if (c < 0)
            pickle_fail(m, ECAM_ERR_FORMAT, "a text with an unknown escape");
        else
            *out++ = (char)c;
    }
    push_text(m, ECAM_PICKLE_TEXT, text, (size_t)(out - text));
}

/* Latin-1 with \uXXXX and \UXXXXXXXX. */
void pickle_op_unicode_line(struct machine *m)
{
    size_t n;
    const char *at = pickle_line(m, &n), *end = at + n;
    char *text = pickle_alloc(m, 2 * n), *out = text;
    while (m->status == ECAM_OK && at < end) {
        long c = (unsigned char)*at++;
        const char kind = c == '\\' && at < end ? *at : '\0';
        if (kind == 'u' || kind == 'U') {
            at++;
            c = hex_number(&at, end, kind == 'u' ? 4 : 8);
        }
        if (c < 0 || c > 0x10ffff)
            pickle_fail(m, ECAM_ERR_FORMAT, "a text with an unknown escape");
        else
            out = put_utf8(out, (unsigned long)c);
    }
    if (!m->r.failed)
        push_text(m, ECAM_PICKLE_TEXT, text, (size_t)(out - text));
}
