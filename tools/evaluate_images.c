/* SPDX-License-Identifier: BSD-2-Clause
 * Which images are evaluated, where they are, and what is known of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/eval/graz.h"
#include "bench/eval/ilsvrc.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"
#include "tools/file.h"
#include "tools/folder.h"

#define MAX_XML ((uint64_t)16 << 20)
#define MAX_TEXT ((uint64_t)1 << 30)

static enum ecam_status no_memory(struct ecam_error *err)
{
    return ecam_fail(err, ECAM_ERR_NOMEM, "the list of images");
}

/* ---- Boxes ---- */

static enum ecam_status add_xml(const char *path, const char *name, struct eval_truth *truth,
                                struct ecam_error *err)
{
    struct eval_annotation annotation = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    char *stem = eval_stem(name);
    enum ecam_status status =
        stem == NULL ? no_memory(err) : file_read(path, MAX_XML, &bytes, &size, err);
    if (status == ECAM_OK) {
        status = eval_annotation_parse(bytes, size, &annotation, err);
        if (status == ECAM_OK)
            status = eval_truth_add_annotation(truth, stem, &annotation, err);
        if (status != ECAM_OK)
            ecam_error_at(err, status, path);
    }
    eval_annotation_free(&annotation);
    free(bytes);
    ecam_free(stem);
    return status;
}

static bool ends_in(const char *name, const char *tail)
{
    const size_t n = strlen(name), m = strlen(tail);
    return n > m && strcmp(name + n - m, tail) == 0;
}

static enum ecam_status read_xml_folder(const char *folder, struct eval_truth *truth,
                                        struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    size_t n = 0;
    char **names = folder_list(folder, &n);
    if (names == NULL)
        return ecam_fail(err, ECAM_ERR_IO, "%s: %s", folder, strerror(errno));
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        if (!ends_in(names[i], ".xml"))
            continue;
        char *path = folder_join(folder, names[i]);
        status = path == NULL ? no_memory(err) : add_xml(path, names[i], truth, err);
        free(path);
    }
    folder_list_free(names, n);
    if (status == ECAM_OK && truth->n == 0)
        status = ecam_fail(err, ECAM_ERR_ARG, "%s: there is no .xml file in this folder", folder);
    return status;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A folder of XML files, or Kaggle's LOC_val_solution.csv. */
static enum ecam_status read_boxes(const char *path, struct eval_truth *truth,
                                   struct ecam_error *err)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (is_folder(path))
        return read_xml_folder(path, truth, err);
    enum ecam_status status = file_read(path, MAX_TEXT, &bytes, &size, err);
    if (status != ECAM_OK)
        return status;
    status = eval_truth_add_csv(truth, bytes, size, err);
    if (status == ECAM_OK && truth->n == 0)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "holds no image");
    if (status != ECAM_OK)
        ecam_error_at(err, status, path);
    free(bytes);
    return status;
}

enum ecam_status evaluate_truth_read(const char *boxes, const char *sizes, struct eval_truth *out,
                                     struct ecam_error *err)
{
    struct eval_truth truth = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum ecam_status status = read_boxes(boxes, &truth, err);
    if (status == ECAM_OK)
        status = eval_truth_sort(&truth, err);
    if (status == ECAM_OK && sizes != NULL)
        status = file_read(sizes, MAX_TEXT, &bytes, &size, err);
    if (status == ECAM_OK && sizes != NULL) {
        status = eval_truth_sizes(&truth, bytes, size, err);
        if (status != ECAM_OK)
            ecam_error_at(err, status, sizes);
    }
    free(bytes);
    if (status == ECAM_OK)
        *out = truth;
    else
        eval_truth_free(&truth);
    return status;
}

/* ---- Pictures ---- */

static int by_stem(const void *a, const void *b)
{
    return strcmp(((const struct evaluate_file *)a)->stem, ((const struct evaluate_file *)b)->stem);
}

static enum ecam_status read_pictures(const char *folder, struct evaluate_images *images,
                                      struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    size_t n = 0;
    char **names = folder_list(folder, &n);
    if (names == NULL)
        return ecam_fail(err, ECAM_ERR_IO, "%s: %s", folder, strerror(errno));
    images->file = ecam_calloc(ecam_max_size(n, 1), sizeof *images->file);
    if (images->file == NULL)
        status = no_memory(err);
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        struct evaluate_file *file = &images->file[images->n_files];
        file->stem = eval_stem(names[i]);
        if (file->stem != NULL && strcmp(file->stem, names[i]) == 0) { /* no picture's name */
            ecam_free(file->stem);
            continue;
        }
        images->n_files++;
        file->path = file->stem == NULL ? NULL : folder_join(folder, names[i]);
        if (file->path == NULL)
            status = no_memory(err);
    }
    folder_list_free(names, n);
    if (status == ECAM_OK && images->n_files == 0)
        status = ecam_fail(err, ECAM_ERR_ARG, "%s: there is no picture in this folder", folder);
    if (status == ECAM_OK)
        qsort(images->file, images->n_files, sizeof *images->file, by_stem);
    return status;
}

