/* SPDX-License-Identifier: BSD-2-Clause
 * One photo through the network, and what a report shows of it, in numbers. */
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/report.h"

static enum ecam_status copy_map(const float *map, size_t h, size_t w, float **out,
                                 struct ecam_error *err)
{
    *out = malloc(h * w * sizeof **out);
    if (*out == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", w, h);
    memcpy(*out, map, h * w * sizeof **out);
    return ECAM_OK;
}

/* Scaled to 0..1 and brought to the photo's size; both [photo_h][photo_w], to free(). */
static enum ecam_status at_photo(const struct reporter *reporter, const float *map, size_t h,
                                 size_t w, const struct ecam_geometry *geometry, float **out,
                                 uint8_t **seen, struct ecam_error *err)
{
    const size_t n = geometry->photo_h * geometry->photo_w;
    float *scaled = NULL;
    *out = calloc(n, sizeof **out);
    *seen = calloc(n, 1);
    enum ecam_status status = *out == NULL || *seen == NULL
                                  ? ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu",
                                              geometry->photo_w, geometry->photo_h)
                                  : copy_map(map, h, w, &scaled, err);
    if (status == ECAM_OK) {
        ecam_map_scale(scaled, h * w, reporter->scale);
        ecam_map_to_photo(scaled, h, w, geometry, *out, *seen);
    }
    free(scaled);
    return status;
}

static enum ecam_status find_box(const struct reporter *reporter, const float *values,
                                 const uint8_t *seen, const struct ecam_geometry *geometry,
                                 struct explain_box *out, struct ecam_error *err)
{
    return ecam_map_box(values, seen, geometry->photo_h, geometry->photo_w,
                        reporter->options->threshold, &out->is_found, &out->box, err);
}

/* ---- Layers ---- */

static enum ecam_status cam_of(const struct reporter *reporter, const struct ecam_tensor *act,
                               size_t components, struct ecam_cam **out, struct ecam_error *err)
{
    const struct ecam_cam_options options = {
        .mode = (enum ecam_cam_mode)reporter->options->mode,
        .sign = (enum ecam_sign)reporter->options->sign,
        .components = components,
    };
    return ecam_cam_new(act, &options, out, err);
}

static enum ecam_status add_components(const struct reporter *reporter,
                                       const struct ecam_tensor *act, struct report_layer *layer,
                                       struct ecam_error *err)
{
    struct ecam_cam *cam = NULL;
    enum ecam_status status = cam_of(reporter, act, REPORT_SCREE, &cam, err);
    if (status != ECAM_OK)
        return status;
    layer->n_shares = ecam_cam_count(cam);
    for (size_t i = 0; i < layer->n_shares && status == ECAM_OK; i++) {
        struct ecam_component found;
        ecam_cam_get(cam, i, &found);
        layer->share[i] = found.share;
        if (i >= REPORT_COMPONENTS)
            continue;
        struct report_component *to = &layer->component[layer->n_components++];
        to->is_flipped = found.is_flipped;
        to->is_flat = found.is_flat;
        status = copy_map(found.map, act->h, act->w, &to->map, err);
    }
    ecam_cam_free(cam);
    return status;
}

/* What was seen is a rectangle. */
static void measure_seen(const uint8_t *seen, struct report_photo *photo)
{
    const size_t h = photo->input.photo.h, w = photo->input.photo.w;
    const uint8_t *first = memchr(seen, 1, h * w);
    if (first == NULL)
        return;
    const size_t y0 = (size_t)(first - seen) / w, x0 = (size_t)(first - seen) % w;
    photo->seen_h = photo->seen_w = 0;
    for (size_t y = y0; y < h && seen[y * w + x0]; y++)
        photo->seen_h++;
    for (size_t x = x0; x < w && seen[y0 * w + x]; x++)
        photo->seen_w++;
}

/* Of n layers REPORT_VIEWERS in even steps, the first and the last among them. */
static bool is_shown(size_t i, size_t n)
{
    if (n <= REPORT_VIEWERS)
        return true;
    for (size_t k = 0; k < REPORT_VIEWERS; k++)
        if (k * (n - 1) / (REPORT_VIEWERS - 1) == i)
            return true;
    return false;
}

