/* SPDX-License-Identifier: BSD-2-Clause
 * Table 1: what is told of one image. The scores come from these lines alone. */
#include <stdio.h>
#include <string.h>

#include "bench/eval/ilsvrc.h"
#include "bench/eval/pointing.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/evaluate_line.h"
#include "tools/output.h"

#define GUESSES 5

void evaluate_put_box(struct json *json, const struct eval_box *box)
{
    json_list_begin(json);
    json_double(json, box->x0);
    json_double(json, box->y0);
    json_double(json, box->x1);
    json_double(json, box->y1);
    json_list_end(json);
}

void evaluate_put_size(struct json *json, const struct ecam_geometry *geometry)
{
    json_key(json, "size");
    json_list_begin(json);
    json_uint(json, geometry->photo_w);
    json_uint(json, geometry->photo_h);
    json_list_end(json);
}

static void put_box_at(struct json *json, const struct eval_sweep *sweep, unsigned percent)
{
    const unsigned level = eval_sweep_level(sweep, percent);
    if (level >= sweep->max) {
        json_null(json);
        return;
    }
    const struct ecam_box *b = &sweep->box[level];
    const struct eval_box box = { (double)b->x0, (double)b->y0, (double)b->x1, (double)b->y1 };
    evaluate_put_box(json, &box);
}

void evaluate_put_sweep(struct json *json, const struct eval_sweep *sweep, size_t threshold)
{
    json_key(json, "box");
    put_box_at(json, sweep, (unsigned)threshold);
    json_key(json, "boxes");
    json_list_begin(json);
    for (unsigned t = EVAL_FIRST_PERCENT; t <= EVAL_LAST_PERCENT && sweep->max > 0; t++)
        put_box_at(json, sweep, t);
    json_list_end(json);
}

/* Runs of thresholds, first and last, at which the box overlaps enough. */
static void put_hits(struct json *json, const double iou[EVAL_PERCENTS], unsigned overlap)
{
    json_list_begin(json);
    for (unsigned t = 0; t < EVAL_PERCENTS; t++) {
        const unsigned first = t;
        while (t < EVAL_PERCENTS && 100 * iou[t] >= overlap)
            t++;
        if (t == first)
            continue;
        json_list_begin(json);
        json_uint(json, first);
        json_uint(json, t - 1);
        json_list_end(json);
    }
    json_list_end(json);
}

static void put_overlaps(struct json *json, const struct eval_sweep *sweep,
                         const struct eval_box *truth, size_t n)
{
    double iou[EVAL_PERCENTS];
    eval_overlaps(sweep, truth, n, iou);
    json_key(json, "iou");
    json_list_begin(json);
    for (unsigned t = EVAL_FIRST_PERCENT; t <= EVAL_LAST_PERCENT; t++)
        json_float(json, (float)iou[t]);
    json_list_end(json);
    json_key(json, "hits");
    json_object_begin(json);
    for (int k = 0; k < EVAL_N_OVERLAPS; k++) {
        char key[8];
        snprintf(key, sizeof key, "%u", eval_overlap[k]);
        json_key(json, key);
        put_hits(json, iou, eval_overlap[k]);
    }
    json_object_end(json);
}

static void put_point(struct json *json, const struct evaluator *evaluator,
                      const struct ecam_geometry *geometry, const struct eval_box *truth, size_t n)
{
    struct eval_pointing point;
    eval_pointing(evaluator->room.map, geometry->photo_h, geometry->photo_w, truth, n,
                  (double)evaluator->options->tolerance, &point);
    json_key(json, "point");
    json_list_begin(json);
    json_uint(json, point.x);
    json_uint(json, point.y);
    json_list_end(json);
    json_key(json, "point_hit");
    json_bool(json, point.is_hit);
    json_key(json, "energy");
    json_double(json, point.energy);
}

void evaluate_put_share(struct json *json, const struct evaluate_map *map)
{
    if (!map->has_share)
        return;
    json_key(json, "share");
    json_float(json, (float)map->share);
    json_key(json, "gap");
    json_float(json, (float)map->gap);
}

