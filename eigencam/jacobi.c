/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Cyclic Jacobi: all eigenpairs of a symmetric matrix. Each rotation makes one pair
 * of off-diagonal entries zero; sweeps over all pairs converge quadratically, in six
 * to ten. A sweep costs about 6 n^3 multiply-adds, which is why large matrices come
 * here only when nothing cheaper will do. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "eigencam/svd.h"

#define MAX_SWEEPS 40 /* far beyond what has been seen; a bound, not a tuning */

/* x <- c x - s y, y <- s x + c y */
static void rotate(double *restrict x, double *restrict y, size_t n, double c, double s)
{
    for (size_t i = 0; i < n; i++) {
        const double a = x[i], b = y[i];
        x[i] = c * a - s * b;
        y[i] = s * a + c * b;
    }
}

/* Annihilates g[p][q]. Rows are rotated, then copied to the columns: the matrix
 * stays symmetric to the last bit, and the long loop is contiguous. */
static void eliminate(double *g, size_t n, size_t p, size_t q, double *vector)
{
    const double off = g[p * n + q], pp = g[p * n + p], qq = g[q * n + q];
    const double theta = (qq - pp) / (2 * off); /* may be infinite: then t is 0 */
    const double t = copysign(1 / (fabs(theta) + sqrt(1 + theta * theta)), theta);
    const double c = 1 / sqrt(1 + t * t), s = t * c;
    rotate(g + p * n, g + q * n, n, c, s);
    g[p * n + p] = pp - t * off;
    g[q * n + q] = qq + t * off;
    g[p * n + q] = g[q * n + p] = 0;
    for (size_t i = 0; i < n; i++) {
        g[i * n + p] = g[p * n + i];
        g[i * n + q] = g[q * n + i];
    }
    rotate(vector + p * n, vector + q * n, n, c, s);
}

static void swap_rows(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

static void sort_descending(double *value, double *vector, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < n; j++)
            if (value[j] > value[best])
                best = j;
        if (best != i) {
            swap_rows(value + i, value + best, 1);
            swap_rows(vector + i * n, vector + best * n, n);
        }
    }
}

void ecam_jacobi(double *g, size_t n, double *value, double *vector)
{
    assert(n > 0);
    double norm2 = 0;
    for (size_t i = 0; i < n * n; i++)
        norm2 += g[i] * g[i];
    memset(vector, 0, n * n * sizeof *vector);
    for (size_t i = 0; i < n; i++)
        vector[i * n + i] = 1;

    /* Entries below this, all together, move no eigenvalue by more than rounding. */
    const double tiny = DBL_EPSILON / 4 * sqrt(norm2) / (double)n;
    bool is_done = n == 1 || !(norm2 > 0);
    for (int sweep = 0; sweep < MAX_SWEEPS && !is_done; sweep++) {
        is_done = true;
        for (size_t p = 0; p + 1 < n; p++) {
            for (size_t q = p + 1; q < n; q++) {
                if (!(fabs(g[p * n + q]) > tiny))
                    continue;
                eliminate(g, n, p, q, vector);
                is_done = false;
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        value[i] = g[i * n + i];
    sort_descending(value, vector, n);
}
