/* SPDX-License-Identifier: BSD-2-Clause
 * Pooling, depthwise convolution and affine maps on one block of 16 channels, for any
 * vector that a lanes_*.h names: all lanes do the same, so a window's taps are clipped
 * once and no lane is special. */
#ifndef ECAM_KERNELS_BLOCK_H
#define ECAM_KERNELS_BLOCK_H

#include <math.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"
#include "layers/kernels/taps.h"

#define VECS (ECAM_BLOCK / LANES)

/* One output position: where its window begins and which taps are in the plane. */
struct spot {
    ptrdiff_t y, x;
    struct span rows, cols;
};

INLINE struct spot spot_at(const struct ecam_window *win, size_t in_h, size_t in_w, size_t oy,
                           size_t ox)
{
    struct spot s;
    s.y = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
    s.x = (ptrdiff_t)(ox * win->stride_w) - (ptrdiff_t)win->pad_l;
    s.rows = taps_inside(s.y, win->k_h, win->dilation_h, in_h);
    s.cols = taps_inside(s.x, win->k_w, win->dilation_w, in_w);
    return s;
}

INLINE const float *tap_of(const float *in, size_t in_w, const struct ecam_window *win,
                           const struct spot *s, size_t ky, size_t kx)
{
    const ptrdiff_t y = s->y + (ptrdiff_t)(ky * win->dilation_h);
    const ptrdiff_t x = s->x + (ptrdiff_t)(kx * win->dilation_w);
    return in + (y * (ptrdiff_t)in_w + x) * ECAM_BLOCK;
}

INLINE void max_spot(const float *in, size_t in_w, const struct ecam_window *win,
                     const struct spot *s, float *out)
{
    for (size_t v = 0; v < VECS; v++) {
        vec best = vec_set(-INFINITY);
        for (size_t ky = s->rows.first; ky < s->rows.last; ky++)
            for (size_t kx = s->cols.first; kx < s->cols.last; kx++)
                best = vec_larger(best, vec_load(tap_of(in, in_w, win, s, ky, kx) + v * LANES));
        vec_store(out + v * LANES, best);
    }
}

/* The window lies in the plane and has K x K taps: no bounds, no loops. */
INLINE void max_inside(const float *p, size_t in_w, float *out, const size_t k)
{
    UNROLL
    for (size_t v = 0; v < VECS; v++) {
        vec best = vec_set(-INFINITY);
        UNROLL
        for (size_t ky = 0; ky < k; ky++) {
            UNROLL
            for (size_t kx = 0; kx < k; kx++)
                best = vec_larger(best, vec_load(p + (ky * in_w + kx) * ECAM_BLOCK + v * LANES));
        }
        vec_store(out + v * LANES, best);
    }
}

INLINE void max_rows(const float *in, size_t in_h, size_t in_w, float *out, size_t out_w,
                     const struct ecam_window *win, size_t first_row, size_t last_row)
{
    const struct span inside =
        outputs_inside(out_w, win->pad_l, win->stride_w, win->k_w, win->dilation_w, in_w);
    const size_t k =
        win->k_h == win->k_w && win->dilation_h == 1 && win->dilation_w == 1 ? win->k_h : 0;
    for (size_t oy = first_row; oy < last_row; oy++) {
        for (size_t ox = 0; ox < out_w; ox++) {
            const struct spot s = spot_at(win, in_h, in_w, oy, ox);
            float *to = out + (oy * out_w + ox) * ECAM_BLOCK;
            const bool is_whole = s.rows.first == 0 && s.rows.last == win->k_h &&
                                  ox >= inside.first && ox < inside.last;
            if (is_whole && k == 3)
                max_inside(tap_of(in, in_w, win, &s, 0, 0), in_w, to, 3);
            else if (is_whole && k == 2)
                max_inside(tap_of(in, in_w, win, &s, 0, 0), in_w, to, 2);
            else
                max_spot(in, in_w, win, &s, to);
        }
    }
}

