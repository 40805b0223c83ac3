/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "bench/eval/box.h"
#include "tests/unit/tu.h"

static uint64_t state;

static unsigned draw(unsigned below)
{
    uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (unsigned)((z ^ (z >> 31)) >> 33) % below;
}

/* The largest component of { grey > t } by flooding, one threshold at a time. */
static struct ecam_box flood(const uint8_t *grey, size_t h, size_t w, unsigned t, int neighbours)
{
    struct ecam_box best = { 0 };
    uint8_t *done = calloc(h * w, 1);
    size_t *stack = calloc(h * w, sizeof *stack);
    for (size_t i = 0; i < h * w; i++) {
        if (done[i] || grey[i] <= t)
            continue;
        struct ecam_box box = { .x0 = SIZE_MAX, .y0 = SIZE_MAX };
        size_t n = 0;
        stack[n++] = i;
        done[i] = 1;
        while (n > 0) {
            const size_t at = stack[--n], x = at % w, y = at / w;
            box.x0 = x < box.x0 ? x : box.x0;
            box.y0 = y < box.y0 ? y : box.y0;
            box.x1 = x > box.x1 ? x : box.x1;
            box.y1 = y > box.y1 ? y : box.y1;
            box.pixels++;
            for (int dy = -1; dy <= 1; dy++) {
                for (int dx = -1; dx <= 1; dx++) {
                    const ptrdiff_t u = (ptrdiff_t)x + dx, v = (ptrdiff_t)y + dy;
                    if ((neighbours == 4 && dx != 0 && dy != 0) || u < 0 || v < 0 ||
                        u >= (ptrdiff_t)w || v >= (ptrdiff_t)h)
                        continue;
                    const size_t to = (size_t)v * w + (size_t)u;
                    if (!done[to] && grey[to] > t) {
                        done[to] = 1;
                        stack[n++] = to;
                    }
                }
            }
        }
        if (box.pixels > best.pixels)
            best = box;
    }
    free(done);
    free(stack);
    return best;
}

static void compare(const uint8_t *grey, size_t h, size_t w, int neighbours)
{
    struct eval_sweeper sweeper = { 0 };
    struct eval_sweep sweep;
    ck_assert_int_eq(eval_sweep(&sweeper, grey, h, w, neighbours, &sweep, NULL), ECAM_OK);
    for (unsigned t = 0; t < sweep.max; t++) {
        const struct ecam_box want = flood(grey, h, w, t, neighbours);
        ck_assert_uint_eq(sweep.box[t].pixels, want.pixels);
        ck_assert_uint_eq(sweep.box[t].x0, want.x0);
        ck_assert_uint_eq(sweep.box[t].y0, want.y0);
        ck_assert_uint_eq(sweep.box[t].x1, want.x1);
        ck_assert_uint_eq(sweep.box[t].y1, want.y1);
    }
    eval_sweeper_free(&sweeper);
}

/* Few greys make many components of equal size: ties are decided by raster order. */
START_TEST(every_threshold_is_a_flood)
{
    uint8_t grey[23 * 31];
    for (int round = 0; round < 24; round++) {
        state = (uint64_t)round;
        const unsigned greys = round % 3 == 0 ? 4 : round % 3 == 1 ? 16 : 256;
        const size_t h = 1 + draw(23), w = 1 + draw(31);
        for (size_t i = 0; i < h * w; i++)
            grey[i] = (uint8_t)(draw(greys) * (255 / (greys - 1)));
        compare(grey, h, w, 8);
        compare(grey, h, w, 4);
    }
}
END_TEST

START_TEST(agrees_with_the_box_of_the_program)
{
    struct eval_sweeper sweeper = { 0 };
    struct eval_sweep sweep;
    struct ecam_box box;
    uint8_t grey[20 * 20];
    float map[20 * 20];
    bool found;
    for (unsigned round = 0; round < 10; round++) {
        state = 100 + round;
        for (size_t i = 0; i < 400; i++) {
            grey[i] = (uint8_t)draw(256);
            map[i] = (float)grey[i];
        }
        ck_assert_int_eq(eval_sweep(&sweeper, grey, 20, 20, 8, &sweep, NULL), ECAM_OK);
        for (unsigned percent = 0; percent < 100; percent += 5) {
            ck_assert_int_eq(ecam_map_box(map, NULL, 20, 20, percent / 100.0, &found, &box, NULL),
                             ECAM_OK);
            const struct ecam_box *b = &sweep.box[eval_sweep_level(&sweep, percent)];
            ck_assert(found);
            ck_assert(memcmp(&box, b, sizeof box) == 0);
        }
    }
    eval_sweeper_free(&sweeper);
}
END_TEST

START_TEST(a_black_map_has_no_box)
{
    struct eval_sweeper sweeper = { 0 };
    struct eval_sweep sweep;
    const uint8_t grey[6] = { 0 };
    ck_assert_int_eq(eval_sweep(&sweeper, grey, 2, 3, 8, &sweep, NULL), ECAM_OK);
    ck_assert_uint_eq(sweep.max, 0);
    eval_sweeper_free(&sweeper);
}
END_TEST

START_TEST(a_map_without_pixels_is_refused)
{
    struct eval_sweeper sweeper = { 0 };
    struct eval_sweep sweep;
    const uint8_t grey[1] = { 0 };
    ck_assert_int_eq(eval_sweep(&sweeper, grey, 0, 3, 8, &sweep, NULL), ECAM_ERR_LIMIT);
}
END_TEST

/* 3 to 5 is three wide: boxes of 9 and 9 pixels share 4. */
START_TEST(overlap_counts_both_ends)
{
    const struct eval_box a = { 3, 3, 5, 5 }, b = { 4, 4, 6, 6 }, c = { 6, 3, 8, 5 };
    ck_assert_double_eq_tol(eval_iou(&a, &b), 4.0 / 14, 1e-15);
    ck_assert_double_eq_tol(eval_iou(&a, &a), 1, 1e-15);
    ck_assert_double_eq_tol(eval_iou(&a, &c), 0, 1e-15);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { every_threshold_is_a_flood, agrees_with_the_box_of_the_program,
                                   a_black_map_has_no_box, a_map_without_pixels_is_refused,
                                   overlap_counts_both_ends };
    return tu_main("sweep", tests, sizeof tests / sizeof *tests);
}
