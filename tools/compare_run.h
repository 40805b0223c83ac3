/* SPDX-License-Identifier: BSD-2-Clause
 * A network against a reference: which arrays stand for which layers, the runs, and
 * what came of them. */
#ifndef ECAM_TOOLS_COMPARE_RUN_H
#define ECAM_TOOLS_COMPARE_RUN_H

#include "tools/compare.h"
#include "tools/reference.h"
#include "tools/runner.h"

/* One array of the reference that a layer has the name of. */
struct compare_row {
    const char *name;  /* in the reference */
    const char *tap;   /* what is tapped: the model's; NULL for the network's result */
    const char *layer; /* the layer's own name; NULL for the network's result */
    size_t place;      /* in the network's order; the result comes last */
    const struct ecam_weight *reference;
    struct ecam_shape shape; /* what the layer gives; rank 0 where it could not be run */
    struct compare compare;
    struct compare_result result;
    char *fault; /* why values could not be compared, to free(); or NULL */
};

struct compare_rows {
    struct compare_row *row; /* [n], in the network's order */
    size_t n;
    const char **missing; /* [n_missing]: arrays of the reference that no layer is named after */
    size_t n_missing;
    size_t n_layers, n_covered; /* layers, without the input; those with a row */
    struct ecam_names *names;   /* of the model */
    struct ecam_session_info info;
};

/* Finds the layers of the arrays. None at all is an error. */
enum ecam_status compare_match(const struct reference *reference, const struct runner *runner,
                               struct compare_rows *out, struct ecam_error *err);

/* What enters the network. */
struct compare_input {
    float *values;
    size_t n, c, h, w;
};

/* Runs the network and compares. Taps that would fill the memory together are run in
 * groups; what cannot be run becomes a row's fault. */
enum ecam_status compare_run(const struct runner *runner, bool no_winograd,
                             const struct compare_input *input, struct compare_rows *rows,
                             struct ecam_error *err);

/* Whether a row is beyond the tolerance. */
bool compare_departs(const struct compare_row *row, double tolerance);

void compare_rows_free(struct compare_rows *rows);

#endif /* ECAM_TOOLS_COMPARE_RUN_H */