INLINE void avg_rows(const float *in, size_t in_h, size_t in_w, float *out, size_t out_w,
                     const struct ecam_window *win, bool count_pad, size_t first_row,
                     size_t last_row)
{
    for (size_t oy = first_row; oy < last_row; oy++) {
        for (size_t ox = 0; ox < out_w; ox++) {
            const struct spot s = spot_at(win, in_h, in_w, oy, ox);
            const size_t count = window_positions(s.y, win->k_h, in_h, win->pad_b, count_pad) *
                                 window_positions(s.x, win->k_w, in_w, win->pad_r, count_pad);
            const vec over = vec_set(count != 0 ? (float)count : 1.0f);
            for (size_t v = 0; v < VECS; v++) {
                vec sum = vec_set(0.0f);
                for (size_t ky = s.rows.first; ky < s.rows.last; ky++)
                    for (size_t kx = s.cols.first; kx < s.cols.last; kx++)
                        sum = vec_add(sum, vec_load(tap_of(in, in_w, win, &s, ky, kx) + v * LANES));
                vec_store(out + (oy * out_w + ox) * ECAM_BLOCK + v * LANES, vec_div(sum, over));
            }
        }
    }
}

/* Four sums at once hide the latency of the additions. */
INLINE void mean_of(const float *in, size_t n, float *out)
{
    for (size_t v = 0; v < VECS; v++) {
        const float *p = in + v * LANES;
        vec s[4] = { vec_set(0.0f), vec_set(0.0f), vec_set(0.0f), vec_set(0.0f) };
        size_t i = 0;
        for (; i + 4 <= n; i += 4) {
            UNROLL
            for (size_t j = 0; j < 4; j++)
                s[j] = vec_add(s[j], vec_load(p + (i + j) * ECAM_BLOCK));
        }
        for (; i < n; i++)
            s[0] = vec_add(s[0], vec_load(p + i * ECAM_BLOCK));
        const vec sum = vec_add(vec_add(s[0], s[1]), vec_add(s[2], s[3]));
        vec_store(out + v * LANES, vec_div(sum, vec_set((float)n)));
    }
}

INLINE void dw_rows(const float *in, size_t in_h, size_t in_w, const float *w, const float *bias,
                    float *out, size_t out_w, const struct ecam_window *win, bool relu,
                    size_t first_row, size_t last_row)
{
    for (size_t oy = first_row; oy < last_row; oy++) {
        for (size_t ox = 0; ox < out_w; ox++) {
            const struct spot s = spot_at(win, in_h, in_w, oy, ox);
            for (size_t v = 0; v < VECS; v++) {
                vec sum = vec_load(bias + v * LANES);
                for (size_t ky = s.rows.first; ky < s.rows.last; ky++)
                    for (size_t kx = s.cols.first; kx < s.cols.last; kx++)
                        sum = vec_fma(vec_load(w + (ky * win->k_w + kx) * ECAM_BLOCK + v * LANES),
                                      vec_load(tap_of(in, in_w, win, &s, ky, kx) + v * LANES), sum);
                vec_store(out + (oy * out_w + ox) * ECAM_BLOCK + v * LANES,
                          relu ? vec_relu(sum) : sum);
            }
        }
    }
}

INLINE void affine_of(const float *x, const float *scale, const float *shift, bool relu, float *y,
                      size_t n)
{
    for (size_t v = 0; v < VECS; v++) {
        const vec a = vec_load(scale + v * LANES), b = vec_load(shift + v * LANES);
        for (size_t i = 0; i < n; i++) {
            const size_t at = i * ECAM_BLOCK + v * LANES;
            const vec value = vec_add(vec_mul(vec_load(x + at), a), b);
            vec_store(y + at, relu ? vec_relu(value) : value);
        }
    }
}

#endif /* ECAM_KERNELS_BLOCK_H */
