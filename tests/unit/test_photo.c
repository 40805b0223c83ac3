/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "tests/unit/tpicture.h"

/* 1: the input is the picture. */
static struct ecam_preprocess plain(enum ecam_resize resize, uint32_t h, uint32_t w,
                                    uint32_t crop_h, uint32_t crop_w)
{
    return (struct ecam_preprocess){ .resize = resize,
                                     .resize_h = h,
                                     .resize_w = w,
                                     .crop_h = crop_h,
                                     .crop_w = crop_w,
                                     .scale = 1.0f,
                                     .std = { 1.0f, 1.0f, 1.0f } };
}

static struct ecam_geometry plan(const struct ecam_preprocess *pre, size_t h, size_t w)
{
    struct ecam_geometry g;
    struct ecam_error err = { 0 };
    ck_assert_msg(ecam_geometry_plan(pre, h, w, &g, &err) == ECAM_OK, "%s", err.text);
    ck_assert_uint_eq(g.photo_h, h);
    ck_assert_uint_eq(g.photo_w, w);
    return g;
}

static void expect_plan(const struct ecam_preprocess *pre, size_t h, size_t w,
                        const ptrdiff_t want[6])
{
    const struct ecam_geometry g = plan(pre, h, w);
    ck_assert_int_eq((ptrdiff_t)g.resized_h, want[0]);
    ck_assert_int_eq((ptrdiff_t)g.resized_w, want[1]);
    ck_assert_int_eq(g.crop_y, want[2]);
    ck_assert_int_eq(g.crop_x, want[3]);
    ck_assert_int_eq((ptrdiff_t)g.input_h, want[4]);
    ck_assert_int_eq((ptrdiff_t)g.input_w, want[5]);
}

#define EXPECT_PLAN(pre, h, w, ...) expect_plan(&(pre), h, w, (const ptrdiff_t[6]){ __VA_ARGS__ })

START_TEST(sizes_are_torchvisions)
{
    const struct ecam_preprocess usual = plain(ECAM_RESIZE_SHORT, 256, 0, 224, 224);
    EXPECT_PLAN(usual, 480, 640, 256, 341, 16, 58, 224, 224); /* 58.5 to even */
    EXPECT_PLAN(usual, 640, 480, 341, 256, 58, 16, 224, 224);
    EXPECT_PLAN(usual, 375, 500, 256, 341, 16, 58, 224, 224);
    EXPECT_PLAN(usual, 333, 500, 256, 384, 16, 80, 224, 224);
    EXPECT_PLAN(usual, 100, 111, 256, 284, 16, 30, 224, 224);
    EXPECT_PLAN(usual, 256, 287, 256, 287, 16, 32, 224, 224); /* 31.5 to even */
    EXPECT_PLAN(usual, 1, 1, 256, 256, 16, 16, 224, 224);
    const struct ecam_preprocess squash = plain(ECAM_RESIZE_SQUASH, 256, 250, 227, 227);
    EXPECT_PLAN(squash, 7, 999, 256, 250, 14, 12, 227, 227); /* 14.5, 11.5 */
    const struct ecam_preprocess none = plain(ECAM_RESIZE_NONE, 0, 0, 0, 0);
    EXPECT_PLAN(none, 31, 57, 31, 57, 0, 0, 31, 57);
    const struct ecam_preprocess small = plain(ECAM_RESIZE_NONE, 0, 0, 32, 32);
    EXPECT_PLAN(small, 31, 40, 31, 40, 0, 4, 32, 32);
    EXPECT_PLAN(small, 29, 10, 29, 10, -1, -11, 32, 32);
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
    struct ecam_geometry g;
    struct ecam_preprocess pre = plain(ECAM_RESIZE_SHORT, 256, 0, 224, 224);
    ck_assert_int_eq(ecam_geometry_plan(&pre, 0, 5, &g, NULL), ECAM_ERR_ARG);
    ck_assert_int_eq(ecam_geometry_plan(&pre, 5, 0, &g, NULL), ECAM_ERR_ARG);
    ck_assert_int_eq(ecam_geometry_plan(&pre, 1, (size_t)1 << 28, &g, NULL), ECAM_ERR_LIMIT);
    ck_assert_int_eq(ecam_geometry_plan(&pre, 1, SIZE_MAX, &g, NULL), ECAM_ERR_LIMIT);
    pre.crop_w = 0;
    ck_assert_int_eq(ecam_geometry_plan(&pre, 5, 5, &g, NULL), ECAM_ERR_ARG);
    pre = plain(ECAM_RESIZE_SHORT, 0, 0, 0, 0);
    ck_assert_int_eq(ecam_geometry_plan(&pre, 5, 5, &g, NULL), ECAM_ERR_ARG);
    pre = plain(ECAM_RESIZE_SQUASH, 5, 0, 0, 0);
    ck_assert_int_eq(ecam_geometry_plan(&pre, 5, 5, &g, NULL), ECAM_ERR_ARG);
    pre = plain(ECAM_RESIZE_SQUASH, 5, UINT32_MAX, 0, 0);
    ck_assert_int_eq(ecam_geometry_plan(&pre, 5, 5, &g, NULL), ECAM_ERR_LIMIT);
}
END_TEST

