/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/runner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/bundled.h"
#include "tools/file.h"
#include "tools/npy.h"
#include "tools/output.h"
#include "tools/photo_options.h"

/* Files of other programs do not say how photos go in: what was taken instead. */
static void tell_preset(const struct runner *runner)
{
    const char *const format = ecam_model_fact(runner->model, "format");
    const char *const preset = ecam_preprocess_preset_of(ecam_model_preprocess(runner->model));
    if (format == NULL || preset == NULL)
        return;
    if (strcmp(format, "Caffe") == 0)
        out_say("photos go in as preset '%s' says, told by the network's layers; --preset changes "
                "it",
                preset);
    else if (strcmp(format, "ONNX") == 0)
        out_say("photos go in as preset '%s' says, since the file does not; --preset changes it",
                preset);
}

/* What the command line puts in place of the model's own. */
static enum ecam_status settle(struct runner *runner, struct ecam_error *err)
{
    const struct run_options *run = runner->run;
    enum ecam_status status = ECAM_OK;
    runner->preprocess = *ecam_model_preprocess(runner->model);
    if (run->preset == NULL && !run->is_quiet)
        tell_preset(runner);
    if (run->preset != NULL)
        status = photo_preset(run->preset, runner->model, &runner->preprocess, err);
    if (status == ECAM_OK && run->labels != NULL)
        status = labels_read(run->labels, &runner->labels, err);
    if (status == ECAM_OK && run->labels != NULL && !run->is_quiet)
        labels_check(run->labels, &runner->labels, runner->model);
    return status;
}

enum ecam_status run_load(const struct run_options *run, const char *path, struct ecam_model **out,
                          struct ecam_error *err)
{
    const struct ecam_load_options options = { .limits = &run->limits, .graph = run->graph };
    return ecam_model_load_with(path, &options, out, err);
}

int runner_open(const char *command, const struct run_options *run, struct runner *out)
{
    struct ecam_error err;
    *out = (struct runner){ .run = run };
    if (ecam_isa_resolve(run->isa, &out->isa, &err) != ECAM_OK)
        return cli_usage(command, "%s", err.text); /* --isa was checked: it is the environment */
    if (run->graph != NULL && run->model == NULL)
        return cli_usage(command, "--graph is for a file of weights: -m is missing");
    out->name = run->model != NULL ? run->model : bundled_name();
    enum ecam_status status = run->model != NULL ? run_load(run, run->model, &out->model, &err)
                                                 : bundled_load(&run->limits, &out->model, &err);
    if (status == ECAM_OK)
        status = settle(out, &err);
    if (status == ECAM_OK)
        return CLI_EXIT_DONE;
    out_say("%s", err.text);
    return CLI_EXIT_FAILED;
}

void runner_close(struct runner *runner)
{
    for (size_t i = 0; i < RUNNER_SESSIONS; i++)
        ecam_session_free(runner->ready[i].session);
    ecam_model_free(runner->model);
    labels_free(&runner->labels);
    *runner = (struct runner){ 0 };
}

/* ---- Inputs ---- */

static enum ecam_status floats_new(size_t c, size_t h, size_t w, float **out,
                                   struct ecam_error *err)
{
    size_t n = 0;
    *out = NULL;
    if (c != 0 && h != 0 && w != 0 && h <= SIZE_MAX / sizeof(float) / c &&
        w <= SIZE_MAX / sizeof(float) / c / h)
        n = c * h * w;
    *out = n == 0 ? NULL : malloc(n * sizeof **out);
    if (*out == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "an input of %zux%zux%zu floats", c, h, w);
    return ECAM_OK;
}

