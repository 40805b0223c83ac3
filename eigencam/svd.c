/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which of the methods in svd.h is used, and the products with the matrix. */
#include "eigencam/svd.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define LANES 8

/* Below this share of the largest, a singular value (and with it the vector) is
 * taken from the matrix itself: the Gram matrix, rounded at DBL_EPSILON s1^2, leaves
 * an error of DBL_EPSILON (s1 / s)^2 / 0.04 in the vector at the gap of 0.98 that
 * the header promises for, 6e-9 here, and 1e-5 at 2e-5. */
#define SMALL 1e-3
/* Up to this size all eigenpairs by Jacobi cost less than iterating for a few
 * (under a millisecond). */
#define JACOBI_MAX 32
/* Blocks larger than an eighth of n iterate at the price of all pairs. */
#define BLOCK_SHARE 8
/* From here on all pairs come from the matrix itself: one-sided Jacobi works on rows
 * alone, where Jacobi on the Gram matrix also writes columns, through the whole cache. */
#define ONESIDED_MIN 128
#define BLOCK 8           /* blocks are multiples of it */
#define GUARD 4           /* extra vectors, whose value sets the speed of convergence */
#define SHARE_SLACK 1e-12 /* rounding of a sum of squares */

enum ecam_status ecam_svd_kernels(const struct ecam_kernels **out, struct ecam_error *err)
{
    enum ecam_isa isa = ECAM_ISA_SCALAR;
    const enum ecam_status status = ecam_isa_resolve(ECAM_ISA_AUTO, &isa, err);
    if (status == ECAM_OK)
        *out = ecam_kernels_get(isa);
    return status;
}

double ecam_dot(const double *a, const double *b, size_t n)
{
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    double sum = 0;
    for (; i < n; i++)
        sum += a[i] * b[i];
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

void ecam_svd_times(const struct ecam_svd_matrix *x, const double *u, double *y)
{
    for (size_t r = 0; r < x->rows; r++) {
        const float *row = x->data + r * x->cols;
        const double mean = x->row_mean != NULL ? x->row_mean[r] : 0;
        double lane[LANES] = { 0 }, sum = 0;
        size_t i = 0;
        for (; i + LANES <= x->cols; i += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += ((double)row[i + l] - mean) * u[i + l];
        for (; i < x->cols; i++)
            sum += ((double)row[i] - mean) * u[i];
        for (size_t l = 0; l < LANES; l++)
            sum += lane[l];
        y[r] = sum;
    }
}

void ecam_svd_transposed_times(const struct ecam_svd_matrix *x, const double *u, double *restrict y)
{
    memset(y, 0, x->cols * sizeof *y);
    size_t r = 0;
    /* Four rows a pass over y: it may be long, and each pass costs a trip to its cache. */
    for (; r + 4 <= x->rows; r += 4) {
        const float *a = x->data + r * x->cols, *b = a + x->cols, *c = b + x->cols,
                    *d = c + x->cols;
        const double *f = u + r;
        double mean[4] = { 0 };
        if (x->row_mean != NULL)
            memcpy(mean, x->row_mean + r, sizeof mean);
        for (size_t i = 0; i < x->cols; i++)
            y[i] = (((y[i] + f[0] * ((double)a[i] - mean[0])) + f[1] * ((double)b[i] - mean[1])) +
                    f[2] * ((double)c[i] - mean[2])) +
                   f[3] * ((double)d[i] - mean[3]);
    }
    for (; r < x->rows; r++) {
        const float *row = x->data + r * x->cols;
        const double mean = x->row_mean != NULL ? x->row_mean[r] : 0, f = u[r];
        for (size_t i = 0; i < x->cols; i++)
            y[i] += f * ((double)row[i] - mean);
    }
}

void ecam_svd_read(const struct ecam_svd_matrix *x, size_t from, size_t count, size_t stride,
                   double *out)
{
    assert(from + count <= ecam_max_size(x->rows, x->cols) && count <= stride);
    const bool is_wide = x->rows <= x->cols;
    const size_t n = is_wide ? x->rows : x->cols;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < count; i++) {
            const size_t row = is_wide ? j : from + i, col = is_wide ? from + i : j;
            const double mean = x->row_mean != NULL ? x->row_mean[row] : 0;
            out[j * stride + i] = (double)x->data[row * x->cols + col] - mean;
        }
    }
}

