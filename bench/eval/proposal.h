/* SPDX-License-Identifier: BSD-2-Clause
 * Table 3: one box an image against the objects in it, by three readings of "mean average
 * precision and recall". With one box and no score there is no ranking, and so no average
 * precision in VOC's sense. */
#ifndef ECAM_EVAL_PROPOSAL_H
#define ECAM_EVAL_PROPOSAL_H

#include "bench/eval/truth.h"

struct eval_proposal_image {
    const struct eval_truth_object *object; /* [n] */
    size_t n;
    bool has_box;
    struct eval_box box;
};

struct eval_precision_recall {
    double precision, recall; /* 0 to 1; NaN where nothing was counted */
    size_t images;            /* that were counted */
};

struct eval_proposal_scores {
    /* As the paper's text has it: an image is a true positive where the best overlap is
     * above 0.5, a false negative where there is none at all, else a false positive. */
    struct eval_precision_recall literal;
    /* For each class over the images that hold it: the share of boxes that overlap an
     * object of it by at least 0.5, the share of its objects that are found (a box finds
     * one of a class at most); then the mean over classes. */
    struct eval_precision_recall by_class;
    size_t n_classes;
    /* The same without regard to classes. */
    struct eval_precision_recall class_free;
};

/* with_difficult false: objects marked difficult count for nothing, and a box that finds
 * nothing but one of them is neither right nor wrong, as VOCevaldet has it. */
enum ecam_status eval_proposal(const struct eval_proposal_image *images, size_t n, size_t n_names,
                               bool with_difficult, struct eval_proposal_scores *out,
                               struct ecam_error *err);

#endif /* ECAM_EVAL_PROPOSAL_H */
