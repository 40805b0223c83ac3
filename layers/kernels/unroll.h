/* SPDX-License-Identifier: BSD-2-Clause
 * UNROLL before a loop of constant length over an array of vectors: only when every
 * such loop is unrolled does the array live in registers, and compilers left to
 * themselves keep the last one rolled (gcc 12, -O3: half the speed of a GEMM tile). */
#ifndef ECAM_UNROLL_H
#define ECAM_UNROLL_H

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 32")
#else
#define UNROLL
#endif

#endif /* ECAM_UNROLL_H */