static enum ecam_status add_layer(const struct reporter *reporter, struct ecam_session *session,
                                  const char *name, struct report_photo *photo,
                                  struct ecam_error *err)
{
    const struct ecam_geometry *geometry = &photo->input.geometry;
    struct report_layer *layer = &photo->layer[photo->n_layers];
    struct ecam_cam *cam = NULL;
    struct ecam_component first;
    struct ecam_tensor act;
    float *values = NULL;
    uint8_t *seen = NULL;
    enum ecam_status status = ecam_session_tap(session, name, &act, err);
    if (status == ECAM_OK)
        status = cam_of(reporter, &act, 1, &cam, err);
    if (status != ECAM_OK)
        return status;
    layer->is_shown = is_shown(photo->n_layers++, ecam_names_count(reporter->layers));
    ecam_cam_get(cam, 0, &first);
    layer->facts = (struct explain_map){
        .layer = name,
        .component = 1,
        .h = act.h,
        .w = act.w,
        .share = first.share,
        .gap = first.gap,
        .min = first.min,
        .max = first.max,
        .is_flat = first.is_flat,
        .is_flipped = first.is_flipped,
        .n_bad = ecam_cam_n_bad(cam),
    };
    status = copy_map(first.map, act.h, act.w, &layer->map, err);
    if (status == ECAM_OK)
        status = at_photo(reporter, first.map, act.h, act.w, geometry, &values, &seen, err);
    if (status == ECAM_OK)
        status = find_box(reporter, values, seen, geometry, &layer->facts.box, err);
    if (status == ECAM_OK && layer->is_shown && reporter->options->level >= REPORT_FULL)
        status = add_components(reporter, &act, layer, err);
    if (status == ECAM_OK)
        measure_seen(seen, photo);
    free(values);
    free(seen);
    ecam_cam_free(cam);
    return status;
}

/* ---- Blocks and salience ---- */

static enum ecam_status wide_session(struct reporter *reporter, const struct run_input *input,
                                     struct ecam_error *err)
{
    const struct run_options *run = &reporter->options->run;
    if (reporter->wide != NULL && reporter->wide_h == input->h && reporter->wide_w == input->w)
        return ECAM_OK;
    ecam_session_free(reporter->wide);
    reporter->wide = NULL;
    const char **taps = calloc(reporter->n_blocks + 1, sizeof *taps);
    if (taps == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "the names of %zu layers", reporter->n_blocks);
    size_t n = 0;
    bool has_salience = false;
    for (; n < reporter->n_blocks; n++) {
        taps[n] = reporter->block[n];
        has_salience = has_salience || strcmp(taps[n], reporter->salience_layer) == 0;
    }
    if (!has_salience)
        taps[n++] = reporter->salience_layer;
    const struct ecam_session_options options = {
        .isa = reporter->runner.isa,
        .goal = (enum ecam_goal)run->goal,
        .threads = (unsigned)run->threads,
        .stop_after_taps = true,
        .h = input->h,
        .w = input->w,
        .taps = taps,
        .n_taps = n,
    };
    const enum ecam_status status =
        ecam_session_new(reporter->runner.model, &options, &reporter->wide, err);
    free(taps);
    if (status != ECAM_OK)
        reporter->wide = NULL;
    reporter->wide_h = input->h;
    reporter->wide_w = input->w;
    return status;
}

static void count_zeros(const struct ecam_tensor *act, struct report_block *block)
{
    const size_t area = act->h * act->w;
    size_t zeros = 0;
    for (size_t c = 0; c < act->c; c++) {
        size_t here = 0;
        for (size_t i = 0; i < area; i++)
            here += act->data[c * area + i] == 0;
        block->n_dead += here == area;
        zeros += here;
    }
    block->zeros = (double)zeros / (double)(act->c * area);
}

static enum ecam_status add_block(const struct reporter *reporter, const char *name,
                                  struct report_photo *photo, struct ecam_error *err)
{
    struct report_block *block = &photo->block[photo->n_blocks];
    struct ecam_component first;
    struct ecam_cam *cam = NULL;
    struct ecam_tensor act;
    enum ecam_status status = ecam_session_tap(reporter->wide, name, &act, err);
    if (status == ECAM_OK)
        status = cam_of(reporter, &act, 1, &cam, err);
    if (status != ECAM_OK)
        return status;
    photo->n_blocks++;
    ecam_cam_get(cam, 0, &first);
    *block = (struct report_block){
        .layer = name, .c = act.c, .h = act.h, .w = act.w, .share = first.share
    };
    count_zeros(&act, block);
    status = copy_map(first.map, act.h, act.w, &block->map, err);
    ecam_cam_free(cam);
    return status;
}

