/* SPDX-License-Identifier: BSD-2-Clause
 * Which photos a command works on: files, the pictures of folders, lists. */
#ifndef ECAM_TOOLS_INPUTS_H
#define ECAM_TOOLS_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/ecam.h"

struct inputs {
    char **path; /* [n]; "-" is standard input */
    size_t n, cap;
    /* Folders that could not be read or hold no picture: told one by one, in the
     * place of a photo. */
    char **error; /* [n]: NULL for a photo */
};

/* Adds a word of the command line: a folder stands for the pictures in it (by
 * extension, sorted by name, hidden ones left out; with is_recursive those of its
 * folders too), anything else for itself. */
enum ecam_status inputs_add(struct inputs *inputs, const char *word, bool is_recursive,
                            struct ecam_error *err);

/* Adds the words in a file, one a line ("-": standard input); empty lines and
 * lines that begin with '#' do not count. */
enum ecam_status inputs_add_list(struct inputs *inputs, const char *list, bool is_recursive,
                                 struct ecam_error *err);
void inputs_free(struct inputs *inputs);

#endif /* ECAM_TOOLS_INPUTS_H */
