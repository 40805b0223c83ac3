/* SPDX-License-Identifier: BSD-2-Clause
 * What builder.c and build_nodes.c share. */
#ifndef ECAM_BUILDER_IN_H
#define ECAM_BUILDER_IN_H

#include "weights/builder.h"

/* Zero where unknown: a convolution's height and width depend on the photo. */
struct ecam_build_extent {
    size_t channels; /* of rank 4, or the features of rank 2 */
    size_t pixels;   /* height * width */
};

/* scope + name; false, and the build has failed, where it is too long. */
bool ecam_build_full(struct ecam_build *b, char out[ECAM_BUILD_NAME], const char *name);

/* The weight scope + NAME.LEAF, marked as used. NULL where it is not there and not
 * needed, or the build has failed. */
const struct ecam_weight *ecam_build_take(struct ecam_build *b, const char *name, const char *leaf,
                                          uint32_t rank, bool is_needed);
const struct ecam_weight *ecam_build_take_vector(struct ecam_build *b, const char *name,
                                                 const char *leaf, size_t n, bool is_needed);

/* ECAM_ERR_SHAPE with the weight's name before the text. */
void ecam_build_misfit(struct ecam_build *b, const struct ecam_weight *w, const char *fmt, ...)
    ECAM_PRINTF(3, 4);

#endif /* ECAM_BUILDER_IN_H */
