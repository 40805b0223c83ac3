/* SPDX-License-Identifier: BSD-2-Clause
 * A prototxt (the text form of protocol buffers) -> a net. The schema says what goes
 * where; fields that it has not got are read over. */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/caffe_lexer.h"
#include "weights/caffe_schema.h"

/* ---- Values ---- */

static void expected(struct ecam_caffe_text *t, const struct ecam_caffe_scalar *s, const char *what)
{
    ecam_caffe_text_fail(t, s->at, ECAM_ERR_FORMAT, "%s%.60s%s, %s is expected",
                         s->is_text ? "\"" : "'", s->is_text ? s->text : s->word,
                         s->is_text ? "\"" : "'", what);
}

static int64_t int_of(struct ecam_caffe_text *t, const struct ecam_caffe_scalar *s,
                      const struct ecam_caffe_word *words)
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

static bool bool_of(struct ecam_caffe_text *t, const struct ecam_caffe_scalar *s)
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
static float real_of(struct ecam_caffe_text *t, const struct ecam_caffe_scalar *s)
{
    char copy[ECAM_CAFFE_MAX_WORD], *end = copy;
    size_t n = strlen(s->word);
    memcpy(copy, s->word, n + 1);
    if (n > 1 && (copy[n - 1] == 'f' || copy[n - 1] == 'F') &&
        strchr("0123456789.", copy[n - 2]) != NULL)
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

static bool may_grow(struct ecam_caffe_text *t, const char *at)
{
    if (t->n_items++ >= 16 * (uint64_t)t->limits->max_tensors)
        ecam_caffe_text_fail(t, at, ECAM_ERR_LIMIT, "too many names and numbers");
    return t->status == ECAM_OK;
}

static void put_text(struct ecam_caffe_text *t, struct ecam_caffe_scalar *s,
                     const struct ecam_caffe_field *field, void *to)
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
        ecam_caffe_text_fail(t, s->at, ECAM_ERR_NOMEM, "list of texts");
    }
}

static void put_scalar(struct ecam_caffe_text *t, struct ecam_caffe_scalar *s,
                       const struct ecam_caffe_field *field, uint8_t *message)
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
            ecam_caffe_text_fail(t, s->at, ECAM_ERR_LIMIT, "more than %d of '%s'",
                                 ECAM_CAFFE_MAX_INTS, field->name);
        else
            ints->v[ints->n++] = int_of(t, s, NULL);
        break;
    case ECAM_CAFFE_INT_LIST:
        if (may_grow(t, s->at) && !ecam_caffe_append_int(to, int_of(t, s, NULL)))
            ecam_caffe_text_fail(t, s->at, ECAM_ERR_NOMEM, "list of numbers");
        break;
    case ECAM_CAFFE_REALS:
        reals = to;
        if (reals->n == ECAM_CAFFE_MAX_REALS)
            ecam_caffe_text_fail(t, s->at, ECAM_ERR_LIMIT, "more than %d of '%s'",
                                 ECAM_CAFFE_MAX_REALS, field->name);
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

static void read_message(struct ecam_caffe_text *t, const struct ecam_caffe_message *message,
                         uint8_t *to, const char *begin, char closing);

/* A message behind its opening brace. A NULL field: read over. */
static void read_inner(struct ecam_caffe_text *t, const struct ecam_caffe_field *field,
                       uint8_t *message, const char *begin, char closing)
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
            ecam_caffe_text_fail(t, begin, ECAM_ERR_LIMIT, "more than %u of '%s'",
                                 t->limits->max_tensors, field->name);
        to = may_grow(t, begin) ? ecam_caffe_append(list, inner) : NULL;
        if (to == NULL)
            ecam_caffe_text_fail(t, begin, ECAM_ERR_NOMEM, "'%s'", field->name);
    } else if (field != NULL) {
        ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "'%s' is a message, a value is expected",
                             field->name);
    }
    if (t->status != ECAM_OK)
        return;
    if (t->depth >= t->limits->max_nesting) {
        ecam_caffe_text_fail(t, begin, ECAM_ERR_LIMIT, "nested deeper than %u",
                             t->limits->max_nesting);
        return;
    }
    t->depth++;
    read_message(t, inner, to, begin, closing);
    t->depth--;
}

/* A message, or a value after a colon. */
static void read_value(struct ecam_caffe_text *t, const struct ecam_caffe_field *field,
                       uint8_t *message, bool has_colon)
{
    struct ecam_caffe_scalar s;
    ecam_caffe_text_space(t);
    const char *const begin = t->at;
    if (ecam_caffe_text_accept(t, '{')) {
        read_inner(t, field, message, begin, '}');
    } else if (ecam_caffe_text_accept(t, '<')) {
        read_inner(t, field, message, begin, '>');
    } else if (!has_colon) {
        ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT,
                             "a ':' or '{' is expected behind a field's name");
    } else {
        ecam_caffe_text_scalar(t, &s);
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

static void read_field(struct ecam_caffe_text *t, const struct ecam_caffe_message *message,
                       uint8_t *to)
{
    char name[ECAM_CAFFE_MAX_WORD];
    ecam_caffe_text_word(t, name, "the name of a field");
    const struct ecam_caffe_field *const field = find_field(message, name);
    const bool has_colon = ecam_caffe_text_accept(t, ':');
    if (ecam_caffe_text_accept(t, '[')) {
        bool is_first = true;
        while (t->status == ECAM_OK && !ecam_caffe_text_accept(t, ']')) {
            if (!is_first && !ecam_caffe_text_accept(t, ',')) {
                ecam_caffe_text_fail(t, t->at, ECAM_ERR_FORMAT,
                                     "a ',' or ']' is expected in a list");
                break;
            }
            read_value(t, field, to, true);
            is_first = false;
        }
    } else {
        read_value(t, field, to, has_colon);
    }
    if (!ecam_caffe_text_accept(t, ';'))
        (void)ecam_caffe_text_accept(t, ',');
}

static void read_message(struct ecam_caffe_text *t, const struct ecam_caffe_message *message,
                         uint8_t *to, const char *begin, char closing)
{
    while (t->status == ECAM_OK) {
        ecam_caffe_text_space(t);
        if (closing != '\0' && ecam_caffe_text_accept(t, closing))
            return;
        if (t->at >= t->end) {
            if (closing != '\0')
                ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "a message that does not end");
            return;
        }
        read_field(t, message, to);
    }
}

enum ecam_status ecam_caffe_net_text(const char *text, size_t size,
                                     const struct ecam_limits *limits, struct ecam_caffe_net **out,
                                     struct ecam_error *err)
{
    struct ecam_caffe_text t = {
        .base = text, .at = text, .end = text + size, .limits = limits, .err = err
    };
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
