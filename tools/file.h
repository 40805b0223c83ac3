/* SPDX-License-Identifier: BSD-2-Clause
 * Whole files: read one with a bound, write one so that it is whole or not there. */
#ifndef ECAM_TOOLS_FILE_H
#define ECAM_TOOLS_FILE_H

#include "engine/ecam.h"

/* The file's bytes (`path` "-": standard input), freed with free(). More than
 * max_bytes is ECAM_ERR_LIMIT. Messages start with the path. */
enum ecam_status file_read(const char *path, uint64_t max_bytes, uint8_t **out, size_t *size,
                           struct ecam_error *err);

/* A file that appears under its name when it is complete. What is not a regular
 * file ("-" for standard output, a pipe, a device) is written as it comes. */
struct file_writer; /* opaque */
enum ecam_status file_writer_open(const char *path, struct file_writer **out,
                                  struct ecam_error *err);
/* A failure is remembered and told by commit. */
void file_writer_put(struct file_writer *writer, const void *bytes, size_t size);
/* Flushes and renames; on failure the temporary file is removed. Frees the writer. */
enum ecam_status file_writer_commit(struct file_writer *writer, struct ecam_error *err);
/* Removes the temporary file. Takes NULL. */
void file_writer_abort(struct file_writer *writer);

/* Removes the temporary files of all open writers. For a signal handler that ends
 * the program afterwards: async-signal-safe, allocates nothing, takes no lock. */
void file_writer_cleanup_on_signal(void);

#endif /* ECAM_TOOLS_FILE_H */
