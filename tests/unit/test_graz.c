/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/graz.h"

#include <string.h>

#include "engine/common.h"
#include "tests/unit/tu.h"

static enum ecam_status group(const char *const *names, size_t n, size_t limit,
                              struct eval_graz *out, struct ecam_error *err)
{
    return eval_graz_group((char *const *)(uintptr_t)names, n, limit, out, err);
}

START_TEST(images_and_their_masks)
{
    static const char *const names[] = { "bike_001.image.png",    "bike_001.mask.0.png",
                                         "bike_001.mask.10.png",  "bike_002.image.png",
                                         "bike_010.image.png",    "bike_010.mask.0.png",
                                         "bike_1.mask.txt",       "readme.txt",
                                         "x.mask.1.png.mask.png", ".mask.0.png" };
    struct eval_graz g = { 0 };
    ck_assert_int_eq(group(names, ECAM_ARRAY_LEN(names), 0, &g, NULL), ECAM_OK);
    ck_assert_uint_eq(g.n, 3);
    ck_assert_str_eq(g.image[0].name, "bike_001");
    ck_assert_uint_eq(g.image[0].n_masks, 2);
    ck_assert_str_eq(g.mask[g.image[0].first_mask + 1], "bike_001.mask.10.png");
    ck_assert_uint_eq(g.image[1].n_masks, 0);
    ck_assert_uint_eq(g.image[2].number, 10);
    ck_assert(!eval_graz_is_test(&g.image[0]) && eval_graz_is_test(&g.image[1]));
    eval_graz_free(&g);
    ck_assert_int_eq(group(names, ECAM_ARRAY_LEN(names), 2, &g, NULL), ECAM_OK);
    ck_assert_uint_eq(g.n, 2);
    eval_graz_free(&g);
}
END_TEST

START_TEST(by_number_not_by_name)
{
    static const char *const names[] = { "b_10.image.png", "b_9.image.png" };
    struct eval_graz g = { 0 };
    ck_assert_int_eq(group(names, 2, 1, &g, NULL), ECAM_OK);
    ck_assert_str_eq(g.image[0].name, "b_9");
    eval_graz_free(&g);
}
END_TEST

START_TEST(files_that_do_not_belong_together)
{
    static const char *const lonely[] = { "a_1.image.png", "a_2.mask.0.png" };
    static const char *const nameless[] = { "abc.image.png" };
    struct eval_graz g = { 0 };
    struct ecam_error err = { .text = "" };
    ck_assert_int_eq(group(lonely, 2, 0, &g, &err), ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "a_2.mask.0.png: a mask without its image");
    ck_assert_int_eq(group(nameless, 1, 0, &g, &err), ECAM_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "abc.image.png: expected a number"));
    ck_assert_int_eq(group(lonely, 0, 0, &g, &err), ECAM_OK);
    ck_assert_uint_eq(g.n, 0);
}
END_TEST

/* Red is the object, green what hides it; masks of one image add up. */
START_TEST(red_counts_and_green_does_not)
{
    static const uint8_t first[] = { 255, 0, 0, 0, 255, 0, 0, 0, 0, 1, 255, 0 };
    static const uint8_t second[] = { 0, 0, 0, 0, 255, 0, 128, 0, 0, 0, 0, 255 };
    uint8_t mask[4] = { 0 };
    eval_graz_mask_add(first, 4, mask);
    ck_assert(mask[0] == 1 && mask[1] == 0 && mask[2] == 0 && mask[3] == 1);
    eval_graz_mask_add(second, 4, mask);
    ck_assert(mask[0] == 1 && mask[1] == 0 && mask[2] == 1 && mask[3] == 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { images_and_their_masks, by_number_not_by_name,
                                   files_that_do_not_belong_together,
                                   red_counts_and_green_does_not };
    return tu_main("graz", tests, sizeof tests / sizeof *tests);
}
