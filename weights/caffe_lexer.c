/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/caffe_lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

/* ---- Places and characters ---- */

void ecam_caffe_text_fail(struct ecam_caffe_text *t, const char *at, enum ecam_status status,
                          const char *fmt, ...)
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

char ecam_caffe_text_peek(const struct ecam_caffe_text *t)
{
    return t->status == ECAM_OK && t->at < t->end ? *t->at : '\0';
}

void ecam_caffe_text_space(struct ecam_caffe_text *t)
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

bool ecam_caffe_text_accept(struct ecam_caffe_text *t, char c)
{
    ecam_caffe_text_space(t);
    if (ecam_caffe_text_peek(t) != c)
        return false;
    t->at++;
    return true;
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '+' || c == '-';
}

void ecam_caffe_text_word(struct ecam_caffe_text *t, char word[ECAM_CAFFE_MAX_WORD],
                          const char *expected)
{
    size_t n = 0;
    ecam_caffe_text_space(t);
    const char *const begin = t->at;
    word[0] = '\0';
    while (is_word_byte(ecam_caffe_text_peek(t))) {
        if (n == ECAM_CAFFE_MAX_WORD - 1) {
            ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "a word of more than %d bytes",
                                 ECAM_CAFFE_MAX_WORD - 1);
            return;
        }
        word[n++] = *t->at++;
    }
    word[n] = '\0';
    const unsigned char c = (unsigned char)ecam_caffe_text_peek(t);
    if (n == 0 && begin >= t->end)
        ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "the text ends, %s is expected", expected);
    else if (n == 0 && c >= 0x20 && c < 0x7f)
        ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "'%c', %s is expected", c, expected);
    else if (n == 0)
        ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "byte 0x%02x, %s is expected", c, expected);
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
static char read_escape(struct ecam_caffe_text *t)
{
    static const char from[] = "abfnrtv\\'\"?", to[] = "\a\b\f\n\r\t\v\\'\"?";
    const char *const begin = t->at - 1;
    const char c = ecam_caffe_text_peek(t);
    const char *const known = c != '\0' ? strchr(from, c) : NULL;
    const int base = c == 'x' || c == 'X' ? 16 : 8;
    int value = 0, n = 0;
    if (known != NULL) {
        t->at++;
        return to[known - from];
    }
    t->at += base == 16;
    for (; n < (base == 16 ? 2 : 3) && digit(ecam_caffe_text_peek(t)) < base; n++)
        value = value * base + digit(*t->at++);
    if (n == 0 || value > 0xff)
        ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "an unknown escape in a text");
    return (char)value;
}

/* One text in quotes, put behind what is there. */
static size_t read_quoted(struct ecam_caffe_text *t, char *out, size_t n)
{
    const char *const begin = t->at;
    const char quote = *t->at++;
    while (t->status == ECAM_OK) {
        const char c = ecam_caffe_text_peek(t);
        if (t->at >= t->end || c == '\n') {
            ecam_caffe_text_fail(t, begin, ECAM_ERR_FORMAT, "a text without its closing quote");
            break;
        }
        t->at++;
        if (c == quote)
            break;
        const char byte = c == '\\' ? read_escape(t) : c;
        if (byte == '\0')
            ecam_caffe_text_fail(t, t->at - 1, ECAM_ERR_FORMAT, "NUL in a text");
        out[n++] = byte;
    }
    return n;
}

/* Bytes that the texts from here on have at most, with those that follow them. */
static size_t quoted_bytes(const struct ecam_caffe_text *t)
{
    struct ecam_caffe_text look = *t;
    size_t n = 0;
    look.err = NULL;
    for (ecam_caffe_text_space(&look);
         ecam_caffe_text_peek(&look) == '"' || ecam_caffe_text_peek(&look) == '\'';
         ecam_caffe_text_space(&look)) {
        const char quote = *look.at++;
        for (; look.at < look.end && *look.at != quote; look.at++, n++)
            if (*look.at == '\\' && look.at + 1 < look.end)
                look.at++, n++;
        look.at += look.at < look.end;
    }
    return n;
}

void ecam_caffe_text_scalar(struct ecam_caffe_text *t, struct ecam_caffe_scalar *s)
{
    size_t n = 0;
    ecam_caffe_text_space(t);
    *s = (struct ecam_caffe_scalar){
        .at = t->at, .is_text = ecam_caffe_text_peek(t) == '"' || ecam_caffe_text_peek(t) == '\''
    };
    if (!s->is_text) {
        ecam_caffe_text_word(t, s->word, "a value");
        return;
    }
    s->text = ecam_alloc(quoted_bytes(t) + 1);
    if (s->text == NULL) {
        ecam_caffe_text_fail(t, s->at, ECAM_ERR_NOMEM, "a text");
        return;
    }
    for (; ecam_caffe_text_peek(t) == '"' || ecam_caffe_text_peek(t) == '\'';
         ecam_caffe_text_space(t))
        n = read_quoted(t, s->text, n);
    s->text[n] = '\0';
}
