/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/common.h"
#include "engine/error.h"
#include "tools/json.h"

#define MAX_DEPTH 8
#define MAX_KEY 40

void page_free(struct page *page)
{
    free(page->text);
    *page = (struct page){ 0 };
}

void page_put(struct page *page, const char *bytes, size_t n)
{
    if (page->failed)
        return;
    if (n >= page->cap - page->len) {
        const size_t cap = 2 * page->cap + n + 4096;
        char *grown = cap < n ? NULL : realloc(page->text, cap);
        if (grown == NULL) {
            page->failed = true;
            return;
        }
        page->text = grown;
        page->cap = cap;
    }
    memcpy(page->text + page->len, bytes, n);
    page->len += n;
    page->text[page->len] = '\0';
}

static void put_string(struct page *page, const char *text)
{
    page_put(page, text, strlen(text));
}

/* U+0080 to U+009F, which HTML forbids as it does the others. */
static bool is_c1_control(const char *text)
{
    return (unsigned char)text[0] == 0xC2 && (unsigned char)text[1] < 0xA0;
}

void page_put_escaped(struct page *page, const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    while (*text != '\0') {
        /* Runs of plain characters at once: pictures are long texts. */
        size_t n = 0;
        while ((unsigned char)text[n] >= ' ' && (unsigned char)text[n] < 0x7F &&
               strchr("&<>\"'", text[n]) == NULL)
            n++;
        page_put(page, text, n);
        text += n;
        const unsigned char c = (unsigned char)*text;
        n = 1;
        if (c == '\0')
            break;
        if (c == '&')
            put_string(page, "&amp;");
        else if (c == '<')
            put_string(page, "&lt;");
        else if (c == '>')
            put_string(page, "&gt;");
        else if (c == '"')
            put_string(page, "&quot;");
        else if (c == '\'')
            put_string(page, "&#39;");
        else if (c == '\n' || c == '\t')
            page_put(page, text, 1);
        else if (c >= 0x80 && (n = json_utf8_bytes(text)) > 0 && !is_c1_control(text))
            page_put(page, text, n);
        else
            put_string(page, replacement);
        text += n > 0 ? n : 1;
    }
}

/* ---- Templates ---- */

struct scope {
    const cJSON *value[MAX_DEPTH]; /* from the outermost section */
    int depth;
};

enum kind { TEXT, RAW, SECTION, INVERTED, END };

struct tag {
    enum kind kind;
    char key[MAX_KEY];
    const char *begin, *after; /* of the tag in the template */
};

