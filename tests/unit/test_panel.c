/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "eigencam/font.h"
#include "tests/unit/tu.h"

static const uint8_t black[3] = { 0, 0, 0 };

/* ---- Font ---- */

static size_t ink_of(const char *text, size_t scale, size_t max_chars, uint8_t *rgb, size_t h,
                     size_t w)
{
    memset(rgb, 255, 3 * h * w);
    const struct ecam_canvas canvas = { .rgb = rgb, .h = h, .w = w };
    ecam_font_draw(&canvas, 0, 0, scale, text, max_chars, black);
    size_t ink = 0;
    for (size_t i = 0; i < h * w; i++)
        ink += rgb[3 * i] < 128 ? 1 : 0;
    return ink;
}

START_TEST(no_two_characters_look_the_same)
{
    enum { H = ECAM_FONT_CELL_H, W = ECAM_FONT_CELL_W, CHARS = '~' - ' ' + 1 };
    static uint8_t picture[CHARS][3 * H * W];
    for (size_t i = 0; i < CHARS; i++) {
        const char text[2] = { (char)(' ' + (int)i), '\0' };
        const size_t ink = ink_of(text, 1, 1, picture[i], H, W);
        ck_assert_msg(i == 0 ? ink == 0 : ink >= 3, "'%s' has %zu pixels", text, ink);
        for (size_t y = 0; y < H; y++)
            ck_assert_uint_eq(picture[i][3 * (y * W + W - 1)], 255); /* room to the next */
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(memcmp(picture[i], picture[j], sizeof picture[i]) != 0, "'%c' and '%s'",
                          (char)(' ' + (int)j), text);
    }
}
END_TEST

START_TEST(the_smallest_size_is_black_or_white_and_larger_ones_weigh_the_same)
{
    enum { H = 4 * ECAM_FONT_CELL_H, W = 4 * 5 * ECAM_FONT_CELL_W };
    static uint8_t rgb[3 * H * W];
    const size_t ink = ink_of("Wx%8&", 1, 9, rgb, H, W);
    for (size_t i = 0; i < 3 * H * W; i++)
        ck_assert(rgb[i] == 0 || rgb[i] == 255);
    const size_t large = ink_of("Wx%8&", 4, 9, rgb, H, W);
    ck_assert_msg(large > 14 * ink && large < 20 * ink, "%zu against %zu", large, ink);
}
END_TEST

START_TEST(what_is_not_ascii_is_a_question_mark_a_character)
{
    enum { H = ECAM_FONT_CELL_H, W = 10 * ECAM_FONT_CELL_W };
    static uint8_t one[3 * H * W], two[3 * H * W];
    ck_assert_uint_eq(ecam_font_count("a\xc3\xa9z\x01"), 4);
    ck_assert_uint_eq(ecam_font_count("\xe2\x82\xac\xff"), 2);
    ink_of("a\xc3\xa9z\x01", 1, 9, one, H, W);
    ink_of("a?z?", 1, 9, two, H, W);
    ck_assert_mem_eq(one, two, sizeof one);
}
END_TEST

START_TEST(too_long_a_text_ends_in_dots)
{
    enum { H = ECAM_FONT_CELL_H, W = 12 * ECAM_FONT_CELL_W };
    static uint8_t one[3 * H * W], two[3 * H * W];
    ink_of("abcdefghijkl", 1, 8, one, H, W);
    ink_of("abcde...", 1, 8, two, H, W);
    ck_assert_mem_eq(one, two, sizeof one);
    ink_of("abcdefgh", 1, 8, one, H, W);
    ink_of("abcdefgh", 1, 99, two, H, W);
    ck_assert_mem_eq(one, two, sizeof one);
    ck_assert_uint_eq(ink_of("abcdefgh", 1, 0, one, H, W), 0);
}
END_TEST

START_TEST(text_beyond_the_picture_is_not_drawn)
{
    uint8_t guarded[3 * 5 * 9 + 30];
    memset(guarded, 9, sizeof guarded);
    const struct ecam_canvas canvas = { .rgb = guarded, .h = 5, .w = 9 };
    ecam_font_draw(&canvas, 4, 2, 3, "Wide", 99, black);
    ecam_font_draw(&canvas, 400, 200, 1, "Away", 99, black);
    for (size_t i = 3 * 5 * 9; i < sizeof guarded; i++)
        ck_assert_uint_eq(guarded[i], 9);
}
END_TEST

/* ---- Panel ---- */

static uint8_t *picture(size_t h, size_t w, uint8_t colour)
{
    uint8_t *rgb = malloc(3 * h * w);
    ck_assert_ptr_nonnull(rgb);
    memset(rgb, colour, 3 * h * w);
    return rgb;
}

static size_t count(const uint8_t *rgb, size_t n, uint8_t grey)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += rgb[3 * i] == grey && rgb[3 * i + 1] == grey && rgb[3 * i + 2] == grey ? 1 : 0;
    return found;
}

