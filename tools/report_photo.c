/* SPDX-License-Identifier: BSD-2-Clause
 * The part of one photo: the values of its template. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/report.h"

#define MAX_VALUES 65536  /* of a map, for reading off single ones */
#define LEAST_FACTOR 0.02 /* of the pictures' sides: then they cannot be the reason */
#define WEAK_SHARE 0.5

/* A page's part in the making. */
struct part {
    const struct reporter *reporter;
    const struct report_photo *photo;
    double factor;              /* of the sides of pictures */
    struct report_picture base; /* the photo, the same for each layer */
    bool failed;                /* no memory for the tree */
};

static size_t side(const struct part *part, size_t pixels)
{
    return ecam_max_size((size_t)((double)pixels * part->factor), 1);
}

/* With a blank that does not break. */
static void put_percent(struct part *part, cJSON *object, const char *key, double value)
{
    page_format(object, key, &part->failed, "%.1f\xC2\xA0%%", 100 * value);
}

static void put_hot_words(struct part *part, cJSON *object, const struct explain_map *facts,
                          const double hot[2])
{
    if (facts->is_flat || facts->max <= 0)
        page_string(object, "hot_words", "It shows nothing: no value stands out.", &part->failed);
    else
        page_format(object, "hot_words", &part->failed, "It is hottest in the %s of the photo.",
                    report_where(hot[0], hot[1]));
}

static void put_box(struct part *part, cJSON *object, const struct explain_box *found)
{
    const struct ecam_box *box = &found->box;
    const double percent = 100 * part->reporter->options->threshold;
    if (!found->is_found) {
        page_string(object, "box_words", "There is no box: no value is above zero.", &part->failed);
        return;
    }
    page_format(object, "box_words", &part->failed,
                "The box around the largest region above %g %% of the maximum goes from x %zu, "
                "y %zu to x %zu, y %zu.",
                percent, box->x0, box->y0, box->x1, box->y1);
    cJSON *frame = page_object(object, "box", &part->failed);
    page_format(frame, "x", &part->failed, "%zu", box->x0);
    page_format(frame, "y", &part->failed, "%zu", box->y0);
    page_format(frame, "w", &part->failed, "%zu", box->x1 - box->x0 + 1);
    page_format(frame, "h", &part->failed, "%zu", box->y1 - box->y0 + 1);
}

static void put_crop_words(struct part *part, cJSON *object)
{
    const struct report_photo *photo = part->photo;
    if (photo->seen_h == photo->input.photo.h && photo->seen_w == photo->input.photo.w)
        page_string(object, "crop_words", "The network saw the whole photo.", &part->failed);
    else
        page_format(object, "crop_words", &part->failed,
                    "The network saw %zu x %zu pixels in the middle of %zu x %zu; what is "
                    "hatched was cropped away.",
                    photo->seen_w, photo->seen_h, photo->input.photo.w, photo->input.photo.h);
}

static void put_strength(struct part *part, cJSON *object, const struct explain_map *facts)
{
    put_percent(part, object, "share_words", facts->share);
    page_number(object, "share", facts->share, &part->failed);
    put_percent(part, object, "gap_words", facts->gap);
    page_number(object, "gap", facts->gap, &part->failed);
    page_string(object, "weak_words",
                facts->share >= WEAK_SHARE
                    ? ""
                    : "That is little: more of what the layer says lies in the directions that "
                      "this map leaves out than in the one it shows.",
                &part->failed);
    cJSON *warnings = page_list(object, "warnings", &part->failed);
    for (size_t i = 0; explain_warning(facts, i) != NULL; i++)
        page_string(warnings, NULL, explain_warning(facts, i), &part->failed);
}

/* The raw map, little-endian floats, for reading off values. */
static void put_values(struct part *part, cJSON *object, const struct report_layer *layer)
{
    const size_t n = layer->facts.h * layer->facts.w;
    if (n > MAX_VALUES || part->factor < 0.5) {
        page_string(object, "values", "", &part->failed);
        return;
    }
    uint8_t *bytes = malloc(4 * n);
    for (size_t i = 0; i < n && bytes != NULL; i++) {
        uint32_t bits;
        memcpy(&bits, &layer->map[i], sizeof bits);
        for (size_t k = 0; k < 4; k++)
            bytes[4 * i + k] = (uint8_t)(bits >> (8 * k));
    }
    char *text = bytes == NULL ? NULL : report_base64("", bytes, 4 * n);
    page_string(object, "values", text, &part->failed);
    free(bytes);
    free(text);
}