const struct evaluate_file *evaluate_images_file(const struct evaluate_images *images,
                                                 const char *image)
{
    const struct evaluate_file key = { .stem = (char *)(uintptr_t)image };
    return images->n_files == 0
               ? NULL
               : bsearch(&key, images->file, images->n_files, sizeof *images->file, by_stem);
}

const char *evaluate_images_path(const struct evaluate_images *images, const char *image)
{
    const struct evaluate_file *file = evaluate_images_file(images, image);
    return file == NULL ? NULL : file->path;
}

void evaluate_images_free(struct evaluate_images *images)
{
    eval_truth_free(&images->truth);
    for (size_t i = 0; i < images->n_files; i++) {
        ecam_free(images->file[i].stem);
        free(images->file[i].path);
        for (size_t k = 0; k < images->file[i].n_masks; k++)
            free(images->file[i].mask[k]);
        ecam_free(images->file[i].mask);
    }
    ecam_free(images->file);
    *images = (struct evaluate_images){ 0 };
}

/* ---- Lists ---- */

/* Copies one image with its objects. */
static enum ecam_status copy_image(const struct eval_truth *from,
                                   const struct eval_truth_image *image, struct eval_truth *to,
                                   struct ecam_error *err)
{
    struct eval_object *object = ecam_calloc(ecam_max_size(image->n, 1), sizeof *object);
    if (object == NULL)
        return no_memory(err);
    for (size_t i = 0; i < image->n; i++) {
        const struct eval_truth_object *o = &from->object[image->first + i];
        object[i] = (struct eval_object){ .name = from->name[o->name],
                                          .box = o->box,
                                          .is_difficult = o->is_difficult };
    }
    const struct eval_annotation annotation = {
        .w = image->w, .h = image->h, .object = object, .n = image->n
    };
    const enum ecam_status status = eval_truth_add_annotation(to, image->name, &annotation, err);
    ecam_free(object);
    return status;
}

/* The class that a list gives must be that of the boxes. */
static enum ecam_status check_class(const struct eval_truth *truth,
                                    const struct eval_truth_image *image,
                                    const struct eval_list_item *item, struct ecam_error *err)
{
    size_t index;
    if (!item->has_number || image->class_name == EVAL_NO_CLASS ||
        !eval_ilsvrc_from_wnid(truth->name[image->class_name], &index) ||
        (long)index == item->number)
        return ECAM_OK;
    return ecam_fail(err, ECAM_ERR_FORMAT, "image %s: class %ld in the list, %zu (%s) by its boxes",
                     image->name, item->number, index, truth->name[image->class_name]);
}

/* Leaves only the images that a list names. */
static enum ecam_status keep_listed(const char *path, struct eval_truth *truth,
                                    struct ecam_error *err)
{
    struct eval_list list = { 0 };
    struct eval_truth kept = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum ecam_status status = file_read(path, MAX_TEXT, &bytes, &size, err);
    if (status != ECAM_OK)
        return status;
    status = eval_list_parse(bytes, size, &list, err);
    free(bytes);
    for (size_t i = 0; i < list.n && status == ECAM_OK; i++) {
        char *stem = eval_stem(list.item[i].name);
        const struct eval_truth_image *image = stem == NULL ? NULL : eval_truth_find(truth, stem);
        if (stem == NULL)
            status = no_memory(err);
        else if (image == NULL)
            status = ecam_fail(err, ECAM_ERR_ARG, "image %s: nothing is known of it", stem);
        else if ((status = check_class(truth, image, &list.item[i], err)) == ECAM_OK)
            status = copy_image(truth, image, &kept, err);
        ecam_free(stem);
    }
    if (status == ECAM_OK)
        status = eval_truth_sort(&kept, err);
    if (status == ECAM_OK && kept.n == 0)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "names no image");
    eval_list_free(&list);
    if (status != ECAM_OK) {
        eval_truth_free(&kept);
        return ecam_error_at(err, status, path);
    }
    eval_truth_free(truth);
    *truth = kept;
    return ECAM_OK;
}

/* Every picture there is, with nothing known. */
static enum ecam_status take_pictures(struct evaluate_images *images, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    for (size_t i = 0; i < images->n_files && status == ECAM_OK; i++)
        status = eval_truth_add_bare(&images->truth, images->file[i].stem, err);
    return status == ECAM_OK ? eval_truth_sort(&images->truth, err) : status;
}

/* ---- Layouts ---- */

/* Where a dataset keeps its pictures, boxes and list; paths to free(). */
struct layout {
    char *images, *boxes, *list;
};

static void layout_free(struct layout *layout)
{
    free(layout->images);
    free(layout->boxes);
    free(layout->list);
}

static char *set_path(const char *root, const char *set)
{
    char name[256];
    snprintf(name, sizeof name, "ImageSets/Main/%s.txt", set);
    return folder_join(root, name);
}

