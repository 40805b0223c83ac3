/* SPDX-License-Identifier: BSD-2-Clause
 * Pieces of a line of results that several benchmarks have. */
#ifndef ECAM_TOOLS_EVALUATE_LINE_H
#define ECAM_TOOLS_EVALUATE_LINE_H

#include "tools/evaluate.h"

void evaluate_put_box(struct json *json, const struct eval_box *box);

/* "size": width, height of the photo. */
void evaluate_put_size(struct json *json, const struct ecam_geometry *geometry);

/* "box": at the threshold, in percent of the maximum; null where the map shows nothing above
 * it. "boxes": at 5 to 15 %; empty for a map that shows nothing at all. */
void evaluate_put_sweep(struct json *json, const struct eval_sweep *sweep, size_t threshold);

/* "share" and "gap" of a principal component. */
void evaluate_put_share(struct json *json, const struct evaluate_map *map);

#endif /* ECAM_TOOLS_EVALUATE_LINE_H */