static enum ecam_status put_map(struct json *json, struct evaluator *evaluator,
                                const struct evaluate_row *row, const struct ecam_session *session,
                                const char *image, const struct ecam_geometry *geometry,
                                const struct eval_box *truth, size_t n, struct ecam_error *err)
{
    struct evaluate_map map;
    struct eval_sweep sweep;
    const enum ecam_status status =
        evaluate_sweep(evaluator, row, session, image, geometry, &map, &sweep, err);
    if (status == ECAM_OK) {
        json_object_begin(json);
        evaluate_put_share(json, &map);
        evaluate_put_sweep(json, &sweep, evaluator->options->threshold);
        put_overlaps(json, &sweep, truth, n);
        if (!map.is_flat)
            put_point(json, evaluator, geometry, truth, n);
        json_object_end(json);
    }
    evaluate_map_free(&map);
    return status;
}

/* The place of the right class among the likeliest five, 0 for none of them. */
static enum ecam_status put_rank(struct json *json, const struct evaluator *evaluator,
                                 const struct ecam_session *session, const char *wnid,
                                 struct ecam_error *err)
{
    struct run_class top[GUESSES];
    char text[10];
    size_t n = 0, rank = 0;
    const enum ecam_status status = run_top(&evaluator->runner, session, GUESSES, top, &n, err);
    if (status != ECAM_OK)
        return status;
    json_key(json, "top");
    json_list_begin(json);
    for (size_t i = 0; i < n; i++) {
        eval_ilsvrc_wnid(top[i].index, text);
        json_string(json, text);
        if (strcmp(text, wnid) == 0)
            rank = i + 1;
    }
    json_list_end(json);
    json_key(json, "rank");
    json_uint(json, rank);
    return ECAM_OK;
}

static enum ecam_status add_image(struct evaluator *evaluator, const struct evaluate_images *images,
                                  const struct eval_truth_image *image, const char *path,
                                  struct json *json, struct ecam_error *err)
{
    const struct eval_truth *truth = &images->truth;
    struct run_input input = { 0 };
    struct ecam_session *session = NULL;
    struct eval_box *box = NULL;
    enum ecam_status status = ECAM_OK;
    if (image->n == 0)
        return ecam_fail(err, ECAM_ERR_FORMAT, "%s: no box is known", image->name);
    box = ecam_calloc(image->n, sizeof *box);
    status = box == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "%zu boxes", image->n)
                         : run_input_read(&evaluator->runner, path, &input, err);
    if (status != ECAM_OK)
        goto out;
    for (size_t i = 0; i < image->n; i++)
        box[i] = truth->object[image->first + i].box;
    status = runner_run(&evaluator->runner, &input, &session, err);
    if (status != ECAM_OK)
        goto out;
    const char *name = truth->name[image->class_name];
    evaluate_put_size(json, &input.geometry);
    json_key(json, "class");
    json_string(json, name);
    json_key(json, "truth");
    json_list_begin(json);
    for (size_t i = 0; i < image->n; i++)
        evaluate_put_box(json, &box[i]);
    json_list_end(json);
    if (evaluator->has_classes)
        status = put_rank(json, evaluator, session, name, err);
    json_key(json, "maps");
    json_list_begin(json);
    for (size_t r = 0; r < evaluator->n_rows && status == ECAM_OK; r++)
        status = put_map(json, evaluator, &evaluator->row[r], session, image->name, &input.geometry,
                         box, image->n, err);
    json_list_end(json);
out:
    run_input_free(&input);
    ecam_free(box);
    return status;
}

int evaluate_localization(const struct evaluate_options *options)
{
    if (options->ilsvrc == NULL && options->boxes == NULL)
        return cli_usage("evaluate", "localization: no boxes are given: --ilsvrc or --boxes");
    return evaluate_all("localization", options, evaluate_images_read, add_image);
}
