/* SPDX-License-Identifier: BSD-2-Clause
 * Between the parts of the report command: its options, what it found out about one
 * photo, the pictures and the values of its page. */
#ifndef ECAM_TOOLS_REPORT_H
#define ECAM_TOOLS_REPORT_H

#include "eigencam/eigencam.h"
#include "tools/explain.h"
#include "tools/page.h"
#include "tools/runner.h"

struct ecam_graph;

enum report_level { REPORT_BRIEF, REPORT_FULL, REPORT_TEACH };

#define REPORT_COMPONENTS 6 /* shown as pictures */
#define REPORT_VIEWERS 12   /* layers with pictures, at most */
#define REPORT_SCREE 12     /* shown as bars */
#define REPORT_BLOCKS 64    /* at most, in the strip */
#define REPORT_RUNS 5       /* of which the best is told */

struct report_options {
    struct run_options run;
    const char *layers; /* NULL: last */
    const char *output; /* NULL: by the photo's name */
    int level;          /* enum report_level */
    int mode, sign;     /* enum ecam_cam_mode, ecam_sign */
    int scale;          /* enum ecam_scale; -1: by mode */
    int colormap;       /* enum ecam_colormap */
    const char *salience_layer;
    double threshold;
    size_t top;
    bool predicts, is_timed, is_comparison, is_index;
};

/* What holds for all photos. */
struct reporter {
    const struct report_options *options;
    enum ecam_scale scale;
    struct runner runner;
    struct ecam_names *layers; /* to explain */
    const char **taps;         /* [count of layers] */
    char *salience_layer;      /* full: of the salience */
    const char **block;        /* full: [n_blocks] names of the strip, the model's */
    size_t n_blocks, n_blocks_left_out;
    struct ecam_session *wide; /* taps blocks and salience, at one size */
    size_t wide_h, wide_w;
    char model_sha256[65]; /* of the model's file where the model tells none; or "" */
    int argc;
    char **argv; /* as it was given */
};

/* ---- One photo, computed (report_run.c) ---- */

struct report_component {
    float *map; /* [h][w], raw */
    bool is_flipped, is_flat;
};

/* One layer that is explained. */
struct report_layer {
    bool is_shown;            /* in pictures: of many layers only some are */
    struct explain_map facts; /* of the first component, as 'explain' tells them */
    float *map;               /* [h][w], raw */
    struct report_component component[REPORT_COMPONENTS];
    size_t n_components;
    double share[REPORT_SCREE];
    size_t n_shares;
};

/* One picture of the strip. */
struct report_block {
    const char *layer;
    float *map; /* [h][w] */
    size_t c, h, w;
    double share, zeros; /* of the layer's values that are 0 */
    size_t n_dead;       /* channels that are 0 everywhere */
};

struct report_photo {
    const char *path;
    struct run_input input;
    struct ecam_session_info session;
    struct run_class *top; /* [n_top] */
    size_t n_top;
    size_t seen_h, seen_w; /* pixels of the photo that the network saw */
    struct report_layer *layer;
    size_t n_layers;
    struct report_block *block;
    size_t n_blocks;
    float *salience, *fused; /* [photo_h][photo_w], scaled to 0..1; NULL: none */
    uint8_t *seen;           /* [photo_h][photo_w], with the two */
    struct explain_box salience_box, fused_box;
    cJSON *lesson; /* values of the page; NULL: none */
};

enum ecam_status report_run(struct reporter *reporter, const char *path, struct report_photo *out,
                            struct ecam_error *err);
void report_photo_free(struct report_photo *photo); /* empties it; {0} is fine */

/* The values of the lesson: filters, feature maps, and single values worked out by hand
 * (report_lesson.c). */
enum ecam_status report_lesson(const struct reporter *reporter, const struct report_photo *photo,
                               cJSON **out, struct ecam_error *err);

/* ---- The network (report_blocks.c) ---- */

/* The layers that everything before them passes through and that are maps, without those
 * that only change the values of the one before: the outputs of blocks. More than
 * REPORT_BLOCKS are thinned out evenly. The names are the model's; free() the list. */
enum ecam_status report_blocks(const struct ecam_model *model, const char ***out, size_t *n,
                               size_t *n_left_out, struct ecam_error *err);

/* Which nodes everything before them passes through; [n_nodes]. */
enum ecam_status report_narrow(const struct ecam_graph *graph, bool *is_narrow,
                               struct ecam_error *err);

