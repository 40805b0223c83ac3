/* SPDX-License-Identifier: BSD-2-Clause
 * What is known of the images of a benchmark: sizes, objects, boxes. */
#ifndef ECAM_EVAL_TRUTH_H
#define ECAM_EVAL_TRUTH_H

#include <stdbool.h>

#include "bench/eval/annotation.h"
#include "bench/eval/box.h"
#include "engine/ecam.h"

#define EVAL_NO_CLASS SIZE_MAX

struct eval_truth_object {
    struct eval_box box;
    size_t name; /* index into the truth's names */
    bool is_difficult;
};

struct eval_truth_image {
    char *name;   /* without folder and extension */
    size_t w, h;  /* 0: unknown */
    size_t first; /* of its objects */
    size_t n;
    size_t class_name; /* what the image as a whole shows: index into names, or
                          EVAL_NO_CLASS */
};

struct eval_truth {
    struct eval_truth_image *image; /* [n] */
    size_t n, cap;
    struct eval_truth_object *object;
    size_t n_objects, cap_objects;
    char **name; /* of classes, each once, in the order of their coming */
    size_t n_names, cap_names;
};

/* Adds the images of Kaggle's LOC_val_solution.csv: a line an image, "ID,WNID x0 y0 x1 y1
 * WNID ...". A line with the WNID alone is an image without boxes. */
enum ecam_status eval_truth_add_csv(struct eval_truth *truth, const uint8_t *bytes, size_t size,
                                    struct ecam_error *err);

/* Adds one image with what its XML file tells. */
enum ecam_status eval_truth_add_annotation(struct eval_truth *truth, const char *image,
                                           const struct eval_annotation *annotation,
                                           struct ecam_error *err);

/* Adds an image of which nothing is known. */
enum ecam_status eval_truth_add_bare(struct eval_truth *truth, const char *image,
                                     struct ecam_error *err);

/* Puts the images in the order of their names. Two of one name are an error. */
enum ecam_status eval_truth_sort(struct eval_truth *truth, struct ecam_error *err);

/* Sets sizes from "ImageId,width,height" lines; images that are not known are left out. */
enum ecam_status eval_truth_sizes(struct eval_truth *truth, const uint8_t *bytes, size_t size,
                                  struct ecam_error *err);

/* The image of a name, NULL where there is none; the truth is sorted. */
const struct eval_truth_image *eval_truth_find(const struct eval_truth *truth, const char *image);

void eval_truth_free(struct eval_truth *truth); /* empties it */

/* A list of images, one a line: a name with or without extension, and perhaps a number:
 * the class by rising WordNet number in Caffe's val.txt, -1, 0 or 1 in VOC's lists of one
 * class. */
struct eval_list {
    struct eval_list_item {
        char *name; /* as the line has it */
        bool has_number;
        long number;
    } * item;
    size_t n, cap;
};
enum ecam_status eval_list_parse(const uint8_t *bytes, size_t size, struct eval_list *out,
                                 struct ecam_error *err);
void eval_list_free(struct eval_list *list);

/* A name without what follows its last point: "ILSVRC2012_val_00000001". Only known
 * extensions of pictures and .xml count. To ecam_free(); NULL: no memory. */
char *eval_stem(const char *name);

#endif /* ECAM_EVAL_TRUTH_H */
