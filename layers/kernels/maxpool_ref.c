/* SPDX-License-Identifier: BSD-2-Clause
 * Maximum under a sliding window: the definition. A row or column left of the plane
 * wraps to a huge size_t, so one comparison finds padding on both sides. */
#include <assert.h>
#include <math.h>

#include "layers/kernels/kernels.h"

void ecam_maxpool_ref(const float *in, size_t in_h, size_t in_w, float *restrict out, size_t out_h,
                      size_t out_w, const struct ecam_window *win)
{
    assert(win->k_h >= 1 && win->k_w >= 1 && win->stride_h >= 1 && win->stride_w >= 1);
    assert(win->dilation_h == 1 && win->dilation_w == 1);
    for (size_t oy = 0; oy < out_h; oy++) {
        for (size_t ox = 0; ox < out_w; ox++) {
            float best = -INFINITY;
            for (size_t ky = 0; ky < win->k_h; ky++) {
                for (size_t kx = 0; kx < win->k_w; kx++) {
                    const size_t iy = oy * win->stride_h + ky - win->pad_t;
                    const size_t ix = ox * win->stride_w + kx - win->pad_l;
                    if (iy >= in_h || ix >= in_w)
                        continue;
                    const float v = in[iy * in_w + ix];
                    best = v > best || isnan(v) ? v : best;
                }
            }
            out[oy * out_w + ox] = best;
        }
    }
}
