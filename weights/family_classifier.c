/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/family_classifier.h"

/* Larger sides than any network's; keeps the search for the root short. */
#define MAX_SIDE 64

/* The side s of the pool for which channels * s * s is the number of columns. */
static size_t pool_side(struct ecam_build *b, size_t channels, const char *first)
{
    const size_t columns = ecam_build_dim(b, first, 1);
    for (size_t side = 1; channels != 0 && side <= MAX_SIDE; side++)
        if (columns % (side * side) == 0 && columns / (side * side) == channels)
            return side;
    ecam_build_fail(b, "weight '%s%s': %zu columns are no square number of pixels of %zu channels",
                    b->prefix, first, columns, channels);
    return 1;
}

uint32_t ecam_family_classifier(struct ecam_build *b, uint32_t x, const char *first,
                                const struct ecam_family_step *steps, size_t n)
{
    x = ecam_build_adaptive_pool(b, x, "avgpool", pool_side(b, ecam_build_channels(b, x), first));
    x = ecam_build_flatten(b, x, "flatten");
    const size_t outer = ecam_build_enter(b, "classifier");
    for (size_t i = 0; i < n; i++) {
        const char *const name = ecam_build_name(b, "%zu", steps[i].at);
        switch (steps[i].kind) {
        case ECAM_STEP_DENSE:
            x = ecam_build_dense(b, x, name);
            break;
        case ECAM_STEP_RELU:
            x = ecam_build_relu(b, x, name);
            break;
        case ECAM_STEP_DROPOUT:
            x = ecam_build_dropout(b, x, name);
            break;
        }
    }
    ecam_build_leave(b, outer);
    ecam_build_alias(b, x, "classifier");
    return x;
}
