/* SPDX-License-Identifier: BSD-2-Clause
 * Winograd's transforms, AVX2: a block is two vectors. */
#include "layers/kernels/lanes_avx2.h"
#include "layers/kernels/wino.h"

void ecam_wino4_input_avx2(const float *in, size_t in_h, size_t in_w, ptrdiff_t y, ptrdiff_t x,
                           float *v, size_t v_stride)
{
    input_anywhere(in, in_h, in_w, y, x, v, v_stride, 6);
}

void ecam_wino4_output_avx2(const float *m, size_t m_stride, const float *bias, const float *add,
                            float *out, size_t out_w, size_t rows, size_t cols, bool relu)
{
    output_tile(m, m_stride, bias, add, out, out_w, rows, cols, relu, 6, 4);
}

void ecam_wino4_weight_avx2(const float *g, float *u, size_t u_stride)
{
    weight_tile(g, u, u_stride, 6, 3);
}

void ecam_wino6_input_avx2(const float *in, size_t in_h, size_t in_w, ptrdiff_t y, ptrdiff_t x,
                           float *v, size_t v_stride)
{
    input_anywhere(in, in_h, in_w, y, x, v, v_stride, 8);
}

void ecam_wino6_output_avx2(const float *m, size_t m_stride, const float *bias, const float *add,
                            float *out, size_t out_w, size_t rows, size_t cols, bool relu)
{
    output_tile(m, m_stride, bias, add, out, out_w, rows, cols, relu, 8, 6);
}

void ecam_wino6_weight_avx2(const float *g, float *u, size_t u_stride)
{
    weight_tile(g, u, u_stride, 8, 3);
}

void ecam_wino45_output_avx2(const float *m, size_t m_stride, const float *bias, const float *add,
                             float *out, size_t out_w, size_t rows, size_t cols, bool relu)
{
    output_tile(m, m_stride, bias, add, out, out_w, rows, cols, relu, 8, 4);
}

void ecam_wino45_weight_avx2(const float *g, float *u, size_t u_stride)
{
    weight_tile(g, u, u_stride, 8, 5);
}