static uint8_t *draw(const struct ecam_panel *panel, size_t *h, size_t *w)
{
    enum { GUARD = 4096 };
    ecam_panel_size(panel, h, w);
    const size_t bytes = 3 * *h * *w;
    uint8_t *rgb = malloc(bytes + GUARD);
    ck_assert_ptr_nonnull(rgb);
    memset(rgb, 201, bytes + GUARD);
    ecam_draw_panel(panel, rgb);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert_uint_eq(rgb[bytes + i], 201);
    ck_assert_uint_eq(count(rgb, *h * *w, 201), 0); /* every pixel is set */
    return rgb;
}

START_TEST(all_three_pictures_are_there_whole)
{
    const size_t sizes[][2] = { { 1, 1 }, { 7, 200 }, { 90, 60 }, { 224, 224 }, { 480, 640 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t ph = sizes[i][0], pw = sizes[i][1];
        uint8_t *photo = picture(ph, pw, 211), *heat = picture(ph, pw, 212),
                *overlay = picture(ph, pw, 213);
        const struct ecam_panel panel = {
            .photo = photo,
            .heat = heat,
            .overlay = overlay,
            .h = ph,
            .w = pw,
            .colormap = ECAM_COLORMAP_MAGMA,
            .title = "a title",
            .subtitle = "and what is below",
            .low = 0,
            .high = 12.5f,
        };
        size_t h, w;
        uint8_t *rgb = draw(&panel, &h, &w);
        /* A few pixels of smoothed text may have the same grey. */
        ck_assert_uint_ge(count(rgb, h * w, 211), ph * pw);
        ck_assert_uint_ge(count(rgb, h * w, 212), ph * pw);
        ck_assert_uint_ge(count(rgb, h * w, 213), ph * pw);
        ck_assert_uint_lt(count(rgb, h * w, 213), ph * pw + 100);
        free(rgb);
        free(photo);
        free(heat);
        free(overlay);
    }
}
END_TEST

START_TEST(lines_that_are_empty_take_no_room)
{
    uint8_t *p = picture(100, 100, 1);
    struct ecam_panel panel = {
        .photo = p, .heat = p, .overlay = p, .h = 100, .w = 100, .high = 1
    };
    size_t none_h, one_h, two_h, w;
    free(draw(&panel, &none_h, &w));
    panel.title = "title";
    free(draw(&panel, &one_h, &w));
    panel.subtitle = "subtitle";
    free(draw(&panel, &two_h, &w));
    ck_assert(none_h < one_h && one_h < two_h);
    panel.subtitle = "";
    size_t empty_h;
    free(draw(&panel, &empty_h, &w));
    ck_assert_uint_eq(empty_h, one_h);
    free(p);
}
END_TEST

START_TEST(a_title_of_any_length_fits)
{
    uint8_t *p = picture(40, 40, 1);
    char title[5000];
    memset(title, 'W', sizeof title);
    title[sizeof title - 1] = '\0';
    const struct ecam_panel panel = { .photo = p,
                                      .heat = p,
                                      .overlay = p,
                                      .h = 40,
                                      .w = 40,
                                      .title = title,
                                      .subtitle = title,
                                      .low = -1e30f,
                                      .high = 1.2345e30f };
    size_t h, w;
    uint8_t *rgb = draw(&panel, &h, &w);
    for (size_t y = 0; y < h; y++) /* the margin stays free */
        ck_assert_uint_eq(rgb[3 * (y * w + w - 5)], 255);
    free(rgb);
    free(p);
}
END_TEST

START_TEST(the_bar_runs_from_high_above_to_low_below)
{
    uint8_t *p = picture(120, 80, 128), hot[3], cold[3];
    const struct ecam_panel panel = { .photo = p,
                                      .heat = p,
                                      .overlay = p,
                                      .h = 120,
                                      .w = 80,
                                      .colormap = ECAM_COLORMAP_TURBO,
                                      .high = 1 };
    size_t h, w, first_hot = SIZE_MAX, first_cold = SIZE_MAX;
    uint8_t *rgb = draw(&panel, &h, &w);
    ecam_colormap_rgb(ECAM_COLORMAP_TURBO, 1.0f, hot);
    ecam_colormap_rgb(ECAM_COLORMAP_TURBO, 0.0f, cold);
    for (size_t i = 0; i < h * w; i++) {
        if (first_hot == SIZE_MAX && memcmp(rgb + 3 * i, hot, 3) == 0)
            first_hot = i;
        if (first_cold == SIZE_MAX && memcmp(rgb + 3 * i, cold, 3) == 0)
            first_cold = i;
    }
    ck_assert(first_hot != SIZE_MAX && first_cold != SIZE_MAX);
    ck_assert_uint_eq(first_hot % w, first_cold % w);
    ck_assert_uint_ge(first_cold / w - first_hot / w, 115);
    free(rgb);
    free(p);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_two_characters_look_the_same,
        the_smallest_size_is_black_or_white_and_larger_ones_weigh_the_same,
        what_is_not_ascii_is_a_question_mark_a_character,
        too_long_a_text_ends_in_dots,
        text_beyond_the_picture_is_not_drawn,
        all_three_pictures_are_there_whole,
        lines_that_are_empty_take_no_room,
        a_title_of_any_length_fits,
        the_bar_runs_from_high_above_to_low_below,
    };
    return tu_main("panel", tests, sizeof tests / sizeof *tests);
}
