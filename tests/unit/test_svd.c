/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <string.h>

#include "eigencam/svd.h"
#include "tests/unit/tmatrix.h"
#include "tests/unit/tu.h"

struct solution {
    size_t k;
    double *s, *v, total;
};

static struct solution solve(const float *a, size_t rows, size_t cols, size_t k)
{
    struct solution sol = { .k = k };
    struct ecam_error err = { 0 };
    sol.s = tm_take(k, sizeof *sol.s);
    sol.v = tm_take(k * cols, sizeof *sol.v);
    ck_assert_msg(ecam_svd(a, rows, cols, k, sol.s, sol.v, &sol.total, &err) == ECAM_OK, "%s",
                  err.text);
    return sol;
}

/* What makes singular pairs, whatever the spectrum: orthonormal v with
 * A^T A v = s^2 v, to tol s1^2. */
static void check_pairs(const float *a, size_t rows, size_t cols, const struct solution *sol,
                        double tol)
{
    double *av = tm_take(rows, sizeof *av), *back = tm_take(cols, sizeof *back);
    const struct ecam_svd_matrix x = { .data = a, .rows = rows, .cols = cols };
    const double s1 = sol->s[0];
    for (size_t i = 0; i < sol->k; i++) {
        const double *v = sol->v + i * cols, s = sol->s[i];
        ck_assert(i == 0 || s <= sol->s[i - 1]);
        for (size_t j = 0; j <= i; j++) {
            const double dot = ecam_dot(v, sol->v + j * cols, cols);
            const double want = i == j && s > 0 ? 1 : 0;
            ck_assert_msg(fabs(dot - want) < 1e-7, "v%zu . v%zu = %.3g", i, j, dot);
        }
        ecam_svd_times(&x, v, av);
        ecam_svd_transposed_times(&x, av, back);
        for (size_t j = 0; j < cols; j++)
            ck_assert_msg(fabs(back[j] - s * s * v[j]) <= tol * s1 * s1, "pair %zu [%zu]: %.3g", i,
                          j, back[j] - s * s * v[j]);
    }
}

static void check_values(const struct solution *sol, const double *want, size_t n, double tol)
{
    for (size_t i = 0; i < sol->k; i++) {
        const double expected = i < n ? want[i] : 0;
        ck_assert_msg(fabs(sol->s[i] - expected) <= tol * want[0], "s%zu: got %.9g, want %.9g",
                      i + 1, sol->s[i], expected);
    }
}

/* Both ways round, so that either side is the smaller. */
static void check_spectrum(size_t rows, size_t cols, const double *s, size_t n, size_t k)
{
    const float *a = tm_spectrum(rows, cols, s, n, 3), *t = tm_transposed(a, rows, cols);
    const struct solution one = solve(a, rows, cols, k), two = solve(t, cols, rows, k);
    check_values(&one, s, n, 1e-6);
    check_pairs(a, rows, cols, &one, 1e-12);
    check_pairs(t, cols, rows, &two, 1e-12);
    for (size_t i = 0; i < k; i++)
        ck_assert(fabs(one.s[i] - two.s[i]) <= 1e-12 * s[0]);
}

START_TEST(a_diagonal_tells_its_values)
{
    const float a[] = { 0, 2, 0, 0, 0, 0, 0, -3, 1, 0, 0, 0 };
    const double want[] = { 3, 2, 1 };
    const struct solution sol = solve(a, 3, 4, 3);
    check_values(&sol, want, 3, 1e-15);
    ck_assert(fabs(sol.total - 14) < 1e-12);
    ck_assert(fabs(fabs(sol.v[3]) - 1) < 1e-15);
}
END_TEST

START_TEST(ordinary_spectra_of_both_sides)
{
    const double s[] = { 9, 5, 4, 2, 1, 0.5 };
    check_spectrum(120, 70, s, 6, 3);
    check_spectrum(70, 70, s, 6, 4);
    check_spectrum(20, 9, s, 6, 6);
}
END_TEST

START_TEST(equal_values_still_give_orthonormal_vectors)
{
    const double s[] = { 5, 5, 5, 1 };
    check_spectrum(90, 60, s, 4, 3);
    check_spectrum(10, 6, s, 4, 2);
}
END_TEST

START_TEST(a_cluster_that_defeats_iteration_is_done_whole)
{
    double s[40];
    for (size_t i = 0; i < 40; i++)
        s[i] = 1 - 1e-4 * (double)i;
    check_spectrum(80, 64, s, 40, 2);
    check_spectrum(150, 130, s, 40, 5);
}
END_TEST

