/* SPDX-License-Identifier: BSD-2-Clause
 * Between the parts of the explain command: its options, and what it found out
 * about one photo. */
#ifndef ECAM_TOOLS_EXPLAIN_H
#define ECAM_TOOLS_EXPLAIN_H

#include "eigencam/eigencam.h"
#include "tools/json.h"
#include "tools/outnames.h"
#include "tools/runner.h"

/* What can be saved; names and meaning in --help. */
enum explain_save {
    SAVE_OVERLAY,
    SAVE_HEAT,
    SAVE_PANEL,
    SAVE_MASK,
    SAVE_SALIENCE,
    SAVE_FUSED,
    SAVE_RAW,
    SAVE_MAP,
    SAVE_JSON,
    SAVE_COUNT
};
extern const char *const explain_save_names[SAVE_COUNT + 1];

struct explain_options {
    struct run_options run;
    const char *layers; /* NULL: last */
    const char *folder;
    int mode;          /* enum ecam_cam_mode */
    size_t component;  /* 0: not given */
    size_t components; /* 0: not given */
    double share;      /* 0: not given */
    int sign;          /* enum ecam_sign */
    int scale;         /* enum ecam_scale; -1: by mode */
    int salience;      /* enum ecam_salience; -1: none */
    const char *salience_layer;
    bool fuse;
    bool saves[SAVE_COUNT];
    bool is_save_given;
    double threshold;
    bool hides_box;
    int colormap; /* enum ecam_colormap */
    double alpha;
    bool alpha_by_value;
    size_t top;
    bool predicts;
};

/* The kinds of files that one map can have, and the end of their names. */
enum explain_file {
    FILE_OVERLAY,
    FILE_HEAT,
    FILE_PANEL,
    FILE_MASK,
    FILE_RAW,
    FILE_MAP,
    FILE_SALIENCE,
    FILE_SALIENCE_RAW,
    FILE_SALIENCE_MAP,
    FILE_FUSED,
    FILE_FUSED_MAP,
    FILE_COUNT
};

struct explain_box {
    bool is_found;
    struct ecam_box box;
};

/* One map: a component of a layer. */
struct explain_map {
    const char *layer;
    size_t component; /* from 1 */
    size_t h, w;      /* of the layer */
    double share, gap;
    float min, max;
    bool is_flat, is_flipped;
    size_t n_bad;
    struct explain_box box, salience_box, fused_box;
    float salience_min, salience_max;
    char *file[FILE_COUNT]; /* paths; NULL: not written */
};

/* One photo. */
struct explanation {
    const char *path;
    char stem[OUTNAME_BYTES];
    struct run_input input;
    struct ecam_session *session; /* the runner's */
    struct run_class *top;        /* [options->top] */
    size_t n_top;
    struct explain_map *map; /* [n_maps] */
    size_t n_maps, cap_maps;
    char *json_path; /* NULL: not written */
};

/* What holds for all photos. */
struct explainer {
    const struct explain_options *options;
    struct runner runner;
    struct ecam_names *layers;
    char *salience_layer; /* NULL: no salience */
    const char **taps;    /* the layers, and the salience layer behind them */
    enum ecam_scale scale;
    struct outnames *stems, *files;
    int argc; /* the command line, for the settings */
    char **argv;
};

/* Over the defaults in `options` (explain_options.c). */
enum cli_result explain_parse(int argc, char **argv, struct explain_options *options,
                              size_t *n_words);

/* Reads, runs, makes the maps and writes their files. Frees nothing of `out`, also
 * on failure: explanation_free() does. */
enum ecam_status explain_photo(struct explainer *explainer, const char *path,
                               struct explanation *out, struct ecam_error *err);
void explanation_free(struct explanation *explanation);

/* The maps of the session's last run, with their files (explain_maps.c). */
enum ecam_status explain_maps(const struct explainer *explainer, struct explanation *ex,
                              struct ecam_error *err);

/* The object of one photo; with `settings`, all that reproduces it. */
void explain_json(struct json *json, const struct explainer *explainer,
                  const struct explanation *ex, bool settings);
/* Writes PHOTO.json. */
enum ecam_status explain_json_write(const struct explainer *explainer, struct explanation *ex,
                                    struct ecam_error *err);

/* Warnings about a map, NULL after the last: what a person should know of it. */
const char *explain_warning(const struct explain_map *map, size_t i);

#endif /* ECAM_TOOLS_EXPLAIN_H */
