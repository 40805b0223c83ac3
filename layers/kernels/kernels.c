/* SPDX-License-Identifier: BSD-2-Clause
 * One constant table per ISA level. Where a level has no kernel of its own, its
 * table names the lower level's: what runs is written here, not implied. */
#include "layers/kernels/kernels.h"

enum primitive {
    P_gemm,
    P_dense,
    P_dwconv,
    P_maxpool,
    P_avgpool,
    P_relu,
    P_add,
    P_affine,
    P_sum,
    P_softmax,
    P_lrn,
    P_COUNT
};

static const char *const primitives[P_COUNT] = {
    [P_gemm] = "gemm",       [P_dense] = "dense",     [P_dwconv] = "dwconv",
    [P_maxpool] = "maxpool", [P_avgpool] = "avgpool", [P_relu] = "relu",
    [P_add] = "add",         [P_affine] = "affine",   [P_sum] = "sum",
    [P_softmax] = "softmax", [P_lrn] = "lrn",
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
        KERNEL(gemm, gemm_4x8_ref),
        .kernels.gemm_mr = 4,
        .kernels.gemm_nr = 8,
        KERNEL(dense, dense_ref),
        KERNEL(dwconv, dwconv_ref),
        KERNEL(maxpool, maxpool_ref),
        KERNEL(avgpool, avgpool_ref),
        KERNEL(relu, relu_ref),
        KERNEL(add, add_ref),
        KERNEL(affine, affine_ref),
        KERNEL(sum, sum_ref),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
    },
#if ECAM_HAVE_NEON
    [ECAM_ISA_NEON] = {
        .kernels.isa = ECAM_ISA_NEON,
        KERNEL(gemm, gemm_8x12_neon),
        .kernels.gemm_mr = 8,
        .kernels.gemm_nr = 12,
        KERNEL(dense, dense_neon),
        KERNEL(dwconv, dwconv_neon),
        KERNEL(maxpool, maxpool_neon),
        KERNEL(avgpool, avgpool_neon),
        KERNEL(relu, relu_neon),
        KERNEL(add, add_neon),
        KERNEL(affine, affine_neon),
        KERNEL(sum, sum_neon),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
    },
#endif
#if ECAM_HAVE_X86
    [ECAM_ISA_AVX2] = {
        .kernels.isa = ECAM_ISA_AVX2,
        KERNEL(gemm, gemm_6x16_avx2),
        .kernels.gemm_mr = 6,
        .kernels.gemm_nr = 16,
        KERNEL(dense, dense_avx2),
        KERNEL(dwconv, dwconv_avx2),
        KERNEL(maxpool, maxpool_avx2),
        KERNEL(avgpool, avgpool_avx2),
        KERNEL(relu, relu_avx2),
        KERNEL(add, add_avx2),
        KERNEL(affine, affine_avx2),
        KERNEL(sum, sum_avx2),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
    },
    [ECAM_ISA_AVX512] = {
        .kernels.isa = ECAM_ISA_AVX512,
        KERNEL(gemm, gemm_8x32_avx512),
        .kernels.gemm_mr = 8,
        .kernels.gemm_nr = 32,
        KERNEL(dense, dense_avx512),
        KERNEL(dwconv, dwconv_avx512),
        KERNEL(maxpool, maxpool_avx512),
        KERNEL(avgpool, avgpool_avx512),
        KERNEL(relu, relu_avx512),
        KERNEL(add, add_avx512),
        KERNEL(affine, affine_avx512),
        KERNEL(sum, sum_avx512),
        KERNEL(softmax, softmax_ref),
        KERNEL(lrn, lrn_ref),
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
