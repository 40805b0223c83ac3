/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/error.h"

static enum ecam_status make_one(const char *path, struct ecam_error *err)
{
    struct stat st;
    if (mkdir(path, 0777) == 0)
        return ECAM_OK;
    const int error = errno;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return ECAM_OK;
    if (error == EEXIST)
        return ecam_fail(err, ECAM_ERR_IO, "%s: is there, but not a folder", path);
    return ecam_fail(err, ECAM_ERR_IO, "%s: %s", path, strerror(error));
}

enum ecam_status folder_make(const char *path, struct ecam_error *err)
{
    char *part = malloc(strlen(path) + 1);
    if (part == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "the name of a folder");
    strcpy(part, path);
    enum ecam_status status = ECAM_OK;
    for (char *c = part; *c != '\0' && status == ECAM_OK; c++) {
        if (*c == '/' && c != part && c[-1] != '/') {
            *c = '\0';
            status = make_one(part, err);
            *c = '/';
        }
    }
    if (status == ECAM_OK)
        status = make_one(path, err);
    free(part);
    return status;
}

char *folder_join(const char *folder, const char *name)
{
    const size_t len = strlen(folder), bytes = len + strlen(name) + 2;
    char *out = malloc(bytes);
    if (out != NULL)
        snprintf(out, bytes, "%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name);
    return out;
}

bool folder_same(const char *a, const char *b)
{
    struct stat st_a, st_b;
    return stat(a, &st_a) == 0 && stat(b, &st_b) == 0 && st_a.st_dev == st_b.st_dev &&
           st_a.st_ino == st_b.st_ino;
}

bool folder_holds(const char *folder, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return folder_same(folder, ".");
    if (slash == path)
        return folder_same(folder, "/");
    char *above = malloc((size_t)(slash - path) + 1);
    if (above == NULL)
        return false;
    memcpy(above, path, (size_t)(slash - path));
    above[slash - path] = '\0';
    const bool holds = folder_same(folder, above);
    free(above);
    return holds;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds a copy of the name to the growing list; false when there is no memory. */
static bool keep_name(char ***names, size_t *n, size_t *cap, const char *name)
{
    if (*n == *cap) {
        char **grown = realloc(*names, 2 * *cap * sizeof *grown);
        if (grown == NULL)
            return false;
        *names = grown;
        *cap *= 2;
    }
    (*names)[*n] = strdup(name);
    if ((*names)[*n] == NULL)
        return false;
    ++*n;
    return true;
}

char **folder_list(const char *folder, size_t *n)
{
    size_t cap = 64;
    int error = 0;
    *n = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return NULL;
    char **names = malloc(cap * sizeof *names);
    if (names == NULL)
        error = ENOMEM;
    while (error == 0) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            error = errno;
            break;
        }
        if (entry->d_name[0] != '.' && !keep_name(&names, n, &cap, entry->d_name))
            error = ENOMEM;
    }
    closedir(dir);
    if (error != 0) {
        folder_list_free(names, *n);
        errno = error;
        return NULL;
    }
    qsort(names, *n, sizeof *names, by_name);
    return names;
}

void folder_list_free(char **names, size_t n)
{
    for (size_t i = 0; names != NULL && i < n; i++)
        free(names[i]);
    free(names);
}