START_TEST(small_values_are_not_lost_in_the_square)
{
    /* Powers of two in a permuted diagonal: exact in float, 1e-18 in the Gram matrix. */
    float a[8 * 9] = { 0 };
    double want[8];
    for (size_t i = 0; i < 8; i++) {
        want[i] = ldexp(1, -4 * (int)i);
        a[((i * 3) % 8) * 9 + (i * 5) % 9] = (float)want[i];
        a[((i * 3) % 8) * 9 + (i * 5) % 9] *= i % 2 == 0 ? 1.0f : -1.0f;
    }
    const struct solution sol = solve(a, 8, 9, 8);
    for (size_t i = 0; i < 8; i++)
        ck_assert_msg(fabs(sol.s[i] / want[i] - 1) < 1e-12, "s%zu: %.17g", i, sol.s[i]);
    check_pairs(a, 8, 9, &sol, 1e-15);
}
END_TEST

START_TEST(rank_one_has_one_component_and_zeros)
{
    float a[60 * 50];
    for (size_t r = 0; r < 60; r++)
        for (size_t c = 0; c < 50; c++)
            a[r * 50 + c] = (float)((r + 1) * (c + 1));
    const struct solution sol = solve(a, 60, 50, 4);
    ck_assert(fabs(sol.s[0] * sol.s[0] / sol.total - 1) < 1e-12);
    for (size_t i = 1; i < 4; i++)
        ck_assert(sol.s[i] == 0.0);
    check_pairs(a, 60, 50, &sol, 1e-12);
    for (size_t j = 50; j < 4 * 50; j++)
        ck_assert(sol.v[j] == 0.0);
}
END_TEST

START_TEST(zeros_give_zeros)
{
    const float a[7 * 40] = { 0 };
    const struct solution sol = solve(a, 7, 40, 5);
    ck_assert(sol.total == 0.0);
    for (size_t i = 0; i < 5; i++)
        ck_assert(sol.s[i] == 0.0);
    for (size_t i = 0; i < 5 * 40; i++)
        ck_assert(sol.v[i] == 0.0);
}
END_TEST

START_TEST(one_row_one_column_one_number)
{
    const float a[] = { 3, 0, -4 };
    const struct solution row = solve(a, 1, 3, 1), column = solve(a, 3, 1, 1);
    ck_assert(fabs(row.s[0] - 5) < 1e-15 && fabs(column.s[0] - 5) < 1e-15);
    ck_assert(fabs(fabs(row.v[0]) - 0.6) < 1e-15 && fabs(fabs(column.v[0]) - 1) < 1e-15);
    const struct solution number = solve(a + 2, 1, 1, 1);
    ck_assert(number.s[0] == 4.0 && fabs(number.v[0]) == 1.0);
}
END_TEST

START_TEST(early_and_deep_layers)
{
    const float *early = tm_random(50176 * 64, 1), *deep = tm_random(49 * 2048, 2);
    const struct solution e = solve(early, 50176, 64, 2), d = solve(deep, 49, 2048, 3);
    check_pairs(early, 50176, 64, &e, 1e-12);
    check_pairs(deep, 49, 2048, &d, 1e-12);
}
END_TEST

START_TEST(size_of_the_numbers_does_not_matter)
{
    const double s[] = { 4, 2, 1 };
    const float *a = tm_spectrum(30, 45, s, 3, 9);
    const struct solution plain = solve(a, 30, 45, 2);
    for (int power = -120; power <= 120; power += 240) {
        float scaled[30 * 45];
        for (size_t i = 0; i < 30 * 45; i++)
            scaled[i] = ldexpf(a[i], power);
        const struct solution sol = solve(scaled, 30, 45, 2);
        for (size_t i = 0; i < 2; i++)
            ck_assert(fabs(ldexp(sol.s[i], -power) / plain.s[i] - 1) < 1e-5);
    }
}
END_TEST

START_TEST(the_same_question_has_the_same_bits)
{
    const float *a = tm_random(96 * 80, 5);
    const struct solution one = solve(a, 96, 80, 3), two = solve(a, 96, 80, 3);
    ck_assert_mem_eq(one.v, two.v, 3 * 80 * sizeof *one.v);
    ck_assert_mem_eq(one.s, two.s, 3 * sizeof *one.s);
}
END_TEST

