/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Extensible Markup Language 1.0 (W3C, fifth edition), the part without a DTD. */
#include "bench/eval/xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/error.h"

#define SHOWN 40 /* bytes of a name in a message */

struct eval_xml eval_xml_begin(const uint8_t *bytes, size_t size)
{
    struct eval_xml xml = { .at = bytes, .end = bytes + size, .line = 1, .event_line = 1 };
    if (size >= 2 &&
        ((bytes[0] == 0xFE && bytes[1] == 0xFF) || (bytes[0] == 0xFF && bytes[1] == 0xFE)))
        eval_xml_fail(&xml, "found UTF-16, expected UTF-8");
    else if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        xml.at += 3;
    return xml;
}

void eval_xml_fail(struct eval_xml *xml, const char *fmt, ...)
{
    va_list args;
    if (xml->status != ECAM_OK)
        return;
    xml->status = ECAM_ERR_FORMAT;
    const int n = snprintf(xml->what, sizeof xml->what, "line %zu: ", xml->event_line);
    va_start(args, fmt);
    vsnprintf(xml->what + n, sizeof xml->what - (size_t)n, fmt, args);
    va_end(args);
}

enum ecam_status eval_xml_status(const struct eval_xml *xml, struct ecam_error *err)
{
    return xml->status == ECAM_OK ? ECAM_OK : ecam_fail(err, xml->status, "%s", xml->what);
}

static bool name_is(const struct eval_xml_name *name, const char *text)
{
    return strlen(text) == name->n && memcmp(text, name->at, name->n) == 0;
}

bool eval_xml_is(const struct eval_xml *xml, const char *name)
{
    return name_is(&xml->name, name);
}

/* ---- Bytes ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Letters beyond ASCII are let through as they are. */
static bool is_name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':' || c == '-' || c == '.' || c >= 0x80;
}

static size_t left(const struct eval_xml *xml)
{
    return (size_t)(xml->end - xml->at);
}

static bool sees(const struct eval_xml *xml, const char *text)
{
    const size_t n = strlen(text);
    return left(xml) >= n && memcmp(xml->at, text, n) == 0;
}

/* n is at most left(). */
static void move(struct eval_xml *xml, size_t n)
{
    for (size_t i = 0; i < n; i++)
        xml->line += xml->at[i] == '\n';
    xml->at += n;
}

static void skip_blanks(struct eval_xml *xml)
{
    while (xml->at < xml->end && is_blank(*xml->at))
        move(xml, 1);
}

/* Behind the next `text`; false, and a failure, where there is none. */
static bool move_behind(struct eval_xml *xml, const char *text, const char *what)
{
    while (xml->at < xml->end && !sees(xml, text))
        move(xml, 1);
    if (xml->at == xml->end) {
        eval_xml_fail(xml, "%s without end, expected %s", what, text);
        return false;
    }
    move(xml, strlen(text));
    return true;
}

static bool read_name(struct eval_xml *xml, struct eval_xml_name *out)
{
    const uint8_t *from = xml->at;
    while (xml->at < xml->end && is_name_byte(*xml->at))
        xml->at++;
    *out = (struct eval_xml_name){ from, (size_t)(xml->at - from) };
    if (out->n > 0 && !(*from >= '0' && *from <= '9') && *from != '-' && *from != '.')
        return true;
    eval_xml_fail(xml, "expected a name after '<'");
    return false;
}

static int shown(const struct eval_xml_name *name)
{
    return name->n < SHOWN ? (int)name->n : SHOWN;
}

/* ---- Tags ---- */

/* name = "value", any number of times. */
static bool skip_attributes(struct eval_xml *xml)
{
    struct eval_xml_name name;
    for (;;) {
        const uint8_t *before = xml->at;
        skip_blanks(xml);
        if (xml->at == xml->end || *xml->at == '>' || *xml->at == '/')
            return true;
        if (xml->at == before) {
            eval_xml_fail(xml, "found '%c' in a tag, expected a blank", *xml->at);
            return false;
        }
        if (!read_name(xml, &name))
            return false;
        skip_blanks(xml);
        if (!sees(xml, "=")) {
            eval_xml_fail(xml, "attribute '%.*s' has no value", shown(&name),
                          (const char *)name.at);
            return false;
        }
        move(xml, 1);
        skip_blanks(xml);
        if (!sees(xml, "\"") && !sees(xml, "'")) {
            eval_xml_fail(xml, "the value of attribute '%.*s' is in no quotes", shown(&name),
                          (const char *)name.at);
            return false;
        }
        const char quote[2] = { (char)*xml->at, '\0' };
        move(xml, 1);
        while (xml->at < xml->end && *xml->at != (uint8_t)quote[0] && *xml->at != '<')
            move(xml, 1);
        if (!sees(xml, quote)) {
            eval_xml_fail(xml, "the value of attribute '%.*s' does not end", shown(&name),
                          (const char *)name.at);
            return false;
        }
        move(xml, 1);
    }
}

