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
#include <stdint.h>

#include "engine/isa.h"
#include "engine/layout.h"

/* One tile of a convolution on blocked values (engine/layout.h), a product of matrices:
 * m positions times n blocks of 16 output channels. The terms come in `steps` runs of
 * `depth` floats, the last of `tail` of them:
 *     s[b][i][l] = bias[16 b + l] + sum over runs r, terms k of
 *                  a[r*a_step + i*a_pos + k] * w[(r*depth + k) * 16 n + 16 b + l]
 *     c[b*c_block + 16 i + l] = s + add[b*add_block + 16 i + l], then ReLU
 * for b < n, i < m, l < 16. A blocked input has a_pos = depth = 16.
 * steps >= 1, 1 <= tail <= depth, 1 <= m <= conv_m, 1 <= n <= conv_n of the table. c may
 * be add, with one distance between blocks; it overlaps no other input. w is 64-byte
 * aligned. The terms of an output are added one after the other in the order of w, so
 * its bits depend neither on m and n nor on its place in the tile. */
struct ecam_tile {
    const float *a;
    size_t steps, depth, tail;
    size_t a_step, a_pos;
    const float *w;
    const float *bias; /* or NULL: zeros */
    const float *add;  /* or NULL: nothing */
    float *c;
    size_t c_block, add_block;
    bool relu; /* as in ecam_relu_fn */
    /* Weights that come next, of which next_step floats are fetched towards the second-
     * level cache with each term: who computes several tiles with the same weights
     * spreads the way from memory over all of them. NULL: what follows w is fetched. */
    const float *next;
    size_t next_step;
};
typedef void ecam_conv_fn(const struct ecam_tile *tile, size_t m, size_t n);

/* y[r] = b[r] + sum over c of w[r*cols + c] * x[c]; b NULL counts as zeros.
 * rows, cols >= 1. y overlaps no input. Reads exactly rows*cols, rows and cols
 * floats. Summation order is free. */
typedef void ecam_dense_fn(const float *w, const float *b, const float *x, float *restrict y,
                           size_t rows, size_t cols);

/* The same for float16 weights: what `dense` makes of them as floats, bit for bit. */
typedef void ecam_dense_half_fn(const uint16_t *w, const float *b, const float *x,
                                float *restrict y, size_t rows, size_t cols);

/* A window that slides over a plane. Output (oy, ox) looks at rows
 * oy*stride_h - pad_t + ky*dilation_h, ky < k_h, and columns likewise; what lies
 * outside the plane is padding. Pooling kernels take dilation 1 only. */
struct ecam_window {
    size_t k_h, k_w, stride_h, stride_w, dilation_h, dilation_w;
    size_t pad_t, pad_l, pad_b, pad_r;
};

/* The block... functions work on one block of 16 channels of one image, all lanes
 * alike; of the output they write rows first_row to last_row - 1. in and out do not
 * overlap unless said otherwise. */

/* Largest value under the window, padding ignored; NaN if one is there; -infinity
 * where the window lies wholly in padding. Exact, but for the sign of zero where +0 and
 * -0 meet. */
typedef void ecam_blockmax_fn(const float *in, size_t in_h, size_t in_w, float *restrict out,
                              size_t out_h, size_t out_w, const struct ecam_window *win,
                              size_t first_row, size_t last_row);

/* Sum under the window over a count: of the positions inside the plane, or, with
 * count_pad, inside the plane with its padding (a window that reaches beyond even
 * that, by rounding up, is clipped). 0 where the count is 0. Order is free. */
typedef void ecam_blockavg_fn(const float *in, size_t in_h, size_t in_w, float *restrict out,
                              size_t out_h, size_t out_w, const struct ecam_window *win,
                              bool count_pad, size_t first_row, size_t last_row);

/* Mean over n >= 1 positions: 16 floats. Order is free. */
typedef void ecam_blockmean_fn(const float *in, size_t n, float *out);

/* Depthwise convolution: out = bias[16] + sum of w[ky*k_w + kx][16] * in, padding being
 * zeros; then ReLU. Order is free. Where w is infinite or NaN it is open whether a tap
 * in padding counts (zero times w is then NaN). */
