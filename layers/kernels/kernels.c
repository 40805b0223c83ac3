/* SPDX-License-Identifier: BSD-2-Clause
 * One constant table per ISA level. Where a level has no kernel of its own, its
 * table names the lower level's: what runs is written here, not implied. */
#include "layers/kernels/kernels.h"

enum primitive {
    P_conv,
    P_wino4_input,
    P_wino4_output,
    P_wino4_weight,
    P_wino6_input,
    P_wino6_output,
    P_wino6_weight,
    P_wino45_output,
    P_wino45_weight,
    P_dense,
    P_dense_half,
    P_blockmax,
    P_blockavg,
    P_blockmean,
    P_blockdw,
    P_blockaffine,
    P_to_blocked,
    P_from_blocked,
    P_relu,
    P_binary,
    P_unary,
    P_softmax,
    P_lrn,
    P_gram,
    P_gram_pack,
    P_peak,
    P_COUNT
};

static const char *const primitives[P_COUNT] = {
    [P_conv] = "conv",
    [P_wino4_input] = "wino4_input",
    [P_wino4_output] = "wino4_output",
    [P_wino4_weight] = "wino4_weight",
    [P_wino6_input] = "wino6_input",
    [P_wino6_output] = "wino6_output",
    [P_wino6_weight] = "wino6_weight",
    [P_wino45_output] = "wino45_output",
    [P_wino45_weight] = "wino45_weight",
    [P_dense] = "dense",
    [P_dense_half] = "dense_half",
    [P_blockmax] = "blockmax",
    [P_blockavg] = "blockavg",
    [P_blockmean] = "blockmean",
    [P_blockdw] = "blockdw",
    [P_blockaffine] = "blockaffine",
    [P_to_blocked] = "to_blocked",
    [P_from_blocked] = "from_blocked",
    [P_relu] = "relu",
    [P_binary] = "binary",
    [P_unary] = "unary",
    [P_softmax] = "softmax",
    [P_lrn] = "lrn",
    [P_gram] = "gram",
    [P_gram_pack] = "gram_pack",
    [P_peak] = "peak",
};

struct level {
    struct ecam_kernels kernels;
    const char *names[P_COUNT]; /* of the functions in `kernels` */
};

/* A function and its name from one word, so that they cannot drift apart. */
#define KERNEL(primitive, function) \
    .kernels.primitive = ecam_##function, .names[P_##primitive] = #function

