/* SPDX-License-Identifier: BSD-2-Clause
 * Scores of boxes and maps against boxes, worked out by hand. */
#include "bench/eval/localization.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/place.h"
#include "bench/eval/pointing.h"
#include "tests/unit/tu.h"

#define CLOSE 1e-12

/* ---- Intervals ---- */

START_TEST(a_mean_and_its_interval)
{
    double values[100];
    struct eval_interval a, b;
    for (size_t i = 0; i < 100; i++)
        values[i] = i < 30;
    eval_mean_interval(values, 100, &a);
    ck_assert(a.is_defined);
    ck_assert_double_eq_tol(a.value, 0.3, CLOSE);
    /* The mean of 100 such draws has a standard error of 0.0458: 1.96 of them are 0.09. */
    ck_assert_double_eq_tol(a.low, 0.21, 0.025);
    ck_assert_double_eq_tol(a.high, 0.39, 0.025);
    eval_mean_interval(values, 100, &b);
    ck_assert(a.low == b.low && a.high == b.high); /* the seed is fixed */
}
END_TEST

START_TEST(what_is_no_number_is_left_out)
{
    const double values[] = { 1, (double)NAN, 1, (double)NAN };
    struct eval_interval a;
    eval_mean_interval(values, 4, &a);
    ck_assert_double_eq_tol(a.value, 1, CLOSE);
    ck_assert(a.low == 1 && a.high == 1);
    eval_mean_interval(values + 1, 1, &a);
    ck_assert(!a.is_defined);
    eval_mean_interval(values, 0, &a);
    ck_assert(!a.is_defined);
}
END_TEST

static void set_range(struct eval_bits *bits, unsigned first, unsigned last)
{
    for (unsigned t = first; t <= last; t++)
        eval_bits_set(bits, t);
}

/* Image 0 hits at 10..20, image 1 at 20..100, image 2 never: best is 20, 2 of 3. */
START_TEST(the_best_threshold)
{
    struct eval_bits one[3] = { 0 }, two[3] = { 0 };
    const struct eval_bits *const sets[] = { one, two };
    struct eval_interval a;
    unsigned best = 0;
    set_range(&one[0], 10, 20);
    set_range(&one[1], 20, 100);
    eval_best_interval(sets, 1, 3, &a, &best);
    ck_assert_uint_eq(best, 20);
    ck_assert_double_eq_tol(a.value, 2.0 / 3, CLOSE);
    ck_assert(a.low <= a.value && a.high >= a.value && a.high <= 1);
    set_range(&two[2], 0, 0); /* its own best threshold: 1 of 3 */
    eval_best_interval(sets, 2, 3, &a, &best);
    ck_assert_double_eq_tol(a.value, 0.5, CLOSE);
    ck_assert_uint_eq(best, 20);
    eval_best_interval(sets, 1, 0, &a, &best);
    ck_assert(!a.is_defined);
}
END_TEST

/* ---- Boxes ---- */

START_TEST(the_centred_box)
{
    const struct eval_box half = eval_centred_box(100, 60, 0.5), all = eval_centred_box(100, 60, 1);
    ck_assert(half.x0 == 25 && half.y0 == 15 && half.x1 == 74 && half.y1 == 44);
    ck_assert(all.x0 == 0 && all.y0 == 0 && all.x1 == 99 && all.y1 == 59);
    const struct eval_box truth[] = { { 0, 0, 9, 9 }, { 0, 0, 99, 29 } };
    ck_assert_double_eq_tol(eval_best_iou(&all, truth, 2), 0.5, CLOSE);
    ck_assert(eval_best_iou(&all, truth, 0) == 0);
}
END_TEST

/* A step of greys: 200 on the left half, 100 on the right, of a picture of 4x2. */
START_TEST(overlap_at_each_threshold)
{
    static const uint8_t grey[8] = { 200, 200, 100, 100, 200, 200, 100, 100 };
    const struct eval_box truth = { 0, 0, 1, 1 };
    struct eval_sweeper sweeper = { 0 };
    struct eval_sweep sweep;
    double iou[EVAL_PERCENTS];
    ck_assert_int_eq(eval_sweep(&sweeper, grey, 2, 4, 8, &sweep, NULL), ECAM_OK);
    eval_overlaps(&sweep, &truth, 1, iou);
    ck_assert_double_eq_tol(iou[0], 0.5, CLOSE);  /* all */
    ck_assert_double_eq_tol(iou[49], 0.5, CLOSE); /* 100 > 98 */
    ck_assert_double_eq_tol(iou[50], 1, CLOSE);   /* 100 > 100 does not hold */
    ck_assert_double_eq_tol(iou[99], 1, CLOSE);
    ck_assert(iou[100] == 0);
    eval_overlaps(&(struct eval_sweep){ 0 }, &truth, 1, iou);
    ck_assert(iou[0] == 0 && iou[99] == 0);
    eval_sweeper_free(&sweeper);
}
END_TEST

