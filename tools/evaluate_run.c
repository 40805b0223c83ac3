/* SPDX-License-Identifier: BSD-2-Clause
 * From image to image: what is done is written at once, so that nothing is lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/model_json.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "weights/sha256.h"

#define RESULTS_SCHEMA 1

static const char *const scale_names[] = { "by method", "max", "minmax", "clamp" };
static const char *const sign_names[] = { "auto", "absmax", "flip" };

/* ---- Settings ---- */

static void put_string(struct json *json, const char *key, const char *text)
{
    json_key(json, key);
    json_string(json, text);
}

static void put_uint(struct json *json, const char *key, size_t value)
{
    json_key(json, key);
    json_uint(json, value);
}

void evaluate_fingerprint(const struct eval_truth *truth, char hex[65])
{
    struct ecam_sha256 sha;
    ecam_sha256_begin(&sha);
    for (size_t i = 0; i < truth->n; i++) {
        const struct eval_truth_image *image = &truth->image[i];
        ecam_sha256_add(&sha, image->name, strlen(image->name) + 1);
        for (size_t k = 0; k < image->n; k++) {
            const struct eval_truth_object *object = &truth->object[image->first + k];
            const char *name = truth->name[object->name];
            char text[160];
            const int n =
                snprintf(text, sizeof text, "%g %g %g %g %d", object->box.x0, object->box.y0,
                         object->box.x1, object->box.y1, object->is_difficult);
            ecam_sha256_add(&sha, name, strlen(name) + 1);
            ecam_sha256_add(&sha, text, (size_t)n + 1);
        }
    }
    ecam_sha256_end(&sha, hex);
}

static void put_model(struct json *json, const struct evaluator *evaluator)
{
    const struct ecam_model *model = evaluator->runner.model;
    const char *slash = strrchr(evaluator->runner.name, '/');
    json_key(json, "model");
    json_object_begin(json);
    put_string(json, "name", slash == NULL ? evaluator->runner.name : slash + 1);
    put_string(json, "family", ecam_model_fact(model, "family"));
    put_string(json, "source", ecam_model_fact(model, "source"));
    put_string(json, "source_sha256", ecam_model_fact(model, "source_sha256"));
    put_string(json, "data_sha256", ecam_model_fact(model, "data_sha256"));
    json_object_end(json);
}

enum ecam_status evaluate_header(const struct evaluator *evaluator, const char *fingerprint,
                                 size_t n_images, struct json *out, struct ecam_error *err)
{
    const struct evaluate_options *options = evaluator->options;
    json_object_begin(out);
    put_uint(out, "eigencam_results", RESULTS_SCHEMA);
    put_string(out, "what", evaluator->what);
    put_string(out, "version", ecam_version());
    put_string(out, "isa", ecam_isa_name(evaluator->runner.isa));
    put_string(out, "plan", options->run.goal == ECAM_GOAL_MANY ? "many" : "once");
    put_model(out, evaluator);
    json_key(out, "preprocess");
    preprocess_json(out, &evaluator->runner.preprocess);
    put_string(out, "prep", prep_names[options->prep]);
    put_string(out, "scale", scale_names[options->scale]);
    put_string(out, "sign", sign_names[options->sign]);
    put_uint(out, "connectivity", options->connectivity);
    put_uint(out, "tolerance", options->tolerance);
    put_uint(out, "threshold", options->threshold);
    json_key(out, "classes");
    json_bool(out, evaluator->has_classes);
    json_key(out, "rows");
    json_list_begin(out);
    for (size_t i = 0; i < evaluator->n_rows; i++)
        json_string(out, evaluator->row[i].name);
    json_list_end(out);
    put_uint(out, "images", n_images);
    put_string(out, "images_sha256", fingerprint);
    json_object_end(out);
    return out->failed ? ecam_fail(err, ECAM_ERR_NOMEM, "the settings") : ECAM_OK;
}

/* ---- The loop ---- */

static enum ecam_status add_image(struct evaluator *evaluator, const struct evaluate_images *images,
                                  const struct eval_truth_image *image, evaluate_image_fn *one,
                                  struct results_writer *writer, bool *is_good,
                                  struct progress *progress, struct ecam_error *err)
{
    const char *path = evaluate_images_path(images, image->name);
    struct json json = { 0 };
    json_object_begin(&json);
    put_string(&json, "image", image->name);
    enum ecam_status status =
        path == NULL
            ? ecam_fail(err, ECAM_ERR_IO, "%s: there is no picture of this name", image->name)
            : one(evaluator, images, image, path, &json, err);
    *is_good = status == ECAM_OK;
    if (status == ECAM_ERR_NOMEM) {
        json_free(&json); /* the machine's fault, not the image's: to be tried again */
        return status;
    }
    if (status != ECAM_OK) {
        progress_hide(progress);
        out_say("%s", err->text);
        /* Folders differ from machine to machine: the name alone is told. */
        const char *slash = path == NULL ? NULL : strrchr(path, '/');
        const size_t cut = slash != NULL && strncmp(err->text, path, strlen(path)) == 0
                               ? (size_t)(slash + 1 - path)
                               : 0;
        json_free(&json);
        json_object_begin(&json);
        put_string(&json, "image", image->name);
        put_string(&json, "error", err->text + cut);
    }
    json_object_end(&json);
    status = results_add(writer, &json, err);
    json_free(&json);
    return status;
}

