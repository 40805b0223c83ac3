/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "tests/unit/tu.h"

enum { H = 20, W = 30, N = H * W };

static float map[N];
static uint8_t photo[3 * N], seen[N];

/* A ramp over a coloured photo whose left third was not seen. */
static void set_up(void)
{
    for (size_t i = 0; i < N; i++) {
        map[i] = (float)(i % W) / (W - 1);
        seen[i] = i % W >= W / 3;
        photo[3 * i] = (uint8_t)(i % 251);
        photo[3 * i + 1] = (uint8_t)(i * 7 % 253);
        photo[3 * i + 2] = (uint8_t)(i * 13 % 255);
    }
}

START_TEST(a_heat_map_is_colour_where_seen)
{
    set_up();
    uint8_t rgb[3 * N], want[3];
    const struct ecam_draw_options options = { .colormap = ECAM_COLORMAP_TURBO };
    ecam_draw_heat(map, NULL, H, W, &options, rgb);
    for (size_t i = 0; i < N; i++) {
        ecam_colormap_rgb(ECAM_COLORMAP_TURBO, map[i], want);
        ck_assert_mem_eq(rgb + 3 * i, want, 3);
    }
}
END_TEST

START_TEST(what_was_not_seen_is_hatched_in_grey)
{
    set_up();
    uint8_t heat[3 * N], overlay[3 * N];
    const struct ecam_draw_options options = { .alpha = 0.5f };
    ecam_draw_heat(map, seen, H, W, &options, heat);
    ecam_draw_overlay(photo, map, seen, H, W, &options, overlay);
    bool has_change = false;
    for (size_t i = 0; i < N; i++) {
        if (seen[i])
            continue;
        ck_assert(heat[3 * i] == heat[3 * i + 1] && heat[3 * i] == heat[3 * i + 2]);
        ck_assert(overlay[3 * i] == overlay[3 * i + 1] && overlay[3 * i] == overlay[3 * i + 2]);
        has_change = has_change || heat[3 * i] != heat[0];
    }
    ck_assert(has_change);
}
END_TEST

START_TEST(alpha_goes_from_photo_to_heat)
{
    set_up();
    uint8_t rgb[3 * N], heat[3 * N];
    struct ecam_draw_options options = { .colormap = ECAM_COLORMAP_MAGMA, .alpha = 0.0f };
    ecam_draw_heat(map, NULL, H, W, &options, heat);
    ecam_draw_overlay(photo, map, NULL, H, W, &options, rgb);
    ck_assert_mem_eq(rgb, photo, sizeof rgb);
    options.alpha = 1.0f;
    ecam_draw_overlay(photo, map, NULL, H, W, &options, rgb);
    ck_assert_mem_eq(rgb, heat, sizeof rgb);
    options.alpha = 0.25f;
    ecam_draw_overlay(photo, map, NULL, H, W, &options, rgb);
    for (size_t i = 0; i < 3 * N; i++)
        ck_assert(fabs(0.75 * photo[i] + 0.25 * heat[i] - rgb[i]) <= 0.51);
    options.alpha = NAN; /* nothing, not a wild conversion */
    ecam_draw_overlay(photo, map, NULL, H, W, &options, rgb);
    ck_assert_mem_eq(rgb, photo, sizeof rgb);
}
END_TEST

START_TEST(alpha_by_value_leaves_cold_regions_alone)
{
    set_up();
    uint8_t rgb[3 * N], heat[3 * N];
    const struct ecam_draw_options options = { .alpha = 1.0f, .alpha_by_value = true };
    ecam_draw_heat(map, NULL, H, W, &options, heat);
    ecam_draw_overlay(photo, map, NULL, H, W, &options, rgb);
    for (size_t y = 0; y < H; y++) {
        ck_assert_mem_eq(rgb + 3 * y * W, photo + 3 * y * W, 3);
        ck_assert_mem_eq(rgb + 3 * (y * W + W - 1), heat + 3 * (y * W + W - 1), 3);
    }
}
END_TEST

