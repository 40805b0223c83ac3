/* SPDX-License-Identifier: BSD-2-Clause
 * SHA-256 (FIPS 180-4), a piece at a time. */
#ifndef ECAM_SHA256_H
#define ECAM_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECAM_SHA256_HEX 65 /* 64 lower-case digits and the end */

struct ecam_sha256 {
    uint32_t state[8];
    uint64_t n;        /* bytes so far */
    uint8_t block[64]; /* the last n % 64 of them */
};

void ecam_sha256_begin(struct ecam_sha256 *sha);
void ecam_sha256_add(struct ecam_sha256 *sha, const void *bytes, size_t n);
void ecam_sha256_end(struct ecam_sha256 *sha, char hex[ECAM_SHA256_HEX]);

/* Of n bytes at once. */
void ecam_sha256_hex(const void *bytes, size_t n, char hex[ECAM_SHA256_HEX]);

/* ---- For the tests: n blocks of 64 bytes into the state ---- */

extern const uint32_t ecam_sha256_k[64]; /* of FIPS 180-4, section 4.2.2 */
void ecam_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t n);
/* By the CPU's own instructions, where it has them. */
bool ecam_sha256_has_x86(void);
void ecam_sha256_blocks_x86(uint32_t state[8], const uint8_t *blocks, size_t n);

#endif /* ECAM_SHA256_H */
