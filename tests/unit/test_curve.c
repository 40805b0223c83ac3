/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"

static struct eval_histogram histogram_of(const float *map, const uint8_t *mask, size_t n)
{
    struct eval_histogram histogram;
    ck_assert_int_eq(eval_histogram_new(&histogram, NULL), ECAM_OK);
    eval_histogram_add(&histogram, map, NULL, mask, n);
    return histogram;
}

static struct eval_curve curve_of(const float *map, const uint8_t *mask, size_t n)
{
    struct eval_histogram histogram = histogram_of(map, mask, n);
    struct eval_curve curve;
    eval_curve(&histogram, &curve);
    eval_histogram_free(&histogram);
    return curve;
}

/* Six pixels, three of an object, by falling value:
 *     value   0.9  0.8  0.7  0.6  0.5  0.4
 *     object   1    0    1    0    1    0
 *     P        1   1/2  2/3  2/4  3/5  3/6
 *     R       1/3  1/3  2/3  2/3   1    1
 * At 0.7 precision and recall are both 2/3. */
START_TEST(equal_error_at_a_threshold)
{
    const float map[] = { 0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f };
    const uint8_t mask[] = { 1, 0, 1, 0, 1, 0 };
    const struct eval_curve curve = curve_of(map, mask, 6);
    ck_assert(curve.is_defined);
    ck_assert_double_eq_tol(curve.eer, 2.0 / 3, 1e-12);
    ck_assert_double_eq_tol(curve.eer_threshold, 0.7, 1e-4);
    /* F = 2 PR / (P + R): 2/3 at 0.7, 2 * 0.6 / 1.6 = 0.75 at 0.5; IoU there 3/5. */
    ck_assert_double_eq_tol(curve.best_f, 0.75, 1e-12);
    ck_assert_double_eq_tol(curve.best_iou, 0.6, 1e-12);
    ck_assert_double_eq_tol(curve.best_f_threshold, 0.5, 1e-4);
}
END_TEST

/* Five pixels: three at 0.8, two of them an object's; two at 0.3, one of them.
 *     at 0.8: P = 2/3, R = 2/3: equal already.
 * With four at 0.8, three of an object, and of the rest one of an object, two not:
 *     at 0.8: P = 3/4, R = 3/4.
 * To fall between: at 0.8 two of three (P = 2/3) of four objects (R = 1/2); at 0.3 all
 * four of eight (P = 1/2, R = 1). d = P - R goes from 1/6 to -1/2, so that the line meets
 * the diagonal after (1/6) / (2/3) = 1/4 of its way: P = 2/3 - (1/6) / 4 = 5/8, and
 * R = 1/2 + (1/2) / 4 = 5/8. The threshold: 0.8 - 0.5 / 4 = 0.675. */
START_TEST(equal_error_between_two_thresholds)
{
    const float map[] = { 0.8f, 0.8f, 0.8f, 0.3f, 0.3f, 0.3f, 0.3f, 0.3f };
    const uint8_t mask[] = { 1, 1, 0, 1, 1, 0, 0, 0 };
    const struct eval_curve curve = curve_of(map, mask, 8);
    ck_assert_double_eq_tol(curve.eer, 5.0 / 8, 1e-12);
    ck_assert_double_eq_tol(curve.eer_threshold, 0.675, 1e-4);
    ck_assert_uint_eq(curve.n_object, 4);
    ck_assert_uint_eq(curve.n_pixels, 8);
}
END_TEST

START_TEST(a_perfect_map_has_no_error)
{
    const float map[] = { 1, 1, 0.2f, 0.1f };
    const uint8_t mask[] = { 1, 1, 0, 0 };
    const struct eval_curve curve = curve_of(map, mask, 4);
    ck_assert_double_eq_tol(curve.eer, 1, 1e-12);
    ck_assert_double_eq_tol(curve.best_iou, 1, 1e-12);
}
END_TEST