/* Salience, and its product with the first layer's map. */
static enum ecam_status add_salience(const struct reporter *reporter, struct report_photo *photo,
                                     struct ecam_error *err)
{
    const struct ecam_geometry *geometry = &photo->input.geometry;
    const struct report_layer *layer = &photo->layer[0];
    const size_t n = geometry->photo_h * geometry->photo_w;
    struct ecam_tensor act;
    float *raw = NULL;
    uint8_t *again = NULL;
    enum ecam_status status = ecam_session_tap(reporter->wide, reporter->salience_layer, &act, err);
    if (status != ECAM_OK)
        return status;
    raw = malloc(act.h * act.w * sizeof *raw);
    status = raw == NULL
                 ? ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", act.w, act.h)
                 : ecam_salience_map(&act, ECAM_SALIENCE_MEAN, 0,
                                     (enum ecam_sign)reporter->options->sign, raw, NULL, err);
    if (status == ECAM_OK)
        status =
            at_photo(reporter, raw, act.h, act.w, geometry, &photo->salience, &photo->seen, err);
    if (status == ECAM_OK)
        status =
            find_box(reporter, photo->salience, photo->seen, geometry, &photo->salience_box, err);
    if (status == ECAM_OK)
        status = at_photo(reporter, layer->map, layer->facts.h, layer->facts.w, geometry,
                          &photo->fused, &again, err);
    if (status == ECAM_OK) {
        ecam_map_fuse(photo->fused, photo->salience, photo->fused, n);
        status = find_box(reporter, photo->fused, photo->seen, geometry, &photo->fused_box, err);
    }
    free(raw);
    free(again);
    return status;
}

static enum ecam_status run_wide(struct reporter *reporter, struct report_photo *photo,
                                 struct ecam_error *err)
{
    enum ecam_status status = wide_session(reporter, &photo->input, err);
    if (status == ECAM_OK)
        status = ecam_session_run(reporter->wide, photo->input.values, err);
    photo->block = calloc(reporter->n_blocks + 1, sizeof *photo->block);
    if (status == ECAM_OK && photo->block == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu maps", reporter->n_blocks);
    for (size_t i = 0; i < reporter->n_blocks && status == ECAM_OK; i++)
        status = add_block(reporter, reporter->block[i], photo, err);
    return status == ECAM_OK ? add_salience(reporter, photo, err) : status;
}

/* ---- The photo ---- */

void report_photo_free(struct report_photo *photo)
{
    for (size_t i = 0; i < photo->n_layers; i++) {
        free(photo->layer[i].map);
        for (size_t k = 0; k < photo->layer[i].n_components; k++)
            free(photo->layer[i].component[k].map);
    }
    for (size_t i = 0; i < photo->n_blocks; i++)
        free(photo->block[i].map);
    free(photo->layer);
    free(photo->block);
    free(photo->salience);
    free(photo->fused);
    free(photo->seen);
    free(photo->top);
    cJSON_Delete(photo->lesson);
    run_input_free(&photo->input);
    *photo = (struct report_photo){ 0 };
}

enum ecam_status report_run(struct reporter *reporter, const char *path, struct report_photo *out,
                            struct ecam_error *err)
{
    const size_t n_layers = ecam_names_count(reporter->layers);
    struct ecam_session *session = NULL;
    *out = (struct report_photo){ .path = path };
    out->top = calloc(reporter->options->top, sizeof *out->top);
    out->layer = calloc(n_layers, sizeof *out->layer);
    if (out->top == NULL || out->layer == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s", path);
    enum ecam_status status = run_input_read(&reporter->runner, path, &out->input, err);
    if (status != ECAM_OK)
        return status;
    status = runner_run(&reporter->runner, &out->input, &session, err);
    if (status == ECAM_OK)
        ecam_session_info(session, &out->session);
    if (status == ECAM_OK && reporter->options->predicts)
        status =
            run_top(&reporter->runner, session, reporter->options->top, out->top, &out->n_top, err);
    for (size_t i = 0; i < n_layers && status == ECAM_OK; i++)
        status = add_layer(reporter, session, ecam_names_get(reporter->layers, i), out, err);
    if (status == ECAM_OK && reporter->options->level >= REPORT_FULL)
        status = run_wide(reporter, out, err);
    if (status == ECAM_OK && reporter->options->level >= REPORT_TEACH)
        status = report_lesson(reporter, out, &out->lesson, err);
    return status == ECAM_OK ? status : ecam_error_at(err, status, path);
}