/* ---- Scores ---- */

/* Four images of two classes:
 *     image  class  right  first five  hit at    point  energy
 *       0      0      1        1       0..50       1     0.5
 *       1      0      0        1       15..60      0     0.25
 *       2      0      1        1       never       1     1
 *       3      1      0        0       5..14       0     NaN */
static void fill(struct eval_located *m)
{
    ck_assert_int_eq(eval_located_new(4, true, m, NULL), ECAM_OK);
    set_range(&m->hit[0][0], 0, 50);
    set_range(&m->hit[0][1], 15, 60);
    set_range(&m->hit[0][3], 5, 14);
    set_range(&m->hit[1][0], 0, 100);
    const double point[] = { 1, 0, 1, 0 }, energy[] = { 0.5, 0.25, 1, (double)NAN };
    memcpy(m->point, point, sizeof point);
    memcpy(m->energy, energy, sizeof energy);
}

START_TEST(scores_by_hand)
{
    static const size_t class_index[] = { 0, 0, 0, 1 };
    static const double right[] = { 1, 0, 1, 0 }, among[] = { 1, 1, 1, 0 };
    const struct eval_located_images images = {
        .n = 4, .class_index = class_index, .class_right = right, .class_among_likeliest = among
    };
    struct eval_localization_scores s;
    struct eval_located m;
    fill(&m);
    ck_assert_int_eq(eval_localization(&images, &m, 15, &s, NULL), ECAM_OK);
    ck_assert_uint_eq(s.percent, 15);
    ck_assert_double_eq_tol(s.known_error.value, 0.5, CLOSE); /* 0, 1 hit */
    ck_assert_double_eq_tol(s.top1_error.value, 0.75, CLOSE); /* 0 */
    ck_assert_double_eq_tol(s.top5_error.value, 0.5, CLOSE);  /* 0, 1 */
    ck_assert_double_eq_tol(s.class_error.value, 0.5, CLOSE);
    ck_assert_double_eq_tol(s.class5_error.value, 0.25, CLOSE);
    ck_assert_double_eq_tol(s.max_box_acc.value, 0.5, CLOSE); /* 0 and 3 at 5, 0 and 1 at 15 */
    ck_assert_uint_eq(s.max_box_percent, 5);
    ck_assert_double_eq_tol(s.max_box_acc_v2.value, (0.5 + 0.25 + 0) / 3, CLOSE);
    ck_assert_double_eq_tol(s.point.value, 0.5, CLOSE);
    ck_assert_double_eq_tol(s.point_by_class.value, (2.0 / 3 + 0) / 2, CLOSE);
    ck_assert_double_eq_tol(s.energy.value, 1.75 / 3, CLOSE);
    ck_assert_uint_eq(s.best_percent, 5);
    ck_assert_double_eq_tol(s.known_by_percent[0], 0.5, CLOSE);
    ck_assert_double_eq_tol(s.known_by_percent[9], 0.5, CLOSE);
    ck_assert_double_eq_tol(s.top1_by_percent[0], 0.75, CLOSE);
    /* Image 2 without a map: (1 / 2 + 0) / 2. */
    ck_assert(s.point_by_class.high <= 1);
    m.point[2] = (double)NAN;
    ck_assert_int_eq(eval_localization(&images, &m, 15, &s, NULL), ECAM_OK);
    ck_assert_double_eq_tol(s.point_by_class.value, 0.25, CLOSE);
    /* Odd images (1, 3) have one miss at any threshold: 5 for the even ones, 0 hits and 2
     * misses. Even ones too: 5 for the odd ones, 3 hits and 1 misses. */
    ck_assert_double_eq_tol(s.known_crossed.value, 0.5, CLOSE);
    eval_located_free(&m);
}
END_TEST

START_TEST(scores_without_classes)
{
    static const size_t class_index[] = { 0, 0, 0, 1 };
    const struct eval_located_images images = { .n = 4, .class_index = class_index };
    struct eval_localization_scores s;
    struct eval_located m;
    fill(&m);
    ck_assert_int_eq(eval_localization(&images, &m, 5, &s, NULL), ECAM_OK);
    ck_assert(!s.top1_error.is_defined && !s.top5_error.is_defined && !s.class_error.is_defined);
    ck_assert_double_eq_tol(s.known_error.value, 0.5, CLOSE); /* 0, 3 */
    ck_assert(isnan(s.top1_by_percent[0]));
    eval_located_free(&m);
}
END_TEST

