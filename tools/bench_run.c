/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bench_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/limits.h"
#include "engine/error.h"
#include "tools/bundled.h"
#include "tools/npy.h"
#include "tools/random_model.h"

#define WARM_UP_RUNS 3
#define WARM_UP_SECONDS 0.2
#define SECONDS 1.0
#define MIN_RUNS 10
#define MAX_RUNS 100000
#define LAYER_RUNS 20 /* each step's fastest of so many */

static bool is_family(const char *word)
{
    for (size_t i = 0; random_model_family(i) != NULL; i++)
        if (strcmp(random_model_family(i), word) == 0)
            return true;
    return false;
}

/* A file comes first: a family's name is only for where there is none. */
static enum ecam_status load(const struct bench_options *options, struct bench_result *r,
                             struct ecam_error *err)
{
    const struct ecam_limits *limits = &options->run.limits;
    size_t size;
    if (r->model == NULL) {
        r->model = bundled_name();
        return bundled_load(limits, &r->loaded, err);
    }
    if (access(r->model, F_OK) == 0 || !is_family(r->model))
        return run_load(&options->run, r->model, &r->loaded, err);
    const enum ecam_status status = random_model(r->model, &r->random_bytes, &size, err);
    return status != ECAM_OK
               ? status
               : ecam_model_load_mem(r->random_bytes, size, r->model, limits, &r->loaded, err);
}

/* The given input for every image of the batch, or values as they come out of photos. */
static enum ecam_status make_input(const struct bench_options *options,
                                   const struct bench_result *r, float **out,
                                   struct ecam_error *err)
{
    const struct ecam_tensor *t = &r->input;
    const size_t image = t->c * t->h * t->w;
    struct npy npy = { 0 };
    enum ecam_status status = ECAM_OK;
    float *input = malloc(t->n * image * sizeof *input);
    if (input == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "an input of %zu floats", t->n * image);
    if (options->input != NULL) {
        size_t count = 1;
        status = npy_read(options->input, &npy, err);
        for (uint32_t i = 0; status == ECAM_OK && i < npy.shape.rank; i++)
            count *= npy.shape.dim[i];
        if (status == ECAM_OK && count != image)
            status = ecam_fail(err, ECAM_ERR_SHAPE, "%s: %zu floats, %zux%zux%zu are expected",
                               options->input, count, t->c, t->h, t->w);
    }
    uint32_t random = 1;
    for (size_t i = 0; status == ECAM_OK && i < t->n * image; i++) {
        random = random * 1664525u + 1013904223u;
        input[i] =
            npy.data != NULL ? npy.data[i % image] : (float)(random >> 8) / (float)(1 << 22) - 2.0f;
    }
    npy_free(&npy);
    if (status != ECAM_OK) {
        free(input);
        return status;
    }
    *out = input;
    return ECAM_OK;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum ecam_status time_runs(const struct bench_options *options, struct bench_result *r,
                                  const float *input, struct ecam_error *err)
{
    const size_t max = options->repeat != 0 ? options->repeat : MAX_RUNS;
    double *ms = malloc(max * sizeof *ms);
    if (ms == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "times of %zu runs", max);
    enum ecam_status status = ECAM_OK;
    const double begin = limits_seconds();
    for (size_t i = 0;
         status == ECAM_OK && (i < WARM_UP_RUNS || limits_seconds() - begin < WARM_UP_SECONDS); i++)
        status = ecam_session_run(r->session, input, err);
    const double start = limits_seconds();
    size_t n = 0;
    while (status == ECAM_OK && n < max &&
           (options->repeat != 0 || n < MIN_RUNS || limits_seconds() - start < SECONDS)) {
        const double before = limits_seconds();
        status = ecam_session_run(r->session, input, err);
        ms[n++] = 1e3 * (limits_seconds() - before);
    }
    if (status == ECAM_OK) {
        qsort(ms, n, sizeof *ms, by_value);
        r->median_ms = n % 2 != 0 ? ms[n / 2] : 0.5 * (ms[n / 2 - 1] + ms[n / 2]);
        r->min_ms = ms[0];
        r->runs = n;
    }
    free(ms);
    return status;
}

/* In a session of its own, as looking at the clock costs time. */
static enum ecam_status time_layers(struct ecam_session_options options, struct bench_result *r,
                                    const float *input, struct ecam_error *err)
{
    struct ecam_session *session = NULL;
    options.profile = true;
    enum ecam_status status = ecam_session_new(r->loaded, &options, &session, err);
    if (status != ECAM_OK)
        return status;
    r->n_layers = ecam_session_n_steps(session);
    r->layers = calloc(r->n_layers, sizeof *r->layers);
    if (r->layers == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "times of %zu layers", r->n_layers);
    for (size_t run = 0; status == ECAM_OK && run < LAYER_RUNS; run++) {
        status = ecam_session_run(session, input, err);
        for (size_t i = 0; status == ECAM_OK && i < r->n_layers; i++) {
            struct bench_layer *layer = &r->layers[i];
            ecam_session_step(session, i, &layer->info);
            const double ms = 1e3 * layer->info.last_seconds;
            layer->ms = run == 0 || ms < layer->ms ? ms : layer->ms;
        }
    }
    ecam_session_free(session); /* names are the model's, algorithms are constants */
    return status;
}

static enum ecam_status write_logits(const char *path, const struct bench_result *r,
                                     struct ecam_error *err)
{
    struct ecam_tensor out;
    const enum ecam_status status = ecam_session_output(r->session, &out, err);
    if (status != ECAM_OK)
        return status;
    const size_t dim[2] = { out.n, out.c * out.h * out.w };
    return npy_write(path, out.data, dim, 2, err);
}

enum ecam_status bench_run(const struct bench_options *options, const char *model,
                           struct bench_result *out, struct ecam_error *err)
{
    struct bench_result r = { .model = model };
    const struct ecam_session_options session = {
        .isa = options->run.isa,
        .goal = (enum ecam_goal)options->run.goal,
        .threads = (unsigned)options->run.threads,
        .n = options->batch,
        .h = options->h,
        .w = options->w,
        .no_winograd = options->no_winograd,
    };
    float *input = NULL;
    double start = limits_seconds();
    enum ecam_status status = load(options, &r, err);
    r.load_ms = 1e3 * (limits_seconds() - start);
    start = limits_seconds();
    if (status == ECAM_OK)
        status = ecam_session_new(r.loaded, &session, &r.session, err);
    r.session_ms = 1e3 * (limits_seconds() - start);
    if (status == ECAM_OK) {
        ecam_session_info(r.session, &r.info);
        ecam_session_input(r.session, &r.input);
        status = make_input(options, &r, &input, err);
    }
    if (status == ECAM_OK)
        status = time_runs(options, &r, input, err);
    if (status == ECAM_OK && options->logits != NULL)
        status = write_logits(options->logits, &r, err);
    if (status == ECAM_OK && options->has_layers)
        status = time_layers(session, &r, input, err);
    free(input);
    if (status != ECAM_OK) {
        bench_free(&r);
        return status;
    }
    *out = r;
    return ECAM_OK;
}

void bench_free(struct bench_result *result)
{
    free(result->layers);
    ecam_session_free(result->session);
    ecam_model_free(result->loaded);
    random_model_free(result->random_bytes);
    *result = (struct bench_result){ 0 };
}
