/* SPDX-License-Identifier: BSD-2-Clause
 * Adversarial examples: how far a map moves when what enters the network is disturbed. The
 * disturbance comes from outside, an array an image. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/agreement.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "engine/weight.h"
#include "tools/evaluate.h"
#include "tools/evaluate_line.h"
#include "tools/folder.h"
#include "tools/npy.h"
#include "tools/output.h"

/* ---- A line ---- */

/* Adds the array to the input; *ratio: its length over the input's. */
static enum ecam_status disturb(const char *folder, const char *image, struct run_input *input,
                                double *ratio, struct ecam_error *err)
{
    char name[512], text[ECAM_SHAPE_TEXT];
    struct npy npy = { 0 };
    const size_t n = input->c * input->h * input->w;
    double square = 0, input_square = 0;
    snprintf(name, sizeof name, "%.500s.npy", image);
    char *path = folder_join(folder, name);
    enum ecam_status status =
        path == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a file name") : npy_read(path, &npy, err);
    if (status == ECAM_OK) {
        const uint32_t rank = npy.shape.rank;
        const size_t *dim = npy.shape.dim + (rank == 4);
        if ((rank != 3 && !(rank == 4 && npy.shape.dim[0] == 1)) || dim[0] != input->c ||
            dim[1] != input->h || dim[2] != input->w)
            status =
                ecam_fail(err, ECAM_ERR_SHAPE, "%s: found %s values, expected %zux%zux%zu", path,
                          ecam_shape_text(&npy.shape, text), input->c, input->h, input->w);
    }
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        input_square += (double)input->values[i] * (double)input->values[i];
        square += (double)npy.data[i] * (double)npy.data[i];
        input->values[i] += npy.data[i];
    }
    *ratio = sqrt(square) / sqrt(input_square);
    npy_free(&npy);
    free(path);
    return status;
}

static enum ecam_status best_class(const struct evaluator *evaluator,
                                   const struct ecam_session *session, struct run_class *out,
                                   struct ecam_error *err)
{
    size_t n = 0;
    const enum ecam_status status = run_top(&evaluator->runner, session, 1, out, &n, err);
    if (status == ECAM_OK && n == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "the network's result is no list of classes");
    return status;
}

static enum ecam_status put_agreement(struct json *json, const struct evaluator *evaluator,
                                      const float *clean, const float *disturbed, size_t h,
                                      size_t w, struct ecam_error *err)
{
    struct eval_agreement agreement;
    const enum ecam_status status = eval_agreement(
        clean, disturbed, h, w, (double)evaluator->options->threshold / 100, &agreement, err);
    if (status != ECAM_OK)
        return status;
    json_object_begin(json);
    json_key(json, "pearson");
    json_double(json, agreement.pearson);
    json_key(json, "ssim");
    json_double(json, agreement.ssim);
    json_key(json, "iou");
    json_double(json, agreement.iou);
    json_object_end(json);
    return ECAM_OK;
}

static enum ecam_status add_image(struct evaluator *evaluator, const struct evaluate_images *images,
                                  const struct eval_truth_image *image, const char *path,
                                  struct json *json, struct ecam_error *err)
{
    (void)images;
    const size_t n_rows = evaluator->n_rows;
    struct run_input input = { 0 };
    struct ecam_session *session = NULL;
    struct run_class before = { 0 }, after = { 0 };
    double ratio = 0;
    size_t h = 0, w = 0;
    float *clean = NULL; /* [n_rows][h][w] */
    enum ecam_status status = run_input_read(&evaluator->runner, path, &input, err);
    if (status == ECAM_OK)
        status = runner_run(&evaluator->runner, &input, &session, err);
    if (status == ECAM_OK)
        status = best_class(evaluator, session, &before, err);
    if (status != ECAM_OK)
        goto out;
    h = input.geometry.photo_h;
    w = input.geometry.photo_w;
    clean = ecam_realloc_array(NULL, n_rows * h * w, sizeof *clean);
    if (clean == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu maps of %zux%zu", n_rows, w, h);
        goto out;
    }
    for (int turn = 0; turn < 2; turn++) {
        if (turn == 1) {
            status = disturb(evaluator->options->perturbations, image->name, &input, &ratio, err);
            if (status == ECAM_OK)
                status = runner_run(&evaluator->runner, &input, &session, err);
            if (status == ECAM_OK)
                status = best_class(evaluator, session, &after, err);
            if (status != ECAM_OK)
                goto out;
            evaluate_put_size(json, &input.geometry);
            json_key(json, "ratio");
            json_double(json, ratio);
            json_key(json, "before");
            json_uint(json, before.index);
            json_key(json, "after");
            json_uint(json, after.index);
            json_key(json, "maps");
            json_list_begin(json);
        }
        for (size_t r = 0; r < n_rows; r++) {
            struct evaluate_map map;
            status = evaluate_map(evaluator, &evaluator->row[r], session, image->name, &map, err);
            if (status == ECAM_OK)
                status = evaluate_place(evaluator, &map, &input.geometry, err);
            evaluate_map_free(&map);
            if (status == ECAM_OK && turn == 0)
                memcpy(clean + r * h * w, evaluator->room.map, h * w * sizeof *clean);
            else if (status == ECAM_OK)
                status = put_agreement(json, evaluator, clean + r * h * w, evaluator->room.map, h,
                                       w, err);
            if (status != ECAM_OK)
                goto out;
        }
    }
    json_list_end(json);
out:
    ecam_free(clean);
    run_input_free(&input);
    return status;
}

