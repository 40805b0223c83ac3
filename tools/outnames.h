/* SPDX-License-Identifier: BSD-2-Clause
 * Names of output files, made from names of photos and layers, which may hold
 * anything: safe bytes only, short enough, no two the same. */
#ifndef ECAM_TOOLS_OUTNAMES_H
#define ECAM_TOOLS_OUTNAMES_H

#include <stdbool.h>
#include <stddef.h>

#define OUTNAME_BYTES 232 /* with the NUL; leaves room for a temporary suffix in 255 */

/* Every byte outside [A-Za-z0-9._-] becomes '_', a leading dot too; "" becomes
 * "_". Longer text is cut. */
void outname_safe(const char *text, char out[OUTNAME_BYTES]);

/* The last part of a path without its extension, safe: "a/my cat.jpg" -> "my_cat". */
void outname_stem(const char *path, char out[OUTNAME_BYTES]);

struct outnames; /* opaque: the names given out for one folder */

struct outnames *outnames_new(void); /* NULL: no memory */
void outnames_free(struct outnames *names);

/* base + tail, or where that was given out before, base~2 + tail, base~3 + tail...
 * base is cut where the whole would be too long. False: no memory. */
bool outnames_take(struct outnames *names, const char *base, const char *tail,
                   char out[OUTNAME_BYTES]);

#endif /* ECAM_TOOLS_OUTNAMES_H */
