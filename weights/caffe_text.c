/* SPDX-License-Identifier: BSD-2-Clause
 * A prototxt (the text form of protocol buffers) -> a net. The schema says what goes
 * where; fields that it has not got are read over. Failure is sticky, and tells line
 * and column. */
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/caffe_schema.h"

#define MAX_WORD 128 /* bytes of a name or number */

struct text {
    const char *base, *at, *end;
    const struct ecam_limits *limits;
    uint32_t depth;
    size_t n_items; /* of all lists together */
    enum ecam_status status;
    struct ecam_error *err;
};

/* A value that is no message. */
struct scalar {
    const char *at;
    bool is_text;        /* was in quotes */
    char word[MAX_WORD]; /* else */
    char *text;          /* ecam_free()d, where is_text */
};

/* ---- Places and characters ---- */

static void fail_at(struct text *t, const char *at, enum ecam_status status, const char *fmt, ...)
    ECAM_PRINTF(4, 5);

static void fail_at(struct text *t, const char *at, enum ecam_status status, const char *fmt, ...)
{
    char what[256];
    size_t line = 1, column = 1;
    va_list args;
    if (t->status != ECAM_OK)
        return;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    for (const char *c = t->base; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    t->status = ecam_fail(t->err, status, "line %zu column %zu: %s", line, column, what);
}

/* The byte here, 0 at the end and after a failure. */
static char peek(const struct text *t)
{
    return t->status == ECAM_OK && t->at < t->end ? *t->at : '\0';
}

static void skip_space(struct text *t)
{
    while (t->at < t->end) {
        if (*t->at == '#')
            while (t->at < t->end && *t->at != '\n')
                t->at++;
        else if (*t->at == ' ' || (*t->at >= '\t' && *t->at <= '\r'))
            t->at++;
        else
            return;
    }
}

static bool accept(struct text *t, char c)
{
    skip_space(t);
    if (peek(t) != c)
        return false;
    t->at++;
    return true;
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '+' || c == '-';
}

static void read_word(struct text *t, char word[MAX_WORD], const char *expected)
{
    size_t n = 0;
    skip_space(t);
    const char *const begin = t->at;
    word[0] = '\0';
    while (is_word_byte(peek(t))) {
        if (n == MAX_WORD - 1) {
            fail_at(t, begin, ECAM_ERR_FORMAT, "a word of more than %d bytes", MAX_WORD - 1);
            return;
        }
        word[n++] = *t->at++;
    }
    word[n] = '\0';
    const unsigned char c = (unsigned char)peek(t);
    if (n == 0 && begin >= t->end)
        fail_at(t, begin, ECAM_ERR_FORMAT, "the text ends, %s is expected", expected);
    else if (n == 0 && c >= 0x20 && c < 0x7f)
        fail_at(t, begin, ECAM_ERR_FORMAT, "'%c', %s is expected", c, expected);
    else if (n == 0)
        fail_at(t, begin, ECAM_ERR_FORMAT, "byte 0x%02x, %s is expected", c, expected);
}

/* ---- Texts in quotes ---- */

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 16;
}

/* The byte that an escape stands for; at is behind the backslash. */
static char read_escape(struct text *t)
{
    static const char from[] = "abfnrtv\\'\"?", to[] = "\a\b\f\n\r\t\v\\'\"?";
    const char *const begin = t->at - 1;
    const char c = peek(t);
    const char *const known = c != '\0' ? strchr(from, c) : NULL;
    const int base = c == 'x' || c == 'X' ? 16 : 8;
    int value = 0, n = 0;
    if (known != NULL) {
        t->at++;
        return to[known - from];
    }
    t->at += base == 16;
    for (; n < (base == 16 ? 2 : 3) && digit(peek(t)) < base; n++)
        value = value * base + digit(*t->at++);
    if (n == 0 || value > 0xff)
        fail_at(t, begin, ECAM_ERR_FORMAT, "an unknown escape in a text");
    return (char)value;
}