int evaluate_perturbation(const struct evaluate_options *options)
{
    if (options->images == NULL || options->perturbations == NULL)
        return cli_usage("evaluate", "perturbation: needs --images and --perturbations");
    return evaluate_all("perturbation", options, evaluate_images_read, add_image);
}

/* ---- Scores ---- */

enum { PEARSON, SSIM, IOU, N_VALUES };
static const char *const keys[N_VALUES] = { "pearson", "ssim", "iou" };

static enum ecam_status add_results(struct eval_table *table, struct results *results,
                                    struct ecam_error *err)
{
    const cJSON *rows = evaluate_member(results_header(results), "rows");
    const size_t n = results_count(results);
    const size_t n_rows = (size_t)(cJSON_IsArray(rows) ? cJSON_GetArraySize(rows) : 0);
    enum ecam_status status = ECAM_OK;
    size_t n_failed = 0;
    char model[EVALUATE_MODEL_NAME];
    evaluate_model_name(results, model);
    double *value = ecam_calloc(ecam_max_size(n_rows * N_VALUES * n, 1), sizeof *value);
    double *changed = ecam_calloc(ecam_max_size(n, 1), sizeof *changed);
    double *ratio = ecam_calloc(ecam_max_size(n, 1), sizeof *ratio);
    if (value == NULL || changed == NULL || ratio == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "scores of %zu images", n);
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        cJSON *line = NULL;
        status = results_line(results, i, &line, err);
        if (status != ECAM_OK)
            break;
        const cJSON *maps = evaluate_member(line, "maps"), *r = evaluate_member(line, "ratio");
        const cJSON *before = evaluate_member(line, "before"),
                    *after = evaluate_member(line, "after");
        const bool is_failed = evaluate_member(line, "error") != NULL;
        n_failed += is_failed;
        changed[i] = is_failed ? (double)NAN : !cJSON_Compare(before, after, true);
        ratio[i] = cJSON_IsNumber(r) ? r->valuedouble : (double)NAN;
        if (!is_failed && (size_t)cJSON_GetArraySize(maps) != n_rows)
            status = evaluate_bad_line(results, i, "maps", err);
        for (size_t k = 0; k < n_rows * N_VALUES; k++) {
            const cJSON *v =
                evaluate_member(cJSON_GetArrayItem(maps, (int)(k / N_VALUES)), keys[k % N_VALUES]);
            value[k * n + i] = cJSON_IsNumber(v) ? v->valuedouble : (double)NAN;
        }
        cJSON_Delete(line);
    }
    for (size_t r = 0; r < n_rows && status == ECAM_OK; r++) {
        struct eval_interval interval;
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(rows, (int)r));
        eval_table_row(table);
        eval_table_text(table, "%s", model);
        eval_table_text(table, "%s", name == NULL ? "?" : name);
        for (size_t k = 0; k < N_VALUES; k++) {
            eval_mean_interval(value + (r * N_VALUES + k) * n, n, &interval);
            eval_table_percent(table, &interval, 2);
        }
        eval_mean_interval(changed, n, &interval);
        eval_table_percent(table, &interval, 2);
        eval_mean_interval(ratio, n, &interval);
        eval_table_percent(table, &interval, 4);
    }
    if (n_failed > 0)
        eval_table_note(table, "%zu of %zu images could not be evaluated; they are left out.",
                        n_failed, n);
    eval_table_note(table, "%s: %zu images, means times 100 with 95 %% bootstrap intervals.",
                    results_path(results), n);
    ecam_free(value);
    ecam_free(changed);
    ecam_free(ratio);
    return status;
}

enum ecam_status evaluate_perturbation_scores(struct results *const *results, size_t n,
                                              const struct evaluate_options *options,
                                              struct ecam_error *err)
{
    static const char *const columns[] = {
        "model", "method", "Pearson", "SSIM", "IoU at the threshold", "class changed", "|r|/|x|"
    };
    struct eval_table *table = eval_table_new("maps of disturbed images against the clean ones");
    enum ecam_status status = table == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a table") : ECAM_OK;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(columns) && status == ECAM_OK; i++)
        eval_table_column(table, columns[i]);
    for (size_t i = 0; i < n && status == ECAM_OK; i++)
        status = add_results(table, results[i], err);
    if (status == ECAM_OK)
        return evaluate_print(table, options->format, err);
    eval_table_free(table);
    return status;
}
