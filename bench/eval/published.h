/* SPDX-License-Identifier: BSD-2-Clause
 * What papers print in the tables that we run, and how sure we are of it. */
#ifndef ECAM_EVAL_PUBLISHED_H
#define ECAM_EVAL_PUBLISHED_H

#include "bench/eval/table.h"

enum eval_benchmark { EVAL_LOCALIZATION = 1, EVAL_SEGMENTATION, EVAL_PROPOSAL };

/* The published table of a benchmark. Each number is followed by its status: "verified"
 * (recomputed, or read in the source), "quoted" (read in another text), "recalled" (from
 * memory, not checked), "derived" (from a sentence of the paper); or is "unknown". NULL:
 * no memory. */
struct eval_table *eval_published(enum eval_benchmark benchmark);

#endif /* ECAM_EVAL_PUBLISHED_H */