/* IoU 1, 0.5, 0.32, 0 of one box for all thresholds. */
START_TEST(one_box_for_all_thresholds)
{
    static const size_t class_index[4] = { 0 };
    static const struct eval_box box = { 0, 0, 9, 9 };
    static const struct eval_box truth[4] = {
        { 0, 0, 9, 9 }, { 0, 0, 4, 9 }, { 0, 0, 3, 7 }, { 20, 20, 29, 29 }
    };
    const struct eval_located_images images = { .n = 4, .class_index = class_index };
    struct eval_localization_scores s;
    struct eval_located m;
    ck_assert_int_eq(eval_located_new(4, false, &m, NULL), ECAM_OK);
    for (size_t i = 0; i < 4; i++)
        eval_located_fixed(&m, i, &box, &truth[i], 1);
    ck_assert_int_eq(eval_localization(&images, &m, 15, &s, NULL), ECAM_OK);
    ck_assert_double_eq_tol(s.known_error.value, 0.5, CLOSE);
    ck_assert_double_eq_tol(s.max_box_acc.value, 0.5, CLOSE);
    ck_assert_double_eq_tol(s.max_box_acc.low, 1 - s.known_error.high, CLOSE);
    ck_assert_double_eq_tol(s.max_box_acc_v2.value, (0.5 + 0.75 + 0.25) / 3, CLOSE);
    ck_assert(!s.point.is_defined && !s.energy.is_defined && !s.known_crossed.is_defined);
    eval_located_free(&m);
}
END_TEST

START_TEST(no_image_at_all)
{
    const struct eval_located_images images = { 0 };
    struct eval_localization_scores s;
    struct eval_located m;
    ck_assert_int_eq(eval_located_new(0, true, &m, NULL), ECAM_OK);
    ck_assert_int_eq(eval_localization(&images, &m, 15, &s, NULL), ECAM_OK);
    ck_assert(!s.known_error.is_defined && !s.max_box_acc.is_defined);
    eval_located_free(&m);
}
END_TEST

/* ---- Maps ---- */

START_TEST(energy_inside_boxes)
{
    float map[4 * 20];
    for (size_t i = 0; i < 80; i++)
        map[i] = 1;
    map[2 * 20 + 13] = 3; /* the sum is 82 */
    /* Two that share columns 4 to 5, one apart, one that lies outside. */
    const struct eval_box truth[] = {
        { 2, 1, 5, 2 }, { 4, 1, 9, 1 }, { 13, 2, 13, 2 }, { 40, 0, 50, 3 }
    };
    struct eval_pointing p;
    eval_pointing(map, 4, 20, truth, 4, 0, &p);
    ck_assert_uint_eq(p.x, 13);
    ck_assert_uint_eq(p.y, 2);
    ck_assert(p.is_hit);
    ck_assert_double_eq_tol(p.energy, (8 + 4 + 3) / 82.0, CLOSE);
    /* Ends of a box may be no whole numbers: pixels 3 to 4 lie in 2.5 to 4.5. */
    const struct eval_box real = { 2.5, -3, 4.5, 0.5 };
    eval_pointing(map, 4, 20, &real, 1, 9, &p);
    ck_assert_double_eq_tol(p.energy, 2 / 82.0, CLOSE);
    ck_assert(p.is_hit == (8.5 * 8.5 + 1.5 * 1.5 <= 81));
    eval_pointing(map, 4, 20, &real, 1, 8, &p);
    ck_assert(!p.is_hit);
    eval_pointing(map, 4, 20, NULL, 0, 8, &p);
    ck_assert(p.energy == 0 && !p.is_hit);
    memset(map, 0, sizeof map);
    eval_pointing(map, 4, 20, truth, 4, 8, &p);
    ck_assert(isnan(p.energy) && p.x == 0 && p.y == 0);
}
END_TEST

/* Cells 0, 0.5, 1 over six pixels of a row: levels 0, 127, 255 first, then between them. */
START_TEST(levels_first_then_size)
{
    static const float cells[3] = { 0, 0.5f, 1 };
    const struct ecam_geometry geometry = {
        .photo_w = 6, .photo_h = 1, .resized_w = 3, .resized_h = 1, .input_w = 3, .input_h = 1
    };
    static const uint8_t want[6] = { 0, 32, 95, 159, 223, 255 };
    struct eval_room room = { 0 };
    ck_assert_int_eq(eval_place(&room, cells, 1, 3, &geometry, NULL), ECAM_OK);
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(room.grey[i], want[i]);
    ck_assert_double_eq_tol((double)room.map[1], 0.125, 1e-6);
    ck_assert_uint_eq(room.seen[5], 1);
    eval_room_free(&room);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { a_mean_and_its_interval,   what_is_no_number_is_left_out,
                                   the_best_threshold,        the_centred_box,
                                   overlap_at_each_threshold, scores_by_hand,
                                   scores_without_classes,    one_box_for_all_thresholds,
                                   no_image_at_all,           energy_inside_boxes,
                                   levels_first_then_size };
    return tu_main("localization", tests, sizeof tests / sizeof *tests);
}
