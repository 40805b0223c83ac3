/* SPDX-License-Identifier: BSD-2-Clause
 * Options that change how photos are prepared: a preset, and field by field. */
#ifndef ECAM_TOOLS_PHOTO_OPTIONS_H
#define ECAM_TOOLS_PHOTO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/ecam.h"
#include "tools/cli.h"

struct photo_options {
    const char *preset;  /* NULL: none */
    size_t resize, crop; /* PHOTO_NOT_GIVEN */
    struct photo_size {
        size_t h, w;
    } squash;     /* h 0: not given */
    double scale; /* 0: not given */
    struct photo_triple {
        float value[3];
        bool is_given;
        const char *file; /* in place of the numbers, or NULL */
    } mean, std;
    bool is_bgr, is_rgb;
    int filter; /* -1: not given */
};

#define PHOTO_NOT_GIVEN SIZE_MAX
#define PHOTO_OPTIONS 10

/* Empties *photo, and fills the table of its options. */
struct cli_group photo_options(struct photo_options *photo, struct cli_option *table);

/* Takes a preset's name, to be a cli_value_fn of --preset; `to` a const char **. */
bool photo_set_preset(const char *value, void *to, char why[CLI_WHY_BYTES]);

/* What is wrong in the options together, or NULL. */
const char *photo_options_fault(const struct photo_options *photo);

/* What the options make of the model's preprocessing; *is_changed tells whether that
 * is something else. A file of means is read, and told on stderr unless is_quiet. */
enum ecam_status photo_options_apply(const struct photo_options *photo,
                                     const struct ecam_model *model,
                                     const struct ecam_limits *limits, bool is_quiet,
                                     struct ecam_preprocess *out, bool *is_changed,
                                     struct ecam_error *err);

/* A preset for a network: its crop is what the network takes. */
enum ecam_status photo_preset(const char *name, const struct ecam_model *model,
                              struct ecam_preprocess *out, struct ecam_error *err);

#endif /* ECAM_TOOLS_PHOTO_OPTIONS_H */
