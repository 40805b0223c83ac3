/* SPDX-License-Identifier: BSD-2-Clause
 * Lane masks for the AVX-512 kernels. A masked-off lane is neither read nor written,
 * whatever its address, so tails and borders need no scalar code. */
#ifndef ECAM_LANES_AVX512_H
#define ECAM_LANES_AVX512_H

#include <immintrin.h>
#include <stddef.h>

#define LANES 16

/* The first n lanes; all of them from 16 on. */
static inline __mmask16 first_lanes(size_t n)
{
    return n >= LANES ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1u);
}

#endif /* ECAM_LANES_AVX512_H */
