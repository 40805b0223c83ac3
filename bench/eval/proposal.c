/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/proposal.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define OVERLAP 0.5

/* Sums towards a precision and a recall. */
struct tally {
    size_t boxes, right; /* images whose box counts, is right */
    size_t objects, found;
};

static double ratio(size_t part, size_t whole)
{
    return whole == 0 ? (double)NAN : (double)part / (double)whole;
}

static bool counts(const struct eval_truth_object *object, bool with_difficult)
{
    return with_difficult || !object->is_difficult;
}

/* name: EVAL_NO_CLASS for objects of every class. */
static bool is_of(const struct eval_truth_object *object, size_t name)
{
    return name == EVAL_NO_CLASS || object->name == name;
}

/* One image towards a class, or towards all of them at once. */
static void tally_image(const struct eval_proposal_image *image, size_t name, bool with_difficult,
                        struct tally *tally)
{
    size_t objects = 0;
    bool is_hit = false, hits_difficult = false;
    for (size_t i = 0; i < image->n; i++) {
        const struct eval_truth_object *object = &image->object[i];
        if (!is_of(object, name))
            continue;
        const bool overlaps = image->has_box && eval_iou(&image->box, &object->box) >= OVERLAP;
        if (counts(object, with_difficult)) {
            objects++;
            is_hit = is_hit || overlaps;
        } else {
            hits_difficult = hits_difficult || overlaps;
        }
    }
    if (objects == 0)
        return;
    tally->objects += objects;
    tally->found += is_hit;
    if (is_hit || !hits_difficult) {
        tally->boxes++;
        tally->right += is_hit;
    }
}

static void score_literal(const struct eval_proposal_image *images, size_t n, bool with_difficult,
                          struct eval_precision_recall *out)
{
    size_t right = 0, wrong = 0, missed = 0;
    for (size_t i = 0; i < n; i++) {
        double best = 0, best_difficult = 0;
        bool has_object = false;
        for (size_t k = 0; k < images[i].n; k++) {
            const struct eval_truth_object *object = &images[i].object[k];
            const double iou = images[i].has_box ? eval_iou(&images[i].box, &object->box) : 0;
            if (counts(object, with_difficult)) {
                has_object = true;
                best = fmax(best, iou);
            } else {
                best_difficult = fmax(best_difficult, iou);
            }
        }
        if (!has_object || (best <= OVERLAP && best_difficult > OVERLAP))
            continue;
        right += best > OVERLAP;
        missed += best <= 0;
        wrong += best > 0 && best <= OVERLAP;
    }
    *out = (struct eval_precision_recall){ .precision = ratio(right, right + wrong),
                                           .recall = ratio(right, right + missed),
                                           .images = right + wrong + missed };
}

enum ecam_status eval_proposal(const struct eval_proposal_image *images, size_t n, size_t n_names,
                               bool with_difficult, struct eval_proposal_scores *out,
                               struct ecam_error *err)
{
    struct tally all = { 0 };
    double precision = 0, recall = 0;
    struct tally *of_class = ecam_calloc(ecam_max_size(n_names, 1), sizeof *of_class);
    if (of_class == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "scores of %zu classes", n_names);
    *out = (struct eval_proposal_scores){ 0 };
    score_literal(images, n, with_difficult, &out->literal);
    for (size_t i = 0; i < n; i++) {
        tally_image(&images[i], EVAL_NO_CLASS, with_difficult, &all);
        for (size_t k = 0; k < images[i].n; k++) {
            const size_t name = images[i].object[k].name;
            bool is_first = true; /* object of its class in the image */
            for (size_t before = 0; before < k; before++)
                is_first = is_first && images[i].object[before].name != name;
            if (is_first)
                tally_image(&images[i], name, with_difficult, &of_class[name]);
        }
    }
    out->class_free = (struct eval_precision_recall){ .precision = ratio(all.right, all.boxes),
                                                      .recall = ratio(all.found, all.objects),
                                                      .images = all.boxes };
    for (size_t c = 0; c < n_names; c++) {
        if (of_class[c].boxes == 0)
            continue;
        precision += ratio(of_class[c].right, of_class[c].boxes);
        recall += ratio(of_class[c].found, of_class[c].objects);
        out->by_class.images += of_class[c].boxes;
        out->n_classes++;
    }
    out->by_class.precision =
        out->n_classes == 0 ? (double)NAN : precision / (double)out->n_classes;
    out->by_class.recall = out->n_classes == 0 ? (double)NAN : recall / (double)out->n_classes;
    ecam_free(of_class);
    return ECAM_OK;
}