/* ---- Components ---- */

static void put_scree(struct part *part, cJSON *components, const struct report_layer *layer)
{
    const int step = 24, left = 46, floor = 140, top = 20;
    cJSON *scree = page_list(components, "scree", &part->failed);
    char points[REPORT_SCREE * 16 + 1];
    size_t used = 0;
    double sum = 0;
    for (size_t i = 0; i < layer->n_shares; i++) {
        const double share = layer->share[i];
        const int x = left + step * (int)i;
        cJSON *bar = page_object(scree, NULL, &part->failed);
        sum += share;
        page_format(bar, "number", &part->failed, "%zu", i + 1);
        page_format(bar, "x", &part->failed, "%d", x);
        page_format(bar, "middle", &part->failed, "%d", x + 7);
        page_format(bar, "y", &part->failed, "%.1f", floor - (floor - top) * share);
        page_format(bar, "height", &part->failed, "%.1f", (floor - top) * share);
        put_percent(part, bar, "share_words", share);
        put_percent(part, bar, "sum_words", sum);
        used += (size_t)snprintf(points + used, sizeof points - used, "%s%d,%.1f",
                                 i == 0 ? "" : " ", x + 7, floor - (floor - top) * fmin(sum, 1));
    }
    page_string(components, "sum_points", used > 0 ? points : "", &part->failed);
    page_format(components, "n_scree", &part->failed, "%zu", layer->n_shares);
    page_format(components, "chart_w", &part->failed, "%d", left + step * (int)layer->n_shares + 8);
    page_format(components, "chart_right", &part->failed, "%d", left + step * (int)layer->n_shares);
}

static enum ecam_status put_components(struct part *part, cJSON *object,
                                       const struct report_layer *layer, struct ecam_error *err)
{
    cJSON *components = page_object(object, "components", &part->failed);
    cJSON *each = page_list(components, "each", &part->failed);
    enum ecam_status status = ECAM_OK;
    page_format(components, "n", &part->failed, "%zu", layer->n_components);
    put_scree(part, components, layer);
    for (size_t i = 0; i < layer->n_components && status == ECAM_OK; i++) {
        const struct report_component *component = &layer->component[i];
        struct report_picture picture = { 0 };
        cJSON *item = page_object(each, NULL, &part->failed);
        status = report_draw_map(part->reporter, component->map, layer->facts.h, layer->facts.w,
                                 &part->photo->input.geometry, side(part, 160), &picture, err);
        if (status != ECAM_OK)
            break;
        report_put_picture(item, &picture, &part->failed);
        page_format(item, "number", &part->failed, "%zu", i + 1);
        put_percent(part, item, "share_words", layer->share[i]);
        page_format(item, "words", &part->failed, "%.1f %% of the energy%s", 100 * layer->share[i],
                    component->is_flat ? ", flat" : "");
        page_string(item, "flipped", component->is_flipped ? "yes" : "", &part->failed);
        page_string(item, "flat", component->is_flat ? "yes" : "", &part->failed);
    }
    return status;
}

static size_t shown_side(const struct part *part)
{
    return side(part, part->reporter->options->level == REPORT_BRIEF ? 640 : 900);
}

