/* SPDX-License-Identifier: BSD-2-Clause
 * Depthwise convolution, AVX-512: 16 outputs of a row at a time. Where all their taps
 * lie in the plane the loads are plain, else masked. Strides of 1 and 2 only; others
 * are rare and go to the reference. Loads bound it, not arithmetic: one a tap at
 * stride 1, two and a shuffle at stride 2. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"
#include "layers/kernels/taps.h"

/* The outputs that begin at row `top` and column `left` of the plane. */
INLINE __m512 block(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left, struct span ky_in,
                    const float *w, float bias, const struct ecam_window *win, const size_t stride,
                    const bool whole)
{
    const __m512 zero = _mm512_setzero_ps();
    __m512 s = _mm512_set1_ps(bias);
    for (size_t kx = 0; kx < win->k_w; kx++) {
        const ptrdiff_t start = left + (ptrdiff_t)(kx * win->dilation_w);
        for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
            const float *row = in + (size_t)(top + (ptrdiff_t)(ky * win->dilation_h)) * in_w;
            s = _mm512_fmadd_ps(_mm512_set1_ps(w[ky * win->k_w + kx]),
                                load_lanes(row, start, in_w, stride, whole, zero), s);
        }
    }
    return s;
}

INLINE void plane(const float *in, size_t in_h, size_t in_w, const float *w, float bias, float *out,
                  size_t out_h, size_t out_w, const struct ecam_window *win, bool relu,
                  const size_t stride)
{
    const struct span inner =
        outputs_inside(out_w, win->pad_l, stride, win->k_w, win->dilation_w, in_w);
    for (size_t oy = 0; oy < out_h; oy++) {
        const ptrdiff_t top = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
        const struct span ky_in = taps_inside(top, win->k_h, win->dilation_h, in_h);
        for (size_t ox = 0; ox < out_w; ox += LANES) {
            const ptrdiff_t left = (ptrdiff_t)(ox * stride) - (ptrdiff_t)win->pad_l;
            __m512 s = ox >= inner.first && ox + LANES <= inner.last
                           ? block(in, in_w, top, left, ky_in, w, bias, win, stride, true)
                           : block(in, in_w, top, left, ky_in, w, bias, win, stride, false);
            if (relu) /* gives the second operand for NaN and for two zeros */
                s = _mm512_max_ps(_mm512_setzero_ps(), s);
            _mm512_mask_storeu_ps(out + oy * out_w + ox, first_lanes(out_w - ox), s);
        }
    }
}

void ecam_dwconv_avx512(const float *in, size_t in_h, size_t in_w, const float *w, float bias,
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
