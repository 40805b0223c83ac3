/* SPDX-License-Identifier: BSD-2-Clause
 * A growing text, and JSON in it. Failure is sticky and asked for once. */
#ifndef ECAM_JSON_TEXT_H
#define ECAM_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/common.h"
#include "engine/ecam.h"

struct ecam_text {
    char *data; /* n bytes, and an end once something was put in; ecam_free()d by free */
    size_t n, cap;
    enum ecam_status status; /* ECAM_ERR_NOMEM, or ECAM_ERR_FORMAT: text that no JSON may hold */
};

void ecam_text_free(struct ecam_text *text);
void ecam_text_put(struct ecam_text *text, const char *s);
void ecam_text_print(struct ecam_text *text, const char *fmt, ...) ECAM_PRINTF(2, 3);

/* A string in quotes, escaped. What is no UTF-8 has no place in JSON. */
void ecam_text_string(struct ecam_text *text, const char *s);

/* A comma, unless the text ends in an opening bracket. */
void ecam_text_comma(struct ecam_text *text);

/* Whether s is UTF-8 of printable characters alone (no bytes below 0x20, no DEL). */
bool ecam_text_is_plain(const char *s);

/* Why it failed, in err. */
enum ecam_status ecam_text_status(const struct ecam_text *text, const char *what,
                                  struct ecam_error *err);

#endif /* ECAM_JSON_TEXT_H */