START_TEST(means_are_subtracted_without_cancelling)
{
    /* A mean of 4096 under a signal of 1: the Gram matrix of the raw data would lose
     * 7 digits, and rounding of a - mean must not. */
    const float *noise = tm_random(20 * 300, 11);
    float with_mean[20 * 300], without[20 * 300];
    double mean[20];
    for (size_t r = 0; r < 20; r++) {
        double sum = 0;
        for (size_t i = 0; i < 300; i++) {
            without[r * 300 + i] = roundf(noise[r * 300 + i] * 1024) / 1024;
            with_mean[r * 300 + i] = without[r * 300 + i] + 4096;
            sum += (double)with_mean[r * 300 + i];
        }
        mean[r] = sum / 300;
    }
    double low_mean[20];
    for (size_t r = 0; r < 20; r++)
        low_mean[r] = mean[r] - 4096;
    const struct ecam_svd_matrix x = { with_mean, 20, 300, mean },
                                 y = { without, 20, 300, low_mean };
    struct ecam_svd_side one = { 0 }, two = { 0 };
    ck_assert_int_eq(ecam_svd_solve(&x, 20, 0, &one, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_svd_solve(&y, 20, 0, &two, NULL), ECAM_OK);
    for (size_t i = 0; i < 20; i++)
        ck_assert(fabs(one.s[i] - two.s[i]) < 1e-12 * one.s[0]);
    ecam_svd_side_free(&one);
    ecam_svd_side_free(&two);
}
END_TEST

START_TEST(a_share_asks_for_as_many_as_reach_it)
{
    const double s[] = { 8, 4, 2, 1 }; /* squares 64 16 4 1 of 85 */
    const float *a = tm_spectrum(60, 50, s, 4, 21);
    const struct ecam_svd_matrix x = { .data = a, .rows = 60, .cols = 50 };
    const double share[] = { 0.5, 0.76, 0.94, 0.95, 0.999, 1e-9 };
    const size_t want[] = { 1, 2, 2, 3, 4, 1 };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct ecam_svd_side side = { 0 };
        ck_assert_int_eq(ecam_svd_solve(&x, 1, share[i], &side, NULL), ECAM_OK);
        ck_assert_uint_eq(side.k, want[i]);
        ecam_svd_side_free(&side);
    }
}
END_TEST

START_TEST(a_large_share_of_a_flat_spectrum_needs_many)
{
    double s[60];
    for (size_t i = 0; i < 60; i++)
        s[i] = 1;
    const float *a = tm_spectrum(60, 200, s, 60, 22);
    const struct ecam_svd_matrix x = { .data = a, .rows = 60, .cols = 200 };
    struct ecam_svd_side side = { 0 };
    ck_assert_int_eq(ecam_svd_solve(&x, 1, 0.49, &side, NULL), ECAM_OK);
    ck_assert_uint_eq(side.k, 30);
    ecam_svd_side_free(&side);
    ck_assert_int_eq(ecam_svd_solve(&x, 1, 7.0, &side, NULL), ECAM_OK);
    ck_assert_uint_eq(side.k, 60);
    ecam_svd_side_free(&side);
}
END_TEST

START_TEST(impossible_questions_are_errors)
{
    float a[6] = { 1, 2, 3, 4, 5, 6 };
    double s[3], v[9], total;
    struct ecam_error err;
    ck_assert_int_eq(ecam_svd(a, 2, 3, 3, s, v, &total, &err), ECAM_ERR_ARG);
    ck_assert_int_eq(ecam_svd(a, 2, 3, 0, s, v, &total, &err), ECAM_ERR_ARG);
    ck_assert_int_eq(ecam_svd(a, 0, 3, 1, s, v, &total, &err), ECAM_ERR_SHAPE);
    a[4] = NAN;
    ck_assert_int_eq(ecam_svd(a, 2, 3, 1, s, v, &total, &err), ECAM_ERR_ARG);
    ck_assert_ptr_nonnull(strstr(err.text, "[1][1]"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_diagonal_tells_its_values,
        ordinary_spectra_of_both_sides,
        equal_values_still_give_orthonormal_vectors,
        a_cluster_that_defeats_iteration_is_done_whole,
        small_values_are_not_lost_in_the_square,
        rank_one_has_one_component_and_zeros,
        zeros_give_zeros,
        one_row_one_column_one_number,
        early_and_deep_layers,
        size_of_the_numbers_does_not_matter,
        the_same_question_has_the_same_bits,
        means_are_subtracted_without_cancelling,
        a_share_asks_for_as_many_as_reach_it,
        a_large_share_of_a_flat_spectrum_needs_many,
        impossible_questions_are_errors,
    };
    return tu_main("svd", tests, sizeof tests / sizeof *tests);
}
