/* SPDX-License-Identifier: BSD-2-Clause
 * Files of results: a line of settings, then a line for each image, all JSON. A line is
 * whole or not there, so that a run that was killed goes on where it stopped. */
#ifndef ECAM_TOOLS_RESULTS_H
#define ECAM_TOOLS_RESULTS_H

#include <cjson/cJSON.h>

#include "engine/ecam.h"
#include "tools/json.h"

/* ---- Writing ---- */

struct results_writer; /* opaque */

/* header: one line of JSON without its end. A file that is there is an error, unless
 * is_resumed: then its header must be the same, a last line that was cut short is taken
 * away, and its images count as done. A file that another process is writing is an
 * error. */
enum ecam_status results_open(const char *path, const char *header, bool is_resumed,
                              struct results_writer **out, struct ecam_error *err);
bool results_has(const struct results_writer *writer, const char *image);
size_t results_n_done(const struct results_writer *writer);

/* Appends the object, whose first key is "image", as one line, at once. */
enum ecam_status results_add(struct results_writer *writer, const struct json *line,
                             struct ecam_error *err);
void results_close(struct results_writer *writer); /* takes NULL */

/* ---- Reading ---- */

struct results; /* opaque: an open file and where its lines are */

/* Lines are put in the order of their images. An image that is there twice is an error,
 * unless its lines are the same. */
enum ecam_status results_read(const char *path, struct results **out, struct ecam_error *err);
void results_free(struct results *results); /* takes NULL */

const char *results_path(const struct results *results);
const char *results_header_text(const struct results *results);
const cJSON *results_header(const struct results *results);
size_t results_count(const struct results *results);
const char *results_image(const struct results *results, size_t i);

/* Line i as text, valid until the next call, and as JSON for cJSON_Delete(). */
enum ecam_status results_text(struct results *results, size_t i, const char **text, size_t *n,
                              struct ecam_error *err);
enum ecam_status results_line(struct results *results, size_t i, cJSON **out,
                              struct ecam_error *err);

/* Makes one file of several with the same settings: the one that a single run would have
 * written. *n_images: lines written. */
enum ecam_status results_merge(const char *path, const char *const *parts, size_t n_parts,
                               size_t *n_images, struct ecam_error *err);

#endif /* ECAM_TOOLS_RESULTS_H */
