/* SPDX-License-Identifier: BSD-2-Clause
 * The tables as a whole are compared with matplotlib by tools/dev/check_colormaps.py. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "tests/unit/tu.h"

static void expect(enum ecam_colormap map, float value, int r, int g, int b)
{
    uint8_t rgb[3];
    ecam_colormap_rgb(map, value, rgb);
    ck_assert_msg(abs(rgb[0] - r) <= 2 && abs(rgb[1] - g) <= 2 && abs(rgb[2] - b) <= 2,
                  "%s at %g: got %d %d %d, want %d %d %d", ecam_colormap_name(map), (double)value,
                  rgb[0], rgb[1], rgb[2], r, g, b);
}

START_TEST(every_map_has_the_colours_that_people_know)
{
    expect(ECAM_COLORMAP_VIRIDIS, 0.0f, 68, 1, 84);
    expect(ECAM_COLORMAP_VIRIDIS, 0.5f, 33, 145, 140);
    expect(ECAM_COLORMAP_VIRIDIS, 1.0f, 253, 231, 37);
    expect(ECAM_COLORMAP_TURBO, 0.0f, 48, 18, 59);
    expect(ECAM_COLORMAP_TURBO, 0.5f, 164, 252, 60);
    expect(ECAM_COLORMAP_TURBO, 1.0f, 122, 4, 3);
    expect(ECAM_COLORMAP_JET, 0.0f, 0, 0, 128);
    expect(ECAM_COLORMAP_JET, 0.2f, 0, 76, 255);
    expect(ECAM_COLORMAP_JET, 0.5f, 124, 255, 122);
    expect(ECAM_COLORMAP_JET, 1.0f, 128, 0, 0);
    expect(ECAM_COLORMAP_INFERNO, 0.0f, 0, 0, 4);
    expect(ECAM_COLORMAP_INFERNO, 0.5f, 188, 55, 84);
    expect(ECAM_COLORMAP_INFERNO, 1.0f, 252, 255, 164);
    expect(ECAM_COLORMAP_MAGMA, 0.0f, 0, 0, 4);
    expect(ECAM_COLORMAP_MAGMA, 0.5f, 183, 55, 121);
    expect(ECAM_COLORMAP_MAGMA, 1.0f, 252, 253, 191);
    expect(ECAM_COLORMAP_GREY, 0.0f, 0, 0, 0);
    expect(ECAM_COLORMAP_GREY, 0.5f, 128, 128, 128);
    expect(ECAM_COLORMAP_GREY, 1.0f, 255, 255, 255);
}
END_TEST

START_TEST(values_outside_are_clipped_and_no_number_is_cold)
{
    for (int map = 0; map < ECAM_COLORMAP_COUNT; map++) {
        uint8_t low[3], high[3], rgb[3];
        ecam_colormap_rgb((enum ecam_colormap)map, 0.0f, low);
        ecam_colormap_rgb((enum ecam_colormap)map, 1.0f, high);
        const float cold[] = { -1.0f, -INFINITY, NAN, -0.0f }, hot[] = { 1.5f, INFINITY };
        for (size_t i = 0; i < 4; i++) {
            ecam_colormap_rgb((enum ecam_colormap)map, cold[i], rgb);
            ck_assert_mem_eq(rgb, low, 3);
        }
        for (size_t i = 0; i < 2; i++) {
            ecam_colormap_rgb((enum ecam_colormap)map, hot[i], rgb);
            ck_assert_mem_eq(rgb, high, 3);
        }
    }
}
END_TEST

START_TEST(uniform_maps_grow_brighter_all_the_way)
{
    const enum ecam_colormap maps[] = { ECAM_COLORMAP_VIRIDIS, ECAM_COLORMAP_INFERNO,
                                        ECAM_COLORMAP_MAGMA, ECAM_COLORMAP_GREY };
    for (size_t m = 0; m < 4; m++) {
        double before = -1;
        for (int i = 0; i < 256; i++) {
            uint8_t rgb[3];
            ecam_colormap_rgb(maps[m], (float)i / 255.0f, rgb);
            const double luma = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
            ck_assert_msg(luma > before - 0.7, "%s step %d", ecam_colormap_name(maps[m]), i);
            before = luma;
        }
    }
}
END_TEST

START_TEST(neighbouring_steps_are_neighbouring_colours)
{
    for (int map = 0; map < ECAM_COLORMAP_COUNT; map++) {
        uint8_t before[3], rgb[3];
        ecam_colormap_rgb((enum ecam_colormap)map, 0.0f, before);
        for (int i = 1; i < 256; i++) {
            ecam_colormap_rgb((enum ecam_colormap)map, ((float)i + 0.5f) / 256.0f, rgb);
            for (int c = 0; c < 3; c++)
                ck_assert_msg(abs(rgb[c] - before[c]) <= 14, "%s step %d",
                              ecam_colormap_name((enum ecam_colormap)map), i);
            memcpy(before, rgb, 3);
        }
    }
}
END_TEST

START_TEST(names_are_those_of_the_command_line)
{
    const char *const names[] = { "viridis", "turbo", "jet", "inferno", "magma", "grey" };
    for (int map = 0; map < ECAM_COLORMAP_COUNT; map++)
        ck_assert_str_eq(ecam_colormap_name((enum ecam_colormap)map), names[map]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_map_has_the_colours_that_people_know,
        values_outside_are_clipped_and_no_number_is_cold,
        uniform_maps_grow_brighter_all_the_way,
        neighbouring_steps_are_neighbouring_colours,
        names_are_those_of_the_command_line,
    };
    return tu_main("colormap", tests, sizeof tests / sizeof *tests);
}
