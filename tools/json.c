/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_free(struct json *json)
{
    free(json->text);
    *json = (struct json){ .is_indented = json->is_indented };
}

static void put(struct json *json, const char *bytes, size_t n)
{
    if (json->failed)
        return;
    if (json->cap - json->len <= n) {
        const size_t cap = 2 * json->cap + n + 256;
        char *text = realloc(json->text, cap);
        if (text == NULL) {
            json->failed = true;
            return;
        }
        json->text = text;
        json->cap = cap;
    }
    memcpy(json->text + json->len, bytes, n);
    json->len += n;
    json->text[json->len] = '\0';
}

static void put_text(struct json *json, const char *text)
{
    put(json, text, strlen(text));
}

static void new_line(struct json *json)
{
    put(json, "\n", 1);
    for (unsigned i = 0; i < json->depth; i++)
        put(json, "  ", 2);
}

/* What stands before a value. */
static void before_value(struct json *json)
{
    if (json->needs_comma && !json->after_key)
        put_text(json, json->is_indented ? ", " : ",");
    json->after_key = false;
    json->needs_comma = true;
}

void json_object_begin(struct json *json)
{
    before_value(json);
    put(json, "{", 1);
    json->depth++;
    json->needs_comma = false;
}

void json_object_end(struct json *json)
{
    json->depth--;
    if (json->is_indented && json->needs_comma)
        new_line(json);
    put(json, "}", 1);
    json->needs_comma = true;
}

void json_list_begin(struct json *json)
{
    before_value(json);
    put(json, "[", 1);
    json->needs_comma = false;
}

void json_list_end(struct json *json)
{
    put(json, "]", 1);
    json->needs_comma = true;
}

size_t json_utf8_bytes(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = 0;
    uint32_t code = 0, least = 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xC2 && s[0] < 0xE0) {
        n = 2;
        code = s[0] & 0x1Fu;
        least = 0x80;
    } else if (s[0] >= 0xE0 && s[0] < 0xF0) {
        n = 3;
        code = s[0] & 0x0Fu;
        least = 0x800;
    } else if (s[0] >= 0xF0 && s[0] < 0xF5) {
        n = 4;
        code = s[0] & 0x07u;
        least = 0x10000;
    }
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0u) != 0x80u) /* the closing NUL too */
            return 0;
        code = code << 6 | (s[i] & 0x3Fu);
    }
    return code >= least && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF) ? n : 0;
}

bool json_can_hold(const char *text)
{
    for (size_t n = 1; *text != '\0' && n > 0; text += n)
        n = json_utf8_bytes(text);
    return *text == '\0';
}

static void put_quoted(struct json *json, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    char escape[8];
    put(json, "\"", 1);
    while (*s != '\0') {
        const size_t n = json_utf8_bytes((const char *)s);
        if (n == 0) {
            put_text(json, "\\ufffd");
            s++;
        } else if (*s == '"' || *s == '\\') {
            snprintf(escape, sizeof escape, "\\%c", *s);
            put_text(json, escape);
            s++;
        } else if (*s < 0x20 || *s == 0x7F) {
            snprintf(escape, sizeof escape, "\\u%04x", *s);
            put_text(json, escape);
            s++;
        } else {
            put(json, (const char *)s, n);
            s += n;
        }
    }
    put(json, "\"", 1);
}

void json_key(struct json *json, const char *key)
{
    if (json->needs_comma)
        put(json, ",", 1);
    if (json->is_indented)
        new_line(json);
    put_quoted(json, key);
    put_text(json, json->is_indented ? ": " : ":");
    json->after_key = true;
    json->needs_comma = false;
}

void json_string(struct json *json, const char *text)
{
    before_value(json);
    if (text == NULL)
        put_text(json, "null");
    else
        put_quoted(json, text);
}

void json_uint(struct json *json, uint64_t value)
{
    char text[24];
    before_value(json);
    snprintf(text, sizeof text, "%" PRIu64, value);
    put_text(json, text);
}

void json_int(struct json *json, int64_t value)
{
    char text[24];
    before_value(json);
    snprintf(text, sizeof text, "%" PRId64, value);
    put_text(json, text);
}

/* The program never calls setlocale(), so the decimal point is a point. */
static void put_real(struct json *json, double value, bool is_float)
{
    char text[40] = "null";
    before_value(json);
    if (isfinite(value)) {
        const int most = is_float ? 9 : 17;
        for (int digits = is_float ? 6 : 15; digits <= most; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            const double back = is_float ? (double)strtof(text, NULL) : strtod(text, NULL);
            if (back == value) /* always so at the last digit */
                break;
        }
    }
    put_text(json, text);
}

void json_float(struct json *json, float value)
{
    put_real(json, (double)value, true);
}

void json_double(struct json *json, double value)
{
    put_real(json, value, false);
}

void json_bool(struct json *json, bool value)
{
    before_value(json);
    put_text(json, value ? "true" : "false");
}

void json_null(struct json *json)
{
    before_value(json);
    put_text(json, "null");
}
