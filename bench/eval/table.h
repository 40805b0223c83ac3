/* SPDX-License-Identifier: BSD-2-Clause
 * A table as text, Markdown, CSV or JSON. */
#ifndef ECAM_EVAL_TABLE_H
#define ECAM_EVAL_TABLE_H

#include <stdio.h>

#include "bench/eval/bootstrap.h"
#include "engine/common.h"

enum eval_format { EVAL_TEXT = 0, EVAL_MARKDOWN, EVAL_CSV, EVAL_JSON };

struct eval_table; /* opaque */

/* NULL: no memory. A failure later is remembered, and told by eval_table_print(). */
struct eval_table *eval_table_new(const char *title);
void eval_table_free(struct eval_table *table);

/* Columns first, then rows, each with a cell for every column. */
void eval_table_column(struct eval_table *table, const char *name);
void eval_table_row(struct eval_table *table);
void eval_table_text(struct eval_table *table, const char *fmt, ...) ECAM_PRINTF(2, 3);
/* NaN is an empty cell. */
void eval_table_number(struct eval_table *table, double value, int decimals);
/* Value and ends times 100; an empty cell where it is not defined. */
void eval_table_percent(struct eval_table *table, const struct eval_interval *interval,
                        int decimals);
/* A line below the table. */
void eval_table_note(struct eval_table *table, const char *fmt, ...) ECAM_PRINTF(2, 3);

/* Text begins and ends with what tells tables apart; JSON is an object on one line. False
 * where memory was short at some time. */
bool eval_table_print(const struct eval_table *table, enum eval_format format, FILE *out);

#endif /* ECAM_EVAL_TABLE_H */
