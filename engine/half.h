/* SPDX-License-Identifier: BSD-2-Clause
 * IEEE 754 binary16 as binary32, which holds every value of it. */
#ifndef ECAM_HALF_H
#define ECAM_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t ecam_float_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static inline float ecam_bits_float(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

/* Masks, not branches, so that a loop of it becomes vector code; and no float32
 * denormal on the way, so that a thread that flushes them gets the same value. */
static inline float ecam_half_to_float(uint16_t h)
{
    const uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13;
    const uint32_t exponent = h & 0x7c00;
    const uint32_t is_tiny = 0u - (uint32_t)(exponent == 0);
    const uint32_t is_endless = 0u - (uint32_t)(exponent == 0x7c00);
    const uint32_t tiny =
        ecam_float_bits(ecam_bits_float(magnitude + (113u << 23)) - ecam_bits_float(113u << 23));
    const uint32_t wide = magnitude + (112u << 23) + (is_endless & 112u << 23);
    return ecam_bits_float((tiny & is_tiny) | (wide & ~is_tiny) | (uint32_t)(h & 0x8000) << 16);
}

#endif /* ECAM_HALF_H */