typedef void ecam_blockdw_fn(const float *in, size_t in_h, size_t in_w, const float *w,
                             const float *bias, float *restrict out, size_t out_h, size_t out_w,
                             const struct ecam_window *win, bool relu, size_t first_row,
                             size_t last_row);

/* y = x * scale[16] + shift[16], rounded twice (no FMA), then ReLU, at n >= 1 positions;
 * y may be x. Exact. */
typedef void ecam_blockaffine_fn(const float *x, const float *scale, const float *shift, bool relu,
                                 float *y, size_t n);

/* n positions of 1..16 channel planes, in_stride or out_stride floats apart, to and from
 * one block: out[16 i + c] = in[c*in_stride + i], lanes without a channel being zeros;
 * and back, writing those planes only. Exact. */
typedef void ecam_to_blocked_fn(const float *in, size_t in_stride, size_t channels, size_t n,
                                float *restrict out);
typedef void ecam_from_blocked_fn(const float *in, size_t channels, size_t n, float *restrict out,
                                  size_t out_stride);

/* Winograd's minimal filtering F(m x m, r x r) on tiles of t = m + r - 1 inputs a side, one
 * block of 16 channels of one tile (docs/winograd.md): wino4 is F(4, 3), wino6 F(6, 3),
 * wino45 F(4, 5), whose input transform is that of wino6. Order is free, and the same
 * for every tile: bits do not depend on where it lies.
 *
 * input: V = B^T d B with d[i][j] = in[((y+i)*in_w + x+j)*16 + l], zero outside the plane.
 * Element e = i*t + j goes to v[e*v_stride + l]. */
typedef void ecam_wino_input_fn(const float *in, size_t in_h, size_t in_w, ptrdiff_t y, ptrdiff_t x,
                                float *v, size_t v_stride);

/* output: Y = A^T M A + bias[16] (+ add), then ReLU, with M's element e at
 * m[e*m_stride + l]. Of Y, rows x cols (1..m each) go to out[(i*out_w + j)*16 + l]; add
 * lies likewise and may be out, or NULL; bias may be NULL. */
typedef void ecam_wino_output_fn(const float *m, size_t m_stride, const float *bias,
                                 const float *add, float *out, size_t out_w, size_t rows,
                                 size_t cols, bool relu);

/* weight: U = G g G^T of 16 output channels and one input channel, tap (ky, kx) at
 * g[(r*ky + kx)*16 + l]; element e goes to u[e*u_stride + l]. */
typedef void ecam_wino_weight_fn(const float *g, float *u, size_t u_stride);

/* x[i] = x[i] < 0 ? 0 : x[i], so NaN stays NaN and -0 stays -0. y may be x.
 * n >= 1. Exact. */
typedef void ecam_relu_fn(const float *x, float *y, size_t n);

/* Two operands, element by element. Each is read as its repeat says: p[i], or p[0] for all
 * i, or p[i % 16], a float for each lane of a block, 16 in all.
 * ADD to DIV as in C; MAX: the larger, NaN if either is; PRELU: a[i] < 0 ? a[i] * b[i] :
 * a[i], so NaN and -0 stay in a. y may be an operand that repeats NONE, and overlaps
 * no other. n >= 1. Exact, but for the sign of zero where MAX has +0 and -0. */
enum ecam_binary_op {
    ECAM_BINARY_ADD,
    ECAM_BINARY_SUB,
    ECAM_BINARY_MUL,
    ECAM_BINARY_DIV,
    ECAM_BINARY_MAX,
    ECAM_BINARY_PRELU
};
enum ecam_repeat { ECAM_REPEAT_NONE, ECAM_REPEAT_ONE, ECAM_REPEAT_LANES };
struct ecam_operand {
    const float *p;
    enum ecam_repeat repeat;
};
typedef void ecam_binary_fn(enum ecam_binary_op op, struct ecam_operand a, struct ecam_operand b,
                            float *y, size_t n);

