/* SPDX-License-Identifier: BSD-2-Clause
 * Table 1: from what each image gave to the scores of a method. */
#ifndef ECAM_EVAL_LOCALIZATION_H
#define ECAM_EVAL_LOCALIZATION_H

#include "bench/eval/bootstrap.h"
#include "bench/eval/box.h"
#include "bench/eval/sweep.h"
#include "engine/ecam.h"

/* Thresholds of the paper, in percent of the map's maximum: "5-15 %". */
#define EVAL_FIRST_PERCENT 5
#define EVAL_LAST_PERCENT 15
#define EVAL_N_PERCENTS (EVAL_LAST_PERCENT - EVAL_FIRST_PERCENT + 1)

/* Intersection over union that counts as a hit, in percent; the first is the paper's. */
#define EVAL_N_OVERLAPS 3
extern const unsigned eval_overlap[EVAL_N_OVERLAPS]; /* 50, 30, 70 */

/* What one method gave, image by image. */
struct eval_located {
    struct eval_bits *hit[EVAL_N_OVERLAPS]; /* [n]: bit t: the box at t % overlaps enough */
    double *point;     /* [n]: 1 the map's maximum lies in a box, 0 not, NaN no map; NULL */
    double *energy;    /* [n]: share of the map inside the boxes, NaN no map; NULL */
    double *among_hit; /* [n]: 1 where one of several guesses has the right class and a box
                          that overlaps enough; NULL: one box for all classes */
};

struct eval_located_images {
    size_t n;
    const size_t *class_index;           /* [n]; for means over classes */
    const double *class_right;           /* [n]: 1 the likeliest class is right, 0 not; NULL:
                                            classes are not asked for */
    const double *class_among_likeliest; /* [n]: the same for the five likeliest */
};

/* Shares, 0 to 1; errors are 1 - shares. */
struct eval_localization_scores {
    unsigned percent; /* the threshold that was used */
    struct eval_interval top1_error, known_error, top5_error, class_error, class5_error;
    struct eval_interval max_box_acc, max_box_acc_v2, point, point_by_class, energy;
    unsigned max_box_percent;                 /* where max_box_acc is reached */
    double known_by_percent[EVAL_N_PERCENTS]; /* errors at 5 to 15 % */
    double top1_by_percent[EVAL_N_PERCENTS];  /* NaN without classes */
    unsigned best_percent;                    /* of 5 to 15, by known_error, the lowest */
    struct eval_interval known_crossed;       /* error with the threshold of each half of the
                                                 images chosen on the other half; of maps */
};

enum ecam_status eval_localization(const struct eval_located_images *images,
                                   const struct eval_located *method, unsigned percent,
                                   struct eval_localization_scores *out, struct ecam_error *err);

/* Allocates the arrays of a method; with_map: point and energy too. */
enum ecam_status eval_located_new(size_t n, bool with_map, struct eval_located *out,
                                  struct ecam_error *err);
void eval_located_free(struct eval_located *method);

/* Sets the bits of image i where one and the same box is taken at every threshold. */
void eval_located_fixed(struct eval_located *method, size_t i, const struct eval_box *box,
                        const struct eval_box *truth, size_t n_truth);

/* The greatest overlap of the box with any of the others; 0 without any. */
double eval_best_iou(const struct eval_box *box, const struct eval_box *truth, size_t n_truth);

/* The greatest overlap of the box at each threshold from 0 to 100 % of the maximum with any
 * of the others; at 100 % nothing is above the threshold, and of a black map at none. */
void eval_overlaps(const struct eval_sweep *sweep, const struct eval_box *truth, size_t n_truth,
                   double iou[EVAL_PERCENTS]);

/* The box in the middle of a picture, `share` of its width and height. With 0.72 it errs
 * on 46.24 % of the validation images of ILSVRC. */
struct eval_box eval_centred_box(size_t w, size_t h, double share);

#endif /* ECAM_EVAL_LOCALIZATION_H */