static bool open_element(struct eval_xml *xml)
{
    if (xml->is_ended) {
        eval_xml_fail(xml, "a second element after the end of the first");
        return false;
    }
    if (xml->depth == EVAL_XML_NESTING) {
        eval_xml_fail(xml, "nested deeper than %d", EVAL_XML_NESTING);
        return false;
    }
    move(xml, 1);
    if (!read_name(xml, &xml->name) || !skip_attributes(xml))
        return false;
    xml->closes_now = sees(xml, "/>");
    if (!xml->closes_now && !sees(xml, ">")) {
        eval_xml_fail(xml, "<%.*s without '>'", shown(&xml->name), (const char *)xml->name.at);
        return false;
    }
    move(xml, xml->closes_now ? 2 : 1);
    xml->open[xml->depth++] = xml->name;
    xml->is_begun = true;
    xml->event = EVAL_XML_OPEN;
    return true;
}

static bool close_element(struct eval_xml *xml)
{
    const struct eval_xml_name *expected = &xml->open[xml->depth - 1];
    if (!xml->closes_now) {
        struct eval_xml_name found;
        move(xml, 2);
        if (!read_name(xml, &found))
            return false;
        if (found.n != expected->n || memcmp(found.at, expected->at, found.n) != 0) {
            eval_xml_fail(xml, "found </%.*s>, expected </%.*s>", shown(&found),
                          (const char *)found.at, shown(expected), (const char *)expected->at);
            return false;
        }
        skip_blanks(xml);
        if (!sees(xml, ">")) {
            eval_xml_fail(xml, "</%.*s without '>'", shown(&found), (const char *)found.at);
            return false;
        }
        move(xml, 1);
    }
    xml->closes_now = false;
    xml->name = *expected;
    xml->depth--;
    xml->is_ended = xml->depth == 0;
    xml->event = EVAL_XML_CLOSE;
    return true;
}

/* ---- Text ---- */

/* Bytes of a character as UTF-8; 0 for what is no character of XML. */
static size_t put_character(uint32_t code, char out[4])
{
    const bool is_character = code == 9 || code == 10 || code == 13 ||
                              (code >= 0x20 && code < 0xD800) ||
                              (code >= 0xE000 && code <= 0x10FFFF && (code & 0xFFFE) != 0xFFFE);
    if (!is_character)
        return 0;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t mark[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(mark[n] | code);
    return n;
}

/* "&lt;" and the like; 0 where it is none. */
static size_t read_entity(struct eval_xml *xml, char out[4])
{
    static const struct {
        const char *text;
        char value;
    } known[] = {
        { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }
    };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(known); i++) {
        if (sees(xml, known[i].text)) {
            out[0] = known[i].value;
            move(xml, strlen(known[i].text));
            return 1;
        }
    }
    if (!sees(xml, "&#"))
        return 0;
    const bool is_hex = sees(xml, "&#x");
    uint32_t code = 0;
    size_t digits = 0;
    move(xml, is_hex ? 3 : 2);
    for (; xml->at < xml->end && digits < 8; digits++, xml->at++) {
        const uint8_t c = *xml->at;
        const uint32_t base = is_hex ? 16 : 10;
        uint32_t digit = 16;
        if (c >= '0' && c <= '9')
            digit = c - (uint32_t)'0';
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (c | 32u) - 'a' + 10;
        if (digit >= base)
            break;
        code = code * base + digit;
    }
    if (digits == 0 || !sees(xml, ";"))
        return 0;
    move(xml, 1);
    return put_character(code, out);
}

/* Text up to the next tag; comments and CDATA sections belong to it. False where there was
 * none but blanks, or a failure. */