/* y[i] = f(x[i]); y may be x. n >= 1. NaN stays NaN, and at +-infinity stands the limit.
 *     CLIP          x < a ? a : x > b ? b : x
 *     HARD_SIGMOID  a * x + b, rounded twice, clipped to 0..1
 *     HARD_SWISH    x times that with a = 1/6, b = 1/2 (-0 at -infinity)
 *     ELU           x < 0 ? a * (exp(x) - 1) : x
 *     SIGMOID       1 / (1 + exp(-x))
 *     SILU          x * sigmoid(x)
 *     TANH, ERF     as their names say
 *     GELU          x * (1 + erf(x / sqrt 2)) / 2
 *     GELU_TANH     x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2
 * The first three are exact; the others differ by a few units in the last place, as
 * tests/kernels/check_unary.c says, and their bits do not depend on the place in x. */
enum ecam_unary_op {
    ECAM_UNARY_CLIP,
    ECAM_UNARY_HARD_SIGMOID,
    ECAM_UNARY_HARD_SWISH,
    ECAM_UNARY_ELU,
    ECAM_UNARY_SIGMOID,
    ECAM_UNARY_SILU,
    ECAM_UNARY_TANH,
    ECAM_UNARY_ERF,
    ECAM_UNARY_GELU,
    ECAM_UNARY_GELU_TANH
};
struct ecam_unary {
    enum ecam_unary_op op;
    float a, b;
};
typedef void ecam_unary_fn(const struct ecam_unary *f, const float *x, float *y, size_t n);

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

/* s[8 r + c] = sum over i < count of a[i*a_stride + r] * b[8 i + c], in double: a tile of a Gram
 * matrix, or of any product of matrices. Terms are added one after the other, each product
 * rounded first; with is_exact no product needs rounding, both factors having been floats,
 * and the two steps may be fused. The same bits at every level. count >= 1; a may be b. */
#define ECAM_GRAM_SIDE 8
typedef void ecam_gram_fn(const double *a, size_t a_stride, const double *b, size_t count,
                          bool is_exact, double *restrict s);

/* p[8 i + r] = x[r*stride + i] - mean[r] for r < 8, i < count, in double; mean NULL counts as
 * zeros: eight rows side by side, as `gram` takes them. The same bits at every level. */
typedef void ecam_gram_pack_fn(const float *x, size_t stride, const double *mean, size_t count,
                               double *restrict p);

/* Not for layers: n rounds of multiply-adds on registers alone, which show the peak of the
 * machine at this level. *flops: how many operations that was. The sum returned is
 * there so that no compiler leaves them out. */
typedef float ecam_peak_fn(size_t n, double *flops);

struct ecam_kernels {
    enum ecam_isa isa;
    ecam_conv_fn *conv;
    size_t conv_m, conv_n; /* the largest tile of `conv` */
    ecam_wino_input_fn *wino4_input, *wino6_input;
    ecam_wino_output_fn *wino4_output, *wino6_output, *wino45_output;
    ecam_wino_weight_fn *wino4_weight, *wino6_weight, *wino45_weight;
    ecam_dense_fn *dense;
    ecam_dense_half_fn *dense_half;
    ecam_blockmax_fn *blockmax;
    ecam_blockavg_fn *blockavg;
    ecam_blockmean_fn *blockmean;
    ecam_blockdw_fn *blockdw;
    ecam_blockaffine_fn *blockaffine;
    ecam_to_blocked_fn *to_blocked;
    ecam_from_blocked_fn *from_blocked;
    ecam_relu_fn *relu;
    ecam_binary_fn *binary;
    ecam_unary_fn *unary;
    ecam_softmax_fn *softmax;
    ecam_lrn_fn *lrn;
    ecam_gram_fn *gram;
    ecam_gram_pack_fn *gram_pack;
    ecam_peak_fn *peak;
};

/* The table of a supported level. Never NULL, never changes, needs no init. */
const struct ecam_kernels *ecam_kernels_get(enum ecam_isa isa);

/* Every kernel, by primitive. A new one is declared here, put in its level's table in
 * kernels.c, listed in meson.build, and checked in tests/kernels/. */
