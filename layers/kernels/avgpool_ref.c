/* SPDX-License-Identifier: BSD-2-Clause
 * Mean under a sliding window: the definition. Here positions are counted from the
 * corner of the padding, so that nothing is negative. */
#include <assert.h>

#include "layers/kernels/kernels.h"

void ecam_avgpool_ref(const float *in, size_t in_h, size_t in_w, float *restrict out, size_t out_h,
                      size_t out_w, const struct ecam_window *win, bool count_pad)
{
    assert(win->k_h >= 1 && win->k_w >= 1 && win->stride_h >= 1 && win->stride_w >= 1);
    assert(win->dilation_h == 1 && win->dilation_w == 1);
    const size_t padded_h = win->pad_t + in_h + win->pad_b;
    const size_t padded_w = win->pad_l + in_w + win->pad_r;
    for (size_t oy = 0; oy < out_h; oy++) {
        for (size_t ox = 0; ox < out_w; ox++) {
            float sum = 0.0f;
            size_t count = 0;
            for (size_t py = oy * win->stride_h; py < oy * win->stride_h + win->k_h; py++) {
                for (size_t px = ox * win->stride_w; px < ox * win->stride_w + win->k_w; px++) {
                    const bool inside = py >= win->pad_t && py - win->pad_t < in_h &&
                                        px >= win->pad_l && px - win->pad_l < in_w;
                    if (inside)
                        sum += in[(py - win->pad_t) * in_w + px - win->pad_l];
                    count += inside || (count_pad && py < padded_h && px < padded_w);
                }
            }
            out[oy * out_w + ox] = count != 0 ? sum / (float)count : 0.0f;
        }
    }
}