/* Prepares, and turns the input back into a picture. */
static void through(const struct ecam_preprocess *pre, const struct image *from, struct image *out)
{
    const struct ecam_geometry g = plan(pre, from->h, from->w);
    float *input = malloc(g.input_h * g.input_w * 3 * sizeof *input);
    ck_assert_int_eq(ecam_photo_prepare(pre, from->rgb, &g, input, NULL), ECAM_OK);
    *out =
        (struct image){ .rgb = malloc(g.input_h * g.input_w * 3), .h = g.input_h, .w = g.input_w };
    ecam_input_to_rgb(pre, input, g.input_h, g.input_w, out->rgb);
    free(input);
}

START_TEST(resizing_is_pillows)
{
    struct image source, want, got;
    tpicture_expected("resize_source", &source);
    FILE *cases = fopen(tpicture_path("resize.txt"), "r");
    ck_assert_ptr_nonnull(cases);
    char rule[16], filter[16], name[32];
    uint32_t v[4];
    int n = 0;
    for (; fscanf(cases, "%15s %15s %u %u %u %u", rule, filter, &v[0], &v[1], &v[2], &v[3]) == 6;
         n++) {
        struct ecam_preprocess pre = plain(strcmp(rule, "short") == 0  ? ECAM_RESIZE_SHORT
                                           : strcmp(rule, "none") == 0 ? ECAM_RESIZE_NONE
                                                                       : ECAM_RESIZE_SQUASH,
                                           v[0], v[1], v[2], v[3]);
        pre.filter = strcmp(filter, "bicubic") == 0 ? ECAM_FILTER_BICUBIC : ECAM_FILTER_BILINEAR;
        snprintf(name, sizeof name, "resize_%d", n);
        tpicture_expected(name, &want);
        through(&pre, &source, &got);
        tpicture_close(name, &got, &want, 0);
        image_free(&got);
        image_free(&want);
    }
    ck_assert_int_eq(n, 12);
    fclose(cases);
    image_free(&source);
}
END_TEST

START_TEST(channels_are_normalised_in_their_order)
{
    const uint8_t rgb[6] = { 0, 100, 255, 10, 20, 30 };
    struct ecam_preprocess pre = { .scale = 1.0f / 255.0f,
                                   .mean = { 0.485f, 0.456f, 0.406f },
                                   .std = { 0.229f, 0.224f, 0.225f } };
    const struct ecam_geometry g = plan(&pre, 1, 2);
    float got[6];
    ck_assert_int_eq(ecam_photo_prepare(&pre, rgb, &g, got, NULL), ECAM_OK);
    float want[6];
    for (int c = 0; c < 3; c++)
        for (int x = 0; x < 2; x++)
            want[2 * c + x] = ((float)rgb[3 * x + c] / 255.0f - pre.mean[c]) / pre.std[c];
    tu_close("rgb", got, want, 6, 1e-6);

    pre = (struct ecam_preprocess){
        .is_bgr = 1, .scale = 1.0f, .mean = { 104.0f, 117.0f, 123.0f }, .std = { 1.0f, 2.0f, 4.0f }
    };
    ck_assert_int_eq(ecam_photo_prepare(&pre, rgb, &g, got, NULL), ECAM_OK);
    const float bgr[6] = { 151, -74, -8.5f, -48.5f, -30.75f, -28.25f };
    tu_close("bgr", got, bgr, 6, 0);
    uint8_t back[6];
    ecam_input_to_rgb(&pre, got, 1, 2, back);
    ck_assert_mem_eq(back, rgb, 6);
}
END_TEST