static enum ecam_status put_layer(struct part *part, cJSON *layers, size_t at, size_t number,
                                  struct ecam_error *err)
{
    const struct reporter *reporter = part->reporter;
    const struct report_photo *photo = part->photo;
    const struct report_layer *layer = &photo->layer[at];
    const struct ecam_geometry *g = &photo->input.geometry;
    const struct explain_map *facts = &layer->facts;
    const bool is_brief = reporter->options->level == REPORT_BRIEF;
    const bool is_minmax = reporter->scale == ECAM_SCALE_MINMAX;
    struct report_picture heat = { 0 }, bar = { 0 };
    double hot[2] = { 0 };
    enum ecam_status status = report_draw_heat(reporter, layer->map, facts->h, facts->w, g,
                                               shown_side(part), &heat, hot, err);
    if (status == ECAM_OK)
        status = report_draw_bar(reporter, &bar, err);
    if (status != ECAM_OK)
        goto out;
    cJSON *object = page_object(layers, NULL, &part->failed);
    page_format(object, "id", &part->failed, "photo-%zu-layer-%zu", number, at + 1);
    page_string(object, "layer", facts->layer, &part->failed);
    page_string(object, "photo", part->base.uri, &part->failed);
    page_string(object, "heat", heat.uri, &part->failed);
    page_string(object, "bar", bar.uri, &part->failed);
    page_format(object, "shown_w", &part->failed, "%zu", part->base.w);
    page_format(object, "shown_h", &part->failed, "%zu", part->base.h);
    page_format(object, "photo_w", &part->failed, "%zu", g->photo_w);
    page_format(object, "photo_h", &part->failed, "%zu", g->photo_h);
    page_format(object, "last_x", &part->failed, "%zu", g->photo_w - 1);
    page_format(object, "last_y", &part->failed, "%zu", g->photo_h - 1);
    page_format(object, "mid_x", &part->failed, "%zu", g->photo_w / 2);
    page_format(object, "mid_y", &part->failed, "%zu", g->photo_h / 2);
    page_format(object, "h", &part->failed, "%zu", facts->h);
    page_format(object, "w", &part->failed, "%zu", facts->w);
    page_format(object, "geometry", &part->failed, "%zu %zu %zu %zu %td %td %zu %zu", g->photo_h,
                g->photo_w, g->resized_h, g->resized_w, g->crop_y, g->crop_x, g->input_h,
                g->input_w);
    page_format(object, "low", &part->failed, "%.4g", is_minmax ? (double)facts->min : 0.0);
    page_format(object, "high", &part->failed, "%.4g",
                is_minmax || facts->max > 0 ? (double)facts->max : 0.0);
    put_hot_words(part, object, facts, hot);
    put_box(part, object, &facts->box);
    put_crop_words(part, object);
    put_strength(part, object, facts);
    put_values(part, object, layer);
    if (!is_brief)
        status = put_components(part, object, layer, err);
out:
    free(heat.uri);
    free(bar.uri);
    return status;
}

/* ---- The rest of a photo ---- */

static void put_every_layer(struct part *part, cJSON *values)
{
    const struct report_photo *photo = part->photo;
    cJSON *every = page_object(values, "every", &part->failed);
    cJSON *rows = page_list(every, "rows", &part->failed);
    page_format(every, "n", &part->failed, "%zu", photo->n_layers);
    page_format(every, "n_shown", &part->failed, "%d", REPORT_VIEWERS);
    for (size_t i = 0; i < photo->n_layers; i++) {
        const struct explain_map *facts = &photo->layer[i].facts;
        const struct ecam_box *box = &facts->box.box;
        cJSON *row = page_object(rows, NULL, &part->failed);
        page_string(row, "layer", facts->layer, &part->failed);
        page_format(row, "size", &part->failed, "%zu x %zu", facts->h, facts->w);
        put_percent(part, row, "share", facts->share);
        put_percent(part, row, "gap", facts->gap);
        page_format(row, "min", &part->failed, "%.4g", (double)facts->min);
        page_format(row, "max", &part->failed, "%.4g", (double)facts->max);
        if (facts->box.is_found)
            page_format(row, "box", &part->failed, "%zu,%zu to %zu,%zu", box->x0, box->y0, box->x1,
                        box->y1);
        else
            page_string(row, "box", "none", &part->failed);
    }
}

static void put_classes(struct part *part, cJSON *values)
{
    const struct report_photo *photo = part->photo;
    if (photo->n_top == 0)
        return;
    cJSON *each = page_list(page_object(values, "classes", &part->failed), "each", &part->failed);
    for (size_t i = 0; i < photo->n_top; i++) {
        const struct run_class *class = &photo->top[i];
        cJSON *row = page_object(each, NULL, &part->failed);
        page_string(row, "label", class->label == NULL ? "(no name)" : class->label, &part->failed);
        page_format(row, "index", &part->failed, "%zu", class->index);
        page_float(row, "probability", (float)class->probability, &part->failed);
        page_format(row, "percent", &part->failed, "%.2f %%", 100 * class->probability);
        page_float(row, "logit", class->logit, &part->failed);
        page_format(row, "logit_words", &part->failed, "%.3f", (double)class->logit);
        page_format(row, "bar_w", &part->failed, "%.2f", 100 * class->probability);
    }
}

