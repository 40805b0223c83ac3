/* SPDX-License-Identifier: BSD-2-Clause
 * Table 3: one box an image against all objects in it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/proposal.h"
#include "bench/eval/published.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/evaluate_line.h"
#include "tools/output.h"

/* VOC counts pixels from 1. */
#define VOC_ORIGIN 1

/* ---- A line ---- */

static enum ecam_status put_map(struct json *json, struct evaluator *evaluator,
                                const struct evaluate_row *row, const struct ecam_session *session,
                                const char *image, const struct ecam_geometry *geometry,
                                struct ecam_error *err)
{
    struct evaluate_map map;
    struct eval_sweep sweep;
    const enum ecam_status status =
        evaluate_sweep(evaluator, row, session, image, geometry, &map, &sweep, err);
    if (status == ECAM_OK) {
        json_object_begin(json);
        evaluate_put_share(json, &map);
        evaluate_put_sweep(json, &sweep, evaluator->options->threshold);
        json_object_end(json);
    }
    evaluate_map_free(&map);
    return status;
}

static enum ecam_status add_image(struct evaluator *evaluator, const struct evaluate_images *images,
                                  const struct eval_truth_image *image, const char *path,
                                  struct json *json, struct ecam_error *err)
{
    const struct eval_truth *truth = &images->truth;
    struct run_input input = { 0 };
    struct ecam_session *session = NULL;
    enum ecam_status status = run_input_read(&evaluator->runner, path, &input, err);
    if (status == ECAM_OK)
        status = runner_run(&evaluator->runner, &input, &session, err);
    if (status != ECAM_OK)
        goto out;
    evaluate_put_size(json, &input.geometry);
    json_key(json, "objects");
    json_list_begin(json);
    for (size_t i = 0; i < image->n; i++) {
        const struct eval_truth_object *object = &truth->object[image->first + i];
        json_object_begin(json);
        json_key(json, "name");
        json_string(json, truth->name[object->name]);
        json_key(json, "difficult");
        json_bool(json, object->is_difficult);
        json_key(json, "box");
        evaluate_put_box(json, &object->box);
        json_object_end(json);
    }
    json_list_end(json);
    json_key(json, "maps");
    json_list_begin(json);
    for (size_t r = 0; r < evaluator->n_rows && status == ECAM_OK; r++)
        status = put_map(json, evaluator, &evaluator->row[r], session, image->name, &input.geometry,
                         err);
    json_list_end(json);
out:
    run_input_free(&input);
    return status;
}

int evaluate_proposal(const struct evaluate_options *options)
{
    if (options->voc == NULL && options->boxes == NULL)
        return cli_usage("evaluate", "proposal: no objects are given: --voc or --boxes");
    return evaluate_all("proposal", options, evaluate_images_read, add_image);
}

/* ---- Scores ---- */

/* All images of a file: their objects as a truth, and a box for each row. */
struct proposals {
    struct eval_truth truth;
    struct eval_box *box; /* [n][n_rows + baselines] */
    bool *has_box;
    size_t n_rows, n_failed;
};

#define N_BASELINES 2

static void proposals_free(struct proposals *p)
{
    eval_truth_free(&p->truth);
    ecam_free(p->box);
    ecam_free(p->has_box);
}

