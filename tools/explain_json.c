/* SPDX-License-Identifier: BSD-2-Clause
 * What the explain command found, as JSON. */
#include <stdlib.h>

#include "engine/error.h"
#include "tools/explain.h"
#include "tools/file.h"
#include "tools/folder.h"
#include "tools/model_json.h"

static const char *const mode_names[] = { "paper", "centered" };
static const char *const sign_names[] = { "auto", "absmax", "flip" };
static const char *const scale_names[] = { "max", "minmax", "clamp" };
static const char *const salience_names[] = { "mean", "pca" };
static const char *const goal_names[] = { "once", "many" };

static const char *const file_names[FILE_COUNT] = {
    [FILE_OVERLAY] = "overlay",
    [FILE_HEAT] = "heat",
    [FILE_PANEL] = "panel",
    [FILE_MASK] = "mask",
    [FILE_RAW] = "raw",
    [FILE_MAP] = "map",
    [FILE_SALIENCE] = "salience",
    [FILE_SALIENCE_RAW] = "salience_raw",
    [FILE_SALIENCE_MAP] = "salience_map",
    [FILE_FUSED] = "fused",
    [FILE_FUSED_MAP] = "fused_map",
};

static void put_string(struct json *json, const char *key, const char *text)
{
    json_key(json, key);
    json_string(json, text);
}

static void put_size(struct json *json, const char *key, size_t h, size_t w)
{
    json_key(json, key);
    json_list_begin(json);
    json_uint(json, h);
    json_uint(json, w);
    json_list_end(json);
}

/* [x0, y0, x1, y1], or null where there is none. */
static void put_box(struct json *json, const char *key, const struct explain_box *box)
{
    json_key(json, key);
    if (!box->is_found) {
        json_null(json);
        return;
    }
    json_list_begin(json);
    json_uint(json, box->box.x0);
    json_uint(json, box->box.y0);
    json_uint(json, box->box.x1);
    json_uint(json, box->box.y1);
    json_list_end(json);
}

static void put_salience(struct json *json, const struct explainer *explainer,
                         const struct explain_map *map)
{
    json_key(json, "salience");
    json_object_begin(json);
    put_string(json, "layer", explainer->salience_layer);
    put_string(json, "reading", salience_names[explainer->options->salience]);
    json_key(json, "min");
    json_float(json, map->salience_min);
    json_key(json, "max");
    json_float(json, map->salience_max);
    put_box(json, "box", &map->salience_box);
    json_object_end(json);
    if (explainer->options->fuse) {
        json_key(json, "fused");
        json_object_begin(json);
        put_box(json, "box", &map->fused_box);
        json_object_end(json);
    }
}

static void put_map(struct json *json, const struct explainer *explainer,
                    const struct explain_map *map)
{
    const struct explain_options *options = explainer->options;
    json_object_begin(json);
    put_string(json, "layer", map->layer);
    put_string(json, "mode", mode_names[options->mode]);
    json_key(json, "component");
    json_uint(json, map->component);
    put_string(json, "sign", sign_names[options->sign]);
    json_key(json, "flipped");
    json_bool(json, map->is_flipped);
    put_size(json, "size", map->h, map->w);
    json_key(json, "share");
    json_double(json, map->share);
    json_key(json, "gap");
    json_double(json, map->gap);
    json_key(json, "min");
    json_float(json, map->min);
    json_key(json, "max");
    json_float(json, map->max);
    put_string(json, "scale", scale_names[explainer->scale]);
    json_key(json, "threshold");
    json_double(json, options->threshold);
    put_box(json, "box", &map->box);
    if (options->salience >= 0)
        put_salience(json, explainer, map);
    json_key(json, "files");
    json_object_begin(json);
    for (int kind = 0; kind < FILE_COUNT; kind++)
        if (map->file[kind] != NULL)
            put_string(json, file_names[kind], map->file[kind]);
    json_object_end(json);
    if (map->n_bad > 0) {
        json_key(json, "bad_values");
        json_uint(json, map->n_bad);
    }
    if (explain_warning(map, 0) != NULL) {
        json_key(json, "warnings");
        json_list_begin(json);
        for (size_t i = 0; explain_warning(map, i) != NULL; i++)
            json_string(json, explain_warning(map, i));
        json_list_end(json);
    }
    json_object_end(json);
}

/* ---- Settings ---- */

