/* SPDX-License-Identifier: BSD-2-Clause
 * Many results as one table: of 'eigencam explain', with thumbnails, and lines of
 * 'eigencam evaluate'. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/file.h"
#include "tools/folder.h"
#include "tools/output.h"
#include "tools/report_side.h"
#include "tools/results.h"

#define INDEX_FILE "index.report.html"
#define THUMBNAIL 96    /* pixels of the longer side */
#define THUMBNAILS 1000 /* of more, each is smaller: the page stays below about 8 MB */
#define LEAST_THUMBNAIL 24

struct index {
    cJSON *tree, *rows;
    size_t n, n_files, thumbnail;
    bool failed;
};

/* ---- A row ---- */

/* "key" and "key_words", empty where there is no number. */
static void put_share(struct index *index, cJSON *row, const char *key, const cJSON *value,
                      bool is_fine)
{
    char words[32];
    snprintf(words, sizeof words, "%s_words", key);
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble)) {
        page_string(row, key, "", &index->failed);
        page_string(row, words, "", &index->failed);
        return;
    }
    page_number(row, key, value->valuedouble, &index->failed);
    page_format(row, words, &index->failed, is_fine ? "%.2f %%" : "%.1f %%",
                100 * value->valuedouble);
}

/* The box [x0, y0, x1, y1], with both ends inside, as a part of h x w pixels. */
static void put_box(struct index *index, cJSON *row, const cJSON *box, double h, double w)
{
    double at[4];
    const cJSON *item = cJSON_IsArray(box) ? box->child : NULL;
    size_t n = 0;
    for (; item != NULL && n < 4 && cJSON_IsNumber(item); item = item->next)
        at[n++] = item->valuedouble;
    cJSON *part = n == 4 && item == NULL && h > 0 && w > 0
                      ? cJSON_CreateNumber((at[2] - at[0] + 1) * (at[3] - at[1] + 1) / (h * w))
                      : NULL;
    put_share(index, row, "box", part, false);
    cJSON_Delete(part);
}

/* The warnings that 'explain' gives about such a map. */
static void put_remarks(struct index *index, cJSON *row, const cJSON *map)
{
    const cJSON *gap = side_member(map, "gap");
    const struct explain_map facts = {
        .gap = cJSON_IsNumber(gap) ? gap->valuedouble : 0,
        .n_bad = side_member(map, "bad_values") != NULL,
    };
    char text[512] = "";
    size_t used = 0;
    for (size_t i = 0; explain_warning(&facts, i) != NULL && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? "; " : "",
                                 explain_warning(&facts, i));
    page_string(row, "remarks", text, &index->failed);
}

static cJSON *new_row(struct index *index, const char *photo, const char *layer, const char *label)
{
    cJSON *row = page_object(index->rows, NULL, &index->failed);
    page_string(row, "photo", photo == NULL ? "" : photo, &index->failed);
    page_string(row, "layer", layer == NULL ? "" : layer, &index->failed);
    page_string(row, "label", label == NULL ? "" : label, &index->failed);
    index->n++;
    return row;
}

/* ---- Results of explain ---- */