static char *copy(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

/* What is given by itself counts more than the dataset's layout. */
static void find_layout(const struct evaluate_options *options, struct layout *out)
{
    const bool is_voc = options->voc != NULL;
    const char *root = is_voc ? options->voc : options->ilsvrc;
    *out = (struct layout){ .images = copy(options->images),
                            .boxes = copy(options->boxes),
                            .list = copy(options->run.list) };
    if (root == NULL)
        return;
    if (out->images == NULL)
        out->images = folder_join(root, is_voc ? "JPEGImages" : "Data/CLS-LOC/val");
    if (out->boxes == NULL)
        out->boxes = folder_join(root, is_voc ? "Annotations" : "Annotations/CLS-LOC/val");
    if (out->list == NULL && is_voc)
        out->list = set_path(root, options->set);
}

enum ecam_status evaluate_images_read(const struct evaluate_options *options,
                                      struct evaluate_images *out, struct ecam_error *err)
{
    struct evaluate_images images = { 0 };
    struct layout layout;
    find_layout(options, &layout);
    enum ecam_status status =
        layout.images == NULL
            ? ecam_fail(err, ECAM_ERR_ARG, "no folder of images is given: --images")
            : read_pictures(layout.images, &images, err);
    images.has_objects = layout.boxes != NULL;
    if (status == ECAM_OK)
        status = layout.boxes != NULL
                     ? evaluate_truth_read(layout.boxes, options->sizes, &images.truth, err)
                     : take_pictures(&images, err);
    if (status == ECAM_OK && layout.list != NULL)
        status = keep_listed(layout.list, &images.truth, err);
    layout_free(&layout);
    if (status == ECAM_OK)
        *out = images;
    else
        evaluate_images_free(&images);
    return status;
}

/* ---- Graz-02 ---- */

/* Adds the picture and its masks to images->file, which has room. */
static enum ecam_status add_graz_image(const char *class_name, const char *folder,
                                       const struct eval_graz *graz,
                                       const struct eval_graz_image *image,
                                       struct evaluate_images *images, struct ecam_error *err)
{
    struct evaluate_file *file = &images->file[images->n_files++];
    char name[1024];
    snprintf(name, sizeof name, "%s/%s", class_name, image->name);
    file->stem = ecam_strdup(name);
    snprintf(name, sizeof name, "%s.image.png", image->name);
    file->path = folder_join(folder, name);
    file->mask = ecam_calloc(ecam_max_size(image->n_masks, 1), sizeof *file->mask);
    if (file->stem == NULL || file->path == NULL || file->mask == NULL)
        return no_memory(err);
    for (size_t k = 0; k < image->n_masks; k++) {
        file->mask[k] = folder_join(folder, graz->mask[image->first_mask + k]);
        if (file->mask[k] == NULL)
            return no_memory(err);
        file->n_masks++;
    }
    return ECAM_OK;
}

static enum ecam_status read_graz_folder(const char *class_name, const char *folder, size_t limit,
                                         struct evaluate_images *images, struct ecam_error *err)
{
    struct eval_graz graz = { 0 };
    size_t n = 0;
    char **names = folder_list(folder, &n);
    if (names == NULL)
        return ecam_fail(err, ECAM_ERR_IO, "%s: %s", folder, strerror(errno));
    enum ecam_status status = eval_graz_group(names, n, limit, &graz, err);
    if (status != ECAM_OK)
        ecam_error_at(err, status, folder);
    if (status == ECAM_OK && graz.n > 0) {
        struct evaluate_file *grown =
            ecam_realloc_array(images->file, images->n_files + graz.n, sizeof *images->file);
        if (grown == NULL) {
            status = no_memory(err);
        } else {
            images->file = grown;
            memset(grown + images->n_files, 0, graz.n * sizeof *grown);
        }
    }
    for (size_t i = 0; i < graz.n && status == ECAM_OK; i++)
        status = add_graz_image(class_name, folder, &graz, &graz.image[i], images, err);
    eval_graz_free(&graz);
    folder_list_free(names, n);
    return status;
}

enum ecam_status evaluate_graz_read(const struct evaluate_options *options,
                                    struct evaluate_images *out, struct ecam_error *err)
{
    struct evaluate_images images = { 0 };
    enum ecam_status status = ECAM_OK;
    size_t n = 0;
    char **names = folder_list(options->graz, &n);
    if (names == NULL)
        return ecam_fail(err, ECAM_ERR_IO, "%s: %s", options->graz, strerror(errno));
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        char *folder = folder_join(options->graz, names[i]);
        if (folder == NULL)
            status = no_memory(err);
        else if (is_folder(folder))
            status = read_graz_folder(names[i], folder, options->limit, &images, err);
        free(folder);
    }
    folder_list_free(names, n);
    if (status == ECAM_OK && images.n_files == 0)
        status = ecam_fail(err, ECAM_ERR_ARG,
                           "%s: there is no NAME.image.png in the folders of this folder",
                           options->graz);
    if (status == ECAM_OK) {
        qsort(images.file, images.n_files, sizeof *images.file, by_stem);
        status = take_pictures(&images, err);
    }
    if (status == ECAM_OK)
        *out = images;
    else
        evaluate_images_free(&images);
    return status;
}
