/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/sha256.h"

#include <string.h>

#include "tests/unit/tu.h"

/* The examples that NIST publishes with FIPS 180-4. */
static const struct {
    const char *text, *hex;
} known[] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(the_published_examples_come_out)
{
    char hex[ECAM_SHA256_HEX];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ecam_sha256_hex(known[i].text, strlen(known[i].text), hex);
        ck_assert_str_eq(hex, known[i].hex);
    }
}
END_TEST

START_TEST(a_million_bytes_in_uneven_pieces)
{
    static char piece[997];
    char hex[ECAM_SHA256_HEX];
    struct ecam_sha256 sha;
    memset(piece, 'a', sizeof piece);
    ecam_sha256_begin(&sha);
    size_t left = 1000000;
    for (size_t n = 1; left > 0; n = n * 7 % sizeof piece) {
        const size_t now = n < left ? n : left;
        ecam_sha256_add(&sha, piece, now);
        left -= now;
    }
    ecam_sha256_end(&sha, hex);
    ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

START_TEST(every_length_around_a_block_is_the_same_in_one_piece_and_in_bytes)
{
    uint8_t bytes[200];
    char whole[ECAM_SHA256_HEX], single[ECAM_SHA256_HEX];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct ecam_sha256 sha;
        ecam_sha256_begin(&sha);
        for (size_t i = 0; i < n; i++)
            ecam_sha256_add(&sha, bytes + i, 1);
        ecam_sha256_end(&sha, single);
        ecam_sha256_hex(bytes, n, whole);
        ck_assert_str_eq(single, whole);
    }
}
END_TEST

START_TEST(the_cpus_own_instructions_do_the_same)
{
    static uint8_t bytes[64 * 37];
    uint32_t want[8], got[8];
    if (!ecam_sha256_has_x86())
        return;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i * 31 + i / 7);
    for (size_t n = 0; n <= sizeof bytes / 64; n++) {
        for (uint32_t i = 0; i < 8; i++)
            want[i] = got[i] = 0x9E3779B9u * (i + 1);
        ecam_sha256_blocks(want, bytes, n);
        ecam_sha256_blocks_x86(got, bytes, n);
        ck_assert_int_eq(memcmp(got, want, sizeof got), 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_published_examples_come_out, a_million_bytes_in_uneven_pieces,
        every_length_around_a_block_is_the_same_in_one_piece_and_in_bytes,
        the_cpus_own_instructions_do_the_same
    };
    return tu_main("sha256", tests, sizeof tests / sizeof *tests);
}
