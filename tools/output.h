/* SPDX-License-Identifier: BSD-2-Clause
 * What the program says: data on stdout, the rest on stderr. */
#ifndef ECAM_TOOLS_OUTPUT_H
#define ECAM_TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/common.h"
#include "engine/ecam.h"
#include "tools/json.h"

#define OUT_SHAPE_BYTES 160

/* "eigencam: TEXT" on stderr. Control characters become '?'. */
void out_say(const char *fmt, ...) ECAM_PRINTF(1, 2);

/* Text from a file, for a terminal: control characters become '?'. */
void out_text(const char *text);
/* The same, filled up to `width` columns (negative: on the left), as printf's %*s. */
void out_column(const char *text, int width);

/* "1x64x112x112" */
const char *out_shape(const struct ecam_shape *shape, char text[OUT_SHAPE_BYTES]);
/* "5.7 MB", "1.82 G": thousands by 1000. */
const char *out_amount(double value, const char *unit, char text[32]);

/* One object as one line on stdout; empties it. False where it could not be
 * written (or made: no memory). */
bool out_json(struct json *json);

/* {"schema":1,"input":...,"error":{"status":...,"text":...}} */
bool out_json_error(const char *input, const struct ecam_error *err);

/* Has stdout taken everything so far? Tells on stderr if not, but for a reader who
 * has gone away. */
bool out_flush(void);

#endif /* ECAM_TOOLS_OUTPUT_H */