static enum ecam_status put_strip(struct part *part, cJSON *values, struct ecam_error *err)
{
    const struct report_photo *photo = part->photo;
    enum ecam_status status = ECAM_OK;
    if (photo->n_blocks == 0)
        return ECAM_OK;
    cJSON *strip = page_object(values, "strip", &part->failed);
    cJSON *each = page_list(strip, "each", &part->failed);
    page_format(strip, "n", &part->failed, "%zu", photo->n_blocks);
    if (part->reporter->n_blocks_left_out > 0)
        page_format(strip, "left_out", &part->failed, "%zu", part->reporter->n_blocks_left_out);
    for (size_t i = 0; i < photo->n_blocks && status == ECAM_OK; i++) {
        const struct report_block *block = &photo->block[i];
        struct report_picture picture = { 0 };
        cJSON *item = page_object(each, NULL, &part->failed);
        status = report_draw_map(part->reporter, block->map, block->h, block->w,
                                 &photo->input.geometry, side(part, 112), &picture, err);
        if (status != ECAM_OK)
            break;
        report_put_picture(item, &picture, &part->failed);
        page_string(item, "layer", block->layer, &part->failed);
        page_format(item, "shape", &part->failed, "%zu x %zu x %zu", block->c, block->h, block->w);
        page_number(item, "share", block->share, &part->failed);
        put_percent(part, item, "share_words", block->share);
        put_percent(part, item, "zeros", block->zeros);
        page_format(item, "dead", &part->failed, "%zu of %zu", block->n_dead, block->c);
    }
    return status;
}

static enum ecam_status put_salience(struct part *part, cJSON *values, struct ecam_error *err)
{
    const struct report_photo *photo = part->photo;
    const struct {
        const float *values;
        const struct explain_box *box;
        const char *caption, *alt;
    } pictures[] = {
        { photo->salience, &photo->salience_box, "Eigen-Salience",
          "Eigen-Salience over the photo, with its box" },
        { photo->fused, &photo->fused_box, "Eigen-CAM times Eigen-Salience",
          "The fused map over the photo, with its box" },
    };
    enum ecam_status status = ECAM_OK;
    if (photo->salience == NULL)
        return ECAM_OK;
    cJSON *salience = page_object(values, "salience", &part->failed);
    cJSON *each = page_list(salience, "each", &part->failed);
    page_string(salience, "layer", part->reporter->salience_layer, &part->failed);
    for (size_t i = 0; i < ECAM_ARRAY_LEN(pictures) && status == ECAM_OK; i++) {
        struct report_picture picture = { 0 };
        cJSON *item = page_object(each, NULL, &part->failed);
        status = report_draw_overlay(part->reporter, photo, pictures[i].values, pictures[i].box,
                                     side(part, 400), &picture, err);
        if (status != ECAM_OK)
            break;
        report_put_picture(item, &picture, &part->failed);
        page_string(item, "caption", pictures[i].caption, &part->failed);
        page_string(item, "alt", pictures[i].alt, &part->failed);
    }
    return status;
}

static void put_setting(struct part *part, cJSON *settings, const char *key, const char *fmt, ...)
    ECAM_PRINTF(4, 5);
static void put_setting(struct part *part, cJSON *settings, const char *key, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    cJSON *setting = page_object(settings, NULL, &part->failed);
    page_string(setting, "key", key, &part->failed);
    page_string(setting, "value", text, &part->failed);
}

