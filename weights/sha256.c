/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/sha256.h"

#include <string.h>

#include "engine/common.h"

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const uint32_t ecam_sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* One round; the caller renames the eight variables instead of moving them. */
static inline void step(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f,
                        uint32_t g, uint32_t *h, uint32_t kw)
{
    const uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
    const uint32_t t1 = *h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + kw;
    *d += t1;
    *h = t1 + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;
}

static void take_block(uint32_t state[8], const uint8_t block[64])
{
    const uint32_t *k = ecam_sha256_k;
    uint32_t w[64];
    for (size_t i = 0; i < 16; i++)
        w[i] = load(block + 4 * i);
    for (size_t i = 16; i < 64; i++) {
        const uint32_t p = w[i - 15], q = w[i - 2];
        w[i] = w[i - 16] + (rotate(p, 7) ^ rotate(p, 18) ^ p >> 3) + w[i - 7] +
               (rotate(q, 17) ^ rotate(q, 19) ^ q >> 10);
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (size_t i = 0; i < 64; i += 8) {
        step(a, b, c, &d, e, f, g, &h, k[i] + w[i]);
        step(h, a, b, &c, d, e, f, &g, k[i + 1] + w[i + 1]);
        step(g, h, a, &b, c, d, e, &f, k[i + 2] + w[i + 2]);
        step(f, g, h, &a, b, c, d, &e, k[i + 3] + w[i + 3]);
        step(e, f, g, &h, a, b, c, &d, k[i + 4] + w[i + 4]);
        step(d, e, f, &g, h, a, b, &c, k[i + 5] + w[i + 5]);
        step(c, d, e, &f, g, h, a, &b, k[i + 6] + w[i + 6]);
        step(b, c, d, &e, f, g, h, &a, k[i + 7] + w[i + 7]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

void ecam_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take_block(state, blocks + 64 * i);
}

static void take_blocks(uint32_t state[8], const uint8_t *blocks, size_t n)
{
    if (ecam_sha256_has_x86())
        ecam_sha256_blocks_x86(state, blocks, n);
    else
        ecam_sha256_blocks(state, blocks, n);
}

void ecam_sha256_begin(struct ecam_sha256 *sha)
{
    static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    *sha = (struct ecam_sha256){ 0 };
    memcpy(sha->state, start, sizeof start);
}

void ecam_sha256_add(struct ecam_sha256 *sha, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    const size_t held = (size_t)(sha->n % 64);
    sha->n += n;
    if (held != 0) {
        const size_t piece = ecam_min_size(n, 64 - held);
        memcpy(sha->block + held, p, piece);
        p += piece;
        n -= piece;
        if (held + piece < 64)
            return;
        take_blocks(sha->state, sha->block, 1);
    }
    if (n >= 64)
        take_blocks(sha->state, p, n / 64);
    if (n % 64 > 0)
        memcpy(sha->block, p + n / 64 * 64, n % 64);
}

void ecam_sha256_end(struct ecam_sha256 *sha, char hex[ECAM_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    static const uint8_t padding[64] = { 0x80 };
    const uint64_t bits = sha->n * 8;
    uint8_t length[8];
    for (size_t i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    /* One bit, zeros up to 8 bytes before the end of a block, the length. */
    ecam_sha256_add(sha, padding, 1 + (119 - (size_t)(sha->n % 64)) % 64);
    ecam_sha256_add(sha, length, sizeof length);
    for (size_t i = 0; i < 64; i++)
        hex[i] = digits[sha->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    hex[64] = '\0';
}

void ecam_sha256_hex(const void *bytes, size_t n, char hex[ECAM_SHA256_HEX])
{
    struct ecam_sha256 sha;
    ecam_sha256_begin(&sha);
    ecam_sha256_add(&sha, bytes, n);
    ecam_sha256_end(&sha, hex);
}
