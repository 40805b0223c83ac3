/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/prep.h"

#include <math.h>

#include "engine/common.h"

const char *const prep_names[] = { "model", "squash", "crop", "pad", NULL };

/* A side of the photo after the long one has become what the network takes. */
static uint32_t shrink(size_t side, double by)
{
    return (uint32_t)ecam_max_size((size_t)lround((double)side * by), 1);
}

void prep_apply(enum prep prep, const struct ecam_preprocess *model, size_t input_h, size_t input_w,
                size_t h, size_t w, struct ecam_preprocess *out)
{
    *out = *model;
    if (prep == PREP_MODEL)
        return;
    out->resize = ECAM_RESIZE_SQUASH;
    out->crop_h = (uint32_t)input_h;
    out->crop_w = (uint32_t)input_w;
    out->resize_h = (uint32_t)input_h;
    out->resize_w = (uint32_t)input_w;
    if (prep == PREP_SQUASH) {
        out->crop_h = out->crop_w = 0;
    } else if (prep == PREP_CROP) {
        out->resize = ECAM_RESIZE_SHORT;
        out->resize_h = (uint32_t)lround((double)input_h * 256 / 224);
        out->resize_w = 0;
    } else {
        const double by = fmin((double)input_h / (double)h, (double)input_w / (double)w);
        out->resize_h = shrink(h, by);
        out->resize_w = shrink(w, by);
    }
}
