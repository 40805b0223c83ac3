/* SPDX-License-Identifier: BSD-2-Clause
 * The parts of the SVD one by one: Gram matrix, Jacobi, block iteration, one-sided
 * Jacobi. They must agree where their ranges overlap. */
#include <math.h>
#include <string.h>

#include "eigencam/svd.h"
#include "tests/unit/tmatrix.h"
#include "tests/unit/tu.h"

static double *doubles(size_t n)
{
    return tm_take(n, sizeof(double));
}

static double *gram_of(const struct ecam_svd_matrix *x, size_t n)
{
    double *g = doubles(n * n);
    ck_assert_int_eq(ecam_gram(x, g, NULL), ECAM_OK);
    return g;
}

START_TEST(gram_matrices_of_all_sizes_are_the_sums_they_should_be)
{
    for (size_t rows = 1; rows <= 19; rows++) {
        for (size_t cols = 1; cols <= 600; cols += cols < 10 ? 1 : 197) {
            const float *a = tm_random(rows * cols, rows * 1000 + cols);
            double *mean = doubles(rows);
            for (size_t r = 0; r < rows; r++)
                mean[r] = 0.1 * (double)r - 0.3;
            const struct ecam_svd_matrix x = { a, rows, cols, mean };
            const size_t n = rows < cols ? rows : cols, longer = rows < cols ? cols : rows;
            double *g = gram_of(&x, n), *d = doubles(n * longer);
            ecam_svd_read(&x, 0, longer, longer, d);
            for (size_t i = 0; i < n; i++) {
                for (size_t j = 0; j < n; j++) {
                    double sum = 0;
                    for (size_t k = 0; k < longer; k++)
                        sum += d[i * longer + k] * d[j * longer + k];
                    ck_assert_msg(fabs(g[i * n + j] - sum) < 1e-12, "%zux%zu [%zu][%zu]", rows,
                                  cols, i, j);
                }
            }
            const size_t r = rows - 1, c = cols - 1;
            const double last = rows <= cols ? d[r * longer + c] : d[c * longer + r];
            ck_assert(last == (double)a[r * cols + c] - mean[r]);
        }
    }
}
END_TEST

START_TEST(jacobi_knows_a_rotated_diagonal)
{
    double g[] = { 2, 1, 0, 1, 2, 0, 0, 0, 5 }, value[3], vector[9];
    ecam_jacobi(g, 3, value, vector);
    ck_assert(fabs(value[0] - 5) < 1e-15 && fabs(value[1] - 3) < 1e-15 &&
              fabs(value[2] - 1) < 1e-15);
    ck_assert(fabs(fabs(vector[3 * 1]) - sqrt(0.5)) < 1e-15);
    ck_assert(fabs(vector[3 * 1] - vector[3 * 1 + 1]) < 1e-15);
}
END_TEST

START_TEST(jacobi_diagonalises_what_has_no_order)
{
    enum { N = 37 };
    const float *a = tm_random(N * N, 4);
    double *g = doubles(N * N), *keep = doubles(N * N), value[N], *vector = doubles(N * N);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            keep[i * N + j] = g[i * N + j] = (double)a[i * N + j] + (double)a[j * N + i];
    ecam_jacobi(g, N, value, vector);
    for (size_t p = 0; p < N; p++) {
        const double *v = vector + p * N;
        ck_assert(p == 0 || value[p] <= value[p - 1]);
        for (size_t i = 0; i < N; i++)
            ck_assert(fabs(ecam_dot(keep + i * N, v, N) - value[p] * v[i]) < 1e-13 * N);
        for (size_t q = 0; q <= p; q++)
            ck_assert(fabs(ecam_dot(v, vector + q * N, N) - (p == q ? 1 : 0)) < 1e-14 * N);
    }
}
END_TEST

START_TEST(jacobi_of_zeros_and_of_one_number)
{
    double zeros[4] = { 0 }, one[1] = { -7 }, value[2], vector[4];
    ecam_jacobi(zeros, 2, value, vector);
    ck_assert(value[0] == 0.0 && value[1] == 0.0 && vector[0] == 1.0 && vector[3] == 1.0);
    ecam_jacobi(one, 1, value, vector);
    ck_assert(value[0] == -7.0 && vector[0] == 1.0);
}
END_TEST