/* All of one value: everything or nothing. From (P 1, R 0) to (P 1/4, R 1): d from 1 to
 * -3/4, the part 4/7, P = 1 - (4/7)(3/4) = 4/7. */
START_TEST(a_flat_map_is_on_the_line_to_everything)
{
    const float map[] = { 0.5f, 0.5f, 0.5f, 0.5f };
    const uint8_t mask[] = { 1, 0, 0, 0 };
    const struct eval_curve curve = curve_of(map, mask, 4);
    ck_assert_double_eq_tol(curve.eer, 4.0 / 7, 1e-12);
}
END_TEST

/* Background first: P 0 until the object comes: (1, 0), then at 0.9 two of the rest (P := 1
 * where R is 0), then everything (P 1/3, R 1): d from 1 to -2/3, part 3/5, P = 3/5. */
START_TEST(precision_is_one_where_recall_is_nothing)
{
    const float map[] = { 0.9f, 0.9f, 0.1f };
    const uint8_t mask[] = { 0, 0, 1 };
    const struct eval_curve curve = curve_of(map, mask, 3);
    ck_assert_double_eq_tol(curve.eer, 0.6, 1e-12);
}
END_TEST

START_TEST(without_an_object_nothing_is_defined)
{
    const float map[] = { 0.9f, 0.1f };
    const uint8_t mask[] = { 0, 0 };
    const struct eval_curve curve = curve_of(map, mask, 2);
    ck_assert(!curve.is_defined);
    ck_assert_uint_eq(curve.n_pixels, 2);
}
END_TEST

START_TEST(unseen_pixels_and_no_numbers_are_cold)
{
    const float map[] = { 0.9f, (float)NAN, 2, -1 };
    const uint8_t mask[] = { 1, 1, 0, 0 }, seen[] = { 0, 1, 1, 1 };
    struct eval_histogram histogram;
    ck_assert_int_eq(eval_histogram_new(&histogram, NULL), ECAM_OK);
    eval_histogram_add(&histogram, map, seen, mask, 4);
    ck_assert_uint_eq(histogram.object[0], 2);
    ck_assert_uint_eq(histogram.other[0], 1);
    ck_assert_uint_eq(histogram.other[EVAL_LEVELS - 1], 1);
    eval_histogram_free(&histogram);
}
END_TEST

START_TEST(a_threshold_keeps_its_own_level)
{
    const float map[] = { 0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f };
    const uint8_t mask[] = { 1, 0, 1, 0, 1, 0 };
    struct eval_histogram histogram = histogram_of(map, mask, 6);
    struct eval_curve curve;
    struct eval_point point;
    eval_curve(&histogram, &curve);
    eval_curve_at(&histogram, curve.eer_threshold, &point);
    ck_assert_double_eq_tol(point.precision, 2.0 / 3, 1e-12);
    ck_assert_double_eq_tol(point.recall, 2.0 / 3, 1e-12);
    eval_curve_at(&histogram, 0.75, &point);
    ck_assert_double_eq_tol(point.precision, 0.5, 1e-12);
    ck_assert_double_eq_tol(point.iou, 0.25, 1e-12);
    eval_histogram_free(&histogram);
}
END_TEST

static uint64_t state;

static double draw(void) /* SplitMix64, 0 to 1 */
{
    uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ (z >> 31)) >> 11) / (double)(UINT64_C(1) << 53);
}

/* Against sorting: 4000 pixels, an object where a draw is below the map's value squared.
 * The curve by sorting all distinct levels, here with plain sums. */
