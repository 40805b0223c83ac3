/* SPDX-License-Identifier: BSD-2-Clause
 * Transposed convolution: every input spreads its window over the output. */
#ifndef ECAM_LAYER_CONV_TRANSPOSE_H
#define ECAM_LAYER_CONV_TRANSPOSE_H

#include "engine/layer.h"
#include "layers/kernels/kernels.h"

extern const struct ecam_layer_ops ecam_layer_conv_transpose2d;

/* ---- What its two files share: without groups conv_transpose_tiles.c runs it ---- */

/* A resolved node's parameters. */
struct ecam_conv_transpose {
    struct ecam_window window;
    size_t output_pad[2];
    size_t groups, in_c, out_c;
    const struct ecam_weight *weight, *bias; /* [in][out / groups][h][w]; bias may be NULL */
};

/* Of tap kx: input columns first .. last - 1 reach a row, column i at output column
 * phase + stride * (i + ahead). */
struct ecam_spread {
    size_t phase, first, last;
    ptrdiff_t ahead;
};
struct ecam_spread ecam_conv_transpose_spread(const struct ecam_step *step, size_t kx);

/* The input row that tap ky of output row oy takes, or SIZE_MAX. */
size_t ecam_conv_transpose_row(const struct ecam_step *step, size_t oy, size_t ky);

void ecam_conv_transpose_tiles_choose(struct ecam_step *step);
enum ecam_status ecam_conv_transpose_tiles_prepare(struct ecam_step *step, struct ecam_packs *packs,
                                                   struct ecam_error *err);
void ecam_conv_transpose_tiles_run(const struct ecam_step *step, struct ecam_pool *pool);

#endif /* ECAM_LAYER_CONV_TRANSPOSE_H */
