/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Block power iteration with Rayleigh-Ritz: a few of the largest eigenpairs of a
 * Gram matrix. One step multiplies the block by the matrix, finds the best
 * eigenpairs inside the block's span, and asks for their residuals; between two
 * steps a polynomial of the matrix, applied by products with it, lengthens what is
 * wanted against the rest. A pair is done when its residual |G q - value q| is at the
 * level of rounding: by Davis and Kahan the angle to the true eigenvector is then at
 * most residual / gap, whatever the start was. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "eigencam/svd.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define SIDE ECAM_GRAM_SIDE /* vectors multiplied together */
/* Products with the matrix between two looks at the block, and how far they may spread
 * the lengths of the block's vectors: half the digits. */
#define MAX_DEGREE 12
#define MAX_SPREAD 1e8
#define MAX_STEPS 60 /* of one attempt; the caller then tries a larger block */
#define TOLERANCE 1e-13
/* Of the value behind the wanted ones, of which only the size is told. */
#define NEXT_TOLERANCE 1e-6

struct work {
    const struct ecam_kernels *kernels;
    double *z;      /* [block][n]: G q */
    double *now;    /* [block][n]: q to be */
    double *packed; /* [n][SIDE]: a group of q */
    double *edge;   /* [n][SIDE]: the last columns of the matrix, then zeros */
    double *h, *w;  /* [block][block]: projected matrix, its eigenvectors */
    double *mixed;  /* [block]: one column of q or z, rotated */
};

static void work_free(struct work *work)
{
    ecam_free(work->z);
    ecam_free(work->now);
    ecam_free(work->packed);
    ecam_free(work->edge);
    ecam_free(work->h);
    ecam_free(work->w);
    ecam_free(work->mixed);
}

static double *alloc_doubles(size_t rows, size_t cols)
{
    size_t n;
    return ecam_mul_size(rows, cols, &n) ? ecam_calloc(n, sizeof(double)) : NULL;
}

static bool work_new(struct work *work, size_t block, size_t n)
{
    work->z = alloc_doubles(block, n);
    work->now = alloc_doubles(block, n);
    work->packed = alloc_doubles(SIDE, n);
    work->edge = alloc_doubles(SIDE, n);
    work->h = alloc_doubles(block, block);
    work->w = alloc_doubles(block, block);
    work->mixed = alloc_doubles(block, 1);
    return work->z != NULL && work->now != NULL && work->packed != NULL && work->edge != NULL &&
           work->h != NULL && work->w != NULL && work->mixed != NULL;
}

/* Numbers in (-1, 1) that follow from the seed alone: a start that favours no
 * direction, and is the same in every run. */
static void fill_start(double *q, size_t n, uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        q[i] = (double)(int32_t)(state >> 32) / 2147483648.0;
    }
}

/* Columns of G behind the last whole tile. */
static void fill_edge(const struct ecam_subspace *sub, struct work *work)
{
    const size_t n = sub->n, first = n / SIDE * SIDE;
    for (size_t i = 0; i < n; i++)
        for (size_t j = first; j < n; j++)
            work->edge[i * SIDE + j - first] = sub->g[i * n + j];
}

/* Takes out of q what lies along rows 0 .. count-1 of basis. Returns what is left. */
static double project_out(const double *basis, size_t count, size_t n, double *q)
{
    for (size_t j = 0; j < count; j++) {
        const double *b = basis + j * n;
        const double along = ecam_dot(b, q, n);
        for (size_t i = 0; i < n; i++)
            q[i] -= along * b[i];
    }
    return sqrt(ecam_dot(q, q, n));
}

/* Makes the rows of q orthonormal. A row that depends on those before it (the
 * matrix may have any rank) is replaced by a new start vector. */
static void orthonormalise(double *q, size_t block, size_t n)
{
    for (size_t j = 0; j < block; j++) {
        double *row = q + j * n;
        for (uint64_t attempt = 1;; attempt++) {
            const double before = sqrt(ecam_dot(row, row, n));
            if (before > 0) {
                for (size_t i = 0; i < n; i++)
                    row[i] /= before;
                /* Twice is enough: what rounding left of the first pass goes in the second. */
                const double once = project_out(q, j, n, row);
                const double twice = project_out(q, j, n, row);
                if (twice > 0.5 * once && twice > DBL_EPSILON) {
                    for (size_t i = 0; i < n; i++)
                        row[i] /= twice;
                    break;
                }
            }
            fill_start(row, n, attempt * block + j + 1);
        }
    }
}

/* to = G from for every row, SIDE rows of `from` and SIDE of G at a time. */
static void multiply(const struct ecam_subspace *sub, const struct work *work, const double *from,
                     double *to)
{
    const size_t n = sub->n;
    double *x = work->packed;
    for (size_t j0 = 0; j0 < sub->block; j0 += SIDE) {
        for (size_t j = 0; j < SIDE; j++)
            for (size_t i = 0; i < n; i++)
                x[i * SIDE + j] = from[(j0 + j) * n + i];
        for (size_t i0 = 0; i0 < n; i0 += SIDE) {
            const size_t rows = ecam_min_size(SIDE, n - i0);
            double y[SIDE * SIDE];
            if (rows == SIDE) /* G is its own transpose: columns lie side by side */
                work->kernels->gram(sub->g + i0, n, x, n, false, y);
            else
                work->kernels->gram(work->edge, SIDE, x, n, false, y);
            for (size_t j = 0; j < SIDE; j++)
                for (size_t i = 0; i < rows; i++)
                    to[(j0 + j) * n + i0 + i] = y[i * SIDE + j];
        }
    }
}

