/* SPDX-License-Identifier: BSD-2-Clause
 * Convolution as a matrix product: the columns of the right-hand matrix, gathered
 * from the input a block at a time. The whole matrix never exists. */
#ifndef ECAM_IM2COL_H
#define ECAM_IM2COL_H

#include "layers/kernels/kernels.h"

/* Column j of the matrix belongs to output (j / out_w, j % out_w); row p to input
 * channel p / (k_h k_w) and tap p % (k_h k_w) of the window. */
struct ecam_im2col {
    const float *in; /* the group's first channel, [channels][in_h][in_w] */
    size_t in_h, in_w, out_h, out_w;
    struct ecam_window window;
};

/* Writes rows row .. row + k - 1 of columns col .. col + n - 1 as panels of nr
 * columns: out[n / nr, rounded up][k][nr], what lies beyond column n as zeros. */
void ecam_im2col_pack(const struct ecam_im2col *m, size_t row, size_t k, size_t col, size_t n,
                      size_t nr, float *out);

#endif /* ECAM_IM2COL_H */