/* One text in quotes, put behind what is there. */
static size_t read_quoted(struct text *t, char *out, size_t n)
{
    const char *const begin = t->at;
    const char quote = *t->at++;
    while (t->status == ECAM_OK) {
        const char c = peek(t);
        if (t->at >= t->end || c == '\n') {
            fail_at(t, begin, ECAM_ERR_FORMAT, "a text without its closing quote");
            break;
        }
        t->at++;
        if (c == quote)
            break;
        const char byte = c == '\\' ? read_escape(t) : c;
        if (byte == '\0')
            fail_at(t, t->at - 1, ECAM_ERR_FORMAT, "NUL in a text");
        out[n++] = byte;
    }
    return n;
}

/* Bytes that the texts from here on have at most, with those that follow them. */
static size_t quoted_bytes(const struct text *t)
{
    struct text look = *t;
    size_t n = 0;
    look.err = NULL;
    for (skip_space(&look); peek(&look) == '"' || peek(&look) == '\''; skip_space(&look)) {
        const char quote = *look.at++;
        for (; look.at < look.end && *look.at != quote; look.at++, n++)
            if (*look.at == '\\' && look.at + 1 < look.end)
                look.at++, n++;
        look.at += look.at < look.end;
    }
    return n;
}

static void read_scalar(struct text *t, struct scalar *s)
{
    size_t n = 0;
    skip_space(t);
    *s = (struct scalar){ .at = t->at, .is_text = peek(t) == '"' || peek(t) == '\'' };
    if (!s->is_text) {
        read_word(t, s->word, "a value");
        return;
    }
    s->text = ecam_alloc(quoted_bytes(t) + 1);
    if (s->text == NULL) {
        fail_at(t, s->at, ECAM_ERR_NOMEM, "a text");
        return;
    }
    for (; peek(t) == '"' || peek(t) == '\''; skip_space(t))
        n = read_quoted(t, s->text, n);
    s->text[n] = '\0';
}

/* ---- Values ---- */

static void expected(struct text *t, const struct scalar *s, const char *what)
{
    fail_at(t, s->at, ECAM_ERR_FORMAT, "%s%.60s%s, %s is expected", s->is_text ? "\"" : "'",
            s->is_text ? s->text : s->word, s->is_text ? "\"" : "'", what);
}

static int64_t int_of(struct text *t, const struct scalar *s, const struct ecam_caffe_word *words)
{
    char *end = NULL;
    for (const struct ecam_caffe_word *w = words; w != NULL && w->word != NULL; w++)
        if (!s->is_text && strcmp(w->word, s->word) == 0)
            return w->value;
    errno = 0;
    const long long value = strtoll(s->word, &end, 0);
    if (s->is_text || end == s->word || *end != '\0' || errno != 0)
        expected(t, s, words != NULL ? "one of the enumeration's words" : "a whole number");
    return value;
}

static bool bool_of(struct text *t, const struct scalar *s)
{
    static const char *const no[] = { "false", "False", "f", "0" };
    static const char *const yes[] = { "true", "True", "t", "1" };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(no) && !s->is_text; i++)
        if (strcmp(s->word, no[i]) == 0 || strcmp(s->word, yes[i]) == 0)
            return strcmp(s->word, yes[i]) == 0;
    expected(t, s, "true or false");
    return false;
}

/* strtod() wants the point of the locale that the program chose. */
static float real_of(struct text *t, const struct scalar *s)
{
    char copy[MAX_WORD], *end = copy;
    size_t n = strlen(s->word);
    memcpy(copy, s->word, n + 1);
    if (n > 1 && (copy[n - 1] == 'f' || copy[n - 1] == 'F') && digit(copy[n - 2]) < 10)
        copy[--n] = '\0';
    char *const point = strchr(copy, '.');
    if (point != NULL)
        *point = localeconv()->decimal_point[0];
    const double value =
        strspn(copy, "0") < n && strpbrk(copy, "xX_") != NULL ? 0 : strtod(copy, &end);
    if (s->is_text || end == copy || *end != '\0')
        expected(t, s, "a number");
    return (float)value;
}

static bool may_grow(struct text *t, const char *at)
{
    if (t->n_items++ >= 16 * (uint64_t)t->limits->max_tensors)
        fail_at(t, at, ECAM_ERR_LIMIT, "too many names and numbers");
    return t->status == ECAM_OK;
}