static bool read_text(struct eval_xml *xml)
{
    size_t n = 0;
    while (xml->at < xml->end && xml->status == ECAM_OK) {
        char piece[4];
        size_t bytes = 1;
        if (sees(xml, "<!--")) {
            move(xml, 4);
            move_behind(xml, "-->", "a comment");
            continue;
        }
        if (sees(xml, "<![CDATA[")) {
            move(xml, 9);
            while (xml->at < xml->end && !sees(xml, "]]>") && n < EVAL_XML_TEXT - 1) {
                xml->text[n++] = (char)*xml->at;
                move(xml, 1);
            }
            if (sees(xml, "]]>"))
                move(xml, 3);
            else
                eval_xml_fail(xml, "a CDATA section without end, or too long");
            continue;
        }
        if (*xml->at == '<')
            break;
        if (*xml->at == '&') {
            bytes = read_entity(xml, piece);
            if (bytes == 0) {
                eval_xml_fail(xml, "an entity that is none of XML's own");
                break;
            }
        } else if (*xml->at < 0x20 && !is_blank(*xml->at)) {
            eval_xml_fail(xml, "found byte %u, which no XML may hold", *xml->at);
            break;
        } else {
            piece[0] = (char)*xml->at;
            move(xml, 1);
        }
        if (n == 0 && bytes == 1 && is_blank((uint8_t)piece[0]))
            continue;
        if (n + bytes >= EVAL_XML_TEXT) {
            eval_xml_fail(xml, "a text of more than %d bytes", EVAL_XML_TEXT - 1);
            break;
        }
        memcpy(xml->text + n, piece, bytes);
        n += bytes;
    }
    while (n > 0 && is_blank((uint8_t)xml->text[n - 1]))
        n--;
    xml->text[n] = '\0';
    if (xml->status != ECAM_OK || n == 0)
        return false;
    if (strlen(xml->text) < n) {
        eval_xml_fail(xml, "a zero byte in a text");
        return false;
    }
    xml->event = EVAL_XML_TEXT_PIECE;
    return true;
}

/* ---- Between tags ---- */

/* "<!DOCTYPE ...>" without rules of its own. */
static bool skip_doctype(struct eval_xml *xml)
{
    while (xml->at < xml->end && *xml->at != '>' && *xml->at != '[')
        move(xml, 1);
    if (xml->at == xml->end || *xml->at == '[' || xml->is_begun) {
        eval_xml_fail(xml, "a DOCTYPE with declarations, or in the wrong place");
        return false;
    }
    move(xml, 1);
    return true;
}

static bool step(struct eval_xml *xml, bool *is_event)
{
    *is_event = true;
    if (xml->closes_now || sees(xml, "</")) {
        if (xml->depth == 0) {
            eval_xml_fail(xml, "an end without a begin");
            return false;
        }
        return close_element(xml);
    }
    if (xml->depth > 0 && (*xml->at != '<' || sees(xml, "<!--") || sees(xml, "<![CDATA["))) {
        *is_event = read_text(xml);
        return xml->status == ECAM_OK;
    }
    *is_event = false;
    if (sees(xml, "<!--")) {
        move(xml, 4);
        return move_behind(xml, "-->", "a comment");
    }
    if (sees(xml, "<?"))
        return move_behind(xml, "?>", "an instruction");
    if (sees(xml, "<!DOCTYPE"))
        return skip_doctype(xml);
    *is_event = true;
    if (*xml->at == '<')
        return open_element(xml);
    eval_xml_fail(xml, "found '%c' outside of the element", *xml->at < 0x20 ? '?' : *xml->at);
    return false;
}

bool eval_xml_next(struct eval_xml *xml)
{
    bool is_event = false;
    while (xml->status == ECAM_OK && !is_event) {
        if (xml->depth == 0)
            skip_blanks(xml);
        xml->event_line = xml->line;
        if (xml->at == xml->end && !xml->closes_now) {
            if (xml->depth > 0)
                eval_xml_fail(xml, "the file ends inside <%.*s>", shown(&xml->open[xml->depth - 1]),
                              (const char *)xml->open[xml->depth - 1].at);
            else if (!xml->is_begun)
                eval_xml_fail(xml, "no element at all");
            return false;
        }
        if (!step(xml, &is_event))
            return false;
    }
    return xml->status == ECAM_OK;
}

void eval_xml_skip(struct eval_xml *xml)
{
    const size_t outside = xml->depth - 1;
    while (xml->depth > outside && eval_xml_next(xml))
        continue;
}

const char *eval_xml_content(struct eval_xml *xml)
{
    char text[EVAL_XML_TEXT] = "";
    while (eval_xml_next(xml) && xml->event != EVAL_XML_CLOSE) {
        if (xml->event == EVAL_XML_OPEN) {
            eval_xml_fail(xml, "found <%.*s>, expected text", shown(&xml->name),
                          (const char *)xml->name.at);
            break;
        }
        memcpy(text, xml->text, sizeof text);
    }
    memcpy(xml->text, text, sizeof text);
    return xml->text;
}