static const struct level levels[ECAM_ISA_COUNT] = {
    [ECAM_ISA_SCALAR] = {
        .kernels.isa = ECAM_ISA_SCALAR,
        KERNEL(conv, conv_4x1_ref),
        .kernels.conv_m = 4,
        .kernels.conv_n = 1,
        KERNEL(wino4_input, wino4_input_ref),
        KERNEL(wino4_output, wino4_output_ref),
        KERNEL(wino4_weight, wino4_weight_ref),
        KERNEL(wino6_input, wino6_input_ref),
        KERNEL(wino6_output, wino6_output_ref),
        KERNEL(wino6_weight, wino6_weight_ref),
        KERNEL(wino45_output, wino45_output_ref),
        KERNEL(wino45_weight, wino45_weight_ref),
        KERNEL(dense, dense_ref),
        KERNEL(dense_half, dense_half_ref),
        KERNEL(blockmax, blockmax_ref),
        KERNEL(blockavg, blockavg_ref),
        KERNEL(blockmean, blockmean_ref),
        KERNEL(blockdw, blockdw_ref),
        KERNEL(blockaffine, blockaffine_ref),
        KERNEL(to_blocked, to_blocked_ref),
        KERNEL(from_blocked, from_blocked_ref),
        KERNEL(relu, relu_ref),
        KERNEL(binary, binary_ref),
        KERNEL(unary, unary_ref),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
        KERNEL(gram, gram_ref),
        KERNEL(gram_pack, gram_pack_ref),
        KERNEL(peak, peak_ref),
    },
#if ECAM_HAVE_NEON
    [ECAM_ISA_NEON] = {
        .kernels.isa = ECAM_ISA_NEON,
        KERNEL(conv, conv_6x1_neon),
        .kernels.conv_m = 6,
        .kernels.conv_n = 1,
        KERNEL(wino4_input, wino4_input_neon),
        KERNEL(wino4_output, wino4_output_neon),
        KERNEL(wino4_weight, wino4_weight_neon),
        KERNEL(wino6_input, wino6_input_neon),
        KERNEL(wino6_output, wino6_output_neon),
        KERNEL(wino6_weight, wino6_weight_neon),
        KERNEL(wino45_output, wino45_output_neon),
        KERNEL(wino45_weight, wino45_weight_neon),
        KERNEL(dense, dense_neon),
        KERNEL(dense_half, dense_half_neon),
        KERNEL(blockmax, blockmax_neon),
        KERNEL(blockavg, blockavg_neon),
        KERNEL(blockmean, blockmean_neon),
        KERNEL(blockdw, blockdw_neon),
        KERNEL(blockaffine, blockaffine_neon),
        KERNEL(to_blocked, to_blocked_neon),
        KERNEL(from_blocked, from_blocked_neon),
        KERNEL(relu, relu_neon),
        KERNEL(binary, binary_neon),
        KERNEL(unary, unary_neon),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
        KERNEL(gram, gram_neon),
        KERNEL(gram_pack, gram_pack_neon),
        KERNEL(peak, peak_neon),
    },
#endif
#if ECAM_HAVE_X86
    [ECAM_ISA_AVX2] = {
        .kernels.isa = ECAM_ISA_AVX2,
        KERNEL(conv, conv_6x1_avx2),
        .kernels.conv_m = 6,
        .kernels.conv_n = 1,
        KERNEL(wino4_input, wino4_input_avx2),
        KERNEL(wino4_output, wino4_output_avx2),
        KERNEL(wino4_weight, wino4_weight_avx2),
        KERNEL(wino6_input, wino6_input_avx2),
        KERNEL(wino6_output, wino6_output_avx2),
        KERNEL(wino6_weight, wino6_weight_avx2),
        KERNEL(wino45_output, wino45_output_avx2),
        KERNEL(wino45_weight, wino45_weight_avx2),
        KERNEL(dense, dense_avx2),
        KERNEL(dense_half, dense_half_avx2),
        KERNEL(blockmax, blockmax_avx2),
        KERNEL(blockavg, blockavg_avx2),
        KERNEL(blockmean, blockmean_avx2),
        KERNEL(blockdw, blockdw_avx2),
        KERNEL(blockaffine, blockaffine_avx2),
        KERNEL(to_blocked, to_blocked_avx2),
        KERNEL(from_blocked, from_blocked_avx2),
        KERNEL(relu, relu_avx2),
        KERNEL(binary, binary_avx2),
        KERNEL(unary, unary_avx2),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
        KERNEL(gram, gram_avx2),
        KERNEL(gram_pack, gram_pack_avx2),
        KERNEL(peak, peak_avx2),
    },
    [ECAM_ISA_AVX512] = {
        .kernels.isa = ECAM_ISA_AVX512,
        KERNEL(conv, conv_14x2_avx512),
        .kernels.conv_m = 14,
        .kernels.conv_n = 2,
        KERNEL(wino4_input, wino4_input_avx512),
        KERNEL(wino4_output, wino4_output_avx512),
        KERNEL(wino4_weight, wino4_weight_avx512),
        KERNEL(wino6_input, wino6_input_avx512),
        KERNEL(wino6_output, wino6_output_avx512),
        KERNEL(wino6_weight, wino6_weight_avx512),
        KERNEL(wino45_output, wino45_output_avx512),
        KERNEL(wino45_weight, wino45_weight_avx512),
        KERNEL(dense, dense_avx512),
        KERNEL(dense_half, dense_half_avx512),
        KERNEL(blockmax, blockmax_avx512),
        KERNEL(blockavg, blockavg_avx512),
        KERNEL(blockmean, blockmean_avx512),
        KERNEL(blockdw, blockdw_avx512),
        KERNEL(blockaffine, blockaffine_avx512),
        KERNEL(to_blocked, to_blocked_avx512),
        KERNEL(from_blocked, from_blocked_avx512),
        KERNEL(relu, relu_avx512),
        KERNEL(binary, binary_avx512),
        KERNEL(unary, unary_avx512),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
        KERNEL(gram, gram_avx512),
        KERNEL(gram_pack, gram_pack_avx512),
        KERNEL(peak, peak_avx512),
    },
#endif
};

const struct ecam_kernels *ecam_kernels_get(enum ecam_isa isa)
{
    return &levels[isa].kernels;
}

const char *ecam_kernel_primitive(size_t i)
{
    return i < P_COUNT ? primitives[i] : NULL;
}

const char *ecam_kernel_name(size_t i, enum ecam_isa level)
{
    return i < P_COUNT && level < ECAM_ISA_COUNT ? levels[level].names[i] : NULL;
}
