/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/truth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/eval/lines.h"
#include "engine/alloc.h"
#include "engine/error.h"

/* ---- Growing ---- */

static enum ecam_status fail_memory(struct ecam_error *err)
{
    return ecam_fail(err, ECAM_ERR_NOMEM, "the truth about images");
}

/* The place of a class's name, which may be new. Names come in few kinds, and mostly the
 * same as the one before. */
static enum ecam_status find_name(struct eval_truth *truth, const char *name, size_t *out,
                                  struct ecam_error *err)
{
    for (size_t i = truth->n_names; i-- > 0;) {
        if (strcmp(truth->name[i], name) == 0) {
            *out = i;
            return ECAM_OK;
        }
    }
    if (!ecam_reserve((void **)&truth->name, &truth->cap_names, truth->n_names,
                      sizeof *truth->name))
        return fail_memory(err);
    truth->name[truth->n_names] = ecam_strdup(name);
    if (truth->name[truth->n_names] == NULL)
        return fail_memory(err);
    *out = truth->n_names++;
    return ECAM_OK;
}

enum ecam_status eval_truth_add_bare(struct eval_truth *truth, const char *image,
                                     struct ecam_error *err)
{
    if (!ecam_reserve((void **)&truth->image, &truth->cap, truth->n, sizeof *truth->image))
        return fail_memory(err);
    char *name = ecam_strdup(image);
    if (name == NULL)
        return fail_memory(err);
    truth->image[truth->n++] = (struct eval_truth_image){ .name = name,
                                                          .first = truth->n_objects,
                                                          .class_name = EVAL_NO_CLASS };
    return ECAM_OK;
}

/* To the image added last. */
static enum ecam_status add_object(struct eval_truth *truth, const char *name,
                                   const struct eval_box *box, bool is_difficult,
                                   struct ecam_error *err)
{
    size_t at = 0;
    const enum ecam_status status = find_name(truth, name, &at, err);
    if (status != ECAM_OK)
        return status;
    if (!ecam_reserve((void **)&truth->object, &truth->cap_objects, truth->n_objects,
                      sizeof *truth->object))
        return fail_memory(err);
    truth->object[truth->n_objects++] =
        (struct eval_truth_object){ .box = *box, .name = at, .is_difficult = is_difficult };
    truth->image[truth->n - 1].n++;
    return ECAM_OK;
}

void eval_truth_free(struct eval_truth *truth)
{
    for (size_t i = 0; i < truth->n; i++)
        ecam_free(truth->image[i].name);
    for (size_t i = 0; i < truth->n_names; i++)
        ecam_free(truth->name[i]);
    ecam_free(truth->image);
    ecam_free(truth->object);
    ecam_free(truth->name);
    *truth = (struct eval_truth){ 0 };
}

/* ---- LOC_val_solution.csv ---- */

static bool read_box(char **at, struct eval_box *out)
{
    double v[4];
    for (int i = 0; i < 4; i++)
        if (!eval_number(eval_word(at), &v[i]))
            return false;
    *out = (struct eval_box){ v[0], v[1], v[2], v[3] };
    return v[2] >= v[0] && v[3] >= v[1];
}

static enum ecam_status add_csv_line(struct eval_truth *truth, struct eval_lines *line,
                                     struct ecam_error *err)
{
    char *comma = strchr(line->text, ',');
    if (line->is_long || comma == NULL || comma == line->text)
        return ecam_fail(err, ECAM_ERR_FORMAT, "line %zu: found '%.40s', expected ID,WNID BOX ...",
                         line->number, line->text);
    *comma = '\0';
    char *at = comma + 1, *word;
    enum ecam_status status = eval_truth_add_bare(truth, line->text, err);
    while (status == ECAM_OK && (word = eval_word(&at)) != NULL) {
        struct eval_box box;
        size_t name = 0;
        const bool is_alone = truth->image[truth->n - 1].n == 0 && at[strspn(at, " \t\r")] == '\0';
        status = find_name(truth, word, &name, err);
        if (status != ECAM_OK || is_alone) {
            truth->image[truth->n - 1].class_name = name;
            continue;
        }
        if (!read_box(&at, &box))
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "line %zu: after %.20s expected x0 y0 x1 y1 of a box", line->number,
                             word);
        status = add_object(truth, word, &box, false, err);
        truth->image[truth->n - 1].class_name = name;
    }
    return status;
}

enum ecam_status eval_truth_add_csv(struct eval_truth *truth, const uint8_t *bytes, size_t size,
                                    struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct eval_lines *line = ecam_alloc(sizeof *line);
    if (line == NULL)
        return fail_memory(err);
    eval_lines_begin(line, bytes, size);
    while (status == ECAM_OK && eval_lines_next(line))
        if (line->number > 1 || strncmp(line->text, "ImageId,", 8) != 0)
            status = add_csv_line(truth, line, err);
    ecam_free(line);
    return status;
}

/* ---- XML ---- */

