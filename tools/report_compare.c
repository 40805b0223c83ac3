/* SPDX-License-Identifier: BSD-2-Clause
 * Two results of 'eigencam explain' side by side: the paper's look at errors and at
 * disturbed photos (figures 4 to 6) for any two networks, layers or photos. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/agreement.h"
#include "bench/eval/box.h"
#include "engine/error.h"
#include "tools/file.h"
#include "tools/folder.h"
#include "tools/npy.h"
#include "tools/output.h"
#include "tools/report.h"
#include "weights/json_read.h"

#define MAX_JSON ((uint64_t)64 << 20)
#define MAX_PIXELS ((uint64_t)1 << 28)
#define FRAME 512   /* longer side of the pixels that are compared */
#define PICTURE 360 /* longer side of a picture */
#define CLASSES 3
#define COMPARE_FILE "comparison.report.html"

/* One of the two. */
struct side {
    const char *path;
    cJSON *json;
    const cJSON *map; /* the first */
    size_t n_maps;
    struct npy raw;
    struct report_photo photo; /* its picture, geometry and seen */
    float *values;             /* [photo_h][photo_w], 0 to 1 */
    enum ecam_scale scale;
    struct explain_box box;
};

static void side_free(struct side *side)
{
    cJSON_Delete(side->json);
    npy_free(&side->raw);
    free(side->values);
    report_photo_free(&side->photo);
}

/* ---- Reading ---- */

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static enum ecam_status fail_member(const struct side *side, const char *key,
                                    struct ecam_error *err)
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
    const cJSON *geometry = member(member(side->json, "settings"), "geometry");
    ptrdiff_t photo[2], resized[2], crop[2], input[2];
    if (!read_numbers(member(geometry, "photo"), photo, 2) ||
        !read_numbers(member(geometry, "resized"), resized, 2) ||
        !read_numbers(member(geometry, "crop_origin"), crop, 2) ||
        !read_numbers(member(geometry, "input"), input, 2) || photo[0] <= 0 || photo[1] <= 0 ||
        resized[0] <= 0 || resized[1] <= 0 || input[0] <= 0 || input[1] <= 0)
        return fail_member(side, "settings.geometry", err);
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
    const cJSON *box = member(side->map, "box");
    ptrdiff_t at[4];
    if (cJSON_IsNull(box))
        return ECAM_OK;
    if (!read_numbers(box, at, 4) || at[0] < 0 || at[1] < 0 || at[2] < at[0] || at[3] < at[1] ||
        (size_t)at[2] >= g->photo_w || (size_t)at[3] >= g->photo_h)
        return fail_member(side, "maps[0].box", err);
    side->box.is_found = true;
    side->box.box = (struct ecam_box){
        .x0 = (size_t)at[0], .y0 = (size_t)at[1], .x1 = (size_t)at[2], .y1 = (size_t)at[3]
    };
    return ECAM_OK;
}

/* A file that the result names: as it is named, else beside the result. To free(); NULL: no
 * memory. */
static char *find_file(const struct side *side, const char *name)
{
    const char *slash = strrchr(side->path, '/'), *last = strrchr(name, '/');
    const int folder_len = slash == NULL ? 0 : (int)(slash + 1 - side->path);
    FILE *file = fopen(name, "rbe");
    const bool is_there = file != NULL;
    const size_t room = strlen(side->path) + strlen(name) + 1;
    char *path = malloc(room);
    if (is_there)
        fclose(file);
    if (path != NULL)
        snprintf(path, room, "%.*s%s", is_there ? 0 : folder_len, side->path,
                 is_there || last == NULL ? name : last + 1);
    return path;
}

static enum ecam_status read_raw(struct side *side, struct ecam_error *err)
{
    const char *name = cJSON_GetStringValue(member(member(side->map, "files"), "raw"));
    if (name == NULL)
        return ecam_fail(err, ECAM_ERR_ARG,
                         "%s: names no raw map; 'eigencam explain --save raw,json' writes it",
                         side->path);
    char *path = find_file(side, name);
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
    const char *name = cJSON_GetStringValue(member(side->json, "input"));
    struct image *image = &side->photo.input.photo;
    struct ecam_error why;
    if (name == NULL)
        return fail_member(side, "input", err);
    char *path = find_file(side, name);
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
    const char *name = cJSON_GetStringValue(member(side->map, "scale"));
    for (int i = 0; name != NULL && report_scale_names[i] != NULL; i++) {
        if (strcmp(name, report_scale_names[i]) == 0) {
            side->scale = (enum ecam_scale)i;
            return ECAM_OK;
        }
    }
    return fail_member(side, "maps[0].scale", err);
}

