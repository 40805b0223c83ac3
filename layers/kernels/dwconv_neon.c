/* SPDX-License-Identifier: BSD-2-Clause
 * Depthwise convolution, AArch64 NEON: 4 outputs of a row at a time where all their
 * taps lie in the plane, the last 4 overlapping those before; one at a time elsewhere.
 * Strides of 1 and 2 only; others are rare and go to the reference. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_neon.h"
#include "layers/kernels/taps.h"

/* The outputs that begin at row `top` and column `left` of the plane. */
INLINE float32x4_t block(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left,
                         struct span ky_in, const float *w, float bias,
                         const struct ecam_window *win, const size_t stride)
{
    float32x4_t s = vdupq_n_f32(bias);
    for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
        const float *row = in + (size_t)(top + (ptrdiff_t)(ky * win->dilation_h)) * in_w + left;
        for (size_t kx = 0; kx < win->k_w; kx++)
            s = vfmaq_n_f32(s, load_lanes(row + kx * win->dilation_w, stride),
                            w[ky * win->k_w + kx]);
    }
    return s;
}

/* One output, parts of its window being outside. */
static float point(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left, struct span ky_in,
                   const float *w, float bias, const struct ecam_window *win)
{
    const struct span kx_in = taps_inside(left, win->k_w, win->dilation_w, in_w);
    float sum = bias;
    for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
        const float *row = in + (size_t)(top + (ptrdiff_t)(ky * win->dilation_h)) * in_w;
        for (size_t kx = kx_in.first; kx < kx_in.last; kx++)
            sum += w[ky * win->k_w + kx] * row[left + (ptrdiff_t)(kx * win->dilation_w)];
    }
    return sum;
}

INLINE void plane(const float *in, size_t in_h, size_t in_w, const float *w, float bias, float *out,
                  size_t out_h, size_t out_w, const struct ecam_window *win, bool relu,
                  const size_t stride)
{
    const float32x4_t zero = vdupq_n_f32(0.0f);
    const struct span inner =
        outputs_inside(out_w, win->pad_l, stride, win->k_w, win->dilation_w, in_w);
    const bool has_block = inner.last - inner.first >= LANES;
    for (size_t oy = 0; oy < out_h; oy++, out += out_w) {
        const ptrdiff_t top = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
        const struct span ky_in = taps_inside(top, win->k_h, win->dilation_h, in_h);
        for (size_t ox = 0; ox < out_w;) {
            const bool is_block = has_block && ox >= inner.first && ox < inner.last;
            if (is_block)
                ox = ecam_min_size(ox, inner.last - LANES);
            const ptrdiff_t left = (ptrdiff_t)(ox * stride) - (ptrdiff_t)win->pad_l;
            if (is_block) {
                float32x4_t s = block(in, in_w, top, left, ky_in, w, bias, win, stride);
                if (relu) /* a select, for FMAX(0, -0) is +0 */
                    s = vbslq_f32(vcltq_f32(s, zero), zero, s);
                vst1q_f32(out + ox, s);
                ox += LANES;
            } else {
                const float s = point(in, in_w, top, left, ky_in, w, bias, win);
                out[ox++] = relu && s < 0.0f ? 0.0f : s;
            }
        }
    }
}

void ecam_dwconv_neon(const float *in, size_t in_h, size_t in_w, const float *w, float bias,
                      float *restrict out, size_t out_h, size_t out_w,
                      const struct ecam_window *win, bool relu)
{
    assert(win->k_h >= 1 && win->k_w >= 1 && win->stride_h >= 1 && win->stride_w >= 1);
    if (win->stride_w == 1)
        plane(in, in_h, in_w, w, bias, out, out_h, out_w, win, relu, 1);
    else if (win->stride_w == 2)
        plane(in, in_h, in_w, w, bias, out, out_h, out_w, win, relu, 2);
    else
        ecam_dwconv_ref(in, in_h, in_w, w, bias, out, out_h, out_w, win, relu);
}