static bool is_in_shard(const struct evaluate_options *options, size_t i)
{
    return options->n_shards == 0 || i % options->n_shards == options->shard - 1;
}

static enum ecam_status run_shard(struct evaluator *evaluator, const struct evaluate_images *images,
                                  evaluate_image_fn *one, struct results_writer *writer,
                                  size_t *n_failed, struct ecam_error *err)
{
    const struct evaluate_options *options = evaluator->options;
    const struct eval_truth *truth = &images->truth;
    enum ecam_status status = ECAM_OK;
    struct progress progress;
    size_t n = 0, done = 0;
    for (size_t i = 0; i < truth->n; i++)
        n += is_in_shard(options, i);
    progress_begin(&progress, n, options->run.is_quiet);
    progress_skip(&progress, results_n_done(writer));
    for (size_t i = 0; i < truth->n && status == ECAM_OK; i++) {
        const struct eval_truth_image *image = &truth->image[i];
        bool is_good = true;
        if (!is_in_shard(options, i))
            continue;
        progress_show(&progress, done++, image->name);
        if (results_has(writer, image->name))
            continue;
        status = add_image(evaluator, images, image, one, writer, &is_good, &progress, err);
        *n_failed += !is_good;
    }
    progress_hide(&progress);
    return status;
}

/* A name that changes on its way through JSON would be done again by each --resume. */
static enum ecam_status check_names(const struct eval_truth *truth, struct ecam_error *err)
{
    for (size_t i = 0; i < truth->n; i++)
        if (!json_can_hold(truth->image[i].name))
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "image %s: its name is no UTF-8",
                             truth->image[i].name);
    return ECAM_OK;
}

static enum ecam_status run_all(struct evaluator *evaluator, const struct evaluate_images *images,
                                evaluate_image_fn *one, size_t *n_failed, struct ecam_error *err)
{
    const struct evaluate_options *options = evaluator->options;
    struct results_writer *writer = NULL;
    struct json header = { 0 };
    char fingerprint[65];
    evaluate_fingerprint(&images->truth, fingerprint);
    enum ecam_status status = check_names(&images->truth, err);
    if (status == ECAM_OK)
        status = evaluate_header(evaluator, fingerprint, images->truth.n, &header, err);
    if (status == ECAM_OK)
        status = results_open(options->output, header.text, options->is_resumed, &writer, err);
    json_free(&header);
    if (status == ECAM_OK && results_n_done(writer) > 0 && !options->run.is_quiet)
        out_say("%s: %zu images are done already", options->output, results_n_done(writer));
    if (status == ECAM_OK)
        status = run_shard(evaluator, images, one, writer, n_failed, err);
    results_close(writer);
    return status;
}

/* ---- The end ---- */

typedef enum ecam_status scores_fn(struct results *const *results, size_t n,
                                   const struct evaluate_options *options, struct ecam_error *err);

static const struct {
    const char *what;
    scores_fn *scores;
} benchmarks[] = {
    { "localization", evaluate_localization_scores },
    { "segmentation", evaluate_segmentation_scores },
    { "proposal", evaluate_proposal_scores },
    { "perturbation", evaluate_perturbation_scores },
};

static scores_fn *find_scores(const char *what)
{
    for (size_t i = 0; what != NULL && i < ECAM_ARRAY_LEN(benchmarks); i++)
        if (strcmp(benchmarks[i].what, what) == 0)
            return benchmarks[i].scores;
    return NULL;
}

static const char *what_of(const struct results *results)
{
    return cJSON_GetStringValue(evaluate_member(results_header(results), "what"));
}

