/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/pnm.h"

/* Decodes a text (n bytes of it); on success compares the first channel. */
static void expect(const char *text, size_t n, enum ecam_status status, const uint8_t *want,
                   size_t pixels)
{
    struct image got = { 0 };
    uint64_t h = 0, w = 0;
    uint8_t *bytes = malloc(n); /* exact, so that ASan sees over-reads */
    memcpy(bytes, text, n);
    enum ecam_status now = pnm_size(bytes, n, &h, &w, NULL);
    if (now == ECAM_OK)
        now = pnm_decode(bytes, n, 0, &got, NULL);
    ck_assert_msg(now == status, "'%s': %s", text, ecam_status_name(now));
    if (status == ECAM_OK) {
        ck_assert_uint_eq(got.h, h);
        ck_assert_uint_eq(got.w, w);
        ck_assert_uint_eq(got.h * got.w, pixels);
        for (size_t i = 0; i < pixels; i++)
            ck_assert_msg(got.rgb[3 * i] == want[i], "'%s'[%zu]: %d instead of %d", text, i,
                          got.rgb[3 * i], want[i]);
    }
    image_free(&got);
    free(bytes);
}

#define GOOD(text, ...)                                                      \
    expect(text, sizeof text - 1, ECAM_OK, (const uint8_t[]){ __VA_ARGS__ }, \
           sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define BAD(text) expect(text, sizeof text - 1, ECAM_ERR_FORMAT, NULL, 0)

START_TEST(bits_need_no_space_and_1_is_black)
{
    GOOD("P1\n3 2\n101\n0 1 0\n", 0, 255, 0, 255, 0, 255);
    GOOD("P1 3 1 1#one\n0#two\n1", 0, 255, 0);
    GOOD("P4 10 2\n\x80\x40\x01\x80", 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, /* row 2 */
         255, 255, 255, 255, 255, 255, 255, 0, 0, 255);
}
END_TEST

START_TEST(samples_are_scaled_half_to_even)
{
    GOOD("P2 4 1 3 0 1 2 3", 0, 85, 170, 255);
    GOOD("P2 3 1 2 0 1 2", 0, 128, 255);         /* 127.5 */
    GOOD("P2 4 1 6 1 3 5 6", 42, 128, 212, 255); /* 42.5, 127.5, 212.5 */
    GOOD("P5 2 1 65535\n\xff\xff\x80\x00", 255, 128);
    GOOD("P5 2 1 256\n\x01\x00\x00\x80", 255, 128);
    GOOD("P5 2 1 255\n\x07\xff", 7, 255);
}
END_TEST

START_TEST(comments_stand_where_space_may)
{
    GOOD("P2#a\n# b 9 9\n 2#c\r1 9\n#d\n9 #e\n 9", 255, 255);
    GOOD("P5 #a\n1 1 255 \x20", 32);
}
END_TEST

START_TEST(colour_has_three_samples)
{
    struct image got = { 0 };
    const char *text = "P3 2 1 255 1 2 3 4 5 6";
    ck_assert_int_eq(pnm_decode((const uint8_t *)text, strlen(text), 0, &got, NULL), ECAM_OK);
    ck_assert_mem_eq(got.rgb, "\1\2\3\4\5\6", 6);
    image_free(&got);
}
END_TEST

START_TEST(damage_is_refused)
{
    BAD("P2");
    BAD("P2 2");
    BAD("P2 2 1");
    BAD("P2 2 1 0 0 0");
    BAD("P2 2 1 65536 0 0");
    BAD("P2 2 1 255 0");
    BAD("P2 2 1 255 0 256");
    BAD("P2 2 1 255 0 x");
    BAD("P2 2 1 255 0 -1");
    BAD("P2 -2 1 255 0 1");
    BAD("P2 2147483648 1 255 0 1");
    BAD("P2 99999999999999999999 1 255 0 1");
    BAD("P2 2000000000 2000000000 255 0 1");
    BAD("P1 2 1 02");
    BAD("P1 2 1 0");
    BAD("P5 2 1 255\n1");
    BAD("P5 2 1 255");
    BAD("P5 2 1 99\n\x01\x64");
    BAD("P5 2 1 256\n\x01\x00\x00");
    BAD("P6 1 1 255\n12");
    BAD("P4 9 1\n1");
    BAD("P5 1 1 255#\n1");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        bits_need_no_space_and_1_is_black,
        samples_are_scaled_half_to_even,
        comments_stand_where_space_may,
        colour_has_three_samples,
        damage_is_refused,
    };
    return tu_main("pnm", tests, sizeof tests / sizeof *tests);
}
