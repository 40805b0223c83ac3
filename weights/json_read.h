/* SPDX-License-Identifier: BSD-2-Clause
 * Strict reading of JSON texts from files, on top of cJSON: bounded before it is
 * parsed, no unknown keys, no repeated ones. */
#ifndef ECAM_JSON_READ_H
#define ECAM_JSON_READ_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "engine/ecam.h"

/* Parses a text that must be one JSON value. Nesting is bounded by the limits, the
 * number of values by 2^20, and both are counted before anything is allocated.
 * `what` stands for the text in messages. Freed with cJSON_Delete(). */
enum ecam_status ecam_json_parse(const char *text, const char *what,
                                 const struct ecam_limits *limits, cJSON **out,
                                 struct ecam_error *err);

/* The members of an object by n keys, NULL where absent. Anything but an object,
 * keys outside the list and repeated keys are refused. */
enum ecam_status ecam_json_fields(const cJSON *object, const char *what, const char *const *keys,
                                  size_t n, const cJSON **fields, struct ecam_error *err);

/* A whole number in min..max; false where it is none. */
bool ecam_json_int(const cJSON *value, int64_t min, int64_t max, int64_t *out);

#endif /* ECAM_JSON_READ_H */