int evaluate_table(const struct evaluate_options *options, char *const *words, size_t n_words)
{
    struct ecam_error err;
    enum ecam_status status = ECAM_OK;
    scores_fn *scores = NULL;
    size_t n = 0;
    if (n_words == 0)
        return cli_usage("evaluate", "table: no file of results is given");
    struct results **results = calloc(n_words, sizeof(struct results *));
    if (results == NULL)
        return CLI_EXIT_FAILED;
    for (; n < n_words && status == ECAM_OK; n++) {
        status = results_read(words[n], &results[n], &err);
        if (status != ECAM_OK)
            break;
        scores = n == 0 ? find_scores(what_of(results[0])) : scores;
        if (scores == NULL || find_scores(what_of(results[n])) != scores)
            status = ecam_fail(&err, ECAM_ERR_FORMAT,
                               n == 0 ? "%s: of no benchmark that is known"
                                      : "%s: of another benchmark than the files before it",
                               words[n]);
    }
    if (status == ECAM_OK)
        status = scores(results, n_words, options, &err);
    if (status != ECAM_OK)
        out_say("%s", err.text);
    for (size_t i = 0; i < n_words; i++)
        results_free(results[i]);
    free(results);
    return status == ECAM_OK ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}

int evaluate_merge(const struct evaluate_options *options, char *const *words, size_t n_words)
{
    struct ecam_error err;
    size_t n = 0;
    if (n_words == 0)
        return cli_usage("evaluate", "merge: no file of results is given");
    for (size_t i = 0; i < n_words; i++)
        if (strcmp(words[i], options->output) == 0)
            return cli_usage("evaluate", "merge: %s is both read and written", words[i]);
    const enum ecam_status status =
        results_merge(options->output, (const char *const *)words, n_words, &n, &err);
    if (status != ECAM_OK) {
        out_say("%s", err.text);
        return CLI_EXIT_FAILED;
    }
    if (!options->run.is_quiet)
        out_say("%s: %zu images of %zu files", options->output, n, n_words);
    char *whole[] = { (char *)(uintptr_t)options->output };
    return evaluate_table(options, whole, 1);
}

static enum ecam_status finish(struct evaluator *evaluator, const struct evaluate_images *images,
                               struct ecam_error *err)
{
    const struct evaluate_options *options = evaluator->options;
    struct results *results = NULL;
    enum ecam_status status = results_read(options->output, &results, err);
    if (status == ECAM_OK && options->n_shards == 0)
        status = find_scores(evaluator->what)(&results, 1, options, err);
    if (status == ECAM_OK && options->gallery > 0)
        status = evaluate_gallery(evaluator, images, results, err);
    results_free(results);
    return status;
}

int evaluate_all(const char *what, const struct evaluate_options *options, evaluate_read_fn *read,
                 evaluate_image_fn *one)
{
    struct evaluate_images images = { 0 };
    struct evaluator evaluator = { 0 };
    struct ecam_error err;
    size_t n_failed = 0;
    int exit_status = evaluator_open(what, options, &evaluator);
    if (exit_status == CLI_EXIT_DONE) {
        enum ecam_status status = read(options, &images, &err);
        if (status == ECAM_OK)
            status = run_all(&evaluator, &images, one, &n_failed, &err);
        if (status == ECAM_OK)
            status = finish(&evaluator, &images, &err);
        if (status != ECAM_OK)
            out_say("%s", err.text);
        exit_status = status == ECAM_OK && n_failed == 0 ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
    }
    evaluate_images_free(&images);
    evaluator_close(&evaluator);
    return exit_status;
}

/* ---- Lines and tables ---- */

const cJSON *evaluate_member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

bool evaluate_numbers(const cJSON *list, double *out, size_t n)
{
    const cJSON *item = cJSON_IsArray(list) ? list->child : NULL;
    for (size_t i = 0; i < n; i++, item = item->next) {
        if (item == NULL || !cJSON_IsNumber(item))
            return false;
        out[i] = item->valuedouble;
    }
    return item == NULL;
}

enum ecam_status evaluate_bad_line(const struct results *results, size_t i, const char *what,
                                   struct ecam_error *err)
{
    return ecam_fail(err, ECAM_ERR_FORMAT, "%s: image %s: '%s' is missing or not as expected",
                     results_path(results), results_image(results, i), what);
}

void evaluate_model_name(const struct results *results, char text[EVALUATE_MODEL_NAME])
{
    const cJSON *model = evaluate_member(results_header(results), "model");
    const char *name = cJSON_GetStringValue(evaluate_member(model, "family"));
    if (name == NULL || name[0] == '\0')
        name = cJSON_GetStringValue(evaluate_member(model, "name"));
    snprintf(text, EVALUATE_MODEL_NAME, "%s", name == NULL ? "?" : name);
}

enum ecam_status evaluate_print(struct eval_table *table, int format, struct ecam_error *err)
{
    const bool is_whole =
        table != NULL && eval_table_print(table, (enum eval_format)format, stdout);
    eval_table_free(table);
    return is_whole ? ECAM_OK : ecam_fail(err, ECAM_ERR_NOMEM, "a table");
}
