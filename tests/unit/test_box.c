/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "tests/unit/tmatrix.h"
#include "tests/unit/tu.h"

/* A picture in letters: '#' is 1, '+' 0.5, '.' 0; lower case of no meaning. */
static bool box_of(const char *art, size_t w, double threshold, struct ecam_box *box)
{
    const size_t n = strlen(art);
    float *map = calloc(n, sizeof *map);
    ck_assert_ptr_nonnull(map);
    for (size_t i = 0; i < n; i++)
        map[i] = art[i] == '#' ? 1.0f : art[i] == '+' ? 0.5f : 0.0f;
    bool found = false;
    ck_assert_int_eq(ecam_map_box(map, NULL, n / w, w, threshold, &found, box, NULL), ECAM_OK);
    free(map);
    return found;
}

static void expect(const struct ecam_box *box, size_t x0, size_t y0, size_t x1, size_t y1,
                   size_t pixels)
{
    ck_assert_msg(box->x0 == x0 && box->y0 == y0 && box->x1 == x1 && box->y1 == y1 &&
                      box->pixels == pixels,
                  "got %zu,%zu,%zu,%zu of %zu", box->x0, box->y0, box->x1, box->y1, box->pixels);
}

START_TEST(the_largest_part_wins)
{
    struct ecam_box box;
    ck_assert(box_of("##....."
                     "##..###"
                     "....###",
                     7, 0.15, &box));
    expect(&box, 4, 1, 6, 2, 6);
}
END_TEST

START_TEST(corners_connect)
{
    struct ecam_box box;
    ck_assert(box_of("#...."
                     ".#..."
                     "..#.."
                     "...#."
                     "#...#",
                     5, 0.15, &box));
    expect(&box, 0, 0, 4, 4, 5);
    ck_assert(box_of("...#"
                     "..#."
                     ".#.."
                     "#...",
                     4, 0.15, &box));
    expect(&box, 0, 0, 3, 3, 4);
}
END_TEST

START_TEST(a_gap_of_one_pixel_separates)
{
    struct ecam_box box;
    ck_assert(box_of("##.###", 6, 0.15, &box));
    expect(&box, 3, 0, 5, 0, 3);
    ck_assert(box_of("##"
                     ".."
                     "#.",
                     2, 0.15, &box));
    expect(&box, 0, 0, 1, 0, 2);
}
END_TEST

START_TEST(of_equals_the_first_in_raster_order)
{
    struct ecam_box box;
    /* The part that begins first ends last, and is joined late. */
    ck_assert(box_of("...#...#"
                     "#..#...#"
                     "#......."
                     "........",
                     8, 0.15, &box));
    expect(&box, 3, 0, 3, 1, 2);
}
END_TEST

START_TEST(of_equals_the_first_even_if_its_arms_meet_last)
{
    struct ecam_box box;
    ck_assert(box_of("#.###########.#"
                     "#.##########..#"
                     "#.............#"
                     "###############",
                     15, 0.15, &box));
    expect(&box, 0, 0, 14, 3, 21);
}
END_TEST

START_TEST(arms_that_meet_below_are_one_part)
{
    struct ecam_box box;
    ck_assert(box_of("#.#.#.#"
                     "#.#.#.#"
                     "#.#.###"
                     "#.###.."
                     "###....",
                     7, 0.15, &box));
    expect(&box, 0, 0, 6, 4, 20);
}
END_TEST

START_TEST(the_threshold_is_strict_and_relative)
{
    struct ecam_box box;
    ck_assert(box_of("++#", 3, 0.5, &box));
    expect(&box, 2, 0, 2, 0, 1);
    ck_assert(box_of("++#", 3, 0.49, &box));
    expect(&box, 0, 0, 2, 0, 3);
    ck_assert(!box_of("++#", 3, 1.0, &box));
}
END_TEST

START_TEST(nothing_positive_is_no_box)
{
    const float map[] = { 0, -1, NAN, -0.0f };
    struct ecam_box box;
    bool found = true;
    ck_assert_int_eq(ecam_map_box(map, NULL, 2, 2, 0.15, &found, &box, NULL), ECAM_OK);
    ck_assert(!found);
    found = true;
    ck_assert_int_eq(ecam_map_box(map, NULL, 0, 0, 0.15, &found, &box, NULL), ECAM_OK);
    ck_assert(!found);
}
END_TEST

