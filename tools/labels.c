/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/labels.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/file.h"
#include "tools/numbers.h"
#include "tools/output.h"

#define MAX_LABEL_BYTES (UINT64_C(64) << 20)

void labels_free(struct labels *labels)
{
    for (size_t i = 0; i < labels->n; i++)
        free(labels->name[i]);
    free(labels->name);
    *labels = (struct labels){ 0 };
}

static char *copy(const char *text, size_t len)
{
    char *out = malloc(len + 1);
    if (out != NULL) {
        memcpy(out, text, len);
        out[len] = '\0';
    }
    return out;
}

/* ---- JSON ---- */

/* The name in an item: a string, or the last of a list of strings. */
static const char *item_name(const cJSON *item)
{
    if (cJSON_IsArray(item) && cJSON_GetArraySize(item) > 0)
        item = cJSON_GetArrayItem(item, cJSON_GetArraySize(item) - 1);
    return cJSON_GetStringValue(item);
}

/* The place of an item: its turn in a list, its key in an object. */
static bool item_index(const cJSON *item, bool is_object, size_t turn, size_t n, size_t *index)
{
    *index = turn;
    return !is_object || (number_count(item->string, index) && *index < n);
}

static enum ecam_status parse_json(const char *bytes, size_t size, struct labels *out,
                                   struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct labels labels = { 0 };
    cJSON *json = cJSON_ParseWithLength(bytes, size);
    const cJSON *item;
    size_t turn = 0;
    const size_t n = json == NULL || json->child == NULL ? 0 : (size_t)cJSON_GetArraySize(json);
    if (n == 0) {
        status = ecam_fail(err, ECAM_ERR_FORMAT, "%s, expected a list or object of class names",
                           json == NULL ? "damaged JSON" : "empty JSON");
        goto out;
    }
    labels.name = calloc(n, sizeof *labels.name);
    if (labels.name == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu class names", n);
        goto out;
    }
    labels.n = n;
    cJSON_ArrayForEach(item, json)
    {
        size_t index;
        const char *name = item_name(item);
        if (name == NULL || !item_index(item, cJSON_IsObject(json), turn, n, &index) ||
            labels.name[index] != NULL) {
            status = ecam_fail(err, ECAM_ERR_FORMAT,
                               "item %zu: %s, expected the name of one of %zu classes", turn,
                               name == NULL ? "no string"
                                            : "its index is no number, too large or "
                                              "there twice",
                               n);
            goto out;
        }
        labels.name[index] = copy(name, strlen(name));
        if (labels.name[index] == NULL) {
            status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu class names", n);
            goto out;
        }
        turn++;
    }
    *out = labels;
    labels = (struct labels){ 0 };
out:
    labels_free(&labels);
    cJSON_Delete(json);
    return status;
}

/* ---- Lines ---- */

/* The length of "n01440764 " at the start of a line, or 0. */
static size_t wordnet_number(const char *line, size_t len)
{
    size_t digits = 0;
    while (digits + 1 < len && line[digits + 1] >= '0' && line[digits + 1] <= '9')
        digits++;
    const bool is_number =
        len > 10 && line[0] == 'n' && digits == 8 && (line[9] == ' ' || line[9] == '\t');
    return is_number ? 10 : 0;
}

static enum ecam_status parse_lines(const char *bytes, size_t size, struct labels *out,
                                    struct ecam_error *err)
{
    struct labels labels = { 0 };
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    if (memchr(bytes, '\0', size) != NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "holds a zero byte, expected lines of text");
    labels.name = calloc(lines, sizeof *labels.name);
    if (labels.name == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu class names", lines);
    for (size_t at = 0; at < size;) {
        const char *line = bytes + at, *end = memchr(line, '\n', size - at);
        size_t len = end == NULL ? size - at : (size_t)(end - line);
        at += len + 1;
        while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
            len--;
        if (len == 0 && at >= size)
            break; /* an empty line in the middle would be a class without a name */
        const size_t number = wordnet_number(line, len);
        labels.name[labels.n] = copy(line + number, len - number);
        if (labels.name[labels.n] == NULL) {
            labels_free(&labels);
            return ecam_fail(err, ECAM_ERR_NOMEM, "%zu class names", lines);
        }
        labels.n++;
    }
    if (labels.n == 0) {
        labels_free(&labels);
        return ecam_fail(err, ECAM_ERR_FORMAT, "empty, expected class names");
    }
    *out = labels;
    return ECAM_OK;
}

enum ecam_status labels_parse(const char *bytes, size_t size, struct labels *out,
                              struct ecam_error *err)
{
    size_t first = 0;
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        bytes += 3;
        size -= 3;
    }
    while (first < size && memchr(" \t\r\n", bytes[first], 4) != NULL)
        first++;
    if (first < size && (bytes[first] == '[' || bytes[first] == '{'))
        return parse_json(bytes, size, out, err);
    return parse_lines(bytes, size, out, err);
}

enum ecam_status labels_read(const char *path, struct labels *out, struct ecam_error *err)
{
    uint8_t *bytes = NULL;
    size_t size;
    enum ecam_status status = file_read(path, MAX_LABEL_BYTES, &bytes, &size, err);
    if (status != ECAM_OK)
        return status;
    status = labels_parse((const char *)bytes, size, out, err);
    free(bytes);
    return status == ECAM_OK ? status : ecam_error_at(err, status, path);
}

void labels_check(const char *path, const struct labels *labels, const struct ecam_model *model)
{
    const size_t n = ecam_model_n_classes(model);
    if (n != 0 && n != labels->n)
        out_say("%s: %zu class names, but the network tells %zu classes apart", path, labels->n, n);
}
