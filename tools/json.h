/* SPDX-License-Identifier: BSD-2-Clause
 * Writes JSON into a growing string. Commas and quoting are its business; that
 * objects and lists are closed in order is the caller's. */
#ifndef ECAM_TOOLS_JSON_H
#define ECAM_TOOLS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} writes on one line; with is_indented each key of an object has its own. */
struct json {
    char *text; /* ends with NUL; json_free() */
    size_t len, cap;
    unsigned depth;
    bool is_indented;
    bool needs_comma, after_key;
    bool failed; /* no memory: sticky */
};

void json_free(struct json *json); /* empties it */

void json_object_begin(struct json *json);
void json_object_end(struct json *json);
void json_list_begin(struct json *json);
void json_list_end(struct json *json);
void json_key(struct json *json, const char *key);

void json_string(struct json *json, const char *text); /* NULL: null; bytes that are not UTF-8
                                                          become U+FFFD */
size_t json_utf8_bytes(const char *text); /* of the character there, 0: it is not UTF-8 */
bool json_can_hold(const char *text);     /* whether it is UTF-8 */
void json_uint(struct json *json, uint64_t value);
void json_int(struct json *json, int64_t value);
void json_float(struct json *json, float value);   /* shortest that reads back; not finite: null */
void json_double(struct json *json, double value); /* the same */
void json_bool(struct json *json, bool value);
void json_null(struct json *json);

#endif /* ECAM_TOOLS_JSON_H */
