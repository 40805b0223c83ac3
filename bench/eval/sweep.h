/* SPDX-License-Identifier: BSD-2-Clause
 * The box of the largest component of a grey map, for every threshold at once. */
#ifndef ECAM_EVAL_SWEEP_H
#define ECAM_EVAL_SWEEP_H

#include "eigencam/eigencam.h"

#define EVAL_GREYS 256

struct eval_sweep {
    unsigned max; /* the largest grey; at and above it nothing is left */
    /* [t]: of { grey > t }, for t < max. The same component that ecam_map_box() takes:
     * the one of most pixels, the first in raster order of equals. */
    struct ecam_box box[EVAL_GREYS];
};

/* For each set of the eight neighbours that are there, one of each component that they form
 * among themselves: the others have been united with it already. Mostly one, four at most. */
struct eval_contacts {
    int neighbours; /* 8 or 4: what the lists are made for */
    uint8_t n[256], at[256][4];
};

/* Room for sweeps of pictures up to some size, kept from one to the next. {0} is empty. */
struct eval_sweeper {
    uint32_t *order, *label; /* [cap] */
    uint8_t *there;
    size_t cap;
    struct eval_part *part; /* [n_parts] */
    uint32_t *root;
    size_t n_parts, cap_parts, cap_root;
    struct eval_contacts contacts;
};

/* grey: [h][w]; neighbours: 8 or 4. */
enum ecam_status eval_sweep(struct eval_sweeper *sweeper, const uint8_t *grey, size_t h, size_t w,
                            int neighbours, struct eval_sweep *out, struct ecam_error *err);
void eval_sweeper_free(struct eval_sweeper *sweeper);

/* The greatest grey that is not above percent % of the maximum: v > eval_sweep_level()
 * is v > percent / 100 * max, in whole numbers. */
static inline unsigned eval_sweep_level(const struct eval_sweep *sweep, unsigned percent)
{
    return percent * sweep->max / 100;
}

#endif /* ECAM_EVAL_SWEEP_H */