enum ecam_status eval_truth_add_annotation(struct eval_truth *truth, const char *image,
                                           const struct eval_annotation *annotation,
                                           struct ecam_error *err)
{
    enum ecam_status status = eval_truth_add_bare(truth, image, err);
    for (size_t i = 0; status == ECAM_OK && i < annotation->n; i++) {
        const struct eval_object *o = &annotation->object[i];
        status = add_object(truth, o->name, &o->box, o->is_difficult, err);
    }
    if (status != ECAM_OK)
        return status;
    struct eval_truth_image *last = &truth->image[truth->n - 1];
    last->w = annotation->w;
    last->h = annotation->h;
    if (last->n > 0)
        last->class_name = truth->object[last->first].name;
    return ECAM_OK;
}

/* ---- Order ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct eval_truth_image *)a)->name,
                  ((const struct eval_truth_image *)b)->name);
}

enum ecam_status eval_truth_sort(struct eval_truth *truth, struct ecam_error *err)
{
    if (truth->n > 0)
        qsort(truth->image, truth->n, sizeof *truth->image, by_name);
    for (size_t i = 1; i < truth->n; i++)
        if (strcmp(truth->image[i - 1].name, truth->image[i].name) == 0)
            return ecam_fail(err, ECAM_ERR_FORMAT, "image %s is there twice", truth->image[i].name);
    return ECAM_OK;
}

const struct eval_truth_image *eval_truth_find(const struct eval_truth *truth, const char *image)
{
    size_t low = 0, high = truth->n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strcmp(truth->image[middle].name, image);
        if (order == 0)
            return &truth->image[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- Sizes and lists ---- */

enum ecam_status eval_truth_sizes(struct eval_truth *truth, const uint8_t *bytes, size_t size,
                                  struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct eval_lines *line = ecam_alloc(sizeof *line);
    if (line == NULL)
        return fail_memory(err);
    eval_lines_begin(line, bytes, size);
    while (status == ECAM_OK && eval_lines_next(line)) {
        double w = 0, h = 0;
        if (line->number == 1 && strncmp(line->text, "ImageId,", 8) == 0)
            continue;
        for (char *c = line->text; *c != '\0'; c++)
            *c = *c == ',' ? ' ' : *c;
        char *at = line->text;
        const char *name = eval_word(&at);
        if (line->is_long || name == NULL || !eval_number(eval_word(&at), &w) ||
            !eval_number(eval_word(&at), &h) || w < 1 || h < 1 || eval_word(&at) != NULL) {
            status =
                ecam_fail(err, ECAM_ERR_FORMAT, "line %zu: expected ID,WIDTH,HEIGHT", line->number);
            break;
        }
        struct eval_truth_image *image =
            (struct eval_truth_image *)(uintptr_t)eval_truth_find(truth, name);
        if (image != NULL) {
            image->w = (size_t)w;
            image->h = (size_t)h;
        }
    }
    ecam_free(line);
    return status;
}

void eval_list_free(struct eval_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        ecam_free(list->item[i].name);
    ecam_free(list->item);
    *list = (struct eval_list){ 0 };
}

enum ecam_status eval_list_parse(const uint8_t *bytes, size_t size, struct eval_list *out,
                                 struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct eval_list list = { 0 };
    struct eval_lines *line = ecam_alloc(sizeof *line);
    if (line == NULL)
        return fail_memory(err);
    eval_lines_begin(line, bytes, size);
    while (status == ECAM_OK && eval_lines_next(line)) {
        char *at = line->text;
        double number = 0;
        const char *name = eval_word(&at), *word = eval_word(&at);
        if (line->is_long ||
            (word != NULL && (!eval_number(word, &number) || number != (double)(long)number ||
                              eval_word(&at) != NULL))) {
            status = ecam_fail(err, ECAM_ERR_FORMAT,
                               "line %zu: expected the name of an image, and perhaps a number",
                               line->number);
            break;
        }
        char *copy = ecam_strdup(name);
        if (copy == NULL ||
            !ecam_reserve((void **)&list.item, &list.cap, list.n, sizeof *list.item)) {
            ecam_free(copy);
            status = fail_memory(err);
            break;
        }
        list.item[list.n++] = (struct eval_list_item){ .name = copy,
                                                       .has_number = word != NULL,
                                                       .number = (long)number };
    }
    ecam_free(line);
    if (status == ECAM_OK)
        *out = list;
    else
        eval_list_free(&list);
    return status;
}

char *eval_stem(const char *name)
{
    static const char *const known[] = { ".jpeg", ".jpg", ".png", ".bmp", ".tga",
                                         ".gif",  ".ppm", ".pgm", ".pbm", ".xml" };
    const char *slash = strrchr(name, '/');
    char *stem = ecam_strdup(slash == NULL ? name : slash + 1);
    char *point = stem == NULL ? NULL : strrchr(stem, '.');
    for (size_t i = 0; point != NULL && i < ECAM_ARRAY_LEN(known); i++) {
        if (strcasecmp(point, known[i]) == 0) {
            *point = '\0';
            break;
        }
    }
    return stem;
}
