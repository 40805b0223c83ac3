/* SPDX-License-Identifier: BSD-2-Clause
 * One network timed: what `eigencam bench` tells of it. */
#ifndef ECAM_TOOLS_BENCH_RUN_H
#define ECAM_TOOLS_BENCH_RUN_H

#include "engine/ecam.h"
#include "tools/runner.h"

struct bench_options {
    struct run_options run;
    size_t batch, repeat; /* repeat 0: about a second, and 10 runs at least */
    size_t h, w;          /* 0: the model's own size */
    bool has_layers;
    bool no_winograd;
    const char *input, *logits; /* .npy, or NULL */
};

/* A step at its fastest. */
struct bench_layer {
    struct ecam_step_info info;
    double ms;
};

struct bench_result {
    const char *model; /* as it was asked for */
    unsigned char *random_bytes;
    struct ecam_model *loaded;
    struct ecam_session *session; /* steps' names live with these */
    struct ecam_session_info info;
    struct ecam_tensor input;
    double load_ms, session_ms, median_ms, min_ms;
    size_t runs;
    struct bench_layer *layers; /* NULL unless asked for */
    size_t n_layers;
};

/* Loads, plans, warms up, times. On ECAM_OK bench_free(). */
enum ecam_status bench_run(const struct bench_options *options, const char *model,
                           struct bench_result *out, struct ecam_error *err);
void bench_free(struct bench_result *result);

#endif /* ECAM_TOOLS_BENCH_RUN_H */
