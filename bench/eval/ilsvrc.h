/* SPDX-License-Identifier: BSD-2-Clause
 * The three names of a class of ILSVRC 2012: its WordNet number ("n01440764"), its index
 * by rising WordNet number (0 to 999: what Caffe's and torchvision's networks give), and
 * its number in the contest's development kit (1 to 1000, in an order of its own: what
 * prediction files and ILSVRC2012_validation_ground_truth.txt hold). */
#ifndef ECAM_EVAL_ILSVRC_H
#define ECAM_EVAL_ILSVRC_H

#include <stdbool.h>
#include <stddef.h>

#define EVAL_ILSVRC_CLASSES 1000

/* False where there is no such class. */
bool eval_ilsvrc_from_wnid(const char *wnid, size_t *index);
bool eval_ilsvrc_from_id(size_t id, size_t *index);

/* "n01440764" */
void eval_ilsvrc_wnid(size_t index, char wnid[10]);

#endif /* ECAM_EVAL_ILSVRC_H */