START_TEST(what_was_not_seen_is_in_no_box_and_sets_no_threshold)
{
    const float map[] = { 9, 9, 0, 1, 1, 1 };
    const uint8_t seen[] = { 0, 0, 1, 1, 1, 1 };
    struct ecam_box box;
    bool found = false;
    ck_assert_int_eq(ecam_map_box(map, seen, 1, 6, 0.5, &found, &box, NULL), ECAM_OK);
    ck_assert(found);
    expect(&box, 3, 0, 5, 0, 3);
}
END_TEST

/* The obvious twin: flood with an explicit stack. */
static struct ecam_box flood(const float *map, size_t h, size_t w, double limit)
{
    struct ecam_box best = { 0 };
    bool *done = calloc(h * w, sizeof *done);
    size_t *stack = calloc(h * w * 9, sizeof *stack);
    ck_assert(done != NULL && stack != NULL);
    for (size_t start = 0; start < h * w; start++) {
        struct ecam_box box = { .x0 = w, .y0 = h };
        size_t n = 0;
        if (!done[start] && (double)map[start] > limit)
            stack[n++] = start;
        while (n > 0) {
            const size_t i = stack[--n], y = i / w, x = i % w;
            if (done[i])
                continue;
            done[i] = true;
            box.pixels++;
            box.x0 = x < box.x0 ? x : box.x0;
            box.y0 = y < box.y0 ? y : box.y0;
            box.x1 = x > box.x1 ? x : box.x1;
            box.y1 = y > box.y1 ? y : box.y1;
            for (size_t ny = y > 0 ? y - 1 : 0; ny <= y + 1 && ny < h; ny++)
                for (size_t nx = x > 0 ? x - 1 : 0; nx <= x + 1 && nx < w; nx++)
                    if (!done[ny * w + nx] && (double)map[ny * w + nx] > limit)
                        stack[n++] = ny * w + nx;
        }
        if (box.pixels > best.pixels)
            best = box;
    }
    free(done);
    free(stack);
    return best;
}

START_TEST(runs_and_flooding_agree_on_noise)
{
    for (uint64_t seed = 1; seed < 200; seed++) {
        const size_t h = 1 + seed % 23, w = 1 + seed * 7 % 31;
        float *map = tm_random(h * w, seed);
        map[0] = 1; /* the maximum */
        const double threshold = 0.1 + 0.004 * (double)seed;
        struct ecam_box box;
        bool found = false;
        ck_assert_int_eq(ecam_map_box(map, NULL, h, w, threshold, &found, &box, NULL), ECAM_OK);
        ck_assert(found);
        const struct ecam_box want = flood(map, h, w, threshold);
        expect(&box, want.x0, want.y0, want.x1, want.y1, want.pixels);
    }
}
END_TEST

START_TEST(a_large_checkerboard_is_one_part)
{
    enum { SIDE = 700 };
    float *map = calloc(SIDE * SIDE, sizeof *map);
    ck_assert_ptr_nonnull(map);
    for (size_t i = 0; i < SIDE * SIDE; i++)
        map[i] = (float)((i / SIDE + i % SIDE) % 2);
    struct ecam_box box;
    bool found = false;
    ck_assert_int_eq(ecam_map_box(map, NULL, SIDE, SIDE, 0.15, &found, &box, NULL), ECAM_OK);
    ck_assert(found);
    expect(&box, 0, 0, SIDE - 1, SIDE - 1, SIDE * SIDE / 2);
    free(map);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_largest_part_wins,
        corners_connect,
        a_gap_of_one_pixel_separates,
        of_equals_the_first_in_raster_order,
        of_equals_the_first_even_if_its_arms_meet_last,
        arms_that_meet_below_are_one_part,
        the_threshold_is_strict_and_relative,
        nothing_positive_is_no_box,
        what_was_not_seen_is_in_no_box_and_sets_no_threshold,
        runs_and_flooding_agree_on_noise,
        a_large_checkerboard_is_one_part,
    };
    return tu_main("box", tests, sizeof tests / sizeof *tests);
}
