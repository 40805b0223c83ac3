/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/report_side.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/file.h"
#include "tools/output.h"
#include "weights/json_read.h"

#define MAX_JSON ((uint64_t)64 << 20)
#define MAX_PIXELS ((uint64_t)1 << 28)

void side_free(struct side *side)
{
    cJSON_Delete(side->json);
    npy_free(&side->raw);
    free(side->values);
    report_photo_free(&side->photo);
}

const cJSON *side_member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

enum ecam_status side_fail_member(const struct side *side, const char *key, struct ecam_error *err)
{
    return ecam_fail(err, ECAM_ERR_FORMAT,
                     "%s: '%s' is missing or not as 'eigencam explain' writes it", side->path, key);
}

/* A list of n whole numbers, each below 2^31 in size. */
static bool read_numbers(const cJSON *list, ptrdiff_t *out, size_t n)
{
    const cJSON *item = cJSON_IsArray(list) ? list->child : NULL;
    for (size_t i = 0; i < n; i++, item = item->next) {
        if (item == NULL || !cJSON_IsNumber(item) || fabs(item->valuedouble) > 2147483647.0)
            return false;
        out[i] = (ptrdiff_t)item->valuedouble;
    }
    return item == NULL;
}

static enum ecam_status read_geometry(struct side *side, struct ecam_error *err)
{
    const cJSON *geometry = side_member(side_member(side->json, "settings"), "geometry");
    ptrdiff_t photo[2], resized[2], crop[2], input[2];
    if (!read_numbers(side_member(geometry, "photo"), photo, 2) ||
        !read_numbers(side_member(geometry, "resized"), resized, 2) ||
        !read_numbers(side_member(geometry, "crop_origin"), crop, 2) ||
        !read_numbers(side_member(geometry, "input"), input, 2) || photo[0] <= 0 || photo[1] <= 0 ||
        resized[0] <= 0 || resized[1] <= 0 || input[0] <= 0 || input[1] <= 0)
        return side_fail_member(side, "settings.geometry", err);
    if ((uint64_t)photo[0] * (uint64_t)photo[1] > MAX_PIXELS)
        return ecam_fail(err, ECAM_ERR_LIMIT, "%s: a photo of more than %" PRIu64 " pixels",
                         side->path, MAX_PIXELS);
    side->photo.input.geometry = (struct ecam_geometry){
        .photo_h = (size_t)photo[0],
        .photo_w = (size_t)photo[1],
        .resized_h = (size_t)resized[0],
        .resized_w = (size_t)resized[1],
        .crop_y = crop[0],
        .crop_x = crop[1],
        .input_h = (size_t)input[0],
        .input_w = (size_t)input[1],
    };
    return ECAM_OK;
}

static enum ecam_status read_box(struct side *side, struct ecam_error *err)
{
    const struct ecam_geometry *g = &side->photo.input.geometry;
    const cJSON *box = side_member(side->map, "box");
    ptrdiff_t at[4];
    if (cJSON_IsNull(box))
        return ECAM_OK;
    if (!read_numbers(box, at, 4) || at[0] < 0 || at[1] < 0 || at[2] < at[0] || at[3] < at[1] ||
        (size_t)at[2] >= g->photo_w || (size_t)at[3] >= g->photo_h)
        return side_fail_member(side, "maps[0].box", err);
    side->box.is_found = true;
    side->box.box = (struct ecam_box){
        .x0 = (size_t)at[0], .y0 = (size_t)at[1], .x1 = (size_t)at[2], .y1 = (size_t)at[3]
    };
    return ECAM_OK;
}

char *side_find_file(const char *result, const char *name)
{
    const char *slash = strrchr(result, '/'), *last = strrchr(name, '/');
    const int folder_len = slash == NULL ? 0 : (int)(slash + 1 - result);
    FILE *file = fopen(name, "rbe");
    const bool is_there = file != NULL;
    const size_t room = strlen(result) + strlen(name) + 1;
    char *path = malloc(room);
    if (is_there)
        fclose(file);
    if (path != NULL)
        snprintf(path, room, "%.*s%s", is_there ? 0 : folder_len, result,
                 is_there || last == NULL ? name : last + 1);
    return path;
}

