/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Singular values without the Gram matrix, which squares the condition: X is first
 * reduced to the n x n triangle R of its QR decomposition, slab by slab, so that
 * the larger side costs no memory; then one-sided Jacobi turns pairs of rows of R
 * until all are orthogonal. Row i is then s_i v_i: R = U S V^T with nothing but U
 * applied, so V falls out by normalising. */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "eigencam/svd.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define SLAB 256      /* rows of the larger side eliminated together */
#define MAX_SWEEPS 60 /* far beyond what has been seen; a bound, not a tuning */

/* r[n][n], upper triangular, with count more rows under it (slab[j][SLAB]: column j)
 * becomes the triangle of both: one Householder reflection a column. The zeros of
 * r below its diagonal take no part. */
static void append_rows(double *r, double *slab, size_t n, size_t count)
{
    for (size_t j = 0; j < n; j++) {
        double *u = slab + j * SLAB;
        const double below = ecam_dot(u, u, count), diagonal = r[j * n + j];
        if (!(below > 0))
            continue;
        const double norm = copysign(sqrt(diagonal * diagonal + below), diagonal);
        const double head = diagonal + norm; /* the reflection's vector is (head, u) */
        const double scale = 1 / (norm * head);
        r[j * n + j] = -norm;
        for (size_t k = j + 1; k < n; k++) {
            double *column = slab + k * SLAB;
            const double f = scale * (head * r[j * n + k] + ecam_dot(u, column, count));
            r[j * n + k] -= f * head;
            for (size_t i = 0; i < count; i++)
                column[i] -= f * u[i];
        }
    }
}

static enum ecam_status triangle(const struct ecam_svd_matrix *x, double *r, size_t n,
                                 struct ecam_error *err)
{
    size_t doubles;
    double *slab = ecam_mul_size(n, SLAB, &doubles) ? ecam_calloc(doubles, sizeof *slab) : NULL;
    if (slab == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "svd: slab of %d x %zu", SLAB, n);
    const size_t longer = ecam_max_size(x->rows, x->cols);
    memset(r, 0, n * n * sizeof *r);
    for (size_t from = 0; from < longer; from += SLAB) {
        const size_t count = ecam_min_size(SLAB, longer - from);
        ecam_svd_read(x, from, count, SLAB, slab);
        append_rows(r, slab, n, count);
    }
    ecam_free(slab);
    return ECAM_OK;
}

static void exchange(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

/* Turns rows a and b orthogonal, the longer one first. True if they were not. The
 * squared norms aa and bb are carried along; where that would cancel, bb is afresh. */
static bool turn(double *restrict a, double *restrict b, double *aa, double *bb, size_t n)
{
    bool was_turned = false;
    if (*bb > *aa) {
        exchange(a, b, n);
        exchange(aa, bb, 1);
        was_turned = true;
    }
    const double ab = ecam_dot(a, b, n);
    if (!(fabs(ab) > 2 * DBL_EPSILON * sqrt((double)n) * sqrt(*aa) * sqrt(*bb)))
        return was_turned;
    const double theta = (*bb - *aa) / (2 * ab);
    const double t = copysign(1 / (fabs(theta) + sqrt(1 + theta * theta)), theta);
    const double c = 1 / sqrt(1 + t * t), s = t * c;
    for (size_t i = 0; i < n; i++) {
        const double p = a[i], q = b[i];
        a[i] = c * p - s * q;
        b[i] = s * p + c * q;
    }
    const double moved = fabs(t * ab);
    *aa += moved;
    *bb = moved < 0.5 * *bb ? *bb - moved : ecam_dot(b, b, n);
    return true;
}

static void orthogonalise_rows(double *r, size_t n, double *norm2)
{
    bool is_done = false;
    for (int sweep = 0; sweep < MAX_SWEEPS && !is_done; sweep++) {
        is_done = true;
        for (size_t i = 0; i < n; i++)
            norm2[i] = ecam_dot(r + i * n, r + i * n, n);
        for (size_t p = 0; p + 1 < n; p++)
            for (size_t q = p + 1; q < n; q++)
                if (turn(r + p * n, r + q * n, norm2 + p, norm2 + q, n))
                    is_done = false;
    }
}

enum ecam_status ecam_onesided(const struct ecam_svd_matrix *x, double *value, double *vector,
                               struct ecam_error *err)
{
    const size_t n = ecam_min_size(x->rows, x->cols), longer = ecam_max_size(x->rows, x->cols);
    assert(n > 0);
    const enum ecam_status status = triangle(x, vector, n, err);
    if (status != ECAM_OK)
        return status;
    orthogonalise_rows(vector, n, value);

    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, sqrt(value[i]));
    const double noise = DBL_EPSILON * (double)longer * largest;
    for (size_t i = 0; i < n; i++) {
        const double s = sqrt(value[i]);
        const bool is_zero = !(s > noise);
        for (size_t j = 0; j < n; j++)
            vector[i * n + j] = is_zero ? 0 : vector[i * n + j] / s;
        if (is_zero)
            value[i] = 0;
    }
    /* The turns leave the rows in order but for ties and rounding: one insertion pass. */
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && value[j] > value[j - 1]; j--) {
            exchange(value + j, value + j - 1, 1);
            exchange(vector + j * n, vector + (j - 1) * n, n);
        }
    return ECAM_OK;
}