START_TEST(padding_is_black_before_it_is_normalised)
{
    const uint8_t rgb[3] = { 255, 255, 255 };
    struct ecam_preprocess pre = plain(ECAM_RESIZE_NONE, 0, 0, 4, 2);
    pre.mean[0] = 10.0f;
    const struct ecam_geometry g = plan(&pre, 1, 1);
    float got[24];
    ck_assert_int_eq(ecam_photo_prepare(&pre, rgb, &g, got, NULL), ECAM_OK);
    for (size_t i = 0; i < 24; i++) /* the photo's pixel is at row 1, column 0 */
        ck_assert(got[i] == (i % 8 == 2 ? 255.0f : 0.0f) - (i < 8 ? 10.0f : 0.0f));
}
END_TEST

START_TEST(a_picture_back_from_the_input_is_clipped)
{
    const struct ecam_preprocess pre = plain(ECAM_RESIZE_NONE, 0, 0, 0, 0);
    const float input[6] = { -1.0f, 300.0f, NAN, 1.4f, 1.6f, INFINITY };
    uint8_t rgb[6];
    ecam_input_to_rgb(&pre, input, 1, 2, rgb);
    ck_assert_mem_eq(rgb, ((const uint8_t[]){ 0, 0, 2, 255, 1, 255 }), 6);
}
END_TEST

START_TEST(a_preprocessing_that_divides_by_zero_is_refused)
{
    const uint8_t rgb[3] = { 1, 2, 3 };
    float input[3];
    struct ecam_preprocess pre = plain(ECAM_RESIZE_NONE, 0, 0, 0, 0);
    const struct ecam_geometry g = plan(&pre, 1, 1);
    pre.std[1] = 0.0f;
    ck_assert_int_eq(ecam_photo_prepare(&pre, rgb, &g, input, NULL), ECAM_ERR_ARG);
    pre.std[1] = 1.0f;
    pre.mean[2] = NAN;
    ck_assert_int_eq(ecam_photo_prepare(&pre, rgb, &g, input, NULL), ECAM_ERR_ARG);
    pre.mean[2] = 0.0f;
    pre.scale = 0.0f;
    ck_assert_int_eq(ecam_photo_prepare(&pre, rgb, &g, input, NULL), ECAM_ERR_ARG);
}
END_TEST

START_TEST(a_long_thin_photo_costs_only_what_the_crop_keeps)
{
    /* Resized it would be 256 x 25.6 million pixels. */
    const struct ecam_preprocess pre = plain(ECAM_RESIZE_SHORT, 256, 0, 224, 224);
    struct image from = { .h = 1, .w = 100000 }, got;
    from.rgb = malloc(from.w * 3);
    memset(from.rgb, 77, from.w * 3);
    through(&pre, &from, &got);
    for (size_t i = 0; i < 224 * 224 * 3; i++)
        ck_assert_uint_eq(got.rgb[i], 77);
    image_free(&got);
    image_free(&from);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sizes_are_torchvisions,
        impossible_sizes_are_refused,
        resizing_is_pillows,
        channels_are_normalised_in_their_order,
        padding_is_black_before_it_is_normalised,
        a_picture_back_from_the_input_is_clipped,
        a_preprocessing_that_divides_by_zero_is_refused,
        a_long_thin_photo_costs_only_what_the_crop_keeps,
    };
    return tu_main("photo", tests, sizeof tests / sizeof *tests);
}
