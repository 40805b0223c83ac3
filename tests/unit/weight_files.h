/* SPDX-License-Identifier: BSD-2-Clause
 * Files under tests/, and the values that the fixtures of weights hold. */
#ifndef ECAM_WEIGHT_FILES_H
#define ECAM_WEIGHT_FILES_H

#include "engine/weight.h"

/* The path of a file below tests/ in the source tree. */
#define WF_PATH 1024
const char *wf_path(const char *file, char buf[WF_PATH]);

/* A copy on the heap of exactly the file's size (at least one byte); free() it. */
uint8_t *wf_read(const char *path, size_t *size);

/* Fails unless each tensor of the set has the values that
 * tools/dev/make_weight_fixtures.py gives to its name. */
void wf_check_values(const struct ecam_weight_set *set, const char *what);

/* Reads every element of every float tensor, for sanitizers to watch. */
void wf_touch(const struct ecam_weight_set *set);

/* Calls fn for each file of a folder below tests/; how many there were. */
int wf_each(const char *folder, void (*fn)(const char *folder, const char *name));

#endif /* ECAM_WEIGHT_FILES_H */