START_TEST(many_pixels_agree_with_sorting)
{
    enum { N = 4000 };
    static float map[N];
    static uint8_t mask[N];
    for (unsigned seed = 1; seed <= 3; seed++) {
        state = seed;
        for (size_t i = 0; i < N; i++) {
            map[i] = (float)draw();
            mask[i] = draw() < (double)map[i] * (double)map[i];
        }
        const struct eval_curve curve = curve_of(map, mask, N);
        double last_p = 1, last_r = 0, want = -1;
        size_t objects = 0;
        for (size_t i = 0; i < N; i++)
            objects += mask[i];
        for (unsigned level = EVAL_LEVELS; level-- > 0;) {
            const float least = ((float)level - 0.5f) / (EVAL_LEVELS - 1);
            size_t right = 0, taken = 0;
            if (level % 64 != 0) /* the crossing is where few levels lie: look at some */
                continue;
            for (size_t i = 0; i < N; i++) {
                taken += map[i] >= least;
                right += map[i] >= least && mask[i];
            }
            const double r = (double)right / (double)objects;
            const double p = right == 0 ? 1 : (double)right / (double)taken;
            if (last_p >= last_r && r >= p)
                want = (p + last_p) / 2;
            last_p = p;
            last_r = r;
        }
        ck_assert_double_eq_tol(curve.eer, want, 2e-3);
    }
}
END_TEST

START_TEST(packed_and_back_is_the_same)
{
    enum { N = 5000 };
    static float map[N];
    static uint8_t mask[N];
    state = 7;
    for (size_t i = 0; i < N; i++) {
        map[i] = (float)draw();
        mask[i] = draw() < 0.3;
    }
    struct eval_histogram histogram = histogram_of(map, mask, N), back;
    ck_assert_int_eq(eval_histogram_new(&back, NULL), ECAM_OK);
    char *text = eval_histogram_pack(&histogram), *again = eval_histogram_pack(&histogram);
    ck_assert_str_eq(text, again);
    ck_assert_int_eq(eval_histogram_add_packed(&back, text, NULL), ECAM_OK);
    ck_assert(memcmp(back.object, histogram.object, EVAL_LEVELS * sizeof *back.object) == 0);
    ck_assert(memcmp(back.other, histogram.other, EVAL_LEVELS * sizeof *back.other) == 0);
    /* Every shorter text is refused, and adds nothing. */
    for (size_t n = strlen(text); n-- > 0;) {
        again[n] = '\0';
        ck_assert_int_ne(eval_histogram_add_packed(&back, again, NULL), ECAM_OK);
    }
    ck_assert(memcmp(back.object, histogram.object, EVAL_LEVELS * sizeof *back.object) == 0);
    free(text);
    free(again);
    eval_histogram_free(&histogram);
    eval_histogram_free(&back);
}
END_TEST

/* The bytes are Python's base64.b64encode(zlib.compress(bytes(...))). */
START_TEST(hostile_histograms_are_refused)
{
    static const char *const texts[] = {
        "!!!!",                 /* no base64 */
        "AAAA====",             /* padding for nothing */
        "AAAA",                 /* no zlib stream */
        "eJxjZGQEAAAJeHg=",     /* damaged */
        "eJxjZGQEAAAJAAQ=",     /* 1 1 1: fits, but see the next */
        "eJxjZGRkYGQEAAAYAAY=", /* 1 1 1, then a gap of 0 */
        "eJxraGBhZAQABJQBBw==", /* a level beyond the last */
        "eJxj/A8GjIwAIPQF/g==", /* a count that is too long */
    };
    struct eval_histogram histogram;
    struct ecam_error err;
    ck_assert_int_eq(eval_histogram_new(&histogram, NULL), ECAM_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg((eval_histogram_add_packed(&histogram, texts[i], &err) == ECAM_OK) ==
                          (i == 4),
                      "text %zu: %s", i, texts[i]);
    eval_histogram_free(&histogram);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { equal_error_at_a_threshold,
                                   equal_error_between_two_thresholds,
                                   a_perfect_map_has_no_error,
                                   a_flat_map_is_on_the_line_to_everything,
                                   precision_is_one_where_recall_is_nothing,
                                   without_an_object_nothing_is_defined,
                                   unseen_pixels_and_no_numbers_are_cold,
                                   a_threshold_keeps_its_own_level,
                                   many_pixels_agree_with_sorting,
                                   packed_and_back_is_the_same,
                                   hostile_histograms_are_refused };
    return tu_main("curve", tests, sizeof tests / sizeof *tests);
}