/* The overlay that was saved, or else the photo. None is no error: the row has none. */
static enum ecam_status put_thumbnail(struct index *index, cJSON *row, const char *path,
                                      const cJSON *json, const cJSON *map, struct ecam_error *err)
{
    const char *name = cJSON_GetStringValue(side_member(side_member(map, "files"), "overlay"));
    struct report_picture picture = { 0 };
    struct image image = { 0 };
    struct ecam_error why;
    if (name == NULL)
        name = cJSON_GetStringValue(side_member(json, "input"));
    if (name == NULL)
        return ECAM_OK;
    char *found = side_find_file(path, name);
    if (found == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", name);
    enum ecam_status status = ECAM_OK;
    if (image_read(found, NULL, &image, &why) == ECAM_OK) {
        status = report_draw_photo(&image, index->thumbnail, &picture, err);
        if (status == ECAM_OK)
            report_put_picture(row, &picture, &index->failed);
    }
    free(found);
    image_free(&image);
    return status;
}

static enum ecam_status add_explained(struct index *index, const char *path, struct ecam_error *err)
{
    cJSON *json = NULL;
    enum ecam_status status = side_read_json(path, &json, err);
    if (status != ECAM_OK)
        return status;
    const cJSON *maps = side_member(json, "maps");
    const cJSON *first = cJSON_GetArrayItem(side_member(json, "top"), 0);
    const cJSON *size =
        side_member(side_member(side_member(json, "settings"), "geometry"), "photo");
    const cJSON *h = cJSON_GetArrayItem(size, 0), *w = cJSON_GetArrayItem(size, 1);
    const char *photo = cJSON_GetStringValue(side_member(json, "input"));
    if (!cJSON_IsArray(maps) || photo == NULL) {
        cJSON_Delete(json);
        return ecam_fail(err, ECAM_ERR_FORMAT, "%s: no result of 'eigencam explain'", path);
    }
    for (const cJSON *map = maps->child; map != NULL && status == ECAM_OK; map = map->next) {
        cJSON *row =
            new_row(index, report_last_part(photo), cJSON_GetStringValue(side_member(map, "layer")),
                    cJSON_GetStringValue(side_member(first, "label")));
        put_share(index, row, "probability", side_member(first, "probability"), true);
        put_share(index, row, "share", side_member(map, "share"), false);
        put_share(index, row, "gap", side_member(map, "gap"), false);
        put_box(index, row, side_member(map, "box"), cJSON_IsNumber(h) ? h->valuedouble : 0,
                cJSON_IsNumber(w) ? w->valuedouble : 0);
        put_remarks(index, row, map);
        status = put_thumbnail(index, row, path, json, map, err);
    }
    cJSON_Delete(json);
    return status;
}

/* ---- Results of evaluate ---- */

static enum ecam_status add_line(struct index *index, struct results *results, size_t i,
                                 struct ecam_error *err)
{
    cJSON *line = NULL;
    const enum ecam_status status = results_line(results, i, &line, err);
    if (status != ECAM_OK)
        return status;
    const cJSON *rows = side_member(results_header(results), "rows");
    const cJSON *map = cJSON_GetArrayItem(side_member(line, "maps"), 0);
    const cJSON *size = side_member(line, "size");
    const cJSON *w = cJSON_GetArrayItem(size, 0), *h = cJSON_GetArrayItem(size, 1);
    const char *label = cJSON_GetStringValue(side_member(line, "class"));
    const char *error = cJSON_GetStringValue(side_member(line, "error"));
    if (label == NULL)
        label = cJSON_GetStringValue(
            side_member(cJSON_GetArrayItem(side_member(line, "objects"), 0), "name"));
    cJSON *row = new_row(index, results_image(results, i),
                         cJSON_GetStringValue(cJSON_GetArrayItem(rows, 0)), label);
    put_share(index, row, "probability", NULL, true);
    put_share(index, row, "share", side_member(map, "share"), false);
    put_share(index, row, "gap", side_member(map, "gap"), false);
    put_box(index, row, side_member(map, "box"), cJSON_IsNumber(h) ? h->valuedouble : 0,
            cJSON_IsNumber(w) ? w->valuedouble : 0);
    if (error != NULL)
        page_string(row, "remarks", error, &index->failed);
    else
        put_remarks(index, row, map);
    cJSON_Delete(line);
    return ECAM_OK;
}

static enum ecam_status add_lines(struct index *index, const char *path, struct ecam_error *err)
{
    struct results *results = NULL;
    enum ecam_status status = results_read(path, &results, err);
    for (size_t i = 0; status == ECAM_OK && i < results_count(results); i++)
        status = add_line(index, results, i, err);
    results_free(results);
    return status;
}

/* ---- Files and folders ---- */

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

static enum ecam_status add_file(struct index *index, const char *path, struct ecam_error *err)
{
    index->n_files++;
    return ends_with(path, ".jsonl") ? add_lines(index, path, err)
                                     : add_explained(index, path, err);
}

/* A folder stands for the .json files in it. */
static enum ecam_status add_word(struct index *index, const char *word, struct ecam_error *err)
{
    size_t n = 0, n_found = 0;
    char **names = folder_list(word, &n);
    enum ecam_status status = ECAM_OK;
    if (names == NULL)
        return add_file(index, word, err);
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        if (!ends_with(names[i], ".json"))
            continue;
        char *path = folder_join(word, names[i]);
        n_found++;
        status =
            path == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "%s", word) : add_file(index, path, err);
        free(path);
    }
    folder_list_free(names, n);
    if (status == ECAM_OK && n_found == 0)
        status = ecam_fail(err, ECAM_ERR_ARG, "%s: there is no .json file in this folder", word);
    return status;
}

/* How many files there are, for the size of the thumbnails. */
static size_t count_files(char *const *words, size_t n_words)
{
    size_t total = 0;
    for (size_t i = 0; i < n_words; i++) {
        size_t n = 0;
        char **names = folder_list(words[i], &n);
        total += names == NULL ? 1 : n;
        folder_list_free(names, n);
    }
    return total;
}

int report_index(const struct report_options *options, char *const *words, size_t n_words, int argc,
                 char *const *argv)
{
    const char *path = options->output == NULL ? INDEX_FILE : options->output;
    const size_t n_files = count_files(words, n_words);
    struct index index = { .tree = cJSON_CreateObject(), .thumbnail = THUMBNAIL };
    struct page page = { 0 };
    struct ecam_error err;
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; i < n_words; i++)
        if (folder_same(path, words[i])) {
            cJSON_Delete(index.tree);
            return cli_usage("report", "%s is a result; -o names the page", path);
        }
    if (n_files > THUMBNAILS)
        index.thumbnail = ecam_max_size(
            (size_t)(THUMBNAIL * sqrt((double)THUMBNAILS / (double)n_files)), LEAST_THUMBNAIL);
    index.rows = page_list(index.tree, "rows", &index.failed);
    for (size_t i = 0; i < n_words && status == ECAM_OK; i++)
        status = add_word(&index, words[i], &err);
    page_format(index.tree, "n", &index.failed, "%zu", index.n);
    page_format(index.tree, "sources", &index.failed, "%zu file%s", index.n_files,
                index.n_files == 1 ? "" : "s");
    report_put_command(index.tree, argc, argv, &index.failed);
    if (status == ECAM_OK && index.failed)
        status = ecam_fail(&err, ECAM_ERR_NOMEM, "a page");
    if (status == ECAM_OK) {
        status = report_put_index(&page, index.n, index.tree, &err);
        index.tree = NULL;
    }
    if (status == ECAM_OK)
        status = report_write(path, &page, &err);
    if (status != ECAM_OK)
        out_say("%s", err.text);
    cJSON_Delete(index.tree);
    page_free(&page);
    return status == ECAM_OK ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}
