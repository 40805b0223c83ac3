/* SPDX-License-Identifier: BSD-2-Clause
 * Mean pooling, AArch64 NEON: 4 outputs of a row at a time where all their taps lie in
 * the plane, the last 4 overlapping those before; one at a time elsewhere. Strides of
 * 1 and 2 only; others are rare and go to the reference. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"
#include "layers/kernels/taps.h"

/* The sums that begin at row `top` and column `left` of the plane. */
INLINE float32x4_t block(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left,
                         struct span ky_in, size_t k_w, const size_t stride)
{
    float32x4_t s = vdupq_n_f32(0.0f);
    for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
        const float *row = in + (size_t)(top + (ptrdiff_t)ky) * in_w + left;
        for (size_t kx = 0; kx < k_w; kx++)
            s = vaddq_f32(s, load_lanes(row + kx, stride));
    }
    return s;
}

/* One sum, parts of its window being outside. */
static float point(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left, struct span ky_in,
                   size_t k_w)
{
    const struct span kx_in = taps_inside(left, k_w, 1, in_w);
    float sum = 0.0f;
    for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
        const float *row = in + (size_t)(top + (ptrdiff_t)ky) * in_w;
        for (size_t kx = kx_in.first; kx < kx_in.last; kx++)
            sum += row[left + (ptrdiff_t)kx];
    }
    return sum;
}

/* A sum is divided by 1 where nothing counts: it is 0 there. */
INLINE void plane(const float *in, size_t in_h, size_t in_w, float *out, size_t out_h, size_t out_w,
                  const struct ecam_window *win, bool count_pad, const size_t stride)
{
    const struct span inner = outputs_inside(out_w, win->pad_l, stride, win->k_w, 1, in_w);
    const bool has_block = inner.last - inner.first >= LANES;
    for (size_t oy = 0; oy < out_h; oy++, out += out_w) {
        const ptrdiff_t top = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
        const struct span ky_in = taps_inside(top, win->k_h, 1, in_h);
        const size_t rows = window_positions(top, win->k_h, in_h, win->pad_b, count_pad);
        for (size_t ox = 0; ox < out_w;) {
            const bool is_block = has_block && ox >= inner.first && ox < inner.last;
            if (is_block)
                ox = ecam_min_size(ox, inner.last - LANES);
            const ptrdiff_t left = (ptrdiff_t)(ox * stride) - (ptrdiff_t)win->pad_l;
            if (is_block) {
                const float count = (float)ecam_max_size(rows * win->k_w, 1);
                const float32x4_t s = block(in, in_w, top, left, ky_in, win->k_w, stride);
                vst1q_f32(out + ox, vdivq_f32(s, vdupq_n_f32(count)));
                ox += LANES;
            } else {
                const size_t cols = window_positions(left, win->k_w, in_w, win->pad_r, count_pad);
                out[ox++] = point(in, in_w, top, left, ky_in, win->k_w) /
                            (float)ecam_max_size(rows * cols, 1);
            }
        }
    }
}

void ecam_avgpool_neon(const float *in, size_t in_h, size_t in_w, float *restrict out, size_t out_h,
                       size_t out_w, const struct ecam_window *win, bool count_pad)
{
    assert(win->k_h >= 1 && win->k_w >= 1 && win->stride_h >= 1 && win->stride_w >= 1);
    assert(win->dilation_h == 1 && win->dilation_w == 1);
    if (win->stride_w == 1)
        plane(in, in_h, in_w, out, out_h, out_w, win, count_pad, 1);
    else if (win->stride_w == 2)
        plane(in, in_h, in_w, out, out_h, out_w, win, count_pad, 2);
    else
        ecam_avgpool_ref(in, in_h, in_w, out, out_h, out_w, win, count_pad);
}
