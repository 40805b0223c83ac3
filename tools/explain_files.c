/* SPDX-License-Identifier: BSD-2-Clause
 * Names and files of maps, and what every picture of a map needs. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/explain_job.h"
#include "tools/folder.h"
#include "tools/npy.h"

static const char *const tails[FILE_COUNT] = {
    [FILE_OVERLAY] = ".overlay.png",
    [FILE_HEAT] = ".heat.png",
    [FILE_PANEL] = ".panel.png",
    [FILE_MASK] = ".mask.png",
    [FILE_RAW] = ".raw.npy",
    [FILE_MAP] = ".map.npy",
    [FILE_SALIENCE] = ".salience.png",
    [FILE_SALIENCE_RAW] = ".salience.raw.npy",
    [FILE_SALIENCE_MAP] = ".salience.map.npy",
    [FILE_FUSED] = ".fused.png",
    [FILE_FUSED_MAP] = ".fused.map.npy",
};

/* ---- Room ---- */

void canvas_free(struct canvas *canvas)
{
    free(canvas->map);
    free(canvas->other);
    free(canvas->seen);
    free(canvas->heat);
    free(canvas->blend);
    *canvas = (struct canvas){ 0 };
}

enum ecam_status canvas_new(size_t h, size_t w, struct canvas *out, struct ecam_error *err)
{
    /* No overflow: the photo with three bytes a pixel is in memory already;
     * calloc() checks the rest. */
    const size_t n = h * w;
    *out = (struct canvas){
        .h = h,
        .w = w,
        .map = calloc(n, sizeof(float)),
        .other = calloc(n, sizeof(float)),
        .seen = calloc(n, 1),
        .heat = calloc(n, 3),
        .blend = calloc(n, 3),
    };
    if (out->map != NULL && out->other != NULL && out->seen != NULL && out->heat != NULL &&
        out->blend != NULL)
        return ECAM_OK;
    canvas_free(out);
    return ecam_fail(err, ECAM_ERR_NOMEM, "pictures of %zux%zu", w, h);
}

/* ---- Names ---- */

bool job_has_several_components(const struct job *job)
{
    const struct explain_options *options = job->explainer->options;
    return options->components > 1 || options->share > 0;
}

void job_name_base(const struct job *job, bool has_layer, bool has_component,
                   char base[OUTNAME_BYTES])
{
    char layer[OUTNAME_BYTES], part[OUTNAME_BYTES + 32];
    int used = 0;
    part[0] = '\0';
    if (has_layer) {
        outname_safe(job->map->layer, layer);
        used = snprintf(part, sizeof part, ".%s", layer);
    }
    if (has_component)
        snprintf(part + used, sizeof part - (size_t)used, ".pc%zu", job->map->component);
    /* A photo's name that is too long gives way: the rest tells its maps apart. */
    const int room = (int)ecam_sub_size(OUTNAME_BYTES - 1, strlen(part));
    snprintf(base, OUTNAME_BYTES, "%.*s%.*s", room, job->ex->stem, OUTNAME_BYTES - 1 - room, part);
}

/* Sets map->file[kind]. */
static enum ecam_status take_path(const struct job *job, const char *base, enum explain_file kind,
                                  struct ecam_error *err)
{
    char name[OUTNAME_BYTES];
    char *path = NULL;
    assert(job->map->file[kind] == NULL);
    if (outnames_take(job->explainer->files, base, tails[kind], name))
        path = folder_join(job->explainer->options->folder, name);
    job->map->file[kind] = path;
    return path == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a file name") : ECAM_OK;
}

/* ---- Files ---- */

enum ecam_status job_save_picture(const struct job *job, const char *base, enum explain_file kind,
                                  const uint8_t *pixels, size_t h, size_t w, size_t channels,
                                  struct ecam_error *err)
{
    enum ecam_status status = take_path(job, base, kind, err);
    if (status != ECAM_OK)
        return status;
    status = image_write_png(job->map->file[kind], pixels, h, w, channels, err);
    return status;
}

enum ecam_status job_save_array(const struct job *job, const char *base, enum explain_file kind,
                                const float *data, size_t h, size_t w, struct ecam_error *err)
{
    const size_t dim[2] = { h, w };
    enum ecam_status status = take_path(job, base, kind, err);
    if (status != ECAM_OK)
        return status;
    status = npy_write(job->map->file[kind], data, dim, 2, err);
    return status;
}

enum ecam_status job_save_at_photo(const struct job *job, const char *base, enum explain_file kind,
                                   const float *raw, size_t h, size_t w, float *room,
                                   struct ecam_error *err)
{
    ecam_map_to_photo(raw, h, w, &job->ex->input.geometry, room, job->canvas->seen);
    return job_save_seen(job, base, kind, room, err);
}

enum ecam_status job_save_seen(const struct job *job, const char *base, enum explain_file kind,
                               float *data, struct ecam_error *err)
{
    const struct canvas *canvas = job->canvas;
    for (size_t i = 0; i < canvas->h * canvas->w; i++)
        if (!canvas->seen[i])
            data[i] = NAN;
    return job_save_array(job, base, kind, data, canvas->h, canvas->w, err);
}

/* ---- Maps ---- */

enum ecam_status job_scale_to_photo(const struct job *job, const float *raw, size_t h, size_t w,
                                    float *out, struct ecam_error *err)
{
    float *scaled = malloc(h * w * sizeof *scaled);
    if (scaled == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a map of %zux%zu", w, h);
    memcpy(scaled, raw, h * w * sizeof *scaled);
    ecam_map_scale(scaled, h * w, job->explainer->scale);
    ecam_map_to_photo(scaled, h, w, &job->ex->input.geometry, out, job->canvas->seen);
    free(scaled);
    return ECAM_OK;
}

enum ecam_status job_find_box(const struct job *job, const float *map, struct explain_box *out,
                              struct ecam_error *err)
{
    const struct canvas *canvas = job->canvas;
    return ecam_map_box(map, canvas->seen, canvas->h, canvas->w, job->explainer->options->threshold,
                        &out->is_found, &out->box, err);
}

void job_draw_overlay(const struct job *job, const float *map, const struct explain_box *box)
{
    const struct canvas *canvas = job->canvas;
    ecam_draw_overlay(job->ex->input.photo.rgb, map, canvas->seen, canvas->h, canvas->w, &job->draw,
                      canvas->blend);
    if (box->is_found && !job->explainer->options->hides_box)
        ecam_draw_box(canvas->blend, canvas->h, canvas->w, &box->box);
}
