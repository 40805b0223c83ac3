/* SPDX-License-Identifier: BSD-2-Clause */
#include <float.h>
#include <math.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "tests/unit/tmatrix.h"
#include "tests/unit/tu.h"

static struct ecam_geometry whole(size_t h, size_t w)
{
    return (struct ecam_geometry){
        .photo_h = h, .photo_w = w, .resized_h = h, .resized_w = w, .input_h = h, .input_w = w
    };
}

START_TEST(a_map_as_large_as_the_photo_comes_back_as_it_is)
{
    const float *map = tm_random(5 * 7, 1);
    const struct ecam_geometry g = whole(5, 7);
    float out[35];
    uint8_t seen[35];
    ecam_map_to_photo(map, 5, 7, &g, out, seen);
    tu_close("map", out, map, 35, 1e-7);
    for (size_t i = 0; i < 35; i++)
        ck_assert_uint_eq(seen[i], 1);
}
END_TEST

START_TEST(pixels_have_their_centres_at_a_half)
{
    /* Two cells over eight pixels: centres at 2 and 6, so pixel i lies at i + 0.5. */
    const float map[] = { 0, 8 };
    const float want[] = { 0, 0, 1, 3, 5, 7, 8, 8 };
    const struct ecam_geometry across = whole(1, 8), down = whole(8, 1);
    float out[8];
    uint8_t seen[8];
    ecam_map_to_photo(map, 1, 2, &across, out, seen);
    tu_close("across", out, want, 8, 1e-6);
    ecam_map_to_photo(map, 2, 1, &down, out, seen);
    tu_close("down", out, want, 8, 1e-6);
}
END_TEST

START_TEST(a_constant_map_stays_constant_at_every_geometry)
{
    const float map[] = { 0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f };
    const struct ecam_geometry g = { .photo_h = 37,
                                     .photo_w = 53,
                                     .resized_h = 20,
                                     .resized_w = 28,
                                     .crop_y = 2,
                                     .crop_x = 6,
                                     .input_h = 16,
                                     .input_w = 16 };
    float out[37 * 53];
    uint8_t seen[37 * 53];
    ecam_map_to_photo(map, 2, 3, &g, out, seen);
    for (size_t i = 0; i < 37 * 53; i++)
        ck_assert(seen[i] ? fabsf(out[i] - 0.7f) < 1e-6f : out[i] == 0.0f);
}
END_TEST

START_TEST(what_the_crop_cut_off_is_not_seen)
{
    /* 8 x 16 halved to 4 x 8, the middle 4 x 4 of it: pixels 4 to 11 of each row. */
    const float map[] = { 1, 1, 1, 1 };
    const struct ecam_geometry g = { .photo_h = 8,
                                     .photo_w = 16,
                                     .resized_h = 4,
                                     .resized_w = 8,
                                     .crop_x = 2,
                                     .input_h = 4,
                                     .input_w = 4 };
    float out[8 * 16];
    uint8_t seen[8 * 16];
    ecam_map_to_photo(map, 2, 2, &g, out, seen);
    for (size_t y = 0; y < 8; y++)
        for (size_t x = 0; x < 16; x++) {
            ck_assert_uint_eq(seen[y * 16 + x], x >= 4 && x < 12);
            ck_assert(out[y * 16 + x] == (x >= 4 && x < 12 ? 1.0f : 0.0f));
        }
}
END_TEST

START_TEST(a_pixel_whose_centre_is_on_the_border_belongs_to_its_right)
{
    /* Three photo pixels to two: centres at 1/3, 1, 5/3. The crop of one pixel at 1
     * begins exactly at the second centre, that at 0 ends there. */
    const float map[] = { 1 };
    struct ecam_geometry g = { .photo_h = 1,
                               .photo_w = 3,
                               .resized_h = 1,
                               .resized_w = 2,
                               .crop_x = 1,
                               .input_h = 1,
                               .input_w = 1 };
    float out[3];
    uint8_t seen[3];
    ecam_map_to_photo(map, 1, 1, &g, out, seen);
    ck_assert(seen[0] == 0 && seen[1] == 1 && seen[2] == 1);
    g.crop_x = 0;
    ecam_map_to_photo(map, 1, 1, &g, out, seen);
    ck_assert(seen[0] == 1 && seen[1] == 0 && seen[2] == 0);
}
END_TEST

START_TEST(a_photo_smaller_than_the_crop_is_seen_whole)
{
    /* 4 x 4 in the middle of an 8 x 8 input, whose map is a ramp of columns 0 .. 7. */
    float map[64], out[16];
    uint8_t seen[16];
    for (size_t i = 0; i < 64; i++)
        map[i] = (float)(i % 8);
    const struct ecam_geometry g = { .photo_h = 4,
                                     .photo_w = 4,
                                     .resized_h = 4,
                                     .resized_w = 4,
                                     .crop_y = -2,
                                     .crop_x = -2,
                                     .input_h = 8,
                                     .input_w = 8 };
    ecam_map_to_photo(map, 8, 8, &g, out, seen);
    for (size_t i = 0; i < 16; i++) {
        ck_assert_uint_eq(seen[i], 1);
        ck_assert(fabsf(out[i] - (float)(2 + i % 4)) < 1e-6f);
    }
}
END_TEST

