/* SPDX-License-Identifier: BSD-2-Clause
 * SHA-256 (FIPS 180-4), a piece at a time. */
#ifndef ECAM_SHA256_H
#define ECAM_SHA256_H

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

#endif /* ECAM_SHA256_H */