/* What a solution is made in; value and vector as far as `known` pairs. */
struct solver {
    const struct ecam_svd_matrix *x;
    size_t n;
    double *g;      /* [n][n]; NULL once Jacobi has eaten it */
    size_t known;   /* pairs in value and vector; if less than n, value has one more */
    size_t rows;    /* rows in vector that are good as a start */
    double *value;  /* [n]: squares of singular values */
    double *vector; /* [room][n] */
    size_t room;
    bool is_exact; /* by one-sided Jacobi, so that small values can be trusted */
};

static bool solver_grow(struct solver *sv, size_t room)
{
    if (room <= sv->room)
        return true;
    size_t doubles;
    if (!ecam_mul_size(room, sv->n, &doubles))
        return false;
    double *grown = ecam_realloc_array(sv->vector, doubles, sizeof *grown);
    if (grown == NULL)
        return false;
    sv->vector = grown;
    sv->room = room;
    return true;
}

static enum ecam_status solver_no_memory(const struct solver *sv, struct ecam_error *err)
{
    return ecam_fail(err, ECAM_ERR_NOMEM, "svd: vectors of %zu x %zu", sv->n, sv->n);
}

static enum ecam_status all_pairs(struct solver *sv, bool is_exact, struct ecam_error *err)
{
    if (!solver_grow(sv, sv->n))
        return solver_no_memory(sv, err);
    if (!is_exact)
        ecam_jacobi(sv->g, sv->n, sv->value, sv->vector);
    ecam_free(sv->g);
    sv->g = NULL;
    sv->known = sv->n;
    sv->is_exact = is_exact;
    return is_exact ? ecam_onesided(sv->x, sv->value, sv->vector, err) : ECAM_OK;
}

/* The first `wanted` pairs and the value of the next: by iteration with growing
 * blocks while that is the cheaper way, else all. */
static enum ecam_status first_pairs(struct solver *sv, size_t wanted, struct ecam_error *err)
{
    const size_t largest = sv->n <= JACOBI_MAX ? 0 : ecam_max_size(sv->n / BLOCK_SHARE, BLOCK);
    size_t block = ecam_ceil_div(wanted + GUARD, BLOCK) * BLOCK;
    for (; block <= largest; block *= 2) {
        if (!solver_grow(sv, block))
            return solver_no_memory(sv, err);
        struct ecam_subspace sub = {
            .g = sv->g,
            .n = sv->n,
            .wanted = wanted,
            .block = block,
            .n_start = sv->rows,
            .q = sv->vector,
            .value = sv->value,
        };
        bool is_done = false;
        const enum ecam_status status = ecam_subspace_run(&sub, &is_done, err);
        if (status != ECAM_OK)
            return status;
        sv->rows = block;
        if (is_done) {
            sv->known = wanted;
            return ECAM_OK;
        }
    }
    return all_pairs(sv, sv->n >= ONESIDED_MIN, err);
}

/* How many of the known values reach the share; 0: more are needed. */
static size_t count_for_share(const struct solver *sv, double share, double total)
{
    const double wanted = fmin(share, 1) * total * (1 - SHARE_SLACK);
    double sum = 0;
    for (size_t i = 0; i < sv->known; i++) {
        sum += fmax(sv->value[i], 0);
        if (sum >= wanted)
            return i + 1;
    }
    return sv->known == sv->n ? sv->n : 0;
}

static enum ecam_status pairs_for_share(struct solver *sv, double share, double total, size_t *k,
                                        struct ecam_error *err)
{
    *k = 0;
    for (size_t wanted = BLOCK - GUARD; *k == 0; wanted = 2 * wanted + GUARD) {
        const enum ecam_status status = first_pairs(sv, wanted, err);
        if (status != ECAM_OK)
            return status;
        *k = count_for_share(sv, share, total);
    }
    return ECAM_OK;
}

/* Where the last value that is asked for is too small for the Gram matrix,
 * everything again from the matrix itself. */
static enum ecam_status refine(struct solver *sv, size_t k, struct ecam_error *err)
{
    const double largest = fmax(sv->value[0], 0);
    if (!sv->is_exact && sv->value[k - 1] < SMALL * SMALL * largest)
        return all_pairs(sv, true, err);
    const double noise = DBL_EPSILON * (double)sv->n * largest;
    for (size_t i = 0; i <= k && i < sv->n && !sv->is_exact; i++)
        sv->value[i] = sv->value[i] > noise ? sv->value[i] : 0;
    return ECAM_OK;
}

