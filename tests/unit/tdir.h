/* SPDX-License-Identifier: BSD-2-Clause
 * A folder for a test's files, removed with them. */
#ifndef ECAM_TDIR_H
#define ECAM_TDIR_H

#include <stddef.h>
#include <stdint.h>

#define TDIR_PATH 256

/* Makes a folder; then tdir_path("x") is a file in it. */
void tdir_open(void);
const char *tdir_path(const char *name, char out[TDIR_PATH]);
size_t tdir_count(void); /* files in it */
void tdir_close(void);

/* A whole file, freed with free(); fails the test where there is none. */
uint8_t *tdir_read(const char *path, size_t *size);

#endif /* ECAM_TDIR_H */
