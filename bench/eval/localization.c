/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The scores of weakly supervised localization. Top-1 error: ILSVRC's development kit
 * (eval_localization_flat) with one guess. GT-known: the class is given. MaxBoxAcc and V2:
 * Choe et al., "Evaluating Weakly Supervised Object Localization Methods Right", CVPR
 * 2020, here always with the box of the largest component. */
#include "bench/eval/localization.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"

const unsigned eval_overlap[EVAL_N_OVERLAPS] = { 50, 30, 70 };

/* ---- Boxes ---- */

double eval_best_iou(const struct eval_box *box, const struct eval_box *truth, size_t n_truth)
{
    double best = 0;
    for (size_t i = 0; i < n_truth; i++)
        best = fmax(best, eval_iou(box, &truth[i]));
    return best;
}

void eval_overlaps(const struct eval_sweep *sweep, const struct eval_box *truth, size_t n_truth,
                   double iou[EVAL_PERCENTS])
{
    unsigned last = EVAL_GREYS; /* level of the threshold before: many share one */
    for (unsigned t = 0; t < EVAL_PERCENTS; t++)
        iou[t] = 0;
    for (unsigned t = 0; t + 1 < EVAL_PERCENTS && sweep->max > 0; t++) {
        const unsigned level = eval_sweep_level(sweep, t);
        const struct ecam_box *b = &sweep->box[level];
        const struct eval_box box = { (double)b->x0, (double)b->y0, (double)b->x1, (double)b->y1 };
        iou[t] = level == last ? iou[t - 1] : eval_best_iou(&box, truth, n_truth);
        last = level;
    }
}

struct eval_box eval_centred_box(size_t w, size_t h, double share)
{
    const double margin = (1 - share) / 2;
    return (struct eval_box){ margin * (double)w, margin * (double)h, (1 - margin) * (double)w - 1,
                              (1 - margin) * (double)h - 1 };
}

/* ---- Arrays ---- */

enum ecam_status eval_located_new(size_t n, bool with_map, struct eval_located *out,
                                  struct ecam_error *err)
{
    *out = (struct eval_located){ 0 };
    bool is_there = true;
    const size_t room = ecam_max_size(n, 1);
    for (int k = 0; k < EVAL_N_OVERLAPS; k++) {
        out->hit[k] = ecam_calloc(room, sizeof *out->hit[k]);
        is_there = is_there && out->hit[k] != NULL;
    }
    if (with_map) {
        out->point = ecam_calloc(room, sizeof *out->point);
        out->energy = ecam_calloc(room, sizeof *out->energy);
        is_there = is_there && out->point != NULL && out->energy != NULL;
    }
    if (is_there)
        return ECAM_OK;
    eval_located_free(out);
    return ecam_fail(err, ECAM_ERR_NOMEM, "scores of %zu images", n);
}

void eval_located_free(struct eval_located *method)
{
    for (int k = 0; k < EVAL_N_OVERLAPS; k++)
        ecam_free(method->hit[k]);
    ecam_free(method->point);
    ecam_free(method->energy);
    ecam_free(method->among_hit);
    *method = (struct eval_located){ 0 };
}

void eval_located_fixed(struct eval_located *method, size_t i, const struct eval_box *box,
                        const struct eval_box *truth, size_t n_truth)
{
    const double iou = eval_best_iou(box, truth, n_truth);
    for (int k = 0; k < EVAL_N_OVERLAPS; k++)
        for (unsigned t = 0; t < EVAL_PERCENTS; t++)
            if (100 * iou >= eval_overlap[k])
                eval_bits_set(&method->hit[k][i], t);
}

/* ---- Scores ---- */

/* 1 where the box at `percent` misses, or the class is wrong (class: NULL: any). */
static void misses(const struct eval_located *method, size_t n, unsigned percent,
                   const double *class_right, double *out)
{
    for (size_t i = 0; i < n; i++) {
        const bool is_hit = eval_bits_get(&method->hit[0][i], percent) &&
                            (class_right == NULL || class_right[i] > 0);
        out[i] = is_hit ? 0 : 1;
    }
}

static double mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return n == 0 ? (double)NAN : sum / (double)n;
}

static void errors_of(const double *right, size_t n, double *room, struct eval_interval *out)
{
    for (size_t i = 0; i < n; i++)
        room[i] = 1 - right[i];
    eval_mean_interval(room, n, out);
}

/* The threshold of 5 to 15 % with the fewest misses on every other image. */
static unsigned best_on_half(const struct eval_located *method, size_t n, size_t half)
{
    size_t fewest = SIZE_MAX;
    unsigned best = EVAL_FIRST_PERCENT;
    for (unsigned t = EVAL_FIRST_PERCENT; t <= EVAL_LAST_PERCENT; t++) {
        size_t missed = 0;
        for (size_t i = half; i < n; i += 2)
            missed += !eval_bits_get(&method->hit[0][i], t);
        if (missed < fewest) {
            fewest = missed;
            best = t;
        }
    }
    return best;
}

