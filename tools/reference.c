/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/reference.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/error.h"
#include "tools/folder.h"
#include "weights/weights.h"

#define SUFFIX ".npy"
#define ONE_ARRAY "NumPy npy" /* a set's format */

void reference_free(struct reference *reference)
{
    for (size_t i = 0; i < reference->n_sets; i++) {
        ecam_weight_set_free(reference->set[i]);
        if (reference->owned_name != NULL)
            free(reference->owned_name[i]);
    }
    free(reference->owned_name);
    free(reference->set);
    free(reference->array);
    *reference = (struct reference){ 0 };
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct reference_array *)a)->name,
                  ((const struct reference_array *)b)->name);
}

const struct ecam_weight *reference_find(const struct reference *reference, const char *name)
{
    const struct reference_array key = { .name = name };
    const struct reference_array *found =
        reference->n == 0
            ? NULL
            : bsearch(&key, reference->array, reference->n, sizeof *reference->array, by_name);
    return found == NULL ? NULL : found->weight;
}

/* ---- One file ---- */

static enum ecam_status open_file(const char *path, const struct ecam_limits *limits,
                                  struct reference *out, struct ecam_error *err)
{
    out->set = calloc(1, sizeof *out->set);
    if (out->set == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a reference");
    const enum ecam_status status = ecam_weights_open(path, limits, &out->set[0], err);
    if (status != ECAM_OK)
        return status;
    out->n_sets = 1;
    const struct ecam_weight_set *set = out->set[0];
    out->array = calloc(set->n_items + 1, sizeof *out->array);
    if (out->array == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu arrays", set->n_items);
    out->n = set->n_items;
    for (size_t i = 0; i < out->n; i++)
        out->array[i] = (struct reference_array){ set->items[i].name, &set->items[i] };
    if (strcmp(set->format, ONE_ARRAY) == 0)
        out->array[0].name = "output";
    return ECAM_OK;
}

/* ---- A folder ---- */

struct names {
    char **name; /* of files, with their suffix */
    size_t n, cap;
};

static bool push_name(struct names *names, const char *name)
{
    if (names->n == names->cap) {
        const size_t cap = names->cap == 0 ? 64 : 2 * names->cap;
        char **grown = realloc(names->name, cap * sizeof *grown);
        if (grown == NULL)
            return false;
        names->name = grown;
        names->cap = cap;
    }
    char *copy = malloc(strlen(name) + 1);
    if (copy == NULL)
        return false;
    names->name[names->n++] = strcpy(copy, name);
    return true;
}

static enum ecam_status list_folder(const char *path, struct names *names, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    const struct dirent *entry;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return ecam_fail(err, ECAM_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    while (status == ECAM_OK && (entry = readdir(folder)) != NULL) {
        const size_t len = strlen(entry->d_name), suffix = strlen(SUFFIX);
        if (len > suffix && entry->d_name[0] != '.' &&
            strcmp(entry->d_name + len - suffix, SUFFIX) == 0 && !push_name(names, entry->d_name))
            status = ecam_fail(err, ECAM_ERR_NOMEM, "the files of %s", path);
    }
    closedir(folder);
    if (status == ECAM_OK && names->n == 0)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "%s: a folder without " SUFFIX " files", path);
    return status;
}

static enum ecam_status open_member(const char *folder, char *name,
                                    const struct ecam_limits *limits, struct reference *out,
                                    struct ecam_error *err)
{
    struct ecam_weight_set **set = &out->set[out->n_sets];
    char *path = folder_join(folder, name);
    if (path == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "the name of a file");
    enum ecam_status status = ecam_weights_open(path, limits, set, err);
    if (status == ECAM_OK) {
        out->owned_name[out->n_sets++] = name; /* ours from here on */
        if (strcmp((*set)->format, ONE_ARRAY) != 0)
            status =
                ecam_fail(err, ECAM_ERR_FORMAT, "%s: %s, expected one array", path, (*set)->format);
    } else {
        free(name);
    }
    if (status == ECAM_OK) {
        name[strlen(name) - strlen(SUFFIX)] = '\0';
        out->array[out->n++] = (struct reference_array){ name, &(*set)->items[0] };
    }
    free(path);
    return status;
}

static enum ecam_status open_folder(const char *path, const struct ecam_limits *limits,
                                    struct reference *out, struct ecam_error *err)
{
    struct names names = { 0 };
    size_t i = 0;
    enum ecam_status status = list_folder(path, &names, err);
    if (status == ECAM_OK) {
        out->set = calloc(names.n, sizeof(struct ecam_weight_set *));
        out->owned_name = calloc(names.n, sizeof *out->owned_name);
        out->array = calloc(names.n, sizeof *out->array);
        if (out->set == NULL || out->owned_name == NULL || out->array == NULL)
            status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu arrays", names.n);
    }
    while (i < names.n && status == ECAM_OK)
        status = open_member(path, names.name[i++], limits, out, err);
    while (i < names.n)
        free(names.name[i++]);
    free(names.name);
    return status;
}

enum ecam_status reference_open(const char *path, const struct ecam_limits *limits,
                                struct reference *out, struct ecam_error *err)
{
    struct stat st;
    struct reference reference = { 0 };
    const bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    const enum ecam_status status = is_folder ? open_folder(path, limits, &reference, err)
                                              : open_file(path, limits, &reference, err);
    if (status != ECAM_OK) {
        reference_free(&reference);
        return status;
    }
    qsort(reference.array, reference.n, sizeof *reference.array, by_name);
    *out = reference;
    return ECAM_OK;
}