/* rows of a <- w * rows of a */
static void mix_rows(const double *w, size_t block, size_t n, double *a, double *column)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < block; j++)
            column[j] = a[j * n + i];
        for (size_t j = 0; j < block; j++)
            a[j * n + i] = ecam_dot(w + j * block, column, block);
    }
}

/* The best eigenpairs within the span of q: q and z become Ritz vectors and their
 * products. */
static void rayleigh_ritz(struct ecam_subspace *sub, struct work *work)
{
    const size_t n = sub->n, block = sub->block;
    for (size_t i = 0; i < block; i++) {
        for (size_t j = i; j < block; j++) {
            const double h = ecam_dot(sub->q + i * n, work->z + j * n, n);
            work->h[i * block + j] = work->h[j * block + i] = h;
        }
    }
    ecam_jacobi(work->h, block, sub->value, work->w);
    mix_rows(work->w, block, n, sub->q, work->mixed);
    mix_rows(work->w, block, n, work->z, work->mixed);
}

static double residual(const struct ecam_subspace *sub, const struct work *work, size_t j)
{
    const double *q = sub->q + j * sub->n, *z = work->z + j * sub->n;
    double sum = 0;
    for (size_t i = 0; i < sub->n; i++) {
        const double r = z[i] - sub->value[j] * q[i];
        sum += r * r;
    }
    return sqrt(sum);
}

/* What is asked of the residual of pair j, the one behind the wanted ones included. */
static double allowed(const struct ecam_subspace *sub, size_t j)
{
    const double rounding = 4 * DBL_EPSILON * sqrt((double)sub->n) * sub->value[0];
    const double tolerance = j < sub->wanted ? TOLERANCE : NEXT_TOLERANCE;
    return fmax(tolerance * sub->value[ecam_min_size(j, sub->wanted - 1)], rounding);
}

/* By what factor a product of filter() lengthens an eigenvector of `value` against those
 * whose values are in [0, last]: x + sqrt(x^2 - 1), the growth of the Chebyshev
 * polynomials at x, where [0, last] is mapped to [-1, 1]. */
static double growth(double value, double last)
{
    const double x = 2 * value / fmax(last, DBL_MIN) - 1;
    return x > 1 ? x + sqrt(x * x - 1) : 1;
}

/* How many more products with the matrix it takes, by the rate at which a residual
 * shrinks; 0: all pairs are done. */
static int products_left(const struct ecam_subspace *sub, const struct work *work)
{
    const double last = sub->value[sub->block - 1];
    double most = 0;
    for (size_t j = 0; j <= sub->wanted; j++) {
        const double r = residual(sub, work, j), goal = allowed(sub, j);
        if (r <= goal)
            continue;
        const double left = log(r / goal) / log(growth(sub->value[j], last));
        most = fmax(most, left <= 1 ? 1 : left < MAX_DEGREE ? left : MAX_DEGREE);
    }
    return (int)ceil(most);
}

/* q = T(G) of q with the Chebyshev polynomial T of a degree up to `most`, which stays
 * within [-1, 1] where the eigenvalues of no interest are, from 0 to the block's last,
 * and grows fastest of all polynomials beyond (Zhou and Saad, "A Chebyshev-Davidson
 * algorithm for large symmetric eigenproblems", 2007, section 3). The products are cheap
 * beside the rest of a step; their number is limited because they spread the lengths of
 * the block's vectors, and what falls below the noise of the longest is lost.
 * z holds G q. */
static void filter(struct ecam_subspace *sub, struct work *work, int most)
{
    const size_t count = sub->block * sub->n;
    const double half = sub->value[sub->block - 1] / 2; /* of the interval, and its middle */
    const double factor = growth(sub->value[0], 2 * half);
    double spread = factor;
    if (!(spread <= MAX_SPREAD)) { /* or no interval at all: the plain power */
        for (size_t i = 0; i < count; i++)
            sub->q[i] = work->z[i] / sub->value[0];
        return;
    }
    double *before = sub->q, *now = work->now; /* of degree k - 1 and k */
    for (size_t i = 0; i < count; i++)
        now[i] = work->z[i] / half - before[i];
    for (int k = 1; k < most && spread * factor <= MAX_SPREAD; k++, spread *= factor) {
        double *const next = before; /* T(k+1) = 2 x T(k) - T(k-1) */
        multiply(sub, work, now, work->z);
        for (size_t i = 0; i < count; i++)
            next[i] = 2 * (work->z[i] / half - now[i]) - before[i];
        before = now;
        now = next;
    }
    if (now != sub->q)
        memcpy(sub->q, now, count * sizeof *now);
}

enum ecam_status ecam_subspace_run(struct ecam_subspace *sub, bool *is_done, struct ecam_error *err)
{
    assert(sub->block % SIDE == 0 && sub->wanted > 0 && sub->wanted < sub->block);
    assert(sub->block <= sub->n && sub->n_start <= sub->block);
    enum ecam_status status = ECAM_OK;
    struct work work = { 0 };
    if (!work_new(&work, sub->block, sub->n))
        status = ecam_fail(err, ECAM_ERR_NOMEM, "svd: block of %zu x %zu", sub->block, sub->n);
    else
        status = ecam_svd_kernels(&work.kernels, err);
    if (status != ECAM_OK)
        goto out;
    fill_edge(sub, &work);
    for (size_t j = sub->n_start; j < sub->block; j++)
        fill_start(sub->q + j * sub->n, sub->n, j + 1);

    *is_done = false;
    for (int step = 0; step < MAX_STEPS; step++) {
        orthonormalise(sub->q, sub->block, sub->n);
        multiply(sub, &work, sub->q, work.z);
        rayleigh_ritz(sub, &work);
        const int left = products_left(sub, &work);
        if (left == 0) {
            *is_done = true;
            break;
        }
        filter(sub, &work, left);
    }
out:
    work_free(&work);
    return status;
}
