/* SPDX-License-Identifier: BSD-2-Clause
 * From a tapped layer to the files of its maps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/explain_job.h"

#define TITLE_BYTES 256
#define MAX_GAP 0.98 /* above it the direction is hardly defined */

/* ---- Panel ---- */

static void panel_titles(const struct job *job, char title[TITLE_BYTES], char subtitle[TITLE_BYTES])
{
    const struct explanation *ex = job->ex;
    const char *slash = strrchr(ex->path, '/');
    const char *family = ecam_model_fact(job->explainer->runner.model, "family");
    snprintf(title, TITLE_BYTES, "%s  %s  %s", slash == NULL ? ex->path : slash + 1,
             family == NULL ? job->explainer->runner.name : family, job->map->layer);
    if (job->map->component > 1 || job_has_several_components(job)) {
        const size_t used = strlen(title);
        snprintf(title + used, TITLE_BYTES - used, "  component %zu", job->map->component);
    }
    subtitle[0] = '\0';
    for (size_t i = 0; i < ecam_min_size(ex->n_top, 2); i++) {
        const size_t used = strlen(subtitle);
        char number[32];
        snprintf(number, sizeof number, "class %zu", ex->top[i].index);
        snprintf(subtitle + used, TITLE_BYTES - used, "%s%s %.1f %%", i == 0 ? "" : "  ",
                 ex->top[i].label == NULL ? number : ex->top[i].label,
                 100 * ex->top[i].probability);
    }
}