static enum ecam_status read_json(struct side *side, struct ecam_error *err)
{
    const struct ecam_limits limits = { .max_nesting = 64 };
    uint8_t *bytes = NULL;
    size_t n = 0;
    enum ecam_status status = file_read(side->path, MAX_JSON, &bytes, &n, err);
    if (status != ECAM_OK)
        return status;
    char *text = malloc(n + 1);
    if (text == NULL) {
        free(bytes);
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", side->path);
    }
    memcpy(text, bytes, n);
    text[n] = '\0';
    free(bytes);
    status = ecam_json_parse(text, "text", &limits, &side->json, err);
    free(text);
    if (status != ECAM_OK)
        return ecam_error_at(err, status, side->path);
    const cJSON *maps = member(side->json, "maps");
    side->map = cJSON_GetArrayItem(maps, 0);
    side->n_maps = (size_t)cJSON_GetArraySize(maps);
    return cJSON_IsObject(side->map) ? ECAM_OK : fail_member(side, "maps", err);
}

static enum ecam_status side_read(const char *path, struct side *out, struct ecam_error *err)
{
    *out = (struct side){ .path = path };
    enum ecam_status status = read_json(out, err);
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

/* ---- Comparing ---- */

/* The map on h x w pixels that stand for the whole photo. */
static enum ecam_status on_frame(const struct side *side, size_t h, size_t w, float **values,
                                 uint8_t **seen, struct ecam_error *err)
{
    const size_t map_h = side->raw.shape.dim[0], map_w = side->raw.shape.dim[1], n = map_h * map_w;
    struct ecam_geometry frame = side->photo.input.geometry;
    float *scaled = malloc(n * sizeof *scaled);
    frame.photo_h = h;
    frame.photo_w = w;
    *values = malloc(h * w * sizeof **values);
    *seen = malloc(h * w);
    if (scaled == NULL || *values == NULL || *seen == NULL) {
        free(scaled);
        return ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", w, h);
    }
    memcpy(scaled, side->raw.data, n * sizeof *scaled);
    ecam_map_scale(scaled, n, side->scale);
    ecam_map_to_photo(scaled, map_h, map_w, &frame, *values, *seen);
    free(scaled);
    return ECAM_OK;
}

struct comparison {
    struct side a, b;
    size_t h, w; /* of the frame */
    float *value_a, *value_b;
    uint8_t *seen_a, *seen_b;
    cJSON *tree;
    bool failed;
};

static void put_measure(struct comparison *c, const char *key, const char *words_key, double value)
{
    page_number(c->tree, key, value, &c->failed);
    if (isfinite(value))
        page_format(c->tree, words_key, &c->failed, "%.3f", value);
    else
        page_string(c->tree, words_key, "none", &c->failed);
}

/* As parts of each photo, in pixels of the first. */
static double overlap_of_boxes(const struct comparison *c)
{
    const struct ecam_geometry *ga = &c->a.photo.input.geometry, *gb = &c->b.photo.input.geometry;
    const struct ecam_box *a = &c->a.box.box, *b = &c->b.box.box;
    const double sx = (double)ga->photo_w / (double)gb->photo_w;
    const double sy = (double)ga->photo_h / (double)gb->photo_h;
    if (!c->a.box.is_found || !c->b.box.is_found)
        return (double)NAN;
    const struct eval_box box_a = { (double)a->x0, (double)a->y0, (double)a->x1, (double)a->y1 };
    const struct eval_box box_b = { sx * (double)b->x0, sy * (double)b->y0,
                                    sx * (double)(b->x1 + 1) - 1, sy * (double)(b->y1 + 1) - 1 };
    return eval_iou(&box_a, &box_b);
}

/* The rectangle that both saw, row by row, of one side's values; to free(). */
static float *cut(const struct comparison *c, const float *values, size_t h, size_t w)
{
    float *part = malloc(h * w * sizeof *part);
    size_t n = 0;
    for (size_t i = 0; part != NULL && i < c->h * c->w; i++)
        if (c->seen_a[i] && c->seen_b[i])
            part[n++] = values[i];
    return part;
}

static enum ecam_status agree(const struct comparison *c, double threshold,
                              struct eval_agreement *out, struct ecam_error *err)
{
    size_t n = 0, w = 0;
    for (size_t i = 0; i < c->h * c->w; i++) {
        n += c->seen_a[i] && c->seen_b[i];
        if (n > 0 && w == 0 && (i + 1) % c->w == 0)
            w = n; /* the first row that both saw has ended */
    }
    if (n == 0)
        return ecam_fail(err, ECAM_ERR_ARG, "%s and %s: no part of the photo was seen by both",
                         c->a.path, c->b.path);
    float *a = cut(c, c->value_a, n / w, w), *b = cut(c, c->value_b, n / w, w);
    const enum ecam_status status =
        a == NULL || b == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "maps of %zux%zu", w, n / w)
                               : eval_agreement(a, b, n / w, w, threshold, out, err);
    free(a);
    free(b);
    return status;
}

