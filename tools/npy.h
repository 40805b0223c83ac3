/* SPDX-License-Identifier: BSD-2-Clause
 * NumPy .npy files of float32, for taps, maps and ready-made network inputs. */
#ifndef ECAM_TOOLS_NPY_H
#define ECAM_TOOLS_NPY_H

#include "engine/ecam.h"

/* Writes C-order little-endian float32, beside `path` and renamed. */
enum ecam_status npy_write(const char *path, const float *data, const size_t *dim, size_t rank,
                           struct ecam_error *err);

struct npy {
    float *data; /* npy_free() */
    struct ecam_shape shape;
};

/* Reads C-order '<f4' of rank 1 to 6 (`path` "-": standard input); anything else is
 * an error that says what was found. */
enum ecam_status npy_read(const char *path, struct npy *out, struct ecam_error *err);
/* The same from bytes; `name` stands for the file in messages. */
enum ecam_status npy_read_mem(const char *name, const uint8_t *bytes, size_t size, struct npy *out,
                              struct ecam_error *err);
bool npy_is(const uint8_t *bytes, size_t size); /* by the first bytes */
void npy_free(struct npy *npy);

#endif /* ECAM_TOOLS_NPY_H */
