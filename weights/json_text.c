/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/json_text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

void ecam_text_free(struct ecam_text *text)
{
    ecam_free(text->data);
    *text = (struct ecam_text){ 0 };
}

/* Room for n more bytes and the end. */
static bool make_room(struct ecam_text *text, size_t n)
{
    size_t wanted;
    if (text->status != ECAM_OK)
        return false;
    if (!ecam_add_size(text->n, n, &wanted) || !ecam_add_size(wanted, 1, &wanted)) {
        text->status = ECAM_ERR_NOMEM;
        return false;
    }
    if (wanted <= text->cap)
        return true;
    const size_t cap = ecam_max_size(wanted, ecam_max_size(256, text->cap * 2));
    char *const grown = ecam_realloc_array(text->data, cap, 1);
    if (grown == NULL) {
        text->status = ECAM_ERR_NOMEM;
        return false;
    }
    text->data = grown;
    text->cap = cap;
    return true;
}

static void put_bytes(struct ecam_text *text, const char *s, size_t n)
{
    if (!make_room(text, n))
        return;
    memcpy(text->data + text->n, s, n);
    text->n += n;
    text->data[text->n] = '\0';
}

void ecam_text_put(struct ecam_text *text, const char *s)
{
    put_bytes(text, s, strlen(s));
}

void ecam_text_print(struct ecam_text *text, const char *fmt, ...)
{
    char piece[128]; /* numbers; longer texts are put */
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(piece, sizeof piece, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof piece)
        text->status = ECAM_ERR_NOMEM;
    else
        put_bytes(text, piece, (size_t)n);
}

/* Bytes of the UTF-8 character at s, 0 where there is none. Overlong forms, halves
 * of surrogate pairs and numbers past U+10FFFF are none. */
static size_t utf8_bytes(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    const size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

bool ecam_text_is_plain(const char *s)
{
    size_t n;
    for (const unsigned char *c = (const unsigned char *)s; *c != '\0'; c += n) {
        n = utf8_bytes(c);
        if (n == 0 || *c < 0x20 || *c == 0x7f)
            return false;
    }
    return true;
}

void ecam_text_string(struct ecam_text *text, const char *s)
{
    size_t n;
    put_bytes(text, "\"", 1);
    for (const char *c = s; *c != '\0'; c += n) {
        n = utf8_bytes((const unsigned char *)c);
        if (n == 0) {
            if (text->status == ECAM_OK)
                text->status = ECAM_ERR_FORMAT;
            return;
        }
        if (*c == '"' || *c == '\\')
            put_bytes(text, "\\", 1);
        if ((unsigned char)*c < 0x20)
            ecam_text_print(text, "\\u%04x", (unsigned)*c);
        else
            put_bytes(text, c, n);
    }
    put_bytes(text, "\"", 1);
}

void ecam_text_comma(struct ecam_text *text)
{
    const char last = text->n > 0 ? text->data[text->n - 1] : '[';
    if (last != '[' && last != '{')
        put_bytes(text, ",", 1);
}

enum ecam_status ecam_text_status(const struct ecam_text *text, const char *what,
                                  struct ecam_error *err)
{
    if (text->status == ECAM_ERR_NOMEM)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s: text of %zu bytes", what, text->n);
    if (text->status != ECAM_OK)
        return ecam_fail(err, text->status, "%s: a name is not UTF-8", what);
    return ECAM_OK;
}
