/* SPDX-License-Identifier: BSD-2-Clause
 * Folders that output goes to. */
#ifndef ECAM_TOOLS_FOLDER_H
#define ECAM_TOOLS_FOLDER_H

#include <stdbool.h>

#include "engine/ecam.h"

/* Makes the folder and those above it, as far as they are missing. */
enum ecam_status folder_make(const char *path, struct ecam_error *err);

/* "folder/name", to free(); NULL: no memory. */
char *folder_join(const char *folder, const char *name);

/* The names in a folder, sorted by bytes, hidden ones left out, for folder_list_free();
 * NULL on failure, with errno set. */
char **folder_list(const char *folder, size_t *n);
void folder_list_free(char **names, size_t n); /* takes NULL */

/* Whether the file `path` lies directly in this folder, by whatever name. */
bool folder_holds(const char *folder, const char *path);

/* Whether both are there and are one file. */
bool folder_same(const char *a, const char *b);

#endif /* ECAM_TOOLS_FOLDER_H */
