/* SPDX-License-Identifier: BSD-2-Clause
 * INLINE: a function whose arguments of known value shape its code at every call.
 * UNROLL: before a loop of known length over an array of vectors. Only when every such
 * loop is unrolled does the array live in registers, and compilers left to themselves
 * keep the last one rolled (gcc 12, -O3: half the speed of a GEMM tile).
 * PREFETCH: a line on its way into the first level; any address will do. */
#ifndef ECAM_INLINE_H
#define ECAM_INLINE_H

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 32")
#else
#define UNROLL
#endif

#if defined(__GNUC__)
#define PREFETCH(p) __builtin_prefetch((p), 0, 3)
#else
#define PREFETCH(p) ((void)(p))
#endif

#endif /* ECAM_INLINE_H */
