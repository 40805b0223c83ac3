/* SPDX-License-Identifier: BSD-2-Clause
 * What the files of the convolution share: conv2d.c chooses, conv_pack.c lays out the
 * weights, conv_tiles.c and conv_winograd.c run. */
#ifndef ECAM_LAYER_CONV_H
#define ECAM_LAYER_CONV_H

#include "engine/layer.h"
#include "engine/packs.h"
#include "layers/kernels/kernels.h"
#include "layers/winograd.h"

enum ecam_conv_algorithm {
    ECAM_CONV_POINTWISE, /* 1x1: tiles read the input where it lies */
    ECAM_CONV_GATHER,    /* windows are gathered tile by tile */
    ECAM_CONV_IMAGE,     /* a photo: few channels, rows of interleaved pixels */
    ECAM_CONV_DEPTHWISE, /* one channel a group */
    ECAM_CONV_DENSE,     /* the window is the whole input: a matrix times a vector */
    ECAM_CONV_WINOGRAD   /* + the variant's number (winograd.h) */
};

/* A resolved node's parameters. */
struct ecam_conv {
    struct ecam_window window;
    size_t groups, out_c, in_c; /* in_c: of the whole input */
    const struct ecam_weight *weight, *bias;
    /* Groups as they are computed: so many merged into one, its weights zero where they
     * belong to none, that each begins with a block. */
    size_t n_merged, merged_in, merged_out;
};

static inline size_t ecam_conv_taps(const struct ecam_conv *conv)
{
    return conv->window.k_h * conv->window.k_w;
}

/* Terms of one output in the product of tiles, those of missing lanes included: a
 * window of several taps is fetched in whole blocks. */
size_t ecam_conv_terms(const struct ecam_conv *conv, enum ecam_conv_algorithm algorithm);

/* Blocks of output channels of a merged group, and how many of them group `group` has:
 * the last one may have fewer. */
size_t ecam_conv_group_blocks(const struct ecam_conv *conv);
size_t ecam_conv_blocks_of(const struct ecam_conv *conv, size_t group);

/* Asks for packed weights and bias of a step whose algorithm is chosen. The weights of tiles lie
 * as [merged groups][panels][terms][blocks of the panel * 16], those of Winograd's as
 * [panels][elements][in_c][blocks * 16]. */
enum ecam_status ecam_conv_pack(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err);

/* Scratch and work memory, and the run, of POINTWISE, GATHER and IMAGE. */
void ecam_conv_tiles_choose(struct ecam_step *step);
void ecam_conv_tiles_run(const struct ecam_step *step, struct ecam_pool *pool);

void ecam_conv_winograd_choose(struct ecam_step *step);
void ecam_conv_winograd_run(const struct ecam_step *step, struct ecam_pool *pool);

/* Part i of n, when `total` things are shared out as evenly as they can be. */
static inline size_t ecam_share(size_t total, size_t n, size_t i)
{
    return total / n * i + total % n * i / n;
}

#endif /* ECAM_LAYER_CONV_H */