static void put_text(struct text *t, struct scalar *s, const struct ecam_caffe_field *field,
                     void *to)
{
    char *text = s->text;
    s->text = NULL;
    if (!s->is_text) {
        expected(t, s, "a text in quotes");
    } else if (field->kind == ECAM_CAFFE_TEXT) {
        ecam_free(*(char **)to);
        *(char **)to = text;
    } else if (!may_grow(t, s->at)) {
        ecam_free(text);
    } else if (!ecam_caffe_append_text(to, text)) {
        fail_at(t, s->at, ECAM_ERR_NOMEM, "list of texts");
    }
}

static void put_scalar(struct text *t, struct scalar *s, const struct ecam_caffe_field *field,
                       uint8_t *message)
{
    void *const to = message + field->offset;
    struct ecam_caffe_ints *ints;
    struct ecam_caffe_reals *reals;
    switch (field->kind) {
    case ECAM_CAFFE_INT:
    case ECAM_CAFFE_ENUM:
        *(int64_t *)to = int_of(t, s, field->more);
        break;
    case ECAM_CAFFE_MAYBE:
    case ECAM_CAFFE_MAYBE_ENUM:
        if (field->more == NULL && !s->is_text && strspn(s->word, "tfTF") == 1)
            *(struct ecam_caffe_maybe *)to = (struct ecam_caffe_maybe){ true, bool_of(t, s) };
        else
            *(struct ecam_caffe_maybe *)to =
                (struct ecam_caffe_maybe){ true, int_of(t, s, field->more) };
        break;
    case ECAM_CAFFE_BOOL:
        *(bool *)to = bool_of(t, s);
        break;
    case ECAM_CAFFE_REAL:
        *(float *)to = real_of(t, s);
        break;
    case ECAM_CAFFE_INTS:
        ints = to;
        if (ints->n == ECAM_CAFFE_MAX_INTS)
            fail_at(t, s->at, ECAM_ERR_LIMIT, "more than %d of '%s'", ECAM_CAFFE_MAX_INTS,
                    field->name);
        else
            ints->v[ints->n++] = int_of(t, s, NULL);
        break;
    case ECAM_CAFFE_INT_LIST:
        if (may_grow(t, s->at) && !ecam_caffe_append_int(to, int_of(t, s, NULL)))
            fail_at(t, s->at, ECAM_ERR_NOMEM, "list of numbers");
        break;
    case ECAM_CAFFE_REALS:
        reals = to;
        if (reals->n == ECAM_CAFFE_MAX_REALS)
            fail_at(t, s->at, ECAM_ERR_LIMIT, "more than %d of '%s'", ECAM_CAFFE_MAX_REALS,
                    field->name);
        else
            reals->v[reals->n++] = real_of(t, s);
        break;
    case ECAM_CAFFE_TEXT:
    case ECAM_CAFFE_TEXTS:
        put_text(t, s, field, to);
        break;
    case ECAM_CAFFE_MESSAGE:
    case ECAM_CAFFE_MESSAGES:
    case ECAM_CAFFE_PRESENCE:
        expected(t, s, "a message in braces");
        break;
    case ECAM_CAFFE_FLOATS:
    case ECAM_CAFFE_DOUBLES:
        break;
    }
}

/* ---- Messages ---- */

static void read_message(struct text *t, const struct ecam_caffe_message *message, uint8_t *to,
                         const char *begin, char closing);