START_TEST(a_mask_is_the_pixels_that_a_box_is_made_of)
{
    set_up();
    uint8_t grey[N];
    ecam_draw_mask(map, NULL, H, W, 0.5, grey);
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(grey[i], map[i] > 0.5f ? 255 : 0);
    map[0] = 100; /* not seen: sets no threshold */
    ecam_draw_mask(map, seen, H, W, 0.5, grey);
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(grey[i], seen[i] && map[i] > 0.5f ? 255 : 0);
    memset(map, 0, sizeof map);
    ecam_draw_mask(map, NULL, H, W, 0.5, grey);
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(grey[i], 0);
}
END_TEST

static int at(const uint8_t *rgb, size_t y, size_t x)
{
    return rgb[3 * (y * W + x)];
}

START_TEST(a_box_is_white_on_its_edge_and_black_beside_it)
{
    uint8_t rgb[3 * N];
    memset(rgb, 77, sizeof rgb);
    const struct ecam_box box = { .x0 = 5, .y0 = 4, .x1 = 20, .y1 = 15 };
    ecam_draw_box(rgb, H, W, &box);
    for (size_t x = 5; x <= 20; x++)
        ck_assert(at(rgb, 4, x) == 255 && at(rgb, 15, x) == 255 && at(rgb, 3, x) == 0 &&
                  at(rgb, 16, x) == 0);
    for (size_t y = 4; y <= 15; y++)
        ck_assert(at(rgb, y, 5) == 255 && at(rgb, y, 20) == 255 && at(rgb, y, 4) == 0 &&
                  at(rgb, y, 21) == 0);
    ck_assert(at(rgb, 5, 6) == 0 && at(rgb, 14, 19) == 0);
    size_t untouched = 0;
    for (size_t i = 0; i < N; i++)
        untouched += rgb[3 * i] == 77 ? 1 : 0;
    ck_assert_uint_eq(untouched, N - 18 * 14 + 12 * 8);
}
END_TEST

START_TEST(boxes_at_the_border_and_of_one_pixel_stay_inside)
{
    uint8_t guarded[3 * N + 64];
    uint8_t *rgb = guarded + 32;
    const struct ecam_box boxes[] = {
        { .x0 = 0, .y0 = 0, .x1 = W - 1, .y1 = H - 1 },
        { .x0 = 0, .y0 = 0, .x1 = 0, .y1 = 0 },
        { .x0 = W - 1, .y0 = H - 1, .x1 = W - 1, .y1 = H - 1 },
        { .x0 = 3, .y0 = 0, .x1 = 4, .y1 = H - 1 },
    };
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        memset(guarded, 77, sizeof guarded);
        ecam_draw_box(rgb, H, W, &boxes[i]);
        for (size_t j = 0; j < 32; j++)
            ck_assert(guarded[j] == 77 && guarded[32 + 3 * N + j] == 77);
        ck_assert_int_eq(at(rgb, boxes[i].y0, boxes[i].x0), 255);
        ck_assert_int_eq(at(rgb, boxes[i].y1, boxes[i].x1), 255);
    }
    uint8_t one[3] = { 1, 2, 3 };
    const struct ecam_box dot = { 0 };
    ecam_draw_box(one, 1, 1, &dot);
    ck_assert_uint_eq(one[0], 255);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_heat_map_is_colour_where_seen,
        what_was_not_seen_is_hatched_in_grey,
        alpha_goes_from_photo_to_heat,
        alpha_by_value_leaves_cold_regions_alone,
        a_mask_is_the_pixels_that_a_box_is_made_of,
        a_box_is_white_on_its_edge_and_black_beside_it,
        boxes_at_the_border_and_of_one_pixel_stay_inside,
    };
    return tu_main("draw", tests, sizeof tests / sizeof *tests);
}
