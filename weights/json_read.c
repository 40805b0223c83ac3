/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/json_read.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/error.h"

#define MAX_VALUES ((size_t)1 << 20) /* about 64 bytes each in memory */

/* What cJSON would have to allocate and recurse into, told from the text alone. */
static enum ecam_status check_size(const char *text, const char *what,
                                   const struct ecam_limits *limits, struct ecam_error *err)
{
    size_t depth = 0, values = 1;
    bool is_string = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (is_string) {
            /* cJSON would end the string at a zero. */
            if (strncmp(c, "\\u0000", 6) == 0)
                return ecam_fail(err, ECAM_ERR_FORMAT, "%s: byte %td: a zero character", what,
                                 c - text);
            if (*c == '\\' && c[1] != '\0')
                c++;
            else if (*c == '"')
                is_string = false;
            continue;
        }
        if (*c == '"')
            is_string = true;
        else if (*c == ',' || *c == '[' || *c == '{')
            values++;
        if (*c == '[' || *c == '{')
            depth++;
        else if ((*c == ']' || *c == '}') && depth > 0)
            depth--;
        if (depth > limits->max_nesting)
            return ecam_fail(err, ECAM_ERR_LIMIT, "%s: byte %td: nested deeper than %lu", what,
                             c - text, (unsigned long)limits->max_nesting);
        if (values > MAX_VALUES)
            return ecam_fail(err, ECAM_ERR_LIMIT, "%s: more than %zu values", what, MAX_VALUES);
    }
    return ECAM_OK;
}

enum ecam_status ecam_json_parse(const char *text, const char *what,
                                 const struct ecam_limits *limits, cJSON **out,
                                 struct ecam_error *err)
{
    const enum ecam_status status = check_size(text, what, limits, err);
    if (status != ECAM_OK)
        return status;
    const char *end = text;
    errno = 0; /* cJSON tells a failed allocation from bad JSON only through malloc's errno */
    cJSON *const value = cJSON_ParseWithOpts(text, &end, true);
    if (value == NULL && errno == ENOMEM)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", what);
    if (value == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "%s: byte %td: no JSON from here on", what,
                         end - text);
    *out = value;
    return ECAM_OK;
}

enum ecam_status ecam_json_fields(const cJSON *object, const char *what, const char *const *keys,
                                  size_t n, const cJSON **fields, struct ecam_error *err)
{
    if (!cJSON_IsObject(object))
        return ecam_fail(err, ECAM_ERR_FORMAT, "%s: expected an object", what);
    for (size_t i = 0; i < n; i++)
        fields[i] = NULL;
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        size_t i = 0;
        while (i < n && strcmp(member->string, keys[i]) != 0)
            i++;
        if (i == n)
            return ecam_fail(err, ECAM_ERR_FORMAT, "%s: key '%s' is not known", what,
                             member->string);
        if (fields[i] != NULL)
            return ecam_fail(err, ECAM_ERR_FORMAT, "%s: key '%s' twice", what, keys[i]);
        fields[i] = member;
    }
    return ECAM_OK;
}

bool ecam_json_int(const cJSON *value, int64_t min, int64_t max, int64_t *out)
{
    /* Beyond 2^53 a double skips whole numbers. */
    if (!cJSON_IsNumber(value) || !(fabs(value->valuedouble) <= 9007199254740992.0) ||
        floor(value->valuedouble) != value->valuedouble)
        return false;
    const int64_t number = (int64_t)value->valuedouble;
    if (number < min || number > max)
        return false;
    *out = number;
    return true;
}