static enum ecam_status put_agreement(struct comparison *c, struct ecam_error *err)
{
    const struct ecam_geometry *ga = &c->a.photo.input.geometry, *gb = &c->b.photo.input.geometry;
    const cJSON *threshold = member(c->a.map, "threshold");
    struct eval_agreement agreement;
    if (!cJSON_IsNumber(threshold))
        return fail_member(&c->a, "maps[0].threshold", err);
    const enum ecam_status status = agree(c, threshold->valuedouble, &agreement, err);
    if (status != ECAM_OK)
        return status;
    put_measure(c, "pearson", "pearson_words", agreement.pearson);
    put_measure(c, "ssim", "ssim_words", agreement.ssim);
    put_measure(c, "regions", "regions_words", agreement.iou);
    put_measure(c, "boxes", "boxes_words", overlap_of_boxes(c));
    page_format(c->tree, "threshold", &c->failed, "%g %%", 100 * threshold->valuedouble);
    page_format(c->tree, "frame", &c->failed, "%zu x %zu", c->w, c->h);
    if (ga->photo_h != gb->photo_h || ga->photo_w != gb->photo_w)
        page_string(c->tree, "scaled", "yes", &c->failed);
    page_string(c->tree, "words",
                isnan(agreement.pearson)   ? "One of the maps is flat: there is nothing to compare."
                : agreement.pearson >= 0.9 ? "The two maps show nearly the same."
                : agreement.pearson >= 0.6 ? "The two maps are alike."
                : agreement.pearson >= 0.2 ? "The two maps have something in common, not more."
                                           : "The two maps show different things.",
                &c->failed);
    return ECAM_OK;
}

/* ---- Pictures ---- */

static void put_picture(struct comparison *c, cJSON *pictures, struct report_picture *picture,
                        const char *caption, const char *alt)
{
    cJSON *item = page_object(pictures, NULL, &c->failed);
    page_string(item, "picture", picture->uri, &c->failed);
    page_format(item, "w", &c->failed, "%zu", picture->w);
    page_format(item, "h", &c->failed, "%zu", picture->h);
    page_string(item, "caption", caption, &c->failed);
    page_string(item, "alt", alt, &c->failed);
    free(picture->uri);
}

static enum ecam_status put_overlay(struct comparison *c, struct side *side,
                                    const struct reporter *reporter, cJSON *pictures,
                                    const char *letter, struct ecam_error *err)
{
    const struct image *image = &side->photo.input.photo;
    struct report_picture picture = { 0 };
    char caption[512], alt[64];
    const char *layer = cJSON_GetStringValue(member(side->map, "layer"));
    const char *input = cJSON_GetStringValue(member(side->json, "input"));
    enum ecam_status status =
        on_frame(side, image->h, image->w, &side->values, &side->photo.seen, err);
    if (status == ECAM_OK)
        status = report_draw_overlay(reporter, &side->photo, side->values, &side->box, PICTURE,
                                     &picture, err);
    if (status != ECAM_OK)
        return status;
    snprintf(caption, sizeof caption, "%s: %s, layer %s", letter, input,
             layer == NULL ? "?" : layer);
    snprintf(alt, sizeof alt, "The map of %s over its photo, with its box", letter);
    put_picture(c, pictures, &picture, caption, alt);
    return ECAM_OK;
}