/* A message behind its opening brace. A NULL field: read over. */
static void read_inner(struct text *t, const struct ecam_caffe_field *field, uint8_t *message,
                       const char *begin, char closing)
{
    const struct ecam_caffe_message *inner = NULL;
    uint8_t *to = message;
    if (field != NULL && field->kind == ECAM_CAFFE_PRESENCE) {
        *(bool *)(message + field->offset) = true;
    } else if (field != NULL && strcmp(field->name, "blobs") == 0) {
        inner = NULL; /* weights come from the binary file */
    } else if (field != NULL && field->kind == ECAM_CAFFE_MESSAGE) {
        inner = field->more;
    } else if (field != NULL && field->kind == ECAM_CAFFE_MESSAGES) {
        struct ecam_caffe_list *const list = (void *)(message + field->offset);
        inner = field->more;
        if (list->n >= t->limits->max_tensors)
            fail_at(t, begin, ECAM_ERR_LIMIT, "more than %u of '%s'", t->limits->max_tensors,
                    field->name);
        to = may_grow(t, begin) ? ecam_caffe_append(list, inner) : NULL;
        if (to == NULL)
            fail_at(t, begin, ECAM_ERR_NOMEM, "'%s'", field->name);
    } else if (field != NULL) {
        fail_at(t, begin, ECAM_ERR_FORMAT, "'%s' is a message, a value is expected", field->name);
    }
    if (t->status != ECAM_OK)
        return;
    if (t->depth >= t->limits->max_nesting) {
        fail_at(t, begin, ECAM_ERR_LIMIT, "nested deeper than %u", t->limits->max_nesting);
        return;
    }
    t->depth++;
    read_message(t, inner, to, begin, closing);
    t->depth--;
}

/* A message, or a value after a colon. */
static void read_value(struct text *t, const struct ecam_caffe_field *field, uint8_t *message,
                       bool has_colon)
{
    struct scalar s;
    skip_space(t);
    const char *const begin = t->at;
    if (accept(t, '{')) {
        read_inner(t, field, message, begin, '}');
    } else if (accept(t, '<')) {
        read_inner(t, field, message, begin, '>');
    } else if (!has_colon) {
        fail_at(t, begin, ECAM_ERR_FORMAT, "a ':' or '{' is expected behind a field's name");
    } else {
        read_scalar(t, &s);
        if (t->status == ECAM_OK && field != NULL)
            put_scalar(t, &s, field, message);
        ecam_free(s.text);
    }
}

static const struct ecam_caffe_field *find_field(const struct ecam_caffe_message *message,
                                                 const char *name)
{
    for (const struct ecam_caffe_field *f = message != NULL ? message->fields : NULL;
         f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static void read_field(struct text *t, const struct ecam_caffe_message *message, uint8_t *to)
{
    char name[MAX_WORD];
    read_word(t, name, "the name of a field");
    const struct ecam_caffe_field *const field = find_field(message, name);
    const bool has_colon = accept(t, ':');
    if (accept(t, '[')) {
        bool is_first = true;
        while (t->status == ECAM_OK && !accept(t, ']')) {
            if (!is_first && !accept(t, ',')) {
                fail_at(t, t->at, ECAM_ERR_FORMAT, "a ',' or ']' is expected in a list");
                break;
            }
            read_value(t, field, to, true);
            is_first = false;
        }
    } else {
        read_value(t, field, to, has_colon);
    }
    if (!accept(t, ';'))
        (void)accept(t, ',');
}

static void read_message(struct text *t, const struct ecam_caffe_message *message, uint8_t *to,
                         const char *begin, char closing)
{
    while (t->status == ECAM_OK) {
        skip_space(t);
        if (closing != '\0' && accept(t, closing))
            return;
        if (t->at >= t->end) {
            if (closing != '\0')
                fail_at(t, begin, ECAM_ERR_FORMAT, "a message that does not end");
            return;
        }
        read_field(t, message, to);
    }
}

enum ecam_status ecam_caffe_net_text(const char *text, size_t size,
                                     const struct ecam_limits *limits, struct ecam_caffe_net **out,
                                     struct ecam_error *err)
{
    struct text t = { .base = text, .at = text, .end = text + size, .limits = limits, .err = err };
    struct ecam_caffe_net *net = ecam_caffe_net_new();
    if (net == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "net");
    if (size > limits->max_header_bytes)
        t.status = ecam_fail(err, ECAM_ERR_LIMIT, "text of %zu bytes, at most %llu are allowed",
                             size, (unsigned long long)limits->max_header_bytes);
    read_message(&t, &ecam_caffe_net_message, (uint8_t *)net, text, '\0');
    if (t.status == ECAM_OK)
        t.status = ecam_caffe_net_finish(net, err);
    if (t.status == ECAM_OK)
        *out = net;
    else
        ecam_caffe_net_free(net);
    return t.status;
}