ecam_conv_fn ecam_conv_4x1_ref, ecam_conv_6x1_neon, ecam_conv_6x1_avx2, ecam_conv_14x2_avx512;
ecam_wino_input_fn ecam_wino4_input_ref, ecam_wino4_input_neon, ecam_wino4_input_avx2,
    ecam_wino4_input_avx512;
ecam_wino_output_fn ecam_wino4_output_ref, ecam_wino4_output_neon, ecam_wino4_output_avx2,
    ecam_wino4_output_avx512;
ecam_wino_weight_fn ecam_wino4_weight_ref, ecam_wino4_weight_neon, ecam_wino4_weight_avx2,
    ecam_wino4_weight_avx512;
ecam_wino_input_fn ecam_wino6_input_ref, ecam_wino6_input_neon, ecam_wino6_input_avx2,
    ecam_wino6_input_avx512;
ecam_wino_output_fn ecam_wino6_output_ref, ecam_wino6_output_neon, ecam_wino6_output_avx2,
    ecam_wino6_output_avx512;
ecam_wino_weight_fn ecam_wino6_weight_ref, ecam_wino6_weight_neon, ecam_wino6_weight_avx2,
    ecam_wino6_weight_avx512;
ecam_wino_output_fn ecam_wino45_output_ref, ecam_wino45_output_neon, ecam_wino45_output_avx2,
    ecam_wino45_output_avx512;
ecam_wino_weight_fn ecam_wino45_weight_ref, ecam_wino45_weight_neon, ecam_wino45_weight_avx2,
    ecam_wino45_weight_avx512;
ecam_dense_fn ecam_dense_ref, ecam_dense_neon, ecam_dense_avx2, ecam_dense_avx512;
ecam_dense_half_fn ecam_dense_half_ref, ecam_dense_half_neon, ecam_dense_half_avx2,
    ecam_dense_half_avx512;
ecam_blockmax_fn ecam_blockmax_ref, ecam_blockmax_neon, ecam_blockmax_avx2, ecam_blockmax_avx512;
ecam_blockavg_fn ecam_blockavg_ref, ecam_blockavg_neon, ecam_blockavg_avx2, ecam_blockavg_avx512;
ecam_blockmean_fn ecam_blockmean_ref, ecam_blockmean_neon, ecam_blockmean_avx2,
    ecam_blockmean_avx512;
ecam_blockdw_fn ecam_blockdw_ref, ecam_blockdw_neon, ecam_blockdw_avx2, ecam_blockdw_avx512;
ecam_blockaffine_fn ecam_blockaffine_ref, ecam_blockaffine_neon, ecam_blockaffine_avx2,
    ecam_blockaffine_avx512;
ecam_to_blocked_fn ecam_to_blocked_ref, ecam_to_blocked_neon, ecam_to_blocked_avx2,
    ecam_to_blocked_avx512;
ecam_from_blocked_fn ecam_from_blocked_ref, ecam_from_blocked_neon, ecam_from_blocked_avx2,
    ecam_from_blocked_avx512;
ecam_relu_fn ecam_relu_ref, ecam_relu_neon, ecam_relu_avx2, ecam_relu_avx512;
ecam_binary_fn ecam_binary_ref, ecam_binary_neon, ecam_binary_avx2, ecam_binary_avx512;
ecam_unary_fn ecam_unary_ref, ecam_unary_neon, ecam_unary_avx2, ecam_unary_avx512;
ecam_softmax_fn ecam_softmax_ref;
ecam_lrn_fn ecam_lrn_ref;
ecam_gram_fn ecam_gram_ref, ecam_gram_neon, ecam_gram_avx2, ecam_gram_avx512;
ecam_gram_pack_fn ecam_gram_pack_ref, ecam_gram_pack_neon, ecam_gram_pack_avx2,
    ecam_gram_pack_avx512;
ecam_peak_fn ecam_peak_ref, ecam_peak_neon, ecam_peak_avx2, ecam_peak_avx512;

#endif /* ECAM_KERNELS_H */
