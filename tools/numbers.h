/* SPDX-License-Identifier: BSD-2-Clause
 * Numbers as people write them. */
#ifndef ECAM_TOOLS_NUMBERS_H
#define ECAM_TOOLS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

/* The whole text must be the number: false, and *out untouched, for anything else. */
bool number_count(const char *text, size_t *out);         /* "12" */
bool number_real(const char *text, double *out);          /* "0.5", "1e-3"; finite */
bool number_size(const char *text, size_t *h, size_t *w); /* "224x320", both >= 1 */

#endif /* ECAM_TOOLS_NUMBERS_H */
