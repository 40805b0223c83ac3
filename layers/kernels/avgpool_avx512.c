/* SPDX-License-Identifier: BSD-2-Clause
 * Mean pooling, AVX-512: 16 outputs of a row at a time. Where all their taps lie in
 * the plane the loads are plain, else masked. Strides of 1 and 2 only; others are rare
 * and go to the reference. */
#include <assert.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"
#include "layers/kernels/taps.h"

/* The sums that begin at row `top` and column `left` of the plane. */
INLINE __m512 block(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left, struct span ky_in,
                    size_t k_w, const size_t stride, const bool whole)
{
    const __m512 zero = _mm512_setzero_ps();
    __m512 s = zero;
    for (size_t kx = 0; kx < k_w; kx++) {
        for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
            const float *row = in + (size_t)(top + (ptrdiff_t)ky) * in_w;
            s = _mm512_add_ps(s, load_lanes(row, left + (ptrdiff_t)kx, in_w, stride, whole, zero));
        }
    }
    return s;
}

/* What each sum is divided by; 1 where nothing counts, the sum being 0 there. */
static __m512 counts(ptrdiff_t left, size_t rows, size_t in_w, const struct ecam_window *win,
                     bool count_pad)
{
    float n[LANES];
    for (size_t i = 0; i < LANES; i++) {
        const ptrdiff_t start = left + (ptrdiff_t)(i * win->stride_w);
        const size_t cols = window_positions(start, win->k_w, in_w, win->pad_r, count_pad);
        n[i] = (float)ecam_max_size(rows * cols, 1);
    }
    return _mm512_loadu_ps(n);
}

INLINE void plane(const float *in, size_t in_h, size_t in_w, float *out, size_t out_h, size_t out_w,
                  const struct ecam_window *win, bool count_pad, const size_t stride)
{
    const struct span inner = outputs_inside(out_w, win->pad_l, stride, win->k_w, 1, in_w);
    for (size_t oy = 0; oy < out_h; oy++) {
        const ptrdiff_t top = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
        const struct span ky_in = taps_inside(top, win->k_h, 1, in_h);
        const size_t rows = window_positions(top, win->k_h, in_h, win->pad_b, count_pad);
        for (size_t ox = 0; ox < out_w; ox += LANES) {
            const ptrdiff_t left = (ptrdiff_t)(ox * stride) - (ptrdiff_t)win->pad_l;
            __m512 s;
            if (ox >= inner.first && ox + LANES <= inner.last)
                s = _mm512_div_ps(block(in, in_w, top, left, ky_in, win->k_w, stride, true),
                                  _mm512_set1_ps((float)ecam_max_size(rows * win->k_w, 1)));
            else
                s = _mm512_div_ps(block(in, in_w, top, left, ky_in, win->k_w, stride, false),
                                  counts(left, rows, in_w, win, count_pad));
            _mm512_mask_storeu_ps(out + oy * out_w + ox, first_lanes(out_w - ox), s);
        }
    }
}

void ecam_avgpool_avx512(const float *in, size_t in_h, size_t in_w, float *restrict out,
                         size_t out_h, size_t out_w, const struct ecam_window *win, bool count_pad)
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
