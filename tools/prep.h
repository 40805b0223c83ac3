/* SPDX-License-Identifier: BSD-2-Clause
 * Other ways for a photo to reach the size that a network takes. */
#ifndef ECAM_TOOLS_PREP_H
#define ECAM_TOOLS_PREP_H

#include "engine/ecam.h"

enum prep {
    PREP_MODEL = 0, /* as the model says */
    PREP_SQUASH,    /* to the network's size, aspect lost: all of the photo is seen */
    PREP_CROP,      /* short side to 256 for a crop of 224, in proportion; the middle */
    PREP_PAD        /* long side to the network's size, black beside it */
};
extern const char *const prep_names[]; /* ends with NULL */

/* The model's preprocessing, changed for a photo of h x w pixels. */
void prep_apply(enum prep prep, const struct ecam_preprocess *model, size_t input_h, size_t input_w,
                size_t h, size_t w, struct ecam_preprocess *out);

#endif /* ECAM_TOOLS_PREP_H */