static enum ecam_status read_raw(struct side *side, struct ecam_error *err)
{
    const char *name = cJSON_GetStringValue(side_member(side_member(side->map, "files"), "raw"));
    if (name == NULL)
        return ecam_fail(err, ECAM_ERR_ARG,
                         "%s: names no raw map; 'eigencam explain --save raw,json' writes it",
                         side->path);
    char *path = side_find_file(side->path, name);
    enum ecam_status status =
        path == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "%s", name) : npy_read(path, &side->raw, err);
    free(path);
    if (status != ECAM_OK)
        return ecam_error_at(err, status, side->path);
    if (side->raw.shape.rank != 2 || side->raw.shape.dim[0] == 0 || side->raw.shape.dim[1] == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "%s: %s is no map", side->path, name);
    return ECAM_OK;
}

/* Without the photo, or of a .npy, a grey one: the maps are compared all the same. */
static enum ecam_status read_photo(struct side *side, struct ecam_error *err)
{
    const struct ecam_geometry *g = &side->photo.input.geometry;
    const char *name = cJSON_GetStringValue(side_member(side->json, "input"));
    struct image *image = &side->photo.input.photo;
    struct ecam_error why;
    if (name == NULL)
        return side_fail_member(side, "input", err);
    char *path = side_find_file(side->path, name);
    if (path == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", name);
    if (image_read(path, NULL, image, &why) != ECAM_OK || image->h != g->photo_h ||
        image->w != g->photo_w) {
        out_say("%s: %s is not there as it was; its map is shown on grey", side->path, name);
        image_free(image);
        image->rgb = malloc(3 * g->photo_h * g->photo_w);
        if (image->rgb != NULL)
            memset(image->rgb, 128, 3 * g->photo_h * g->photo_w);
        image->h = g->photo_h;
        image->w = g->photo_w;
    }
    free(path);
    return image->rgb != NULL ? ECAM_OK : ecam_fail(err, ECAM_ERR_NOMEM, "%s: a photo", side->path);
}

static enum ecam_status read_scale(struct side *side, struct ecam_error *err)
{
    const char *name = cJSON_GetStringValue(side_member(side->map, "scale"));
    for (int i = 0; name != NULL && report_scale_names[i] != NULL; i++) {
        if (strcmp(name, report_scale_names[i]) == 0) {
            side->scale = (enum ecam_scale)i;
            return ECAM_OK;
        }
    }
    return side_fail_member(side, "maps[0].scale", err);
}

enum ecam_status side_read_json(const char *path, cJSON **out, struct ecam_error *err)
{
    const struct ecam_limits limits = { .max_nesting = 64 };
    uint8_t *bytes = NULL;
    size_t n = 0;
    enum ecam_status status = file_read(path, MAX_JSON, &bytes, &n, err);
    if (status != ECAM_OK)
        return status;
    char *text = malloc(n + 1);
    if (text == NULL) {
        free(bytes);
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", path);
    }
    memcpy(text, bytes, n);
    text[n] = '\0';
    free(bytes);
    status = ecam_json_parse(text, "text", &limits, out, err);
    free(text);
    return status == ECAM_OK ? status : ecam_error_at(err, status, path);
}

/* The first of its maps. */
static enum ecam_status find_map(struct side *side, struct ecam_error *err)
{
    const cJSON *maps = side_member(side->json, "maps");
    side->map = cJSON_GetArrayItem(maps, 0);
    side->n_maps = (size_t)cJSON_GetArraySize(maps);
    return cJSON_IsObject(side->map) ? ECAM_OK : side_fail_member(side, "maps", err);
}

enum ecam_status side_read(const char *path, struct side *out, struct ecam_error *err)
{
    *out = (struct side){ .path = path };
    enum ecam_status status = side_read_json(path, &out->json, err);
    if (status == ECAM_OK)
        status = find_map(out, err);
    if (status == ECAM_OK)
        status = read_geometry(out, err);
    if (status == ECAM_OK)
        status = read_box(out, err);
    if (status == ECAM_OK)
        status = read_scale(out, err);
    if (status == ECAM_OK)
        status = read_raw(out, err);
    return status == ECAM_OK ? read_photo(out, err) : status;
}
