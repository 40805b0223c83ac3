/* SPDX-License-Identifier: BSD-2-Clause
 * A file that appears under its name when it is complete. */
#ifndef ECAM_FILE_OUT_H
#define ECAM_FILE_OUT_H

#include "engine/ecam.h"

struct ecam_file_out; /* opaque: the temporary file beside the target */

/* Messages do not name the file: the caller does. */
enum ecam_status ecam_file_out_open(const char *path, struct ecam_file_out **out,
                                    struct ecam_error *err);

/* Appends. A failure is remembered and told by commit. */
void ecam_file_out_put(struct ecam_file_out *file, const void *bytes, size_t n);

/* Writes over n bytes at an earlier place. */
void ecam_file_out_patch(struct ecam_file_out *file, uint64_t at, const void *bytes, size_t n);

/* Flushes to the disk and renames; frees. On failure there is no new file. */
enum ecam_status ecam_file_out_commit(struct ecam_file_out *file, struct ecam_error *err);

/* Removes what was written; frees. Takes NULL. */
void ecam_file_out_abort(struct ecam_file_out *file);

#endif /* ECAM_FILE_OUT_H */
