/* SPDX-License-Identifier: BSD-2-Clause
 * Eigen-Salience and the fused map of the explain command. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/explain_job.h"

/* Salience that this photo's files do not hold yet. */
static enum ecam_status save_salience(const struct job *job, const float *raw, size_t h, size_t w,
                                      const float *scaled, struct ecam_error *err)
{
    const struct explain_options *options = job->explainer->options;
    const struct canvas *canvas = job->canvas;
    struct explain_map *map = job->map;
    char base[OUTNAME_BYTES];
    const bool is_by_component = options->salience == ECAM_SALIENCE_PCA;
    job_name_base(job, false, is_by_component && job_has_several_components(job), base);

    map->salience_min = map->salience_max = raw[0];
    for (size_t i = 0; i < h * w; i++) {
        map->salience_min = fminf(map->salience_min, raw[i]);
        map->salience_max = fmaxf(map->salience_max, raw[i]);
    }
    enum ecam_status status = job_find_box(job, scaled, &map->salience_box, err);
    if (options->saves[SAVE_SALIENCE] && status == ECAM_OK) {
        job_draw_overlay(job, scaled, &map->salience_box);
        status =
            job_save_picture(job, base, FILE_SALIENCE, canvas->blend, canvas->h, canvas->w, 3, err);
    }
    if (options->saves[SAVE_RAW] && status == ECAM_OK)
        status = job_save_array(job, base, FILE_SALIENCE_RAW, raw, h, w, err);
    if (options->saves[SAVE_MAP] && status == ECAM_OK) {
        float *room = malloc(canvas->h * canvas->w * sizeof *room);
        if (room == NULL)
            return ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", canvas->w, canvas->h);
        status = job_save_at_photo(job, base, FILE_SALIENCE_MAP, raw, h, w, room, err);
        free(room);
    }
    return status;
}

static enum ecam_status share_salience(struct explain_map *map, const struct explain_map *earlier,
                                       struct ecam_error *err)
{
    static const enum explain_file kinds[] = { FILE_SALIENCE, FILE_SALIENCE_RAW,
                                               FILE_SALIENCE_MAP };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(kinds); i++) {
        const char *path = earlier->file[kinds[i]];
        if (path == NULL)
            continue;
        char *copy = malloc(strlen(path) + 1);
        if (copy == NULL)
            return ecam_fail(err, ECAM_ERR_NOMEM, "a file name");
        map->file[kinds[i]] = strcpy(copy, path);
    }
    map->salience_box = earlier->salience_box;
    map->salience_min = earlier->salience_min;
    map->salience_max = earlier->salience_max;
    return ECAM_OK;
}

/* The product of the map in the canvas and the salience, both scaled. */
static enum ecam_status save_fused(const struct job *job, const float *salience,
                                   struct ecam_error *err)
{
    const bool *saves = job->explainer->options->saves;
    struct canvas *canvas = job->canvas;
    ecam_map_fuse(canvas->map, salience, canvas->map, canvas->h * canvas->w);
    enum ecam_status status = job_find_box(job, canvas->map, &job->map->fused_box, err);
    if (status == ECAM_OK && saves[SAVE_FUSED]) {
        job_draw_overlay(job, canvas->map, &job->map->fused_box);
        status = job_save_picture(job, job->base, FILE_FUSED, canvas->blend, canvas->h, canvas->w,
                                  3, err);
    }
    if (status == ECAM_OK && saves[SAVE_MAP])
        status = job_save_seen(job, job->base, FILE_FUSED_MAP, canvas->map, err);
    return status;
}

enum ecam_status job_add_salience(const struct job *job, const struct explain_map *earlier,
                                  struct ecam_error *err)
{
    const struct explain_options *options = job->explainer->options;
    struct ecam_tensor act;
    size_t n_bad;
    enum ecam_status status =
        ecam_session_tap(job->ex->session, job->explainer->salience_layer, &act, err);
    if (status != ECAM_OK)
        return status;
    float *raw = malloc(act.h * act.w * sizeof *raw);
    if (raw == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", act.w, act.h);
    const enum ecam_salience reading = (enum ecam_salience)options->salience;
    status =
        ecam_salience_map(&act, reading, reading == ECAM_SALIENCE_PCA ? job->map->component - 1 : 0,
                          (enum ecam_sign)options->sign, raw, &n_bad, err);
    if (status == ECAM_OK)
        status = job_scale_to_photo(job, raw, act.h, act.w, job->canvas->other, err);
    if (status == ECAM_OK)
        status = earlier != NULL ? share_salience(job->map, earlier, err)
                                 : save_salience(job, raw, act.h, act.w, job->canvas->other, err);
    if (status == ECAM_OK && options->fuse)
        status = save_fused(job, job->canvas->other, err);
    free(raw);
    return status;
}