/* Red where a is larger, blue where b is. */
static void draw_difference(const struct comparison *c, uint8_t *rgb)
{
    static const double red[3] = { 178, 24, 43 }, blue[3] = { 33, 102, 172 };
    for (size_t i = 0; i < c->h * c->w; i++) {
        const double d = (double)c->value_a[i] - (double)c->value_b[i];
        for (size_t k = 0; k < 3; k++) {
            const double full = d > 0 ? red[k] : blue[k];
            rgb[3 * i + k] =
                c->seen_a[i] && c->seen_b[i] ? (uint8_t)lround(255 + fabs(d) * (full - 255)) : 128;
        }
    }
}

static void put_largest(struct comparison *c)
{
    static const char *const where[3][3] = {
        { "upper left", "upper middle", "upper right" },
        { "left", "middle", "right" },
        { "lower left", "lower middle", "lower right" },
    };
    size_t best = 0;
    while (!c->seen_a[best] || !c->seen_b[best])
        best++; /* put_agreement() has found one */
    for (size_t i = best; i < c->h * c->w; i++)
        if (c->seen_a[i] && c->seen_b[i] &&
            fabsf(c->value_a[i] - c->value_b[i]) > fabsf(c->value_a[best] - c->value_b[best]))
            best = i;
    page_string(c->tree, "where", where[3 * (best / c->w) / c->h][3 * (best % c->w) / c->w],
                &c->failed);
    page_format(c->tree, "largest_a", &c->failed, "%.0f %%", 100 * (double)c->value_a[best]);
    page_format(c->tree, "largest_b", &c->failed, "%.0f %%", 100 * (double)c->value_b[best]);
}

static enum ecam_status put_pictures(struct comparison *c, const struct report_options *options,
                                     struct ecam_error *err)
{
    const struct reporter reporter = { .options = options };
    cJSON *pictures = page_list(c->tree, "pictures", &c->failed);
    struct report_picture picture = { 0 };
    uint8_t *rgb = malloc(3 * c->h * c->w);
    if (rgb == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a picture of %zux%zu", c->w, c->h);
    enum ecam_status status = put_overlay(c, &c->a, &reporter, pictures, "A", err);
    if (status == ECAM_OK)
        status = put_overlay(c, &c->b, &reporter, pictures, "B", err);
    if (status == ECAM_OK) {
        const struct image difference = { .rgb = rgb, .h = c->h, .w = c->w };
        draw_difference(c, rgb);
        status = report_draw_photo(&difference, PICTURE, &picture, err);
    }
    if (status == ECAM_OK)
        put_picture(c, pictures, &picture, "Difference, A less B",
                    "The difference of the two maps");
    free(rgb);
    put_largest(c);
    return status;
}

/* ---- Settings ---- */

/* As JSON writes it; a text as it is. */
static void put_value(struct comparison *c, cJSON *row, const char *key, const cJSON *value)
{
    struct json json = { 0 };
    if (cJSON_IsNumber(value)) {
        page_number(row, key, value->valuedouble, &c->failed);
    } else if (cJSON_IsArray(value)) { /* of numbers: sizes, boxes */
        json_list_begin(&json);
        for (const cJSON *item = value->child; item != NULL; item = item->next)
            json_double(&json, item->valuedouble);
        json_list_end(&json);
        page_string(row, key, json.failed ? NULL : json.text, &c->failed);
    } else {
        const char *text = cJSON_GetStringValue(value);
        page_string(row, key, text == NULL ? "" : text, &c->failed);
    }
    json_free(&json);
}

/* At a path of keys with dots: "maps.0.box". NULL: there is none. */
static const cJSON *value_at(const cJSON *object, const char *path)
{
    char key[32];
    while (*path != '\0') {
        const size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        object =
            cJSON_IsArray(object) ? cJSON_GetArrayItem(object, key[0] - '0') : member(object, key);
        path += n + (path[n] == '.');
    }
    return cJSON_IsNull(object) ? NULL : object;
}

static void put_row(struct comparison *c, cJSON *rows, const char *name, const char *path)
{
    const cJSON *a = value_at(c->a.json, path), *b = value_at(c->b.json, path);
    if (a == NULL && b == NULL)
        return;
    cJSON *row = page_object(rows, NULL, &c->failed);
    page_string(row, "key", name, &c->failed);
    put_value(c, row, "a", a);
    put_value(c, row, "b", b);
    if (!cJSON_Compare(a, b, true))
        page_string(row, "differs", "yes", &c->failed);
}

static void put_rows(struct comparison *c)
{
    static const char *const rows_of[][2] = {
        { "photo", "input" },
        { "size of the photo", "settings.geometry.photo" },
        { "model", "model" },
        { "network", "settings.model.family" },
        { "weights' SHA-256", "settings.model.source_sha256" },
        { "layer", "maps.0.layer" },
        { "size of the map", "maps.0.size" },
        { "component", "maps.0.component" },
        { "mode", "maps.0.mode" },
        { "sign rule", "maps.0.sign" },
        { "scale rule", "maps.0.scale" },
        { "threshold", "maps.0.threshold" },
        { "share", "maps.0.share" },
        { "gap", "maps.0.gap" },
        { "least value", "maps.0.min" },
        { "largest value", "maps.0.max" },
        { "box", "maps.0.box" },
        { "instruction set", "isa" },
        { "version of eigencam", "settings.version" },
    };
    cJSON *rows = page_list(c->tree, "rows", &c->failed);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(rows_of); i++)
        put_row(c, rows, rows_of[i][0], rows_of[i][1]);
    for (int i = 0; i < CLASSES; i++) {
        char name[32], path[32];
        snprintf(name, sizeof name, "class %d", i + 1);
        snprintf(path, sizeof path, "top.%d.label", i);
        put_row(c, rows, name, path);
        snprintf(name, sizeof name, "its probability");
        snprintf(path, sizeof path, "top.%d.probability", i);
        put_row(c, rows, name, path);
    }
    if (c->a.n_maps > 1 || c->b.n_maps > 1)
        page_string(c->tree, "several", "yes", &c->failed);
}