static enum ecam_status read_array(const struct runner *runner, const char *name,
                                   const uint8_t *bytes, size_t size, struct run_input *in,
                                   struct ecam_error *err)
{
    struct npy npy = { 0 };
    char shape[OUT_SHAPE_BYTES];
    size_t c, unused_h, unused_w;
    enum ecam_status status = npy_read_mem(name, bytes, size, &npy, err);
    if (status != ECAM_OK)
        return status;
    ecam_model_input(runner->model, &c, &unused_h, &unused_w);
    const uint32_t rank = npy.shape.rank;
    const size_t *dim = rank == 4 ? npy.shape.dim + 1 : npy.shape.dim;
    if ((rank != 3 && !(rank == 4 && npy.shape.dim[0] == 1)) || dim[0] != c || c != 3 ||
        dim[1] == 0 || dim[2] == 0) {
        status = ecam_fail(err, ECAM_ERR_SHAPE, "%s: an array of %s, expected %zuxHxW or 1x%zuxHxW",
                           name, out_shape(&npy.shape, shape), c, c);
        goto out;
    }
    in->is_array = true;
    in->c = c;
    in->h = dim[1];
    in->w = dim[2];
    in->geometry = (struct ecam_geometry){
        .photo_h = in->h,
        .photo_w = in->w,
        .resized_h = in->h,
        .resized_w = in->w,
        .input_h = in->h,
        .input_w = in->w,
    };
    in->photo.h = in->h;
    in->photo.w = in->w;
    in->photo.rgb = malloc(3 * in->h * in->w); /* less than the array: no overflow */
    if (in->photo.rgb == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%s: a picture of %zux%zu", name, in->w, in->h);
        goto out;
    }
    in->values = npy.data;
    npy.data = NULL;
    ecam_input_to_rgb(&runner->preprocess, in->values, in->h, in->w, in->photo.rgb);
out:
    npy_free(&npy);
    return status;
}

static enum ecam_status read_photo(const struct runner *runner, const char *name,
                                   const uint8_t *bytes, size_t size, struct run_input *in,
                                   struct ecam_error *err)
{
    struct ecam_preprocess pre;
    size_t c, h, w;
    enum ecam_status status =
        image_read_mem(name, bytes, size, &runner->run->photo_limits, &in->photo, err);
    if (status != ECAM_OK)
        return status;
    ecam_model_input(runner->model, &c, &h, &w);
    prep_apply(runner->prep, &runner->preprocess, h, w, in->photo.h, in->photo.w, &pre);
    status = ecam_geometry_plan(&pre, in->photo.h, in->photo.w, &in->geometry, err);
    if (status == ECAM_OK) {
        in->c = 3;
        in->h = in->geometry.input_h;
        in->w = in->geometry.input_w;
        status = floats_new(in->c, in->h, in->w, &in->values, err);
    }
    if (status == ECAM_OK)
        status = ecam_photo_prepare(&pre, in->photo.rgb, &in->geometry, in->values, err);
    return status == ECAM_OK ? status : ecam_error_at(err, status, name);
}

enum ecam_status run_input_read(const struct runner *runner, const char *path,
                                struct run_input *out, struct ecam_error *err)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    uint8_t *bytes = NULL;
    size_t size = 0;
    *out = (struct run_input){ 0 };
    enum ecam_status status =
        file_read(path, image_max_bytes(&runner->run->photo_limits), &bytes, &size, err);
    if (status != ECAM_OK)
        return status;
    status = npy_is(bytes, size) ? read_array(runner, name, bytes, size, out, err)
                                 : read_photo(runner, name, bytes, size, out, err);
    free(bytes);
    if (status != ECAM_OK)
        run_input_free(out);
    return status;
}

void run_input_free(struct run_input *input)
{
    image_free(&input->photo);
    free(input->values);
    *input = (struct run_input){ 0 };
}

/* ---- Sessions ---- */