START_TEST(block_iteration_agrees_with_jacobi)
{
    enum { N = 64, WANTED = 4, BLOCK = 16 };
    double s[N];
    for (size_t i = 0; i < N; i++)
        s[i] = pow(0.96, (double)i);
    const struct ecam_svd_matrix x = { .data = tm_spectrum(100, N, s, N, 6),
                                       .rows = 100,
                                       .cols = N };
    double *g = gram_of(&x, N), value[BLOCK], *q = doubles(BLOCK * N);
    struct ecam_subspace sub = {
        .g = g, .n = N, .wanted = WANTED, .block = BLOCK, .q = q, .value = value
    };
    bool is_done = false;
    ck_assert_int_eq(ecam_subspace_run(&sub, &is_done, NULL), ECAM_OK);
    ck_assert(is_done);
    double all[N], *vector = doubles(N * N);
    ecam_jacobi(g, N, all, vector);
    for (size_t i = 0; i < WANTED; i++) {
        ck_assert(fabs(value[i] - all[i]) < 1e-13 * all[0]);
        for (size_t j = 0; j < N; j++) /* angles, where a product would square them */
            ck_assert(fabs(fabs(q[i * N + j]) - fabs(vector[i * N + j])) < 1e-10);
    }
    ck_assert(fabs(value[WANTED] / all[WANTED] - 1) < 1e-5);
}
END_TEST

START_TEST(block_iteration_admits_that_it_is_not_done)
{
    enum { N = 64, BLOCK = 8 };
    double s[N];
    for (size_t i = 0; i < N; i++)
        s[i] = 1 - 1e-5 * (double)i;
    const struct ecam_svd_matrix x = { .data = tm_spectrum(N, N, s, N, 8), .rows = N, .cols = N };
    double *g = gram_of(&x, N), value[BLOCK], *q = doubles(BLOCK * N);
    struct ecam_subspace sub = {
        .g = g, .n = N, .wanted = 2, .block = BLOCK, .q = q, .value = value
    };
    bool is_done = true;
    ck_assert_int_eq(ecam_subspace_run(&sub, &is_done, NULL), ECAM_OK);
    ck_assert(!is_done);
}
END_TEST

START_TEST(block_iteration_survives_a_rank_below_the_block)
{
    enum { N = 40, BLOCK = 8 };
    const float *u = tm_random(N, 31), *w = tm_random(N, 32);
    double *g = doubles(N * N), value[BLOCK], *q = doubles(BLOCK * N);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            g[i * N + j] = 3 * (double)u[i] * (double)u[j] + (double)w[i] * (double)w[j];
    struct ecam_subspace sub = {
        .g = g, .n = N, .wanted = 4, .block = BLOCK, .q = q, .value = value
    };
    bool is_done = false;
    ck_assert_int_eq(ecam_subspace_run(&sub, &is_done, NULL), ECAM_OK);
    ck_assert(is_done);
    ck_assert(value[1] > 1 && fabs(value[2]) < 1e-13 && fabs(value[3]) < 1e-13);
    for (size_t i = 0; i < BLOCK; i++)
        for (size_t j = 0; j <= i; j++)
            ck_assert(fabs(ecam_dot(q + i * N, q + j * N, N) - (i == j ? 1 : 0)) < 1e-13);
}
END_TEST

START_TEST(one_sided_jacobi_agrees_with_the_gram_matrix)
{
    enum { N = 33 };
    const size_t longer[] = { 33, 34, 255, 256, 257, 700 };
    for (size_t l = 0; l < sizeof longer / sizeof *longer; l++) {
        const float *a = tm_random(N * longer[l], 70 + l);
        for (int is_wide = 0; is_wide < 2; is_wide++) {
            const struct ecam_svd_matrix x = { .data = a,
                                               .rows = is_wide ? N : longer[l],
                                               .cols = is_wide ? longer[l] : N };
            double *g = gram_of(&x, N), all[N], *vector = doubles(N * N), s[N], *v = doubles(N * N);
            ecam_jacobi(g, N, all, vector);
            ck_assert_int_eq(ecam_onesided(&x, s, v, NULL), ECAM_OK);
            for (size_t i = 0; i < N; i++) {
                ck_assert(fabs(s[i] - all[i]) < 1e-12 * all[0]);
                for (size_t j = 0; j <= i; j++)
                    ck_assert(fabs(ecam_dot(v + i * N, v + j * N, N) - (i == j ? 1 : 0)) < 1e-11);
            }
            ck_assert(fabs(fabs(ecam_dot(v, vector, N)) - 1) < 1e-9);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        gram_matrices_of_all_sizes_are_the_sums_they_should_be,
        jacobi_knows_a_rotated_diagonal,
        jacobi_diagonalises_what_has_no_order,
        jacobi_of_zeros_and_of_one_number,
        block_iteration_agrees_with_jacobi,
        block_iteration_admits_that_it_is_not_done,
        block_iteration_survives_a_rank_below_the_block,
        one_sided_jacobi_agrees_with_the_gram_matrix,
    };
    return tu_main("jacobi", tests, sizeof tests / sizeof *tests);
}