/* Facts, command and, at the level "full", the table of layers, for a photo of this size. */
enum ecam_status report_network(const struct reporter *reporter, const struct report_photo *photo,
                                cJSON *values, struct ecam_error *err);

/* The network drawn, with the explained layers marked (report_graph.c). */
enum ecam_status report_graph(const struct reporter *reporter, const struct report_photo *photo,
                              cJSON *values, struct ecam_error *err);

/* ---- Pictures (report_pictures.c) ---- */

/* A picture in a page. */
struct report_picture {
    char *uri; /* "data:image/jpeg;base64,..."; free() */
    size_t h, w;
};

/* The photo, no side longer than `side`. */
enum ecam_status report_draw_photo(const struct image *photo, size_t side,
                                   struct report_picture *out, struct ecam_error *err);
/* A raw map over the photo: colours alone, hatched where nothing was seen. *hot is where it
 * is hottest, in parts of the photo's height and width. */
enum ecam_status report_draw_heat(const struct reporter *reporter, const float *map, size_t h,
                                  size_t w, const struct ecam_geometry *geometry, size_t side,
                                  struct report_picture *out, double hot[2],
                                  struct ecam_error *err);
/* The same over the network's input. */
enum ecam_status report_draw_map(const struct reporter *reporter, const float *map, size_t h,
                                 size_t w, const struct ecam_geometry *geometry, size_t side,
                                 struct report_picture *out, struct ecam_error *err);
/* The salience or the fused map, with its box, over the photo. */
enum ecam_status report_draw_overlay(const struct reporter *reporter,
                                     const struct report_photo *photo, const float *values,
                                     const struct explain_box *box, size_t side,
                                     struct report_picture *out, struct ecam_error *err);
/* Pixels as they are. */
enum ecam_status report_draw_pixels(const uint8_t *rgb, size_t h, size_t w,
                                    struct report_picture *out, struct ecam_error *err);
/* The colours from 0 to 1. */
enum ecam_status report_draw_bar(const struct reporter *reporter, struct report_picture *out,
                                 struct ecam_error *err);
/* "picture", "w" and "h" of an object; takes the picture's text. */
void report_put_picture(cJSON *object, struct report_picture *picture, bool *failed);
/* "upper left": of a place in parts of height and width. */
const char *report_where(double y, double x);
/* To free(); NULL: no memory. */
char *report_base64(const char *before, const void *bytes, size_t n);

/* ---- The page (report_page.c, report_photo.c) ---- */

/* The part of one photo, at most max_bytes long: pictures shrink until it is. Without
 * `photo` what failed is told. */
enum ecam_status report_put_photo(struct page *page, const struct reporter *reporter,
                                  const struct report_photo *photo, const char *path, size_t number,
                                  const char *error, size_t max_bytes, struct ecam_error *err);
enum ecam_status report_put_begin(struct page *page, const struct reporter *reporter,
                                  const struct inputs *inputs, struct ecam_error *err);
enum ecam_status report_put_end(struct page *page, const struct reporter *reporter,
                                const struct report_photo *photo, struct ecam_error *err);

/* The last part of a path, or what stands for it. */
const char *report_last_part(const char *path);
/* Takes the values. */
enum ecam_status report_render_photo(struct page *page, cJSON *values, bool failed,
                                     struct ecam_error *err);
/* The page of a comparison; takes its values. */
enum ecam_status report_put_comparison(struct page *page, const char *a, const char *b,
                                       cJSON *comparison, struct ecam_error *err);

/* Two results of 'explain' compared, to a page. An exit status (report_compare.c). */
int report_compare(const struct report_options *options, char *const words[2], int argc,
                   char *const *argv);
/* Results of 'explain' and 'evaluate' as a table. An exit status (report_index.c). */
int report_index(const struct report_options *options, char *const *words, size_t n_words, int argc,
                 char *const *argv);
/* The page of an index; takes its values. */
enum ecam_status report_put_index(struct page *page, size_t n, cJSON *index,
                                  struct ecam_error *err);
/* Writes a page, and its path on stdout, where it is not that itself. */
enum ecam_status report_write(const char *path, const struct page *page, struct ecam_error *err);
/* The command line as a shell takes it, into an object. */
void report_put_command(cJSON *values, int argc, char *const *argv, bool *failed);

/* Names of settings, as 'explain' writes them. */
extern const char *const report_mode_names[];
extern const char *const report_sign_names[];
extern const char *const report_scale_names[];

#endif /* ECAM_TOOLS_REPORT_H */
