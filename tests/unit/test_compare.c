/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>

#include "tests/unit/tu.h"
#include "tools/compare.h"

static struct compare_result of(const float *values, const float *reference, size_t n,
                                struct compare *compare)
{
    *compare = (struct compare){ 0 };
    compare_add(compare, values, reference, n);
    return compare_result(compare);
}

START_TEST(differences_count_by_the_largest_magnitude)
{
    static const float values[] = { 1, -8, 3, 0 }, reference[] = { 1, -10, 2, 0.5f };
    struct compare c;
    const struct compare_result r = of(values, reference, 4, &c);
    ck_assert_double_eq(r.max_abs, 2);
    ck_assert_double_eq(r.max_rel, 0.2);
    ck_assert_double_eq(r.mean_abs, 3.5 / 4);
    ck_assert_double_eq_tol(r.cosine, 87 / sqrt(74 * 105.25), 1e-12);
    ck_assert_uint_eq(c.worst, 1);
    ck_assert_double_eq((double)c.worst_value, -8);
    ck_assert_double_eq((double)c.worst_reference, -10);
}
END_TEST

START_TEST(parts_make_the_whole)
{
    float values[1000], reference[1000];
    struct compare whole = { 0 }, parts = { 0 };
    for (size_t i = 0; i < 1000; i++) {
        reference[i] = (float)(i % 37) - 18;
        values[i] = reference[i] + (float)(i % 11) / 1024;
    }
    compare_add(&whole, values, reference, 1000);
    for (size_t i = 0; i < 1000; i += 125)
        compare_add(&parts, values + i, reference + i, 125);
    ck_assert_uint_eq(parts.n, 1000);
    ck_assert_uint_eq(parts.worst, whole.worst);
    ck_assert_double_eq(compare_result(&parts).max_rel, compare_result(&whole).max_rel);
    ck_assert_double_eq(compare_result(&parts).cosine, compare_result(&whole).cosine);
}
END_TEST

START_TEST(equal_values_do_not_depart)
{
    static const float values[] = { NAN, INFINITY, -INFINITY, -0.0f, 3 };
    static const float reference[] = { -NAN, INFINITY, -INFINITY, 0.0f, 3 };
    struct compare c;
    struct compare_result r = of(values, reference, 5, &c);
    ck_assert_uint_eq(c.n_bad, 0);
    ck_assert_uint_eq(c.n_equal, 3);
    ck_assert_double_eq(r.max_abs, 0);
    ck_assert_double_eq(r.max_rel, 0);
    ck_assert_double_eq(r.mean_abs, 0);
    ck_assert_double_eq(r.cosine, 1);
    r = of(values, reference, 1, &c); /* nothing but NaN */
    ck_assert_double_eq(r.max_rel, 0);
    ck_assert_double_eq(r.mean_abs, 0);
}
END_TEST

START_TEST(a_value_that_is_not_finite_departs_from_any_other)
{
    static const float pairs[][2] = {
        { NAN, 1 },        { 1, NAN },        { INFINITY, 1 },        { 1, INFINITY },
        { NAN, INFINITY }, { INFINITY, NAN }, { INFINITY, -INFINITY }
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const float values[] = { 5, pairs[i][0], 9 }, reference[] = { 5, pairs[i][1], 1 };
        struct compare c;
        const struct compare_result r = of(values, reference, 3, &c);
        ck_assert_uint_eq(c.n_bad, 1);
        ck_assert(isinf(r.max_abs) && isinf(r.max_rel));
        ck_assert_uint_eq(c.worst, 1);
        ck_assert_double_eq(r.mean_abs, 4);
        ck_assert(isfinite(r.cosine));
    }
}
END_TEST

START_TEST(zeros_are_only_like_zeros)
{
    static const float zero[] = { 0, 0 }, other[] = { 0, 1e-30f };
    struct compare c;
    struct compare_result r = of(zero, zero, 2, &c);
    ck_assert_double_eq(r.max_rel, 0);
    ck_assert_double_eq(r.cosine, 1);
    r = of(other, zero, 2, &c);
    ck_assert(isinf(r.max_rel));
    ck_assert_double_eq(r.cosine, 0);
    r = of(zero, other, 2, &c);
    ck_assert_double_eq(r.max_rel, 1);
    ck_assert_double_eq(r.cosine, 0);
}
END_TEST

static bool fits(size_t rank, const size_t *dim, size_t reference_rank, const size_t *reference)
{
    struct ecam_shape a = { .rank = (uint32_t)rank }, b = { .rank = (uint32_t)reference_rank };
    for (size_t i = 0; i < rank; i++)
        a.dim[i] = dim[i];
    for (size_t i = 0; i < reference_rank; i++)
        b.dim[i] = reference[i];
    return compare_fits(&a, &b);
}
#define D(...)                                                           \
    sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t), (const size_t[]) \
    {                                                                    \
        __VA_ARGS__                                                      \
    }

START_TEST(a_batch_of_one_and_ones_at_the_end_may_be_missing)
{
    ck_assert(fits(D(1, 4, 7, 5), D(1, 4, 7, 5)));
    ck_assert(fits(D(1, 4, 7, 5), D(4, 7, 5)));
    ck_assert(fits(D(4, 7, 5), D(1, 4, 7, 5)));
    ck_assert(fits(D(1, 10), D(10)));
    ck_assert(fits(D(1, 10, 1, 1), D(1, 10)));
    ck_assert(fits(D(1, 10), D(1, 10, 1, 1)));
    ck_assert(fits(D(1, 10, 1, 1), D(10)));
    ck_assert(fits(D(1, 1, 1, 1), D(1)));
    ck_assert(fits(D(1, 1, 7, 5), D(7, 5)) == false); /* that one is a channel */
    ck_assert(!fits(D(1, 4, 7, 5), D(1, 4, 5, 7)));
    ck_assert(!fits(D(2, 4, 7, 5), D(4, 7, 5)));
    ck_assert(!fits(D(1, 4, 7, 5), D(4, 35)));
    ck_assert(!fits(D(1, 10), D(11)));
    ck_assert(!fits(D(1, 10), D(2, 10)));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        differences_count_by_the_largest_magnitude,
        parts_make_the_whole,
        equal_values_do_not_depart,
        a_value_that_is_not_finite_departs_from_any_other,
        zeros_are_only_like_zeros,
        a_batch_of_one_and_ones_at_the_end_may_be_missing,
    };
    return tu_main("compare", tests, sizeof tests / sizeof *tests);
}