/* Moves the result out of the solver. */
static enum ecam_status hand_over(struct solver *sv, size_t k, double total,
                                  struct ecam_svd_side *out, struct ecam_error *err)
{
    double *s = ecam_calloc(k + 1, sizeof *s);
    if (s == NULL)
        return solver_no_memory(sv, err);
    for (size_t i = 0; i < k + 1 && i < sv->n; i++)
        s[i] = sqrt(sv->value[i]);
    out->k = k;
    out->n = sv->n;
    out->s = s;
    out->total = total;
    /* Smaller: the same block is kept if the system cannot give a smaller one. */
    double *v = ecam_realloc_array(sv->vector, k * sv->n, sizeof *v);
    out->v = v != NULL ? v : sv->vector;
    sv->vector = NULL;
    return ECAM_OK;
}

enum ecam_status ecam_svd_solve(const struct ecam_svd_matrix *x, size_t k, double share,
                                struct ecam_svd_side *out, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct solver sv = { .x = x, .n = ecam_min_size(x->rows, x->cols) };
    size_t doubles = 0, bytes = 0;
    double total = 0;
    assert(sv.n > 0 && (share > 0 || (k > 0 && k <= sv.n)));

    if (ecam_mul_size(sv.n, sv.n, &doubles) && ecam_mul_size(doubles, sizeof *sv.g, &bytes))
        sv.g = ecam_alloc(bytes);
    sv.value = ecam_calloc(sv.n, sizeof *sv.value);
    if (sv.g == NULL || sv.value == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "svd: Gram matrix of %zu x %zu", sv.n, sv.n);
        goto out;
    }
    status = ecam_gram(x, sv.g, err);
    if (status != ECAM_OK)
        goto out;
    for (size_t i = 0; i < sv.n; i++)
        total += sv.g[i * sv.n + i];

    if (!(total > 0)) { /* nothing but zeros: values stay as they were allocated */
        k = share > 0 ? 1 : k;
        if (!solver_grow(&sv, k)) {
            status = solver_no_memory(&sv, err);
            goto out;
        }
        memset(sv.vector, 0, k * sv.n * sizeof *sv.vector);
    } else {
        status = share > 0 ? pairs_for_share(&sv, share, total, &k, err) : first_pairs(&sv, k, err);
        if (status == ECAM_OK)
            status = refine(&sv, k, err);
        if (status != ECAM_OK)
            goto out;
    }
    status = hand_over(&sv, k, total, out, err);
out:
    ecam_free(sv.g);
    ecam_free(sv.value);
    ecam_free(sv.vector);
    return status;
}

void ecam_svd_side_free(struct ecam_svd_side *side)
{
    ecam_free(side->s);
    ecam_free(side->v);
    *side = (struct ecam_svd_side){ 0 };
}

/* Right singular vectors [k][cols] from left ones: v = X^T u / s. */
static void to_right(const struct ecam_svd_matrix *x, const struct ecam_svd_side *side, double *v)
{
    for (size_t i = 0; i < side->k; i++) {
        double *row = v + i * x->cols;
        ecam_svd_transposed_times(x, side->v + i * side->n, row);
        const double norm = sqrt(ecam_dot(row, row, x->cols));
        for (size_t j = 0; j < x->cols; j++)
            row[j] = side->s[i] > 0 && norm > 0 ? row[j] / norm : 0;
    }
}

enum ecam_status ecam_svd(const float *a, size_t rows, size_t cols, size_t k, double *s, double *v,
                          double *total, struct ecam_error *err)
{
    size_t count;
    if (rows == 0 || cols == 0 || !ecam_mul_size(rows, cols, &count))
        return ecam_fail(err, ECAM_ERR_SHAPE, "svd: a matrix of %zu x %zu", rows, cols);
    if (k == 0 || k > ecam_min_size(rows, cols))
        return ecam_fail(err, ECAM_ERR_ARG, "svd: %zu components of a %zu x %zu matrix", k, rows,
                         cols);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(a[i]))
            return ecam_fail(err, ECAM_ERR_ARG, "svd: element [%zu][%zu] is not finite", i / cols,
                             i % cols);

    const struct ecam_svd_matrix x = { .data = a, .rows = rows, .cols = cols };
    struct ecam_svd_side side = { 0 };
    const enum ecam_status status = ecam_svd_solve(&x, k, 0, &side, err);
    if (status != ECAM_OK)
        return status;
    memcpy(s, side.s, k * sizeof *s);
    *total = side.total;
    assert(side.v != NULL);
    if (rows > cols)
        memcpy(v, side.v, k * cols * sizeof *v);
    else
        to_right(&x, &side, v);
    ecam_svd_side_free(&side);
    return ECAM_OK;
}