static void cross(const struct eval_located *method, size_t n, double *room,
                  struct eval_interval *out)
{
    const unsigned percent[2] = { best_on_half(method, n, 1), best_on_half(method, n, 0) };
    for (size_t i = 0; i < n; i++)
        room[i] = eval_bits_get(&method->hit[0][i], percent[i % 2]) ? 0 : 1;
    eval_mean_interval(room, n, out);
}

/* A mean over classes of each class's mean is the mean over images weighted by 1 over the
 * class's images. Replicates keep those weights. */
static enum ecam_status by_class(const struct eval_located_images *images, const double *point,
                                 double *room, struct eval_interval *out, struct ecam_error *err)
{
    size_t n_classes = 0;
    *out = (struct eval_interval){ 0 };
    for (size_t i = 0; i < images->n; i++)
        n_classes = ecam_max_size(n_classes, images->class_index[i] + 1);
    size_t *count = ecam_calloc(ecam_max_size(n_classes, 1), sizeof *count);
    if (count == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "scores by %zu classes", n_classes);
    for (size_t i = 0; i < images->n; i++)
        count[images->class_index[i]] += isnan(point[i]) ? 0 : 1;
    for (size_t i = 0; i < images->n; i++)
        room[i] = isnan(point[i]) ? 0 : 1 / (double)count[images->class_index[i]];
    eval_weighted_interval(point, room, images->n, out);
    ecam_free(count);
    return ECAM_OK;
}

static void sweep_percents(const struct eval_located_images *images,
                           const struct eval_located *method, double *room,
                           struct eval_localization_scores *out)
{
    out->best_percent = EVAL_FIRST_PERCENT;
    for (unsigned k = 0; k < EVAL_N_PERCENTS; k++) {
        misses(method, images->n, EVAL_FIRST_PERCENT + k, NULL, room);
        out->known_by_percent[k] = mean(room, images->n);
        if (out->known_by_percent[k] <
            out->known_by_percent[out->best_percent - EVAL_FIRST_PERCENT])
            out->best_percent = EVAL_FIRST_PERCENT + k;
        misses(method, images->n, EVAL_FIRST_PERCENT + k, images->class_right, room);
        out->top1_by_percent[k] = images->class_right != NULL ? mean(room, images->n) : (double)NAN;
    }
}

/* What a map gives beyond a box. */
static enum ecam_status map_scores(const struct eval_located_images *images,
                                   const struct eval_located *method, double *room,
                                   struct eval_localization_scores *out, struct ecam_error *err)
{
    const struct eval_bits *sets[EVAL_N_OVERLAPS];
    unsigned unused;
    for (int k = 0; k < EVAL_N_OVERLAPS; k++)
        sets[k] = method->hit[k];
    eval_best_interval(sets, 1, images->n, &out->max_box_acc, &out->max_box_percent);
    eval_best_interval(sets, EVAL_N_OVERLAPS, images->n, &out->max_box_acc_v2, &unused);
    eval_mean_interval(method->point, images->n, &out->point);
    eval_mean_interval(method->energy, images->n, &out->energy);
    cross(method, images->n, room, &out->known_crossed);
    return by_class(images, method->point, room, &out->point_by_class, err);
}

/* One box for all thresholds: there is no best one to look for. */
static void box_scores(const struct eval_located *method, size_t n, double *room,
                       struct eval_localization_scores *out)
{
    const struct eval_interval *error = &out->known_error;
    out->max_box_acc = (struct eval_interval){ .value = 1 - error->value,
                                               .low = 1 - error->high,
                                               .high = 1 - error->low,
                                               .is_defined = error->is_defined };
    for (size_t i = 0; i < n; i++) {
        room[i] = 0;
        for (int k = 0; k < EVAL_N_OVERLAPS; k++)
            room[i] += eval_bits_get(&method->hit[k][i], 0) ? 1.0 / EVAL_N_OVERLAPS : 0;
    }
    eval_mean_interval(room, n, &out->max_box_acc_v2);
}

enum ecam_status eval_localization(const struct eval_located_images *images,
                                   const struct eval_located *method, unsigned percent,
                                   struct eval_localization_scores *out, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    const size_t n = images->n;
    double *room = ecam_calloc(ecam_max_size(n, 1), sizeof *room);
    if (room == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "scores of %zu images", n);
    *out = (struct eval_localization_scores){ .percent = percent };
    misses(method, n, percent, NULL, room);
    eval_mean_interval(room, n, &out->known_error);
    if (images->class_right != NULL) {
        misses(method, n, percent, images->class_right, room);
        eval_mean_interval(room, n, &out->top1_error);
        errors_of(images->class_right, n, room, &out->class_error);
    }
    if (images->class_among_likeliest != NULL) {
        misses(method, n, percent, images->class_among_likeliest, room);
        for (size_t i = 0; method->among_hit != NULL && i < n; i++)
            room[i] = 1 - method->among_hit[i];
        eval_mean_interval(room, n, &out->top5_error);
        errors_of(images->class_among_likeliest, n, room, &out->class5_error);
    }
    if (method->point != NULL)
        status = map_scores(images, method, room, out, err);
    else
        box_scores(method, n, room, out);
    sweep_percents(images, method, room, out);
    ecam_free(room);
    return status;
}
