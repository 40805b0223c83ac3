/* SPDX-License-Identifier: BSD-2-Clause
 * SHA-256 by the SHA extensions of x86: two rounds an instruction. The state is kept as
 * the instructions want it, as (f, e, b, a) and (h, g, d, c) from the lowest lane. */
#include "weights/sha256.h"

#if ECAM_HAVE_X86
#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

static bool ask_cpu(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

/* Asked once: a virtual machine answers CPUID in tens of microseconds. */
bool ecam_sha256_has_x86(void)
{
    static atomic_int answer; /* 0: not yet; 1: no; 2: yes */
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (known == 0) {
        known = 1 + ask_cpu();
        atomic_store_explicit(&answer, known, memory_order_relaxed);
    }
    return known == 2;
}

__attribute__((target("sha,sse4.1"))) void ecam_sha256_blocks_x86(uint32_t state[8],
                                                                  const uint8_t *blocks, size_t n)
{
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    __m128i feba = _mm_alignr_epi8(badc, hgfe, 8);
    __m128i hgdc = _mm_blend_epi16(hgfe, badc, 0xF0);
    for (size_t block = 0; block < n; block++) {
        const __m128i feba_before = feba, hgdc_before = hgdc;
        __m128i w[4]; /* the last sixteen words */
        for (size_t i = 0; i < 16; i++) {
            const size_t last = (i + 3) % 4;
            if (i < 4) {
                const void *at = blocks + 64 * block + 16 * i;
                w[i] = _mm_shuffle_epi8(_mm_loadu_si128(at), big_endian);
            } else {
                const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]),
                                                  _mm_alignr_epi8(w[last], w[(i + 2) % 4], 4));
                w[i % 4] = _mm_sha256msg2_epu32(sum, w[last]);
            }
            const void *k = ecam_sha256_k + 4 * i;
            const __m128i kw = _mm_add_epi32(w[i % 4], _mm_loadu_si128(k));
            hgdc = _mm_sha256rnds2_epu32(hgdc, feba, kw);
            feba = _mm_sha256rnds2_epu32(feba, hgdc, _mm_shuffle_epi32(kw, 0x0E));
        }
        feba = _mm_add_epi32(feba, feba_before);
        hgdc = _mm_add_epi32(hgdc, hgdc_before);
    }
    const __m128i abef = _mm_shuffle_epi32(feba, 0x1B), ghcd = _mm_shuffle_epi32(hgdc, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(abef, ghcd, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(ghcd, abef, 8));
}

#else

bool ecam_sha256_has_x86(void)
{
    return false;
}

void ecam_sha256_blocks_x86(uint32_t state[8], const uint8_t *blocks, size_t n)
{
    ecam_sha256_blocks(state, blocks, n);
}

#endif