static enum ecam_status read_objects(struct results *results, size_t i, const cJSON *line,
                                     struct proposals *p, struct ecam_error *err)
{
    const cJSON *objects = evaluate_member(line, "objects");
    const size_t n = (size_t)(cJSON_IsArray(objects) ? cJSON_GetArraySize(objects) : 0);
    struct eval_object *object = ecam_calloc(ecam_max_size(n, 1), sizeof *object);
    enum ecam_status status =
        object == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "%zu objects", n) : ECAM_OK;
    size_t k = 0;
    for (const cJSON *o = n > 0 ? objects->child : NULL; o != NULL && status == ECAM_OK;
         o = o->next, k++) {
        double v[4];
        const char *name = cJSON_GetStringValue(evaluate_member(o, "name"));
        if (name == NULL || !evaluate_numbers(evaluate_member(o, "box"), v, 4))
            status = evaluate_bad_line(results, i, "objects", err);
        else
            object[k] = (struct eval_object){
                .name = (char *)(uintptr_t)name,
                .box = { v[0], v[1], v[2], v[3] },
                .is_difficult = cJSON_IsTrue(evaluate_member(o, "difficult")),
            };
    }
    const struct eval_annotation annotation = { .object = object, .n = n };
    if (status == ECAM_OK)
        status = eval_truth_add_annotation(&p->truth, results_image(results, i), &annotation, err);
    ecam_free(object);
    return status;
}

/* The box at the run's threshold, in VOC's pixels. */
static bool read_box(const cJSON *map, struct eval_box *out)
{
    double v[4];
    if (!evaluate_numbers(evaluate_member(map, "box"), v, 4))
        return false;
    *out = (struct eval_box){ v[0] + VOC_ORIGIN, v[1] + VOC_ORIGIN, v[2] + VOC_ORIGIN,
                              v[3] + VOC_ORIGIN };
    return true;
}

static enum ecam_status read_proposal(struct results *results, size_t i, double centre,
                                      struct proposals *p, struct ecam_error *err)
{
    const size_t n = p->n_rows + N_BASELINES;
    cJSON *line = NULL;
    double size[2] = { 0 };
    enum ecam_status status = results_line(results, i, &line, err);
    if (status == ECAM_OK && evaluate_member(line, "error") != NULL) {
        p->n_failed++;
        status = eval_truth_add_bare(&p->truth, results_image(results, i), err);
    } else if (status == ECAM_OK) {
        const cJSON *maps = evaluate_member(line, "maps");
        status = read_objects(results, i, line, p, err);
        if (status == ECAM_OK && (!evaluate_numbers(evaluate_member(line, "size"), size, 2) ||
                                  (size_t)cJSON_GetArraySize(maps) != p->n_rows))
            status = evaluate_bad_line(results, i, "maps", err);
        for (size_t r = 0; r < p->n_rows && status == ECAM_OK; r++)
            p->has_box[i * n + r] = read_box(cJSON_GetArrayItem(maps, (int)r), &p->box[i * n + r]);
        for (size_t r = p->n_rows; r < n && status == ECAM_OK; r++) {
            struct eval_box *box = &p->box[i * n + r];
            *box = eval_centred_box((size_t)size[0], (size_t)size[1], r == p->n_rows ? centre : 1);
            *box = (struct eval_box){ box->x0 + VOC_ORIGIN, box->y0 + VOC_ORIGIN,
                                      box->x1 + VOC_ORIGIN, box->y1 + VOC_ORIGIN };
            p->has_box[i * n + r] = true;
        }
    }
    cJSON_Delete(line);
    return status;
}

static void add_reading(struct eval_table *table, const char *model, const char *row,
                        const char *reading, bool with_difficult,
                        const struct eval_precision_recall *pr)
{
    eval_table_row(table);
    eval_table_text(table, "%s", model);
    eval_table_text(table, "%s", row);
    eval_table_text(table, "%s", reading);
    eval_table_text(table, with_difficult ? "with" : "without");
    eval_table_number(table, pr->recall, 4);
    eval_table_number(table, pr->precision, 4);
    eval_table_number(table, (double)pr->images, 0);
}

