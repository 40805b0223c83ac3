/* SPDX-License-Identifier: BSD-2-Clause
 * Files of predicted labels and boxes, as the development kit of ILSVRC has them. */
#ifndef ECAM_EVAL_PREDICTIONS_H
#define ECAM_EVAL_PREDICTIONS_H

#include "bench/eval/box.h"
#include "engine/ecam.h"

#define EVAL_GUESSES 5

struct eval_guess {
    size_t class_index; /* by rising WordNet number */
    struct eval_box box;
};

struct eval_predictions {
    struct eval_guess (*guess)[EVAL_GUESSES]; /* [n] */
    uint8_t *n_guesses;                       /* [n] */
    size_t n, cap, cap_n;
    size_t most_guesses;
};

/* A line an image, in the order of the images' names: one to five times
 * "LABEL x0 y0 x1 y1", the likeliest first. LABEL: the development kit's number, 1 to
 * 1000, or with is_index the index by rising WordNet number, 0 to 999, or a WordNet
 * number ("n01440764"). */
enum ecam_status eval_predictions_parse(const uint8_t *bytes, size_t size, bool is_index,
                                        struct eval_predictions *out, struct ecam_error *err);
void eval_predictions_free(struct eval_predictions *predictions);

#endif /* ECAM_EVAL_PREDICTIONS_H */