/* ---- The page ---- */

static enum ecam_status compare(struct comparison *c, const struct report_options *options,
                                char *const words[2], struct ecam_error *err)
{
    enum ecam_status status = side_read(words[0], &c->a, err);
    if (status == ECAM_OK)
        status = side_read(words[1], &c->b, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_geometry *g = &c->a.photo.input.geometry;
    const size_t longest = ecam_max_size(g->photo_h, g->photo_w),
                 side = ecam_min_size(longest, FRAME);
    c->h = ecam_max_size(g->photo_h * side / longest, 1);
    c->w = ecam_max_size(g->photo_w * side / longest, 1);
    c->tree = cJSON_CreateObject();
    status = on_frame(&c->a, c->h, c->w, &c->value_a, &c->seen_a, err);
    if (status == ECAM_OK)
        status = on_frame(&c->b, c->h, c->w, &c->value_b, &c->seen_b, err);
    if (status == ECAM_OK)
        status = put_agreement(c, err);
    if (status == ECAM_OK)
        status = put_pictures(c, options, err);
    put_rows(c);
    return status;
}

int report_compare(const struct report_options *options, char *const words[2], int argc,
                   char *const *argv)
{
    const char *path = options->output == NULL ? COMPARE_FILE : options->output;
    struct comparison c = { .failed = false };
    struct page page = { 0 };
    struct file_writer *writer = NULL;
    struct ecam_error err;
    if (folder_same(path, words[0]) || folder_same(path, words[1]))
        return cli_usage("report", "%s is a result; -o names the page", path);
    enum ecam_status status = compare(&c, options, words, &err);
    if (status == ECAM_OK) {
        report_put_command(c.tree, argc, argv, &c.failed);
        if (c.failed)
            status = ecam_fail(&err, ECAM_ERR_NOMEM, "a page");
    }
    if (status == ECAM_OK) {
        status = report_put_comparison(&page, words[0], words[1], c.tree, &err);
        c.tree = NULL;
    }
    if (status == ECAM_OK)
        status = file_writer_open(path, &writer, &err);
    if (status == ECAM_OK) {
        file_writer_put(writer, page.text, page.len);
        status = file_writer_commit(writer, &err);
    }
    if (status != ECAM_OK)
        out_say("%s", err.text);
    else if (strcmp(path, "-") != 0) {
        out_text(path);
        putchar('\n');
    }
    cJSON_Delete(c.tree);
    side_free(&c.a);
    side_free(&c.b);
    free(c.value_a);
    free(c.value_b);
    free(c.seen_a);
    free(c.seen_b);
    page_free(&page);
    return status == ECAM_OK ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}
