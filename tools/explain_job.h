/* SPDX-License-Identifier: BSD-2-Clause
 * Between explain_maps.c, explain_salience.c and explain_files.c: one map on its way
 * to its files. */
#ifndef ECAM_TOOLS_EXPLAIN_JOB_H
#define ECAM_TOOLS_EXPLAIN_JOB_H

#include "tools/explain.h"

/* Room for the pictures of one photo, used again by each map. */
struct canvas {
    size_t h, w;    /* the photo's */
    float *map;     /* [h][w] the map, scaled */
    float *other;   /* [h][w] raw values, then the salience, scaled */
    uint8_t *seen;  /* [h][w] */
    uint8_t *heat;  /* [h][w][3] */
    uint8_t *blend; /* [h][w][3] */
};
enum ecam_status canvas_new(size_t h, size_t w, struct canvas *out, struct ecam_error *err);
void canvas_free(struct canvas *canvas);

struct job {
    const struct explainer *explainer;
    struct explanation *ex;
    struct canvas *canvas;
    struct explain_map *map;
    struct ecam_draw_options draw;
    char base[OUTNAME_BYTES]; /* the start of this map's file names */
};

bool job_has_several_components(const struct job *job);
/* photo[.layer][.pcK] */
void job_name_base(const struct job *job, bool has_layer, bool has_component,
                   char base[OUTNAME_BYTES]);

/* Each writes base + the kind's ending and notes it in map->file[kind]. */
enum ecam_status job_save_picture(const struct job *job, const char *base, enum explain_file kind,
                                  const uint8_t *pixels, size_t h, size_t w, size_t channels,
                                  struct ecam_error *err);
enum ecam_status job_save_array(const struct job *job, const char *base, enum explain_file kind,
                                const float *data, size_t h, size_t w, struct ecam_error *err);
/* The raw map [h][w] at the photo's size, which `room` [photo_h][photo_w] takes. */
enum ecam_status job_save_at_photo(const struct job *job, const char *base, enum explain_file kind,
                                   const float *raw, size_t h, size_t w, float *room,
                                   struct ecam_error *err);
/* Values at the photo's size, NaN where the network saw nothing: that is not zero. */
enum ecam_status job_save_seen(const struct job *job, const char *base, enum explain_file kind,
                               float *data, struct ecam_error *err);

/* raw [h][w], scaled to 0..1 and brought to the photo's size, in `out`. */
enum ecam_status job_scale_to_photo(const struct job *job, const float *raw, size_t h, size_t w,
                                    float *out, struct ecam_error *err);
enum ecam_status job_find_box(const struct job *job, const float *map, struct explain_box *out,
                              struct ecam_error *err);
/* The map over the photo, with its box, in canvas->blend. */
void job_draw_overlay(const struct job *job, const float *map, const struct explain_box *box);

/* Salience and fused map beside the map that is in the canvas (explain_salience.c).
 * `earlier`: a map of this photo with the same salience, whose files are this
 * one's too, or NULL. */
enum ecam_status job_add_salience(const struct job *job, const struct explain_map *earlier,
                                  struct ecam_error *err);

#endif /* ECAM_TOOLS_EXPLAIN_JOB_H */