static void put_geometry(struct json *json, const struct explanation *ex)
{
    const struct ecam_geometry *g = &ex->input.geometry;
    json_key(json, "geometry");
    json_object_begin(json);
    put_string(json, "source", ex->input.is_array ? "array" : "photo");
    put_size(json, "photo", g->photo_h, g->photo_w);
    put_size(json, "resized", g->resized_h, g->resized_w);
    json_key(json, "crop_origin");
    json_list_begin(json);
    json_int(json, g->crop_y);
    json_int(json, g->crop_x);
    json_list_end(json);
    put_size(json, "input", g->input_h, g->input_w);
    json_object_end(json);
}

static void put_components(struct json *json, const struct explain_options *options)
{
    json_key(json, options->component > 0 ? "component" : "components");
    if (options->component > 0)
        json_uint(json, options->component);
    else if (options->share > 0)
        json_double(json, options->share);
    else
        json_uint(json, ecam_max_size(options->components, 1));
}

static void put_options(struct json *json, const struct explainer *explainer)
{
    const struct explain_options *options = explainer->options;
    put_string(json, "layers", options->layers == NULL ? "last" : options->layers);
    put_string(json, "mode", mode_names[options->mode]);
    put_components(json, options);
    put_string(json, "sign", sign_names[options->sign]);
    put_string(json, "scale", scale_names[explainer->scale]);
    put_string(json, "salience", options->salience < 0 ? NULL : salience_names[options->salience]);
    put_string(json, "salience_layer", explainer->salience_layer);
    json_key(json, "fuse");
    json_bool(json, options->fuse);
    json_key(json, "threshold");
    json_double(json, options->threshold);
    put_string(json, "colormap", ecam_colormap_name((enum ecam_colormap)options->colormap));
    json_key(json, "alpha");
    json_double(json, options->alpha);
    json_key(json, "alpha_by_value");
    json_bool(json, options->alpha_by_value);
    json_key(json, "box_drawn");
    json_bool(json, !options->hides_box);
    json_key(json, "predict");
    json_bool(json, options->predicts);
    if (options->predicts) {
        json_key(json, "top");
        json_uint(json, options->top);
    }
    json_key(json, "save");
    json_list_begin(json);
    for (int i = 0; i < SAVE_COUNT; i++)
        if (options->saves[i])
            json_string(json, explain_save_names[i]);
    json_list_end(json);
    json_key(json, "limits");
    json_object_begin(json);
    run_limits_json(json, &options->run);
    json_object_end(json);
}

static void put_settings(struct json *json, const struct explainer *explainer,
                         const struct explanation *ex)
{
    struct ecam_session_info info;
    ecam_session_info(ex->session, &info);
    json_key(json, "settings");
    json_object_begin(json);
    put_string(json, "version", ecam_version());
    json_key(json, "command");
    json_list_begin(json);
    for (int i = 0; i < explainer->argc; i++)
        json_string(json, explainer->argv[i]);
    json_list_end(json);
    put_string(json, "isa", ecam_isa_name(info.isa));
    json_key(json, "threads");
    json_uint(json, info.threads);
    put_string(json, "plan", goal_names[info.goal]);
    put_options(json, explainer);
    json_key(json, "model");
    model_json(json, explainer->runner.model, explainer->runner.name);
    json_key(json, "preprocess");
    preprocess_json(json, &explainer->runner.preprocess);
    put_geometry(json, ex);
    json_object_end(json);
}

/* ---- The object ---- */

void explain_json(struct json *json, const struct explainer *explainer,
                  const struct explanation *ex, bool settings)
{
    json_object_begin(json);
    run_json(json, &explainer->runner, ex->session, ex->path, ex->top, ex->n_top);
    json_key(json, "maps");
    json_list_begin(json);
    for (size_t i = 0; i < ex->n_maps; i++)
        put_map(json, explainer, &ex->map[i]);
    json_list_end(json);
    if (ex->json_path != NULL)
        put_string(json, "json", ex->json_path);
    if (settings)
        put_settings(json, explainer, ex);
    json_object_end(json);
}

enum ecam_status explain_json_write(const struct explainer *explainer, struct explanation *ex,
                                    struct ecam_error *err)
{
    struct json json = { .is_indented = true };
    struct file_writer *writer = NULL;
    char name[OUTNAME_BYTES];
    enum ecam_status status = ECAM_OK;
    if (outnames_take(explainer->files, ex->stem, ".json", name))
        ex->json_path = folder_join(explainer->options->folder, name);
    if (ex->json_path != NULL)
        explain_json(&json, explainer, ex, true);
    if (ex->json_path == NULL || json.failed) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "the JSON of %s", ex->path);
        goto out;
    }
    status = file_writer_open(ex->json_path, &writer, err);
    if (status == ECAM_OK) {
        file_writer_put(writer, json.text, json.len);
        file_writer_put(writer, "\n", 1);
        status = file_writer_commit(writer, err);
    }
out:
    json_free(&json);
    return status;
}