enum ecam_status runner_run(struct runner *runner, const struct run_input *input,
                            struct ecam_session **session, struct ecam_error *err)
{
    size_t at = 0; /* the session of this size, or the one unused for longest */
    for (size_t i = 0; i < RUNNER_SESSIONS; i++) {
        if (runner->ready[i].session != NULL && runner->ready[i].h == input->h &&
            runner->ready[i].w == input->w) {
            at = i;
            break;
        }
        if (runner->ready[i].used < runner->ready[at].used)
            at = i;
    }
    if (runner->ready[at].session == NULL || runner->ready[at].h != input->h ||
        runner->ready[at].w != input->w) {
        const struct ecam_session_options options = {
            .isa = runner->isa,
            .goal = (enum ecam_goal)runner->run->goal,
            .threads = (unsigned)runner->run->threads,
            .stop_after_taps = runner->stops_after_taps,
            .h = input->h,
            .w = input->w,
            .taps = runner->taps,
            .n_taps = runner->n_taps,
        };
        /* The old one goes first: two of them may not fit in memory. */
        ecam_session_free(runner->ready[at].session);
        runner->ready[at].session = NULL;
        runner->ready[at].used = 0;
        const enum ecam_status status =
            ecam_session_new(runner->model, &options, &runner->ready[at].session, err);
        if (status != ECAM_OK) {
            runner->ready[at].session = NULL;
            return status;
        }
        runner->ready[at].h = input->h;
        runner->ready[at].w = input->w;
    }
    runner->ready[at].used = ++runner->turn;
    *session = runner->ready[at].session;
    return ecam_session_run(*session, input->values, err);
}

/* ---- Classes ---- */

const char *runner_label(const struct runner *runner, size_t index)
{
    if (runner->labels.n == 0)
        return ecam_model_label(runner->model, index);
    return index < runner->labels.n ? runner->labels.name[index] : NULL;
}

size_t runner_n_labels(const struct runner *runner)
{
    return runner->labels.n > 0 ? runner->labels.n : ecam_model_n_labels(runner->model);
}

/* NaN is less than every number. */
static bool is_above(float a, float b)
{
    return a > b || (isnan(b) && !isnan(a));
}

enum ecam_status run_top(const struct runner *runner, const struct ecam_session *session, size_t k,
                         struct run_class *top, size_t *n, struct ecam_error *err)
{
    struct ecam_tensor logits;
    const enum ecam_status status = ecam_session_output(session, &logits, err);
    if (status != ECAM_OK)
        return status;
    *n = 0;
    if (logits.n != 1 || logits.h * logits.w != 1)
        return ECAM_OK;
    double sum = 0, most = -HUGE_VAL;
    for (size_t i = 0; i < logits.c; i++)
        if (is_above(logits.data[i], (float)most))
            most = (double)logits.data[i];
    for (size_t i = 0; i < logits.c; i++) {
        sum += isnan(logits.data[i]) ? 0 : exp((double)logits.data[i] - most);
        size_t at = *n;
        while (at > 0 && is_above(logits.data[i], top[at - 1].logit))
            at--;
        if (at == k)
            continue;
        if (*n < k)
            ++*n;
        memmove(top + at + 1, top + at, (*n - 1 - at) * sizeof *top);
        top[at] = (struct run_class){ .index = i,
                                      .label = runner_label(runner, i),
                                      .logit = logits.data[i] };
    }
    for (size_t i = 0; i < *n; i++)
        top[i].probability = exp((double)top[i].logit - most) / sum;
    return ECAM_OK;
}

void run_json(struct json *json, const struct runner *runner, const struct ecam_session *session,
              const char *input, const struct run_class *top, size_t n)
{
    struct ecam_session_info info;
    ecam_session_info(session, &info);
    json_key(json, "schema");
    json_uint(json, 1);
    json_key(json, "input");
    json_string(json, input);
    json_key(json, "model");
    json_string(json, runner->name);
    json_key(json, "isa");
    json_string(json, ecam_isa_name(info.isa));
    json_key(json, "threads");
    json_uint(json, info.threads);
    if (n == 0)
        return;
    json_key(json, "top");
    json_list_begin(json);
    for (size_t i = 0; i < n; i++) {
        json_object_begin(json);
        json_key(json, "index");
        json_uint(json, top[i].index);
        json_key(json, "label");
        json_string(json, top[i].label);
        json_key(json, "logit");
        json_float(json, top[i].logit);
        json_key(json, "probability");
        json_float(json, (float)top[i].probability);
        json_object_end(json);
    }
    json_list_end(json);
}

void run_print_top(const struct run_class *top, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("  %6.2f %%  %5zu  ", 100 * top[i].probability, top[i].index);
        out_text(top[i].label == NULL ? "(no name)" : top[i].label);
        putchar('\n');
    }
}
