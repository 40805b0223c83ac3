/* SPDX-License-Identifier: BSD-2-Clause
 * Table 2: what is told of one image is a histogram of the map's levels on and beside the
 * objects, so that curves can be pooled later, in any order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/curve.h"
#include "bench/eval/graz.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/evaluate_line.h"
#include "tools/output.h"

/* The union of an image's masks; all zero without any. */
static enum ecam_status read_mask(const struct evaluator *evaluator,
                                  const struct evaluate_file *file, size_t h, size_t w,
                                  uint8_t **out, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    uint8_t *mask = ecam_calloc(h * w, 1);
    if (mask == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a mask of %zux%zu", w, h);
    for (size_t k = 0; k < file->n_masks && status == ECAM_OK; k++) {
        struct image picture = { 0 };
        status = image_read(file->mask[k], &evaluator->options->run.photo_limits, &picture, err);
        if (status == ECAM_OK && (picture.h != h || picture.w != w))
            status = ecam_fail(err, ECAM_ERR_SHAPE, "%s: %zux%zu pixels, the image has %zux%zu",
                               file->mask[k], picture.w, picture.h, w, h);
        if (status == ECAM_OK)
            eval_graz_mask_add(picture.rgb, h * w, mask);
        image_free(&picture);
    }
    if (status == ECAM_OK)
        *out = mask;
    else
        ecam_free(mask);
    return status;
}

static enum ecam_status put_map(struct json *json, struct evaluator *evaluator,
                                const struct evaluate_row *row, const struct ecam_session *session,
                                const char *image, const struct ecam_geometry *geometry,
                                const uint8_t *mask, struct ecam_error *err)
{
    struct evaluate_map map = { 0 };
    struct eval_histogram histogram = { 0 };
    char *text = NULL;
    enum ecam_status status = eval_histogram_new(&histogram, err);
    if (status == ECAM_OK)
        status = evaluate_map(evaluator, row, session, image, &map, err);
    if (status == ECAM_OK)
        status = evaluate_place(evaluator, &map, geometry, err);
    if (status == ECAM_OK) {
        eval_histogram_add(&histogram, evaluator->room.map, evaluator->room.seen, mask,
                           geometry->photo_h * geometry->photo_w);
        text = eval_histogram_pack(&histogram);
        if (text == NULL)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "a histogram");
    }
    if (status == ECAM_OK) {
        json_object_begin(json);
        evaluate_put_share(json, &map);
        json_key(json, "histogram");
        json_string(json, text);
        json_object_end(json);
    }
    free(text);
    eval_histogram_free(&histogram);
    evaluate_map_free(&map);
    return status;
}

static enum ecam_status add_image(struct evaluator *evaluator, const struct evaluate_images *images,
                                  const struct eval_truth_image *image, const char *path,
                                  struct json *json, struct ecam_error *err)
{
    const struct evaluate_file *file = evaluate_images_file(images, image->name);
    struct run_input input = { 0 };
    struct ecam_session *session = NULL;
    uint8_t *mask = NULL;
    char class_name[256];
    snprintf(class_name, sizeof class_name, "%.*s", (int)strcspn(image->name, "/"), image->name);
    /* The number was there when the folder was read. */
    const char *digits = image->name + strlen(image->name) - 1;
    const bool is_test = (*digits - '0') % 2 == 0;
    enum ecam_status status = run_input_read(&evaluator->runner, path, &input, err);
    if (status == ECAM_OK)
        status = read_mask(evaluator, file, input.photo.h, input.photo.w, &mask, err);
    if (status == ECAM_OK)
        status = runner_run(&evaluator->runner, &input, &session, err);
    if (status == ECAM_OK) {
        evaluate_put_size(json, &input.geometry);
        json_key(json, "class");
        json_string(json, class_name);
        json_key(json, "split");
        json_string(json, is_test ? "test" : "train");
        json_key(json, "masks");
        json_uint(json, file->n_masks);
        json_key(json, "maps");
        json_list_begin(json);
    }
    for (size_t r = 0; r < evaluator->n_rows && status == ECAM_OK; r++)
        status = put_map(json, evaluator, &evaluator->row[r], session, image->name, &input.geometry,
                         mask, err);
    if (status == ECAM_OK)
        json_list_end(json);
    run_input_free(&input);
    ecam_free(mask);
    return status;
}

int evaluate_segmentation(const struct evaluate_options *options)
{
    if (options->graz == NULL)
        return cli_usage("evaluate", "segmentation: no images are given: --graz");
    return evaluate_all("segmentation", options, evaluate_graz_read, add_image);
}
