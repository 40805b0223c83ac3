/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <string.h>

#include "layers/kernels/kernels.h"
#include "layers/kernels/taps.h"

/* Tap (ky, kx) of output (oy, ox), or NULL where it lies outside the plane. */
static const float *tap_of(const float *in, size_t in_h, size_t in_w, const struct ecam_window *win,
                           size_t oy, size_t ox, size_t ky, size_t kx)
{
    const size_t y = oy * win->stride_h + ky * win->dilation_h - win->pad_t;
    const size_t x = ox * win->stride_w + kx * win->dilation_w - win->pad_l;
    return y < in_h && x < in_w ? in + (y * in_w + x) * ECAM_BLOCK : NULL;
}

void ecam_blockmax_ref(const float *in, size_t in_h, size_t in_w, float *restrict out, size_t out_h,
                       size_t out_w, const struct ecam_window *win, size_t first_row,
                       size_t last_row)
{
    (void)out_h;
    for (size_t oy = first_row; oy < last_row; oy++)
        for (size_t ox = 0; ox < out_w; ox++)
            for (size_t l = 0; l < ECAM_BLOCK; l++) {
                float best = -INFINITY;
                for (size_t ky = 0; ky < win->k_h; ky++)
                    for (size_t kx = 0; kx < win->k_w; kx++) {
                        const float *x = tap_of(in, in_h, in_w, win, oy, ox, ky, kx);
                        if (x != NULL && !isnan(best) && !(x[l] <= best))
                            best = x[l];
                    }
                out[(oy * out_w + ox) * ECAM_BLOCK + l] = best;
            }
}

void ecam_blockavg_ref(const float *in, size_t in_h, size_t in_w, float *restrict out, size_t out_h,
                       size_t out_w, const struct ecam_window *win, bool count_pad,
                       size_t first_row, size_t last_row)
{
    (void)out_h;
    for (size_t oy = first_row; oy < last_row; oy++)
        for (size_t ox = 0; ox < out_w; ox++) {
            const ptrdiff_t y = (ptrdiff_t)(oy * win->stride_h) - (ptrdiff_t)win->pad_t;
            const ptrdiff_t x = (ptrdiff_t)(ox * win->stride_w) - (ptrdiff_t)win->pad_l;
            const size_t count = window_positions(y, win->k_h, in_h, win->pad_b, count_pad) *
                                 window_positions(x, win->k_w, in_w, win->pad_r, count_pad);
            for (size_t l = 0; l < ECAM_BLOCK; l++) {
                float sum = 0.0f;
                for (size_t ky = 0; ky < win->k_h; ky++)
                    for (size_t kx = 0; kx < win->k_w; kx++) {
                        const float *tap = tap_of(in, in_h, in_w, win, oy, ox, ky, kx);
                        sum += tap != NULL ? tap[l] : 0.0f;
                    }
                out[(oy * out_w + ox) * ECAM_BLOCK + l] = count != 0 ? sum / (float)count : 0.0f;
            }
        }
}

void ecam_blockmean_ref(const float *in, size_t n, float *out)
{
    for (size_t l = 0; l < ECAM_BLOCK; l++) {
        float sum = 0.0f;
        for (size_t i = 0; i < n; i++)
            sum += in[i * ECAM_BLOCK + l];
        out[l] = sum / (float)n;
    }
}

void ecam_blockdw_ref(const float *in, size_t in_h, size_t in_w, const float *w, const float *bias,
                      float *restrict out, size_t out_h, size_t out_w,
                      const struct ecam_window *win, bool relu, size_t first_row, size_t last_row)
{
    (void)out_h;
    for (size_t oy = first_row; oy < last_row; oy++)
        for (size_t ox = 0; ox < out_w; ox++)
            for (size_t l = 0; l < ECAM_BLOCK; l++) {
                float sum = bias[l];
                for (size_t ky = 0; ky < win->k_h; ky++)
                    for (size_t kx = 0; kx < win->k_w; kx++) {
                        const float *x = tap_of(in, in_h, in_w, win, oy, ox, ky, kx);
                        if (x != NULL)
                            sum += w[(ky * win->k_w + kx) * ECAM_BLOCK + l] * x[l];
                    }
                out[(oy * out_w + ox) * ECAM_BLOCK + l] = relu && sum < 0.0f ? 0.0f : sum;
            }
}

void ecam_blockaffine_ref(const float *x, const float *scale, const float *shift, bool relu,
                          float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t l = 0; l < ECAM_BLOCK; l++) {
            const float product = x[i * ECAM_BLOCK + l] * scale[l], value = product + shift[l];
            y[i * ECAM_BLOCK + l] = relu && value < 0.0f ? 0.0f : value;
        }
}

void ecam_to_blocked_ref(const float *in, size_t in_stride, size_t channels, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t l = 0; l < ECAM_BLOCK; l++)
            out[i * ECAM_BLOCK + l] = l < channels ? in[l * in_stride + i] : 0.0f;
}

void ecam_from_blocked_ref(const float *in, size_t channels, size_t n, float *out,
                           size_t out_stride)
{
    for (size_t l = 0; l < channels; l++)
        for (size_t i = 0; i < n; i++)
            out[l * out_stride + i] = in[i * ECAM_BLOCK + l];
}