START_TEST(a_ramp_stays_a_ramp_through_resize_and_crop)
{
    /* Input columns 0 .. 224 as a linear map: a photo pixel must read its own place. */
    enum { CELLS = 28, H = 300, W = 451 };
    float map[CELLS * CELLS];
    static float out[H * W];
    static uint8_t seen[H * W];
    for (size_t i = 0; i < CELLS * CELLS; i++)
        map[i] = 8 * ((float)(i % CELLS) + 0.5f);
    const struct ecam_geometry g = { .photo_h = H,
                                     .photo_w = W,
                                     .resized_h = 256,
                                     .resized_w = 384,
                                     .crop_y = 16,
                                     .crop_x = 80,
                                     .input_h = 224,
                                     .input_w = 224 };
    ecam_map_to_photo(map, CELLS, CELLS, &g, out, seen);
    for (size_t x = 0; x < W; x++) {
        const double at = ((double)x + 0.5) * 384 / W - 80;
        const size_t i = 150 * W + x;
        ck_assert_uint_eq(seen[i], at >= 0 && at < 224);
        if (seen[i])
            ck_assert(fabs((double)out[i] - fmin(fmax(at, 4), 220)) < 1e-4);
    }
}
END_TEST

START_TEST(scaling_by_the_maximum_cuts_what_is_negative)
{
    for (int rule = ECAM_SCALE_MAX; rule <= ECAM_SCALE_CLAMP; rule += ECAM_SCALE_CLAMP) {
        float map[] = { -2, 0, 1, 4 };
        const float want[] = { 0, 0, 0.25f, 1 };
        ecam_map_scale(map, 4, (enum ecam_scale)rule);
        tu_close("map", map, want, 4, 0);
    }
}
END_TEST

START_TEST(scaling_by_the_range_uses_all_of_it)
{
    float map[] = { -2, 0, 1, 2 };
    const float want[] = { 0, 0.5f, 0.75f, 1 };
    ecam_map_scale(map, 4, ECAM_SCALE_MINMAX);
    tu_close("map", map, want, 4, 0);
}
END_TEST

START_TEST(maps_that_show_nothing_become_zeros)
{
    const float zeros[3] = { 0 };
    for (int rule = ECAM_SCALE_MAX; rule <= ECAM_SCALE_CLAMP; rule++) {
        float negative[] = { -1, -1, -1 }, nothing[] = { 0, -0.0f, 0 };
        ecam_map_scale(negative, 3, (enum ecam_scale)rule);
        tu_close("negative", negative, zeros, 3, 0);
        ecam_map_scale(nothing, 3, (enum ecam_scale)rule);
        tu_close("nothing", nothing, zeros, 3, 0);
        float flat[] = { 5, 5, 5 };
        ecam_map_scale(flat, 3, (enum ecam_scale)rule);
        tu_close("flat", flat, zeros, 3, 0);
    }
}
END_TEST

START_TEST(scaling_ends_in_0_to_1_whatever_comes)
{
    float map[] = { -FLT_MAX, FLT_MAX, NAN, INFINITY, -INFINITY, 1e-45f };
    for (int rule = ECAM_SCALE_MAX; rule <= ECAM_SCALE_CLAMP; rule++) {
        float copy[6];
        memcpy(copy, map, sizeof copy);
        ecam_map_scale(copy, 6, (enum ecam_scale)rule);
        for (size_t i = 0; i < 6; i++)
            ck_assert(copy[i] >= 0.0f && copy[i] <= 1.0f);
        ck_assert(copy[1] == 1.0f && copy[0] == 0.0f && copy[2] == 0.0f);
    }
    float tiny[] = { 1e-45f, 0 };
    ecam_map_scale(tiny, 2, ECAM_SCALE_MAX);
    ck_assert(tiny[0] == 1.0f);
}
END_TEST

START_TEST(fusing_is_a_product)
{
    float a[] = { 0, 0.5f, 1, 0.25f };
    const float b[] = { 1, 0.5f, 0.5f, 0 }, want[] = { 0, 0.25f, 0.5f, 0 };
    ecam_map_fuse(a, b, a, 4);
    tu_close("fused", a, want, 4, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_map_as_large_as_the_photo_comes_back_as_it_is,
        pixels_have_their_centres_at_a_half,
        a_constant_map_stays_constant_at_every_geometry,
        what_the_crop_cut_off_is_not_seen,
        a_pixel_whose_centre_is_on_the_border_belongs_to_its_right,
        a_photo_smaller_than_the_crop_is_seen_whole,
        a_ramp_stays_a_ramp_through_resize_and_crop,
        scaling_by_the_maximum_cuts_what_is_negative,
        scaling_by_the_range_uses_all_of_it,
        maps_that_show_nothing_become_zeros,
        scaling_ends_in_0_to_1_whatever_comes,
        fusing_is_a_product,
    };
    return tu_main("map", tests, sizeof tests / sizeof *tests);
}
