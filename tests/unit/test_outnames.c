/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/outnames.h"

START_TEST(bytes_that_mean_something_to_a_file_system_become_underscores)
{
    char out[OUTNAME_BYTES];
    outname_safe("../../x", out);
    ck_assert_str_eq(out, "_._.._x");
    outname_safe(".hidden", out);
    ck_assert_str_eq(out, "_hidden");
    outname_safe("", out);
    ck_assert_str_eq(out, "_");
    outname_safe("a b\n\x80~*", out);
    ck_assert_str_eq(out, "a_b____");
    outname_safe("layer4.2-Conv_3", out);
    ck_assert_str_eq(out, "layer4.2-Conv_3");
}
END_TEST

START_TEST(a_stem_is_the_last_part_without_its_extension)
{
    char out[OUTNAME_BYTES];
    outname_stem("photos/my cat.v2.jpg", out);
    ck_assert_str_eq(out, "my_cat.v2");
    outname_stem("cat", out);
    ck_assert_str_eq(out, "cat");
    outname_stem("photos/.jpg", out);
    ck_assert_str_eq(out, "_jpg");
    outname_stem("photos/", out);
    ck_assert_str_eq(out, "_");
}
END_TEST

START_TEST(names_that_collide_are_numbered_before_the_tail)
{
    struct outnames *names = outnames_new();
    char out[OUTNAME_BYTES];
    ck_assert(outnames_take(names, "cat", ".png", out));
    ck_assert_str_eq(out, "cat.png");
    ck_assert(outnames_take(names, "cat", ".png", out));
    ck_assert_str_eq(out, "cat~2.png");
    ck_assert(outnames_take(names, "cat", ".png", out));
    ck_assert_str_eq(out, "cat~3.png");
    ck_assert(outnames_take(names, "cat", ".npy", out));
    ck_assert_str_eq(out, "cat.npy");
    outnames_free(names);
}
END_TEST

START_TEST(a_long_name_gives_way_to_its_tail)
{
    struct outnames *names = outnames_new();
    char longest[4 * OUTNAME_BYTES], out[OUTNAME_BYTES], cut[OUTNAME_BYTES];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    outname_safe(longest, cut);
    ck_assert_uint_eq(strlen(cut), OUTNAME_BYTES - 1);
    for (int i = 0; i < 3; i++) {
        ck_assert(outnames_take(names, cut, ".overlay.png", out));
        ck_assert_uint_eq(strlen(out), OUTNAME_BYTES - 1);
        ck_assert_str_eq(out + strlen(out) - 12, ".overlay.png");
    }
    ck_assert_ptr_nonnull(strstr(out, "~3.overlay.png"));
    outnames_free(names);
}
END_TEST

START_TEST(ten_thousand_names_stay_different)
{
    struct outnames *names = outnames_new();
    char base[32], out[OUTNAME_BYTES];
    for (int i = 0; i < 10000; i++) {
        snprintf(base, sizeof base, "n%d", i);
        ck_assert(outnames_take(names, base, "", out));
        ck_assert_str_eq(out, base);
    }
    ck_assert(outnames_take(names, "n77", "", out));
    ck_assert_str_eq(out, "n77~2");
    outnames_free(names);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        bytes_that_mean_something_to_a_file_system_become_underscores,
        a_stem_is_the_last_part_without_its_extension,
        names_that_collide_are_numbered_before_the_tail,
        a_long_name_gives_way_to_its_tail,
        ten_thousand_names_stay_different,
    };
    return tu_main("outnames", tests, sizeof tests / sizeof *tests);
}
