/* SPDX-License-Identifier: BSD-2-Clause
 * Pages: a template into which the values of a tree are put. Of Mustache, this much:
 *
 *     {{key}}              the text, escaped: right between tags and in an attribute's ""
 *     {{{key}}}            the text as it is: for what the program itself carries
 *     {{#key}}...{{/key}}  once for each item of a list; once for an object, true or a text
 *     {{^key}}...{{/key}}  where the above shows nothing: false, missing, an empty list or text
 *     {{.}}                the item of a list of texts
 *
 * A key means that of the innermost section's object that has it. */
#ifndef ECAM_TOOLS_PAGE_H
#define ECAM_TOOLS_PAGE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "engine/common.h"
#include "engine/ecam.h"

/* A text that grows. */
struct page {
    char *text; /* page_free() */
    size_t len, cap;
    bool failed; /* no memory: sticky */
};
void page_free(struct page *page); /* empties it */
void page_put(struct page *page, const char *bytes, size_t n);

/* The one way by which text from outside enters a page: & < > " ' become references,
 * control characters and bytes that are not UTF-8 U+FFFD. */
void page_put_escaped(struct page *page, const char *text);

/* Appends the template with the values of an object. A key that is nowhere, or no text
 * where one is wanted, and sections that do not nest are ECAM_ERR_FORMAT. */
enum ecam_status page_render(struct page *page, const char *template, size_t n, const cJSON *values,
                             struct ecam_error *err);

/* ---- The tree of values ---- */

/* Each adds to an object under `key`, or to a list where key is NULL. No memory is noted in
 * *failed, and what follows does nothing. */
cJSON *page_object(cJSON *parent, const char *key, bool *failed);
cJSON *page_list(cJSON *parent, const char *key, bool *failed);
void page_string(cJSON *parent, const char *key, const char *text, bool *failed);
void page_format(cJSON *parent, const char *key, bool *failed, const char *fmt, ...)
    ECAM_PRINTF(4, 5); /* cut at 1023 bytes */
/* The shortest digits that read back as this number; "none" where it is not finite. */
void page_number(cJSON *parent, const char *key, double value, bool *failed);
void page_float(cJSON *parent, const char *key, float value, bool *failed);

#endif /* ECAM_TOOLS_PAGE_H */
