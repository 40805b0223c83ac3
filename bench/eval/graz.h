/* SPDX-License-Identifier: BSD-2-Clause
 * Files of INRIA's annotations for Graz-02: NAME.image.png, and a mask for each object in
 * it, NAME.mask.0.png and on. NAME ends in a number: odd ones train, even ones test. */
#ifndef ECAM_EVAL_GRAZ_H
#define ECAM_EVAL_GRAZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ecam.h"

struct eval_graz_image {
    char *name; /* "bike_001" */
    size_t number;
    size_t first_mask, n_masks; /* of the masks' list */
};

struct eval_graz {
    struct eval_graz_image *image; /* [n], by number, then by name */
    size_t n, cap;
    const char **mask; /* [n_masks] file names of the input, grouped by image */
    size_t n_masks, cap_masks;
};

/* Groups the file names of one folder. Only the first `limit` images are kept (0: all).
 * Images without masks are kept: nothing of the class is on them. A mask without its image
 * and an image without a number are errors; other files are left out. */
enum ecam_status eval_graz_group(char *const *names, size_t n, size_t limit, struct eval_graz *out,
                                 struct ecam_error *err);
void eval_graz_free(struct eval_graz *graz); /* empties it */

static inline bool eval_graz_is_test(const struct eval_graz_image *image)
{
    return image->number % 2 == 0;
}

/* mask becomes 1 where red is above 0. Green alone is an object that is hidden: none. */
void eval_graz_mask_add(const uint8_t *rgb, size_t n, uint8_t *mask);

#endif /* ECAM_EVAL_GRAZ_H */
