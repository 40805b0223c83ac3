/* SPDX-License-Identifier: BSD-2-Clause
 * Where the values of a plan lie: concatenations made in place, results over inputs
 * that nobody needs any more, buffers in the arena. A part of plan.c. */
#ifndef ECAM_PLACE_H
#define ECAM_PLACE_H

#include "engine/plan.h"

#define ECAM_NO_VALUE UINT32_MAX

/* One node's result in one layout. Its number is ECAM_LAYOUTS * node + layout. */
struct ecam_value {
    bool is_stored;
    size_t image, floats; /* of one image; of all */
    size_t first, last;   /* step s is number s + 1; 0: written before the first */
    uint32_t home;        /* the concatenation it is a part of, or ECAM_NO_VALUE */
    size_t home_at;       /* floats from the beginning of an image of home */
    bool is_home;         /* others are parts of it */
    size_t buffer;
};

/* What a step reads and writes, by number of the value. */
struct ecam_step_values {
    uint32_t *in; /* n_in numbers */
    uint32_t add; /* or ECAM_NO_VALUE */
    uint32_t out;
};

/* Fills the places of all steps and plan->arena_floats. `last` of every value, the
 * wanted ones included, is known. */
enum ecam_status ecam_place_values(struct ecam_plan *plan, struct ecam_value *values,
                                   const struct ecam_step_values *steps, struct ecam_error *err);

#endif /* ECAM_PLACE_H */