/* Expects the heat map and the overlay in the canvas. */
static enum ecam_status save_panel(const struct job *job, struct ecam_error *err)
{
    const struct canvas *canvas = job->canvas;
    const bool is_minmax = job->explainer->scale == ECAM_SCALE_MINMAX;
    char title[TITLE_BYTES], subtitle[TITLE_BYTES];
    panel_titles(job, title, subtitle);
    const struct ecam_panel panel = {
        .photo = job->ex->input.photo.rgb,
        .heat = canvas->heat,
        .overlay = canvas->blend,
        .h = canvas->h,
        .w = canvas->w,
        .colormap = job->draw.colormap,
        .title = title,
        .subtitle = subtitle,
        .low = is_minmax ? job->map->min : 0,
        .high = is_minmax || job->map->max > 0 ? job->map->max : 0,
    };
    size_t h, w;
    ecam_panel_size(&panel, &h, &w);
    uint8_t *rgb = w > SIZE_MAX / 3 / h ? NULL : malloc(3 * h * w);
    if (rgb == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a panel of %zux%zu", w, h);
    ecam_draw_panel(&panel, rgb);
    const enum ecam_status status = job_save_picture(job, job->base, FILE_PANEL, rgb, h, w, 3, err);
    free(rgb);
    return status;
}

/* ---- One component ---- */

static enum ecam_status save_map(const struct job *job, const float *raw, struct ecam_error *err)
{
    const bool *saves = job->explainer->options->saves;
    struct canvas *canvas = job->canvas;
    struct explain_map *map = job->map;
    const size_t h = canvas->h, w = canvas->w;
    enum ecam_status status = job_scale_to_photo(job, raw, map->h, map->w, canvas->map, err);
    if (status == ECAM_OK)
        status = job_find_box(job, canvas->map, &map->box, err);
    if (status != ECAM_OK)
        return status;
    if (saves[SAVE_HEAT] || saves[SAVE_PANEL])
        ecam_draw_heat(canvas->map, canvas->seen, h, w, &job->draw, canvas->heat);
    if (saves[SAVE_OVERLAY] || saves[SAVE_PANEL])
        job_draw_overlay(job, canvas->map, &map->box);
    if (saves[SAVE_OVERLAY])
        status = job_save_picture(job, job->base, FILE_OVERLAY, canvas->blend, h, w, 3, err);
    if (saves[SAVE_HEAT] && status == ECAM_OK)
        status = job_save_picture(job, job->base, FILE_HEAT, canvas->heat, h, w, 3, err);
    if (saves[SAVE_PANEL] && status == ECAM_OK)
        status = save_panel(job, err);
    if (saves[SAVE_MASK] && status == ECAM_OK) {
        ecam_draw_mask(canvas->map, canvas->seen, h, w, job->explainer->options->threshold,
                       canvas->heat);
        status = job_save_picture(job, job->base, FILE_MASK, canvas->heat, h, w, 1, err);
    }
    if (saves[SAVE_RAW] && status == ECAM_OK)
        status = job_save_array(job, job->base, FILE_RAW, raw, map->h, map->w, err);
    if (saves[SAVE_MAP] && status == ECAM_OK)
        status =
            job_save_at_photo(job, job->base, FILE_MAP, raw, map->h, map->w, canvas->other, err);
    return status;
}

/* Room for one more map at ex->map[ex->n_maps]. */
static enum ecam_status reserve_map(struct explanation *ex, struct ecam_error *err)
{
    if (ex->n_maps < ex->cap_maps)
        return ECAM_OK;
    const size_t cap = ex->cap_maps == 0 ? 8 : 2 * ex->cap_maps;
    struct explain_map *map = realloc(ex->map, cap * sizeof *map);
    if (map == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu maps", cap);
    ex->map = map;
    ex->cap_maps = cap;
    return ECAM_OK;
}

/* An earlier map of this photo that has the same salience. */
static const struct explain_map *same_salience(const struct explain_options *options,
                                               const struct explanation *ex,
                                               const struct explain_map *map)
{
    for (const struct explain_map *m = ex->map; m < map; m++)
        if (options->salience == ECAM_SALIENCE_MEAN || m->component == map->component)
            return m;
    return NULL;
}

static enum ecam_status add_component(const struct explainer *explainer, struct explanation *ex,
                                      struct canvas *canvas, const struct ecam_tensor *act,
                                      const char *layer, const struct ecam_cam *cam, size_t i,
                                      struct ecam_error *err)
{
    const struct explain_options *options = explainer->options;
    struct ecam_component component;
    enum ecam_status status = reserve_map(ex, err);
    if (status != ECAM_OK)
        return status;
    ecam_cam_get(cam, i, &component);
    struct explain_map *map = &ex->map[ex->n_maps++];
    *map = (struct explain_map){
        .layer = layer,
        .component = i + 1,
        .h = act->h,
        .w = act->w,
        .share = component.share,
        .gap = component.gap,
        .min = component.min,
        .max = component.max,
        .is_flat = component.is_flat,
        .is_flipped = component.is_flipped,
        .n_bad = ecam_cam_n_bad(cam),
    };
    struct job job = {
        .explainer = explainer,
        .ex = ex,
        .canvas = canvas,
        .map = map,
        .draw = { .colormap = (enum ecam_colormap)options->colormap,
                  .alpha = (float)options->alpha,
                  .alpha_by_value = options->alpha_by_value },
    };
    job_name_base(&job, ecam_names_count(explainer->layers) > 1, job_has_several_components(&job),
                  job.base);
    status = save_map(&job, component.map, err);
    if (status == ECAM_OK && options->salience >= 0)
        status = job_add_salience(&job, same_salience(options, ex, map), err);
    return status;
}

static enum ecam_status add_layer(const struct explainer *explainer, struct explanation *ex,
                                  struct canvas *canvas, const char *layer, struct ecam_error *err)
{
    const struct explain_options *options = explainer->options;
    const struct ecam_cam_options cam_options = {
        .mode = (enum ecam_cam_mode)options->mode,
        .sign = (enum ecam_sign)options->sign,
        .components = ecam_max_size(options->component, options->components),
        .share = options->share,
    };
    struct ecam_cam *cam = NULL;
    struct ecam_tensor act;
    enum ecam_status status = ecam_session_tap(ex->session, layer, &act, err);
    if (status == ECAM_OK)
        status = ecam_cam_new(&act, &cam_options, &cam, err);
    if (status != ECAM_OK)
        return status;
    const size_t n = ecam_cam_count(cam);
    if (options->component > n)
        status = ecam_fail(err, ECAM_ERR_ARG, "layer '%s' has %zu components, not %zu", layer, n,
                           options->component);
    const size_t first = options->component > 0 ? options->component - 1 : 0;
    for (size_t i = first; i < n && status == ECAM_OK; i++)
        status = add_component(explainer, ex, canvas, &act, layer, cam, i, err);
    ecam_cam_free(cam);
    return status;
}

enum ecam_status explain_maps(const struct explainer *explainer, struct explanation *ex,
                              struct ecam_error *err)
{
    struct canvas canvas;
    enum ecam_status status = canvas_new(ex->input.photo.h, ex->input.photo.w, &canvas, err);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < ecam_names_count(explainer->layers) && status == ECAM_OK; i++)
        status = add_layer(explainer, ex, &canvas, ecam_names_get(explainer->layers, i), err);
    canvas_free(&canvas);
    return status;
}

const char *explain_warning(const struct explain_map *map, size_t i)
{
    const char *texts[3];
    size_t n = 0;
    if (map->n_bad > 0)
        texts[n++] = "the activation holds NaN or infinite values, which count as 0";
    if (map->is_flat)
        texts[n++] = "the map is flat: it shows nothing";
    else if (map->gap > MAX_GAP)
        texts[n++] = "the next component is nearly as strong: the direction is hardly defined";
    return i < n ? texts[i] : NULL;
}
