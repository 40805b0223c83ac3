/* SPDX-License-Identifier: BSD-2-Clause
 * The default tap of a graph that belongs to no known family. */
#ifndef ECAM_DEFAULT_LAST_H
#define ECAM_DEFAULT_LAST_H

#include "engine/graph.h"

/* Sets graph->last: from the output back past softmax, pools, dropout, flattening, dense
 * layers and a convolution that gives the class scores (nothing but activations, pools
 * and softmax behind it, and it does not pad), to the nearest result of a
 * convolution with the batch-norm, addition, concatenation and activation behind it.
 * The output must be set. */
enum ecam_status ecam_default_last(struct ecam_graph *graph, struct ecam_error *err);

#endif /* ECAM_DEFAULT_LAST_H */
