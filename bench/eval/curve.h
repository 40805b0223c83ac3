/* SPDX-License-Identifier: BSD-2-Clause
 * Table 2: pixels of all images pooled, their precision and recall at every threshold. */
#ifndef ECAM_EVAL_CURVE_H
#define ECAM_EVAL_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ecam.h"

#define EVAL_LEVELS 65536

/* Pixels by the level of the map over them. */
struct eval_histogram {
    uint64_t *object, *other; /* [EVAL_LEVELS]: of objects, of the rest */
};

enum ecam_status eval_histogram_new(struct eval_histogram *out, struct ecam_error *err);
void eval_histogram_free(struct eval_histogram *histogram); /* empties it */

/* map: 0 to 1 (clipped, NaN as 0), to the nearest of 65536 levels; where seen is 0 the
 * level is 0. mask: not 0 on objects. seen may be NULL. */
void eval_histogram_add(struct eval_histogram *histogram, const float *map, const uint8_t *seen,
                        const uint8_t *mask, size_t n);

/* As text, for a line of results: the levels that have pixels, as LEB128 numbers (gap from
 * the level before, pixels of objects, of the rest), deflated, in base64. The same
 * histogram gives the same text. Freed with free(); NULL: no memory. */
char *eval_histogram_pack(const struct eval_histogram *histogram);
/* Adds what such a text holds. Each count is below 2^40, so that sums cannot overflow. */
enum ecam_status eval_histogram_add_packed(struct eval_histogram *histogram, const char *text,
                                           struct ecam_error *err);

struct eval_curve {
    bool is_defined; /* false: there is no pixel of an object */
    uint64_t n_object, n_pixels;
    double eer; /* precision where it equals recall, 0 to 1 */
    double eer_threshold;
    double best_f, best_f_threshold;
    double best_iou, best_iou_threshold;
};

/* A pixel is taken for an object where its level is at least the threshold's. The point of
 * equal error lies on the straight line between the two thresholds round it. */
void eval_curve(const struct eval_histogram *histogram, struct eval_curve *out);

struct eval_point {
    double precision, recall, f, iou; /* 0 to 1 */
};

/* At one threshold, 0 to 1. */
void eval_curve_at(const struct eval_histogram *histogram, double threshold,
                   struct eval_point *out);

#endif /* ECAM_EVAL_CURVE_H */
