/* SPDX-License-Identifier: BSD-2-Clause
 * Two results of 'eigencam explain' side by side: the paper's look at errors and at
 * disturbed photos (figures 4 to 6) for any two networks, layers or photos. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/agreement.h"
#include "bench/eval/box.h"
#include "engine/error.h"
#include "tools/folder.h"
#include "tools/output.h"
#include "tools/report_side.h"

#define FRAME 512   /* longer side of the pixels that are compared */
#define PICTURE 360 /* longer side of a picture */
#define CLASSES 3
#define COMPARE_FILE "comparison.report.html"

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
    if (w == 0)
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
    const cJSON *threshold = side_member(c->a.map, "threshold");
    struct eval_agreement agreement;
    if (!cJSON_IsNumber(threshold))
        return side_fail_member(&c->a, "maps[0].threshold", err);
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
    report_put_picture(item, picture, &c->failed);
    page_string(item, "caption", caption, &c->failed);
    page_string(item, "alt", alt, &c->failed);
}

static enum ecam_status put_overlay(struct comparison *c, struct side *side,
                                    const struct reporter *reporter, cJSON *pictures,
                                    const char *letter, struct ecam_error *err)
{
    const struct image *image = &side->photo.input.photo;
    struct report_picture picture = { 0 };
    char caption[512], alt[64];
    const char *layer = cJSON_GetStringValue(side_member(side->map, "layer"));
    const char *input = cJSON_GetStringValue(side_member(side->json, "input"));
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
    size_t best = 0;
    while (!c->seen_a[best] || !c->seen_b[best])
        best++; /* put_agreement() has found one */
    for (size_t i = best; i < c->h * c->w; i++)
        if (c->seen_a[i] && c->seen_b[i] &&
            fabsf(c->value_a[i] - c->value_b[i]) > fabsf(c->value_a[best] - c->value_b[best]))
            best = i;
    page_string(
        c->tree, "where",
        report_where((double)(best / c->w) / (double)c->h, (double)(best % c->w) / (double)c->w),
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
    if (value == NULL) {
        page_string(row, key, "", &c->failed);
    } else if (cJSON_IsNumber(value)) {
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
        object = cJSON_IsArray(object) ? cJSON_GetArrayItem(object, key[0] - '0')
                                       : side_member(object, key);
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
        status = report_write(path, &page, &err);
    if (status != ECAM_OK)
        out_say("%s", err.text);
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
