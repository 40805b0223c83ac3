/* SPDX-License-Identifier: BSD-2-Clause
 * What every command that runs a network shares: its options, the model, photos
 * made into inputs, sessions for each input size, the most probable classes. */
#ifndef ECAM_TOOLS_RUNNER_H
#define ECAM_TOOLS_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "eigencam/eigencam.h"
#include "engine/ecam.h"
#include "tools/cli.h"
#include "tools/image.h"
#include "tools/inputs.h"
#include "tools/json.h"
#include "tools/labels.h"
#include "tools/prep.h"

/* ---- Options ---- */

struct run_options {
    const char *model; /* NULL: the bundled one */
    const char *graph; /* of the model; NULL: the file's own */
    struct ecam_limits limits;
    struct image_limits photo_limits;
    enum ecam_isa isa;
    int goal; /* enum ecam_goal */
    size_t threads;
    const char *list;
    const char *preset, *labels; /* in place of the model's own; NULL */
    bool is_recursive, is_json, is_quiet;
};

/* Options of a command, by groups. */
#define RUN_MODEL_OPTIONS 5  /* -m, --graph, --limit, --json, --quiet */
#define RUN_ENGINE_OPTIONS 3 /* --isa, --threads, --plan */
#define RUN_INPUT_OPTIONS 2  /* --list, --recursive */
#define RUN_PHOTO_OPTIONS 2  /* --preset, --labels */
struct cli_group run_model_options(struct run_options *run, struct cli_option *table);
struct cli_group run_engine_options(struct run_options *run, struct cli_option *table);
struct cli_group run_input_options(struct run_options *run, struct cli_option *table);
struct cli_group run_photo_options(struct run_options *run, struct cli_option *table);

/* Adds the words and the list; tells where there is nothing to do. An exit status. */
int run_collect(const char *command, const struct run_options *run, char *const *words,
                size_t n_words, struct inputs *inputs);

/* The limits that differ from the default, as members of an object. */
void run_limits_json(struct json *json, const struct run_options *run);

/* ---- A model and its sessions ---- */

#define RUNNER_SESSIONS 4 /* input sizes kept ready: folders mix portraits and landscapes */

struct runner {
    const struct run_options *run;
    struct ecam_model *model;
    const char *name;                  /* path, or "bundled" */
    struct ecam_preprocess preprocess; /* the model's, or the preset that was asked for */
    enum prep prep;                    /* set by the command: what to make of it */
    struct labels labels;              /* from --labels; empty: the model's */
    enum ecam_isa isa;
    const char *const *taps; /* set by the command, before the first run */
    size_t n_taps;
    bool stops_after_taps;
    struct {
        size_t h, w;
        unsigned long used; /* the higher the later */
        struct ecam_session *session;
    } ready[RUNNER_SESSIONS];
    unsigned long turn;
};

/* Loads a file with the options that are about it. */
enum ecam_status run_load(const struct run_options *run, const char *path, struct ecam_model **out,
                          struct ecam_error *err);

/* Loads the model. An exit status: a failure was told on stderr. */
int runner_open(const char *command, const struct run_options *run, struct runner *out);
void runner_close(struct runner *runner);

/* What goes into the network, and the photo it came from. */
struct run_input {
    struct image photo; /* of a .npy: what the network sees, made visible */
    struct ecam_geometry geometry;
    float *values; /* [c][h][w] */
    size_t c, h, w;
    bool is_array; /* from a .npy */
};

/* A photo, prepared as the model wants it, or a .npy taken as it is. */
enum ecam_status run_input_read(const struct runner *runner, const char *path,
                                struct run_input *out, struct ecam_error *err);
void run_input_free(struct run_input *input);

/* Runs the input; *session stays the runner's, valid until the next run. */
enum ecam_status runner_run(struct runner *runner, const struct run_input *input,
                            struct ecam_session **session, struct ecam_error *err);

/* ---- Classes ---- */

/* The name of a class, or NULL. */
const char *runner_label(const struct runner *runner, size_t index);
size_t runner_n_labels(const struct runner *runner);

struct run_class {
    size_t index;
    const char *label; /* NULL: none */
    float logit;
    double probability; /* softmax over all classes */
};

/* The most probable classes of the last run, at most k, into top[k]. *n is 0 where
 * the network's result is no list of classes. */
enum ecam_status run_top(const struct runner *runner, const struct ecam_session *session, size_t k,
                         struct run_class *top, size_t *n, struct ecam_error *err);

/* "schema", "input", "model", "isa", "threads" and, where n > 0, "top". */
void run_json(struct json *json, const struct runner *runner, const struct ecam_session *session,
              const char *input, const struct run_class *top, size_t n);

/* A line a class, for people. */
void run_print_top(const struct run_class *top, size_t n);

#endif /* ECAM_TOOLS_RUNNER_H */
