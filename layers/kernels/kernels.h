/* SPDX-License-Identifier: BSD-2-Clause
 * The arithmetic: one function type a primitive, one table an ISA level.
 *
 * Every kernel works on plain float pointers, needs no alignment beyond that of
 * float unless said otherwise, allocates nothing, and reads and writes exactly
 * what its contract names. "Exact" means the same bits at every level, any NaN
 * being equal to any NaN; elsewhere the order of summation is free. */
#ifndef ECAM_KERNELS_H
#define ECAM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/isa.h"

/* One tile of C += A B. With p running over 0 .. k-1:
 *     s[i][j] = (bias ? bias[i] : c[i*ldc + j]) + sum over p of a[p*mr + i] * b[p*nr + j]
 *     c[i*ldc + j] = relu && s[i][j] < 0 ? 0 : s[i][j]        for i < m, j < n
 * mr, nr are the table's; 1 <= m <= mr, 1 <= n <= nr, k >= 1, ldc >= n.
 * a: k*mr floats, b: k*nr floats, bias: mr floats or NULL; all are read whole,
 * whatever m and n. a is 4-byte, b 64-byte aligned where nr is a multiple of 16.
 * c overlaps no input. Summation order is free. */
typedef void ecam_gemm_fn(size_t k, const float *a, const float *b, const float *bias, float *c,
                          size_t ldc, size_t m, size_t n, bool relu);

/* y[r] = b[r] + sum over c of w[r*cols + c] * x[c]; b NULL counts as zeros.
 * rows, cols >= 1. y overlaps no input. Reads exactly rows*cols, rows and cols
 * floats. Summation order is free. */
typedef void ecam_dense_fn(const float *w, const float *b, const float *x, float *restrict y,
                           size_t rows, size_t cols);

/* A window that slides over a plane. Output (oy, ox) looks at rows
 * oy*stride_h - pad_t + ky*dilation_h, ky < k_h, and columns likewise; what lies
 * outside the plane is padding. Pooling has dilation 1. */
struct ecam_window {
    size_t k_h, k_w, stride_h, stride_w, dilation_h, dilation_w;
    size_t pad_t, pad_l, pad_b, pad_r;
};

/* Largest value under the window, padding ignored; NaN if one is there; -infinity
 * where the window lies wholly in padding. in: in_h*in_w, out: out_h*out_w floats,
 * apart. Exact, but for the sign of zero where +0 and -0 meet. */
typedef void ecam_maxpool_fn(const float *in, size_t in_h, size_t in_w, float *restrict out,
                             size_t out_h, size_t out_w, const struct ecam_window *win);

/* Sum under the window over a count: of the positions inside the plane, or, with
 * count_pad, inside the plane with its padding (a window that reaches beyond even
 * that, by rounding up, is clipped). 0 where the count is 0. Order is free. */
typedef void ecam_avgpool_fn(const float *in, size_t in_h, size_t in_w, float *restrict out,
                             size_t out_h, size_t out_w, const struct ecam_window *win,
                             bool count_pad);

/* One plane of a depthwise convolution: out = bias + sum of w[ky*k_w + kx] * in,
 * padding being zeros; then ReLU as in gemm. Order is free. Where w is infinite or NaN
 * it is open whether a tap in padding counts (zero times w is then NaN). */
typedef void ecam_dwconv_fn(const float *in, size_t in_h, size_t in_w, const float *w, float bias,
                            float *restrict out, size_t out_h, size_t out_w,
                            const struct ecam_window *win, bool relu);

/* x[i] = x[i] < 0 ? 0 : x[i], so NaN stays NaN and -0 stays -0. y may be x.
 * n >= 1. Exact. */
typedef void ecam_relu_fn(const float *x, float *y, size_t n);

/* y[i] = a[i] + b[i]; y may be a or b. n >= 1. Exact. */
typedef void ecam_add_fn(const float *a, const float *b, float *y, size_t n);

/* y[i] = x[i] * scale + shift, rounded twice (no FMA); y may be x. n >= 1. Exact. */
typedef void ecam_affine_fn(const float *x, float scale, float shift, float *y, size_t n);

/* Sum of n >= 1 floats. Order is free. */
typedef float ecam_sum_fn(const float *x, size_t n);

/* y[i] = exp(x[i*stride] - max) / sum, written at y[i*stride]; y may be x. n >= 1. */
typedef void ecam_softmax_fn(const float *x, float *y, size_t n, size_t stride);

/* Local response normalisation across channels (Krizhevsky 2012, Caffe's form):
 * out[c][i] = in[c][i] / (k + alpha/size * sum of in[c'][i]^2)^beta, c' over the
 * `size` channels centred at c, clipped. Planes of `plane` floats, channels first to
 * last-1 of `channels` are written. out does not overlap in. */
struct ecam_lrn {
    size_t size; /* odd */
    float alpha, beta, k;
};
typedef void ecam_lrn_fn(const float *in, float *restrict out, size_t channels, size_t plane,
                         size_t first, size_t last, const struct ecam_lrn *lrn);

struct ecam_kernels {
    enum ecam_isa isa;
    ecam_gemm_fn *gemm;
    size_t gemm_mr, gemm_nr; /* the tile of `gemm` */
    ecam_dense_fn *dense;
    ecam_dwconv_fn *dwconv;
    ecam_maxpool_fn *maxpool;
    ecam_avgpool_fn *avgpool;
    ecam_relu_fn *relu;
    ecam_add_fn *add;
    ecam_affine_fn *affine;
    ecam_sum_fn *sum;
    ecam_softmax_fn *softmax;
    ecam_lrn_fn *lrn;
};

/* The table of a supported level. Never NULL, never changes, needs no init. */
const struct ecam_kernels *ecam_kernels_get(enum ecam_isa isa);

/* Every kernel, by primitive. A new one is declared here, put in its level's table in
 * kernels.c, listed in meson.build, and checked in tests/kernels/. */
ecam_gemm_fn ecam_gemm_4x8_ref, ecam_gemm_8x12_neon, ecam_gemm_6x16_avx2, ecam_gemm_8x32_avx512;
ecam_dense_fn ecam_dense_ref, ecam_dense_neon, ecam_dense_avx2, ecam_dense_avx512;
ecam_dwconv_fn ecam_dwconv_ref, ecam_dwconv_neon, ecam_dwconv_avx2, ecam_dwconv_avx512;
ecam_maxpool_fn ecam_maxpool_ref, ecam_maxpool_neon, ecam_maxpool_avx2, ecam_maxpool_avx512;
ecam_avgpool_fn ecam_avgpool_ref, ecam_avgpool_neon, ecam_avgpool_avx2, ecam_avgpool_avx512;
ecam_relu_fn ecam_relu_ref, ecam_relu_neon, ecam_relu_avx2, ecam_relu_avx512;
ecam_add_fn ecam_add_ref, ecam_add_neon, ecam_add_avx2, ecam_add_avx512;
ecam_affine_fn ecam_affine_ref, ecam_affine_neon, ecam_affine_avx2, ecam_affine_avx512;
ecam_sum_fn ecam_sum_ref, ecam_sum_neon, ecam_sum_avx2, ecam_sum_avx512;
ecam_softmax_fn ecam_softmax_ref;
ecam_lrn_fn ecam_lrn_ref;

#endif /* ECAM_KERNELS_H */
