/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/inputs.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/error.h"
#include "tools/file.h"
#include "tools/folder.h"

#define MAX_LIST_BYTES (UINT64_C(1) << 30)
#define MAX_DEPTH 64 /* of folders in folders */

static enum ecam_status no_memory(struct ecam_error *err)
{
    return ecam_fail(err, ECAM_ERR_NOMEM, "the list of photos");
}

/* Takes both strings over, also on failure. path NULL: there was no memory. */
static enum ecam_status append(struct inputs *inputs, char *path, char *error,
                               struct ecam_error *err)
{
    if (path != NULL && inputs->n == inputs->cap) {
        const size_t cap = inputs->cap == 0 ? 64 : 2 * inputs->cap;
        char **paths = realloc(inputs->path, cap * sizeof *paths);
        if (paths != NULL)
            inputs->path = paths;
        char **errors = realloc(inputs->error, cap * sizeof *errors);
        if (errors != NULL)
            inputs->error = errors;
        if (paths != NULL && errors != NULL)
            inputs->cap = cap;
    }
    if (path == NULL || inputs->n == inputs->cap) {
        free(path);
        free(error);
        return no_memory(err);
    }
    inputs->path[inputs->n] = path;
    inputs->error[inputs->n++] = error;
    return ECAM_OK;
}

static char *copy(const char *text)
{
    char *out = malloc(strlen(text) + 1);
    return out == NULL ? NULL : strcpy(out, text);
}

static enum ecam_status append_error(struct inputs *inputs, const char *path, const char *what,
                                     struct ecam_error *err)
{
    char *text = copy(what);
    return text == NULL ? no_memory(err) : append(inputs, copy(path), text, err);
}

static bool is_picture(const char *name)
{
    static const char *const extensions[] = { "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "tga",
                                              "gif", "pnm",  "ppm", "pgm",  "pbm", "npy" };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < ECAM_ARRAY_LEN(extensions); i++)
        if (strcasecmp(dot + 1, extensions[i]) == 0)
            return true;
    return false;
}

static enum ecam_status add_folder(struct inputs *inputs, const char *folder, bool is_recursive,
                                   unsigned depth, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    size_t n;
    char **names = folder_list(folder, &n);
    if (names == NULL)
        return append_error(inputs, folder, strerror(errno), err);
    const size_t folder_len = strlen(folder);
    const bool has_slash = folder_len > 0 && folder[folder_len - 1] == '/';
    for (size_t i = 0; i < n && status == ECAM_OK; i++) {
        const size_t bytes = folder_len + strlen(names[i]) + 2;
        char *path = malloc(bytes);
        struct stat st;
        if (path == NULL) {
            status = no_memory(err);
            break;
        }
        snprintf(path, bytes, "%s%s%s", folder, has_slash ? "" : "/", names[i]);
        /* Links to folders are not followed: they may lead round in a circle. */
        if (is_recursive && lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            status = depth == MAX_DEPTH
                         ? append_error(inputs, path, "folders in folders, too many", err)
                         : add_folder(inputs, path, true, depth + 1, err);
            free(path);
        } else if (is_picture(names[i]) && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            status = append(inputs, path, NULL, err);
        } else {
            free(path);
        }
    }
    folder_list_free(names, n);
    return status;
}

enum ecam_status inputs_add(struct inputs *inputs, const char *word, bool is_recursive,
                            struct ecam_error *err)
{
    struct stat st;
    if (strcmp(word, "-") == 0 || stat(word, &st) != 0 || !S_ISDIR(st.st_mode))
        return append(inputs, copy(word), NULL, err);
    const size_t before = inputs->n;
    const enum ecam_status status = add_folder(inputs, word, is_recursive, 0, err);
    if (status == ECAM_OK && inputs->n == before)
        return append_error(inputs, word,
                            is_recursive ? "there is no picture in this folder"
                                         : "there is no picture in this folder; --recursive "
                                           "looks into its folders",
                            err);
    return status;
}

enum ecam_status inputs_add_list(struct inputs *inputs, const char *list, bool is_recursive,
                                 struct ecam_error *err)
{
    uint8_t *bytes = NULL;
    size_t size;
    enum ecam_status status = file_read(list, MAX_LIST_BYTES, &bytes, &size, err);
    for (size_t at = 0; status == ECAM_OK && at < size;) {
        const uint8_t *end = memchr(bytes + at, '\n', size - at);
        const size_t next = end == NULL ? size : (size_t)(end - bytes) + 1;
        size_t len = (end == NULL ? size : (size_t)(end - bytes)) - at;
        if (len > 0 && bytes[at + len - 1] == '\r')
            len--;
        if (len > 0 && bytes[at] != '#') {
            char *word = malloc(len + 1);
            if (word == NULL) {
                status = no_memory(err);
                break;
            }
            memcpy(word, bytes + at, len);
            word[len] = '\0';
            status = inputs_add(inputs, word, is_recursive, err);
            free(word);
        }
        at = next;
    }
    free(bytes);
    return status;
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->n; i++) {
        free(inputs->path[i]);
        free(inputs->error[i]);
    }
    free(inputs->path);
    free(inputs->error);
    *inputs = (struct inputs){ 0 };
}