static void put_settings(struct part *part, cJSON *values, size_t max_bytes)
{
    const struct report_options *options = part->reporter->options;
    const struct ecam_preprocess *pre = &part->reporter->runner.preprocess;
    const struct ecam_geometry *g = &part->photo->input.geometry;
    const char *preset = ecam_preprocess_preset_of(pre);
    cJSON *settings = page_list(values, "settings", &part->failed);
    put_setting(part, settings, "input", "%s, %s", part->photo->path,
                part->photo->input.is_array ? "an array that enters the network as it is"
                                            : "a photo");
    put_setting(part, settings, "size", "%zu x %zu pixels", g->photo_w, g->photo_h);
    if (!part->photo->input.is_array) {
        put_setting(part, settings, "resized to", "%zu x %zu, %s", g->resized_w, g->resized_h,
                    pre->filter == ECAM_FILTER_BILINEAR ? "bilinear" : "bicubic");
        put_setting(part, settings, "cropped to", "%zu x %zu from x %td, y %td", g->input_w,
                    g->input_h, g->crop_x, g->crop_y);
        put_setting(part, settings, "values",
                    "%s, each (v x %g - mean) / std with mean %g, %g, %g and std %g, %g, %g",
                    pre->is_bgr ? "BGR" : "RGB", (double)pre->scale, (double)pre->mean[0],
                    (double)pre->mean[1], (double)pre->mean[2], (double)pre->std[0],
                    (double)pre->std[1], (double)pre->std[2]);
        if (preset != NULL)
            put_setting(part, settings, "preset", "%s", preset);
    }
    for (size_t i = 0; i < part->photo->n_layers && i < REPORT_VIEWERS; i++) {
        const struct explain_map *facts = &part->photo->layer[i].facts;
        put_setting(part, settings, "map", "layer %s, component 1, %zu x %zu, from %.6g to %.6g%s",
                    facts->layer, facts->h, facts->w, (double)facts->min, (double)facts->max,
                    facts->is_flipped ? ", turned round" : "");
    }
    put_setting(part, settings, "mode", "%s", report_mode_names[options->mode]);
    put_setting(part, settings, "sign rule", "%s", report_sign_names[options->sign]);
    put_setting(part, settings, "scale rule", "%s", report_scale_names[part->reporter->scale]);
    put_setting(part, settings, "threshold of the box", "%g of the maximum", options->threshold);
    put_setting(part, settings, "colours", "%s",
                ecam_colormap_name((enum ecam_colormap)options->colormap));
    put_setting(part, settings, "pictures here",
                "drawn at %.0f %% of their usual size, so that this photo takes at most %.1f MB; "
                "the numbers are of the full size",
                100 * part->factor, (double)max_bytes / 1e6);
}

static enum ecam_status put_all(struct part *part, cJSON *values, size_t number, size_t max_bytes,
                                struct ecam_error *err)
{
    cJSON *layers = page_list(values, "layers", &part->failed);
    enum ecam_status status =
        report_draw_photo(&part->photo->input.photo, shown_side(part), &part->base, err);
    page_string(values, "explained", "yes", &part->failed);
    page_string(values, "sign", report_sign_names[part->reporter->options->sign], &part->failed);
    for (size_t i = 0; i < part->photo->n_layers && status == ECAM_OK; i++)
        if (part->photo->layer[i].is_shown)
            status = put_layer(part, layers, i, number, err);
    if (part->photo->n_layers > REPORT_VIEWERS)
        put_every_layer(part, values);
    put_classes(part, values);
    if (status == ECAM_OK)
        status = put_strip(part, values, err);
    if (status == ECAM_OK)
        status = put_salience(part, values, err);
    if (part->photo->lesson != NULL)
        part->failed =
            part->failed || !cJSON_AddItemReferenceToObject(values, "lesson", part->photo->lesson);
    put_settings(part, values, max_bytes);
    free(part->base.uri);
    return status;
}

/* Where to begin: with many layers at less than the usual size, which would be in vain. */
static double first_factor(const struct report_photo *photo)
{
    const double usual = 4;
    const double n = photo == NULL ? 0 : fmin((double)photo->n_layers, REPORT_VIEWERS);
    return n <= usual ? 1 : sqrt(usual / n);
}

enum ecam_status report_put_photo(struct page *page, const struct reporter *reporter,
                                  const struct report_photo *photo, const char *path, size_t number,
                                  const char *error, size_t max_bytes, struct ecam_error *err)
{
    const size_t begin = page->len;
    for (double factor = first_factor(photo);;) {
        struct part part = { .reporter = reporter, .photo = photo, .factor = factor };
        cJSON *values = cJSON_CreateObject();
        enum ecam_status status = ECAM_OK;
        page_format(values, "id", &part.failed, "photo-%zu", number);
        page_string(values, "name", report_last_part(path), &part.failed);
        if (error != NULL)
            page_string(values, "error", error, &part.failed);
        else
            status = put_all(&part, values, number, max_bytes, err);
        if (status != ECAM_OK) {
            cJSON_Delete(values);
            return status;
        }
        page->len = begin;
        status = report_render_photo(page, values, part.failed, err);
        const size_t n = page->len - begin;
        if (status != ECAM_OK || n <= max_bytes || factor < LEAST_FACTOR)
            return status;
        /* Bytes grow about as the area does. */
        factor *= fmin(0.9, fmax(0.5, 0.95 * sqrt((double)max_bytes / (double)n)));
    }
}