static enum ecam_status add_row(struct eval_table *table, const struct proposals *p, size_t r,
                                const char *model, const char *name, struct ecam_error *err)
{
    const size_t n = p->truth.n, step = p->n_rows + N_BASELINES;
    enum ecam_status status = ECAM_OK;
    struct eval_proposal_image *image = ecam_calloc(ecam_max_size(n, 1), sizeof *image);
    if (image == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "scores of %zu images", n);
    for (size_t i = 0; i < n; i++)
        image[i] = (struct eval_proposal_image){
            .object = p->truth.object + p->truth.image[i].first,
            .n = p->truth.image[i].n,
            .has_box = p->has_box[i * step + r],
            .box = p->box[i * step + r],
        };
    for (int difficult = 0; difficult < 2 && status == ECAM_OK; difficult++) {
        struct eval_proposal_scores scores;
        status = eval_proposal(image, n, p->truth.n_names, difficult != 0, &scores, err);
        if (status != ECAM_OK)
            break;
        add_reading(table, model, name, "(a) literal", difficult != 0, &scores.literal);
        add_reading(table, model, name, "(b) mean over classes", difficult != 0, &scores.by_class);
        add_reading(table, model, name, "(c) class-free", difficult != 0, &scores.class_free);
    }
    ecam_free(image);
    return status;
}

static enum ecam_status add_results(struct eval_table *table, struct results *results,
                                    const struct evaluate_options *options, struct ecam_error *err)
{
    const cJSON *header = results_header(results), *rows = evaluate_member(header, "rows");
    const cJSON *threshold = evaluate_member(header, "threshold");
    const size_t n = results_count(results);
    struct proposals p = { .n_rows = (size_t)(cJSON_IsArray(rows) ? cJSON_GetArraySize(rows) : 0) };
    const size_t step = p.n_rows + N_BASELINES;
    enum ecam_status status = ECAM_OK;
    char model[EVALUATE_MODEL_NAME];
    evaluate_model_name(results, model);
    p.box = ecam_calloc(ecam_max_size(n * step, 1), sizeof *p.box);
    p.has_box = ecam_calloc(ecam_max_size(n * step, 1), sizeof *p.has_box);
    if (p.box == NULL || p.has_box == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "boxes of %zu images", n);
    for (size_t i = 0; i < n && status == ECAM_OK; i++)
        status = read_proposal(results, i, options->centre, &p, err);
    for (size_t r = 0; r < step && status == ECAM_OK; r++) {
        char name[160];
        const char *of_row = cJSON_GetStringValue(cJSON_GetArrayItem(rows, (int)r));
        if (r < p.n_rows)
            snprintf(name, sizeof name, "%s", of_row == NULL ? "?" : of_row);
        else
            snprintf(name, sizeof name,
                     r == p.n_rows ? "centred box, %g of the sides" : "whole image",
                     options->centre);
        status = add_row(table, &p, r, model, name, err);
    }
    eval_table_note(table, "%s: %zu images, %zu classes, threshold %g %%, IoU 0.5.",
                    results_path(results), n, p.truth.n_names,
                    cJSON_IsNumber(threshold) ? threshold->valuedouble : (double)NAN);
    if (p.n_failed > 0)
        eval_table_note(table,
                        "%zu of %zu images could not be evaluated; their objects are unknown.",
                        p.n_failed, n);
    proposals_free(&p);
    return status;
}

enum ecam_status evaluate_proposal_scores(struct results *const *results, size_t n,
                                          const struct evaluate_options *options,
                                          struct ecam_error *err)
{
    static const char *const columns[] = { "model",
                                           "method",
                                           "reading",
                                           "difficult objects",
                                           "mean average recall",
                                           "mean average precision",
                                           "images counted" };
    struct eval_table *table = eval_table_new("object proposal (Table 3)");
    enum ecam_status status = table == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a table") : ECAM_OK;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(columns) && status == ECAM_OK; i++)
        eval_table_column(table, columns[i]);
    for (size_t i = 0; i < n && status == ECAM_OK; i++)
        status = add_results(table, results[i], options, err);
    if (status != ECAM_OK) {
        eval_table_free(table);
        return status;
    }
    status = evaluate_print(table, options->format, err);
    if (status == ECAM_OK && options->with_published)
        status = evaluate_print(eval_published(EVAL_PROPOSAL), options->format, err);
    return status;
}
