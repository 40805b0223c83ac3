/* SPDX-License-Identifier: BSD-2-Clause
 * Named arrays that another program has computed, to compare with. */
#ifndef ECAM_TOOLS_REFERENCE_H
#define ECAM_TOOLS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/weight.h"

struct reference_array {
    const char *name; /* the reference's */
    const struct ecam_weight *weight;
};

struct reference {
    struct reference_array *array; /* [n], sorted by name */
    size_t n;
    struct ecam_weight_set **set; /* [n_sets] */
    size_t n_sets;
    char **owned_name; /* [n_sets]: of a folder's files; else NULL */
};

/* A file of named arrays in any format that is read as weights (.npz, .safetensors,
 * .pth); a .npy, whose array is called "output"; or a folder of NAME.npy. */
enum ecam_status reference_open(const char *path, const struct ecam_limits *limits,
                                struct reference *out, struct ecam_error *err);
void reference_free(struct reference *reference); /* empties it */

/* The array of a name, or NULL. */
const struct ecam_weight *reference_find(const struct reference *reference, const char *name);

#endif /* ECAM_TOOLS_REFERENCE_H */
