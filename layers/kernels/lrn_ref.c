/* SPDX-License-Identifier: BSD-2-Clause
 * Local response normalisation across channels: the definition. */
#include <assert.h>
#include <math.h>

#include "engine/common.h"
#include "layers/kernels/kernels.h"

void ecam_lrn_ref(const float *in, float *restrict out, size_t channels, size_t plane, size_t first,
                  size_t last, const struct ecam_lrn *lrn)
{
    assert(lrn->size % 2 == 1 && first <= last && last <= channels);
    const size_t half = lrn->size / 2;
    const float scale = lrn->alpha / (float)lrn->size;
    for (size_t c = first; c < last; c++) {
        const size_t lo = ecam_sub_size(c, half), hi = ecam_min_size(c + half + 1, channels);
        for (size_t i = 0; i < plane; i++) {
            float sum = 0.0f;
            for (size_t near = lo; near < hi; near++)
                sum += in[near * plane + i] * in[near * plane + i];
            out[c * plane + i] = in[c * plane + i] / powf(lrn->k + scale * sum, lrn->beta);
        }
    }
}
