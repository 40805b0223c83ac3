/* SPDX-License-Identifier: BSD-2-Clause
 * Class names from a file. */
#ifndef ECAM_TOOLS_LABELS_H
#define ECAM_TOOLS_LABELS_H

#include <stddef.h>

#include "engine/ecam.h"

struct labels {
    char **name; /* [n]; labels_free() */
    size_t n;
};

/* Reads a JSON list of names, a JSON object from index to name (or to a list whose
 * last item is the name), or text with a name a line, where a WordNet number before
 * the name ("n01440764 tench") does not belong to it. Lines end as on any system; a byte
 * order mark before all is left out. */
enum ecam_status labels_read(const char *path, struct labels *out, struct ecam_error *err);
enum ecam_status labels_parse(const char *bytes, size_t size, struct labels *out,
                              struct ecam_error *err);
/* Tells on stderr where there are more or fewer names than the network has classes:
 * the file is another network's, or has a line too many. */
void labels_check(const char *path, const struct labels *labels, const struct ecam_model *model);
void labels_free(struct labels *labels); /* empties it */

#endif /* ECAM_TOOLS_LABELS_H */
