/* SPDX-License-Identifier: BSD-2-Clause
 * A result of 'eigencam explain', read back for a comparison. */
#ifndef ECAM_TOOLS_REPORT_SIDE_H
#define ECAM_TOOLS_REPORT_SIDE_H

#include "tools/npy.h"
#include "tools/report.h"

/* One of the two. */
struct side {
    const char *path;
    cJSON *json;
    const cJSON *map; /* the first */
    size_t n_maps;
    struct npy raw;
    struct report_photo photo; /* its picture, geometry and seen */
    float *values;             /* [photo_h][photo_w], 0 to 1 */
    enum ecam_scale scale;
    struct explain_box box;
};

/* PHOTO.json with its raw map and its photo. Frees nothing of `out`, also on failure. */
enum ecam_status side_read(const char *path, struct side *out, struct ecam_error *err);
void side_free(struct side *side);

/* The text of a file as JSON. */
enum ecam_status side_read_json(const char *path, cJSON **out, struct ecam_error *err);
/* A file that a result names: as it is named, else beside the result. To free(); NULL: no
 * memory. */
char *side_find_file(const char *result, const char *name);

const cJSON *side_member(const cJSON *object, const char *key); /* or NULL */
enum ecam_status side_fail_member(const struct side *side, const char *key, struct ecam_error *err);

#endif /* ECAM_TOOLS_REPORT_SIDE_H */
