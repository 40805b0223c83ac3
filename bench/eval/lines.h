/* SPDX-License-Identifier: BSD-2-Clause
 * Text files of a line an item, from outside: bounded, numbered, any end of line. */
#ifndef ECAM_EVAL_LINES_H
#define ECAM_EVAL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVAL_LINE_BYTES 16384 /* the longest line: some 500 boxes */

struct eval_lines {
    const uint8_t *at, *end;
    size_t number;              /* of the line in text, from 1 */
    char text[EVAL_LINE_BYTES]; /* without its end; cut where is_long */
    bool is_long;               /* did not fit, or held a NUL: not to be believed */
};

void eval_lines_begin(struct eval_lines *lines, const uint8_t *bytes, size_t size);

/* The next line that is not blank; false at the end. */
bool eval_lines_next(struct eval_lines *lines);

/* Takes the next word from *at, which ends at a blank; NULL at the end. The text is cut
 * into pieces. */
char *eval_word(char **at);

/* The whole word as a number: finite, at most 1e7 in size. */
bool eval_number(const char *word, double *out);

#endif /* ECAM_EVAL_LINES_H */
