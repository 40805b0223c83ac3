/* SPDX-License-Identifier: BSD-2-Clause
 * Maximum pooling, AVX-512: 16 outputs of a row at a time. Where all their taps lie in
 * the plane the loads are plain, else masked. Strides of 1 and 2 only; others are rare
 * and go to the reference. MAXPS forgets a NaN in its first operand, so NaNs are
 * collected apart and put back at the end. */
#include <assert.h>
#include <math.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/lanes_avx512.h"
#include "layers/kernels/taps.h"

/* The outputs that begin at row `top` and column `left` of the plane. */
INLINE __m512 block(const float *in, size_t in_w, ptrdiff_t top, ptrdiff_t left, struct span ky_in,
                    size_t k_w, const size_t stride, const bool whole)
{
    const __m512 lowest = _mm512_set1_ps(-INFINITY);
    __m512 best = lowest;
    __mmask16 is_nan = 0;
    for (size_t kx = 0; kx < k_w; kx++) {
        for (size_t ky = ky_in.first; ky < ky_in.last; ky++) {
            const float *row = in + (size_t)(top + (ptrdiff_t)ky) * in_w;
            const __m512 v = load_lanes(row, left + (ptrdiff_t)kx, in_w, stride, whole, lowest);
            best = _mm512_max_ps(best, v);
            is_nan |= _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
        }
    }
    return _mm512_mask_mov_ps(best, is_nan, _mm512_set1_ps(NAN));
}

INLINE void plane(const float *in, size_t in_h, size_t in_w, float *out, size_t out_h, size_t out_w,
                  const struct ecam_window *win, const size_t stride)
{
    const struct span inner = outputs_inside(out_w, win->pad_l, stride, win->k_w, 1, in_w);
    for (size_t oy = 0; oy < out_h; oy++) {
        const ptrdiff_t top = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
        const struct span ky_in = taps_inside(top, win->k_h, 1, in_h);
        for (size_t ox = 0; ox < out_w; ox += LANES) {
            const ptrdiff_t left = (ptrdiff_t)(ox * stride) - (ptrdiff_t)win->pad_l;
            const __m512 best = ox >= inner.first && ox + LANES <= inner.last
                                    ? block(in, in_w, top, left, ky_in, win->k_w, stride, true)
                                    : block(in, in_w, top, left, ky_in, win->k_w, stride, false);
            _mm512_mask_storeu_ps(out + oy * out_w + ox, first_lanes(out_w - ox), best);
        }
    }
}

void ecam_maxpool_avx512(const float *in, size_t in_h, size_t in_w, float *restrict out,
                         size_t out_h, size_t out_w, const struct ecam_window *win)
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
