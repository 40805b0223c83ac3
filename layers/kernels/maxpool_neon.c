/* SPDX-License-Identifier: BSD-2-Clause
 * Maximum pooling, AArch64 NEON: 4 outputs of a row at a time where all their taps lie
 * in the plane, the last 4 overlapping those before; one at a time elsewhere. Strides
 * of 1 and 2 only; others are rare and go to the reference. FMAX keeps NaN, as the
 * contract wants. */
#include <assert.h>
#include <math.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"
#include "layers/kernels/taps.h"

/* The outputs that begin at row `top` and column `left` of the plane. */
INLINE float32x4_t block(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left,
                         struct span ky_in, size_t k_w, const size_t stride)
{
    float32x4_t best = vdupq_n_f32(-INFINITY);
    for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
        const float *row = in + (size_t)(top + (ptrdiff_t)ky) * in_w + left;
        for (size_t kx = 0; kx < k_w; kx++)
            best = vmaxq_f32(best, load_lanes(row + kx, stride));
    }
    return best;
}

/* One output, parts of its window being outside. */
static float point(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left, struct span ky_in,
                   size_t k_w)
{
    const struct span kx_in = taps_inside(left, k_w, 1, in_w);
    float best = -INFINITY;
    for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
        const float *row = in + (size_t)(top + (ptrdiff_t)ky) * in_w;
        for (size_t kx = kx_in.first; kx < kx_in.last; kx++) {
            const float v = row[left + (ptrdiff_t)kx];
            best = v > best || isnan(v) ? v : best;
        }
    }
    return best;
}

INLINE void plane(const float *in, size_t in_h, size_t in_w, float *out, size_t out_h, size_t out_w,
                  const struct ecam_window *win, const size_t stride)
{
    const struct span inner = outputs_inside(out_w, win->pad_l, stride, win->k_w, 1, in_w);
    const bool has_block = inner.last - inner.first >= LANES;
    for (size_t oy = 0; oy < out_h; oy++, out += out_w) {
        const ptrdiff_t top = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
        const struct span ky_in = taps_inside(top, win->k_h, 1, in_h);
        for (size_t ox = 0; ox < out_w;) {
            const bool is_block = has_block && ox >= inner.first && ox < inner.last;
            if (is_block)
                ox = ecam_min_size(ox, inner.last - LANES);
            const ptrdiff_t left = (ptrdiff_t)(ox * stride) - (ptrdiff_t)win->pad_l;
            if (is_block) {
                vst1q_f32(out + ox, block(in, in_w, top, left, ky_in, win->k_w, stride));
                ox += LANES;
            } else {
                out[ox++] = point(in, in_w, top, left, ky_in, win->k_w);
            }
        }
    }
}

void ecam_maxpool_neon(const float *in, size_t in_h, size_t in_w, float *restrict out, size_t out_h,
                       size_t out_w, const struct ecam_window *win)
{
    assert(win->k_h >= 1 && win->k_w >= 1 && win->stride_h >= 1 && win->stride_w >= 1);
    assert(win->dilation_h == 1 && win->dilation_w == 1);
    if (win->stride_w == 1)
        plane(in, in_h, in_w, out, out_h, out_w, win, 1);
    else if (win->stride_w == 2)
        plane(in, in_h, in_w, out, out_h, out_w, win, 2);
    else
        ecam_maxpool_ref(in, in_h, in_w, out, out_h, out_w, win);
}
