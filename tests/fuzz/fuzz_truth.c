/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes read as LOC_val_solution.csv, as sizes, as a list, as predictions or as a packed
 * histogram (the first byte says which) give what can be walked, or an error with a text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/curve.h"
#include "bench/eval/ilsvrc.h"
#include "bench/eval/predictions.h"
#include "bench/eval/truth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ecam_status read_truth(const uint8_t *bytes, size_t size, struct ecam_error *err)
{
    struct eval_truth truth = { 0 };
    enum ecam_status status = eval_truth_add_csv(&truth, bytes, size, err);
    if (status == ECAM_OK)
        status = eval_truth_sort(&truth, err);
    for (size_t i = 0; status == ECAM_OK && i < truth.n; i++) {
        const struct eval_truth_image *image = &truth.image[i];
        if (eval_truth_find(&truth, image->name) != image ||
            image->first + image->n > truth.n_objects ||
            (image->class_name != EVAL_NO_CLASS && image->class_name >= truth.n_names))
            abort();
    }
    if (status == ECAM_OK)
        status = eval_truth_sizes(&truth, bytes, size, err);
    eval_truth_free(&truth);
    return status;
}

static enum ecam_status read_predictions(const uint8_t *bytes, size_t size, bool is_index,
                                         struct ecam_error *err)
{
    struct eval_predictions p = { 0 };
    const enum ecam_status status = eval_predictions_parse(bytes, size, is_index, &p, err);
    for (size_t i = 0; i < p.n; i++)
        for (size_t k = 0; k < p.n_guesses[i]; k++)
            if (p.guess[i][k].class_index >= EVAL_ILSVRC_CLASSES || !isfinite(p.guess[i][k].box.x0))
                abort();
    eval_predictions_free(&p);
    return status;
}

static enum ecam_status read_list(const uint8_t *bytes, size_t size, struct ecam_error *err)
{
    struct eval_list list = { 0 };
    const enum ecam_status status = eval_list_parse(bytes, size, &list, err);
    for (size_t i = 0; i < list.n; i++)
        if (list.item[i].name[0] == '\0')
            abort();
    eval_list_free(&list);
    return status;
}

static enum ecam_status read_histogram(const uint8_t *bytes, size_t size, struct ecam_error *err)
{
    struct eval_histogram histogram;
    struct eval_curve curve;
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    text[size] = '\0';
    enum ecam_status status = eval_histogram_new(&histogram, err);
    if (status == ECAM_OK)
        status = eval_histogram_add_packed(&histogram, text, err);
    if (status == ECAM_OK) {
        eval_curve(&histogram, &curve);
        if (curve.is_defined && !(curve.eer >= 0 && curve.eer <= 1))
            abort();
    }
    eval_histogram_free(&histogram);
    free(text);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ecam_error err = { 0 };
    enum ecam_status status = ECAM_OK;
    if (size == 0)
        return 0;
    size--;
    uint8_t *bytes = malloc(size != 0 ? size : 1); /* exact, so that ASan sees over-reads */
    if (bytes == NULL)
        return 0;
    memcpy(bytes, data + 1, size);
    switch (data[0] % 5) {
    case 0:
        status = read_truth(bytes, size, &err);
        break;
    case 1:
        status = read_predictions(bytes, size, data[0] >= 128, &err);
        break;
    case 2:
        status = read_list(bytes, size, &err);
        break;
    case 3:
        status = eval_truth_sizes(&(struct eval_truth){ 0 }, bytes, size, &err);
        break;
    default:
        status = read_histogram(bytes, size, &err);
        break;
    }
    if (status != ECAM_OK && err.text[0] == '\0')
        abort();
    free(bytes);
    return 0;
}
