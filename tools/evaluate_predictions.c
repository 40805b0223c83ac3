/* SPDX-License-Identifier: BSD-2-Clause
 * Table 1 from boxes that another program predicted. */
#include <stdlib.h>
#include <string.h>

#include "bench/eval/ilsvrc.h"
#include "bench/eval/predictions.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/evaluate_scored.h"
#include "tools/file.h"
#include "tools/output.h"

#define MAX_PREDICTIONS ((uint64_t)1 << 30)

/* What the devkit asks: one of the guesses has the right label and overlaps enough. The
 * first alone counts where one is asked for. */
static void score_guesses(const struct eval_guess *guess, size_t n_guesses,
                          const struct eval_box *truth, size_t n, struct scored *s, size_t i)
{
    for (size_t k = 0; k < n_guesses; k++) {
        const bool is_right = guess[k].class_index == s->class_index[i];
        if (k == 0) {
            s->right[i] = is_right;
            eval_located_fixed(&s->method[0], i, &guess[0].box, truth, n);
        }
        s->among[i] = s->among[i] > 0 || is_right;
        if (is_right && eval_best_iou(&guess[k].box, truth, n) >= 0.5)
            s->method[0].among_hit[i] = 1;
    }
}

static enum ecam_status score_image(const struct evaluate_options *options,
                                    const struct eval_truth *truth,
                                    const struct eval_predictions *predictions, size_t i,
                                    bool *has_size, struct scored *s, struct ecam_error *err)
{
    const struct eval_truth_image *image = &truth->image[i];
    if (image->class_name == EVAL_NO_CLASS ||
        !eval_ilsvrc_from_wnid(truth->name[image->class_name], &s->class_index[i]))
        return ecam_fail(err, ECAM_ERR_FORMAT, "image %s: its class is none of ILSVRC's",
                         image->name);
    struct eval_box *box = ecam_calloc(ecam_max_size(image->n, 1), sizeof *box);
    if (box == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu boxes", image->n);
    for (size_t k = 0; k < image->n; k++)
        box[k] = truth->object[image->first + k].box;
    score_guesses(predictions->guess[i], predictions->n_guesses[i], box, image->n, s, i);
    *has_size = image->w > 0 && image->h > 0;
    if (*has_size)
        scored_set_baselines(s, i, image->w, image->h, options->centre, box, image->n);
    ecam_free(box);
    return ECAM_OK;
}

static enum ecam_status print_predictions(const struct evaluate_options *options,
                                          const struct scored *s, bool has_sizes,
                                          struct ecam_error *err)
{
    struct eval_table *table = scored_table("localization (Table 1), from predictions", false);
    const char *slash = strrchr(options->predictions, '/');
    enum ecam_status status = table == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a table") : ECAM_OK;
    for (size_t m = 0; m < (has_sizes ? s->n_methods : 1) && status == ECAM_OK; m++) {
        struct eval_localization_scores scores;
        status = eval_localization(&s->images, &s->method[m], EVAL_LAST_PERCENT, &scores, err);
        if (status == ECAM_OK)
            scored_add(table, slash == NULL ? options->predictions : slash + 1, s->name[m], &scores,
                       false, false, 3);
    }
    if (status != ECAM_OK) {
        eval_table_free(table);
        return status;
    }
    eval_table_note(table, "%zu images, in %% with 95 %% bootstrap intervals.", s->images.n);
    if (has_sizes)
        eval_table_note(table, "Baselines: their own boxes, the labels of the predictions.");
    else
        eval_table_note(table, "Without the pictures' sizes (--sizes) there are no baselines.");
    return evaluate_print(table, options->format, err);
}

static enum ecam_status score_predictions(const struct evaluate_options *options,
                                          const struct eval_truth *truth,
                                          const struct eval_predictions *predictions,
                                          struct ecam_error *err)
{
    const char *const names[] = { "predictions" };
    struct scored s;
    bool has_sizes = true;
    enum ecam_status status = scored_new(truth->n, names, 1, false, options->centre, &s, err);
    if (status != ECAM_OK)
        return status;
    s.images.class_right = s.right;
    s.images.class_among_likeliest = predictions->most_guesses > 1 ? s.among : NULL;
    s.method[0].among_hit = ecam_calloc(truth->n, sizeof *s.method[0].among_hit);
    if (s.method[0].among_hit == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "scores of %zu images", truth->n);
    for (size_t i = 0; i < truth->n && status == ECAM_OK; i++) {
        bool has_size = false;
        status = score_image(options, truth, predictions, i, &has_size, &s, err);
        has_sizes = has_sizes && has_size;
    }
    if (status == ECAM_OK)
        status = print_predictions(options, &s, has_sizes, err);
    scored_free(&s);
    return status;
}

int evaluate_predictions(const struct evaluate_options *options)
{
    struct eval_truth truth = { 0 };
    struct eval_predictions predictions = { 0 };
    struct ecam_error err;
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (options->boxes == NULL)
        return cli_usage("evaluate", "localization: --predictions needs --boxes");
    enum ecam_status status = evaluate_truth_read(options->boxes, options->sizes, &truth, &err);
    if (status == ECAM_OK)
        status = file_read(options->predictions, MAX_PREDICTIONS, &bytes, &size, &err);
    if (status == ECAM_OK) {
        status = eval_predictions_parse(bytes, size, options->is_label_index, &predictions, &err);
        if (status == ECAM_OK && predictions.n != truth.n)
            status = ecam_fail(&err, ECAM_ERR_FORMAT, "%zu lines, but %s knows %zu images",
                               predictions.n, options->boxes, truth.n);
        if (status != ECAM_OK)
            ecam_error_at(&err, status, options->predictions);
    }
    if (status == ECAM_OK)
        status = score_predictions(options, &truth, &predictions, &err);
    if (status != ECAM_OK)
        out_say("%s", err.text);
    free(bytes);
    eval_predictions_free(&predictions);
    eval_truth_free(&truth);
    return status == ECAM_OK ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}