static const cJSON *look_up(const struct scope *scope, const char *key)
{
    if (strcmp(key, ".") == 0)
        return scope->value[scope->depth - 1];
    for (int i = scope->depth - 1; i >= 0; i--) {
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(scope->value[i], key);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* The next tag in [at, end); false where there is none. */
static bool next_tag(const char *at, const char *end, struct tag *tag, bool *is_bad)
{
    while (at + 2 <= end && memcmp(at, "{{", 2) != 0)
        at++;
    *is_bad = false;
    if (at + 2 > end)
        return false;
    tag->begin = at;
    at += 2;
    tag->kind = TEXT;
    if (at < end && strchr("{#^/", *at) != NULL) {
        tag->kind = *at == '{' ? RAW : *at == '#' ? SECTION : *at == '^' ? INVERTED : END;
        at++;
    }
    const size_t closing = tag->kind == RAW ? 3 : 2;
    size_t n = 0;
    while (at + n < end && at[n] != '}' && n < MAX_KEY)
        n++;
    *is_bad = n == 0 || n == MAX_KEY || (size_t)(end - at) < n + closing ||
              memcmp(at + n, "}}}", closing) != 0;
    if (*is_bad)
        return false;
    memcpy(tag->key, at, n);
    tag->key[n] = '\0';
    tag->after = at + n + closing;
    return true;
}

static enum ecam_status fail_tag(struct ecam_error *err, const char *at, const char *what)
{
    return ecam_fail(err, ECAM_ERR_FORMAT, "page template, at '%.30s': %s", at, what);
}

/* The END that belongs to a section whose inside begins at `at`. */
static enum ecam_status find_end(const struct tag *section, const char *end, struct tag *out,
                                 struct ecam_error *err)
{
    const char *at = section->after;
    int open = 1;
    bool is_bad = false;
    while (next_tag(at, end, out, &is_bad)) {
        open += out->kind == SECTION || out->kind == INVERTED ? 1 : out->kind == END ? -1 : 0;
        if (open == 0)
            return strcmp(out->key, section->key) == 0
                       ? ECAM_OK
                       : fail_tag(err, out->begin, "closes another section");
        at = out->after;
    }
    return fail_tag(err, section->begin, is_bad ? "a bad tag inside" : "is not closed");
}

static bool is_shown(const cJSON *value)
{
    if (cJSON_IsString(value))
        return value->valuestring[0] != '\0';
    return cJSON_IsTrue(value) || cJSON_IsObject(value) ||
           (cJSON_IsArray(value) && value->child != NULL);
}

static enum ecam_status render(struct page *page, const char *at, const char *end,
                               struct scope *scope, struct ecam_error *err);

static enum ecam_status render_section(struct page *page, const struct tag *section,
                                       const char *end, struct scope *scope, struct ecam_error *err)
{
    const cJSON *value = look_up(scope, section->key);
    enum ecam_status status = ECAM_OK;
    if (section->kind == INVERTED)
        return is_shown(value) ? ECAM_OK : render(page, section->after, end, scope, err);
    if (!is_shown(value))
        return ECAM_OK;
    if (scope->depth == MAX_DEPTH)
        return fail_tag(err, section->begin, "nested too deep");
    const bool is_list = cJSON_IsArray(value);
    scope->depth++;
    for (const cJSON *item = is_list ? value->child : value; item != NULL && status == ECAM_OK;
         item = is_list ? item->next : NULL) {
        scope->value[scope->depth - 1] = item;
        status = render(page, section->after, end, scope, err);
    }
    scope->depth--;
    return status;
}

static enum ecam_status render(struct page *page, const char *at, const char *end,
                               struct scope *scope, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct tag tag, closing;
    bool is_bad = false;
    while (status == ECAM_OK && next_tag(at, end, &tag, &is_bad)) {
        page_put(page, at, (size_t)(tag.begin - at));
        at = tag.after;
        if (tag.kind == END)
            return fail_tag(err, tag.begin, "closes what is not open");
        if (tag.kind == SECTION || tag.kind == INVERTED) {
            status = find_end(&tag, end, &closing, err);
            if (status == ECAM_OK)
                status = render_section(page, &tag, closing.begin, scope, err);
            at = closing.after;
            continue;
        }
        const char *text = cJSON_GetStringValue(look_up(scope, tag.key));
        if (text == NULL)
            return fail_tag(err, tag.begin, "there is no such text");
        if (tag.kind == TEXT)
            page_put_escaped(page, text);
        else
            put_string(page, text);
    }
    if (status != ECAM_OK)
        return status;
    if (is_bad)
        return fail_tag(err, at, "a bad tag behind");
    page_put(page, at, (size_t)(end - at));
    return page->failed ? ecam_fail(err, ECAM_ERR_NOMEM, "a page") : ECAM_OK;
}

enum ecam_status page_render(struct page *page, const char *template, size_t n, const cJSON *values,
                             struct ecam_error *err)
{
    struct scope scope = { .value = { values }, .depth = 1 };
    return render(page, template, template + n, &scope, err);
}

/* ---- The tree of values ---- */

static cJSON *add(cJSON *parent, const char *key, cJSON *item, bool *failed)
{
    if (item != NULL && parent != NULL &&
        (key != NULL ? cJSON_AddItemToObject(parent, key, item)
                     : cJSON_AddItemToArray(parent, item)))
        return item;
    cJSON_Delete(item);
    *failed = true;
    return NULL;
}

cJSON *page_object(cJSON *parent, const char *key, bool *failed)
{
    return add(parent, key, cJSON_CreateObject(), failed);
}

cJSON *page_list(cJSON *parent, const char *key, bool *failed)
{
    return add(parent, key, cJSON_CreateArray(), failed);
}

void page_string(cJSON *parent, const char *key, const char *text, bool *failed)
{
    add(parent, key, text == NULL ? NULL : cJSON_CreateString(text), failed);
}

void page_format(cJSON *parent, const char *key, bool *failed, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    page_string(parent, key, text, failed);
}

void page_number(cJSON *parent, const char *key, double value, bool *failed)
{
    struct json json = { 0 };
    json_double(&json, value);
    page_string(parent, key, isfinite(value) ? json.text : "none", failed);
    json_free(&json);
}

void page_float(cJSON *parent, const char *key, float value, bool *failed)
{
    struct json json = { 0 };
    json_float(&json, value);
    page_string(parent, key, isfinite(value) ? json.text : "none", failed);
    json_free(&json);
}
