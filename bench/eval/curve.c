/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/curve.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define TOP (EVAL_LEVELS - 1)

enum ecam_status eval_histogram_new(struct eval_histogram *out, struct ecam_error *err)
{
    out->object = ecam_calloc(EVAL_LEVELS, sizeof *out->object);
    out->other = ecam_calloc(EVAL_LEVELS, sizeof *out->other);
    if (out->object != NULL && out->other != NULL)
        return ECAM_OK;
    eval_histogram_free(out);
    return ecam_fail(err, ECAM_ERR_NOMEM, "a histogram of %d levels", EVAL_LEVELS);
}

void eval_histogram_free(struct eval_histogram *histogram)
{
    ecam_free(histogram->object);
    ecam_free(histogram->other);
    *histogram = (struct eval_histogram){ 0 };
}

void eval_histogram_add(struct eval_histogram *histogram, const float *map, const uint8_t *seen,
                        const uint8_t *mask, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float v = seen != NULL && !seen[i] ? 0 : map[i];
        const size_t level = v >= 1 ? TOP : v > 0 ? (size_t)(v * TOP + 0.5f) : 0; /* NaN: 0 */
        (mask[i] ? histogram->object : histogram->other)[level]++;
    }
}

/* ---- The curve ---- */

struct counts {
    uint64_t right, wrong, objects; /* pixels taken rightly, wrongly; to be taken */
};

static struct eval_point point_of(const struct counts *c)
{
    const double right = (double)c->right, taken = right + (double)c->wrong;
    const double objects = (double)c->objects;
    return (struct eval_point){
        .precision = c->right == 0 ? 1 : right / taken, /* by agreement where recall is 0 */
        .recall = objects > 0 ? right / objects : 0,
        .f = taken + objects > 0 ? 2 * right / (taken + objects) : 0,
        .iou = (double)c->wrong + objects > 0 ? right / ((double)c->wrong + objects) : 0,
    };
}

static struct counts count_all(const struct eval_histogram *histogram, uint64_t *n_pixels)
{
    struct counts c = { 0 };
    *n_pixels = 0;
    for (size_t l = 0; l < EVAL_LEVELS; l++) {
        c.objects += histogram->object[l];
        *n_pixels += histogram->object[l] + histogram->other[l];
    }
    return c;
}

/* Where the line from a (precision above recall) to b (not above) meets the diagonal:
 * with d = precision - recall, which falls from a.d to b.d, the part a.d / (a.d - b.d). */
static double meet(const struct eval_point *a, const struct eval_point *b, double *part)
{
    const double da = a->precision - a->recall, db = b->precision - b->recall;
    *part = da > db ? da / (da - db) : 1;
    return a->precision + *part * (b->precision - a->precision);
}

void eval_curve(const struct eval_histogram *histogram, struct eval_curve *out)
{
    *out = (struct eval_curve){ 0 };
    struct counts c = count_all(histogram, &out->n_pixels);
    out->n_object = c.objects;
    out->is_defined = c.objects > 0;
    if (!out->is_defined)
        return;
    /* Nothing taken: precision 1 by agreement, recall 0. Thresholds fall, recall rises to
     * 1, where precision is not above it: the curves meet. The last place where precision
     * is still at least recall counts, since precision may fall and rise on the way. */
    struct eval_point before = point_of(&c);
    double before_threshold = 1;
    for (size_t l = EVAL_LEVELS; l-- > 0;) {
        if (histogram->object[l] == 0 && histogram->other[l] == 0)
            continue; /* the same point again */
        c.right += histogram->object[l];
        c.wrong += histogram->other[l];
        const struct eval_point now = point_of(&c);
        const double threshold = (double)l / TOP;
        if (before.precision >= before.recall && now.recall >= now.precision) {
            double part;
            out->eer = meet(&before, &now, &part);
            out->eer_threshold = before_threshold + part * (threshold - before_threshold);
        }
        if (now.f > out->best_f) {
            out->best_f = now.f;
            out->best_f_threshold = threshold;
        }
        if (now.iou > out->best_iou) {
            out->best_iou = now.iou;
            out->best_iou_threshold = threshold;
        }
        before = now;
        before_threshold = threshold;
    }
}

void eval_curve_at(const struct eval_histogram *histogram, double threshold, struct eval_point *out)
{
    uint64_t n_pixels;
    struct counts c = count_all(histogram, &n_pixels);
    const double least = ceil(threshold * TOP - 1e-9); /* a level's own threshold keeps it */
    for (size_t l = 0; l < EVAL_LEVELS; l++) {
        if ((double)l >= least) {
            c.right += histogram->object[l];
            c.wrong += histogram->other[l];
        }
    }
    *out = point_of(&c);
}
