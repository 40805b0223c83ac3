/* SPDX-License-Identifier: BSD-2-Clause
 * What runs on one block of 16 channels, AVX2: a block is two vectors. Memory bounds all of it. */
#include "layers/kernels/lanes_avx2.h"

#include "layers/kernels/block.h"

void ecam_blockmax_avx2(const float *in, size_t in_h, size_t in_w, float *restrict out,
                        size_t out_h, size_t out_w, const struct ecam_window *win, size_t first_row,
                        size_t last_row)
{
    (void)out_h;
    max_rows(in, in_h, in_w, out, out_w, win, first_row, last_row);
}

void ecam_blockavg_avx2(const float *in, size_t in_h, size_t in_w, float *restrict out,
                        size_t out_h, size_t out_w, const struct ecam_window *win, bool count_pad,
                        size_t first_row, size_t last_row)
{
    (void)out_h;
    avg_rows(in, in_h, in_w, out, out_w, win, count_pad, first_row, last_row);
}

void ecam_blockmean_avx2(const float *in, size_t n, float *out)
{
    mean_of(in, n, out);
}

void ecam_blockdw_avx2(const float *in, size_t in_h, size_t in_w, const float *w, const float *bias,
                       float *restrict out, size_t out_h, size_t out_w,
                       const struct ecam_window *win, bool relu, size_t first_row, size_t last_row)
{
    (void)out_h;
    dw_rows(in, in_h, in_w, w, bias, out, out_w, win, relu, first_row, last_row);
}

void ecam_blockaffine_avx2(const float *x, const float *scale, const float *shift, bool relu,
                           float *y, size_t n)
{
    affine_of(x, scale, shift, relu, y, n);
}
