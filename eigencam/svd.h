/* SPDX-License-Identifier: BSD-2-Clause
 *
 * svd.h - the largest singular values and vectors of a matrix of floats.
 *
 * Everything is computed in double and in a fixed order, by kernels that promise the
 * same bits at every ISA level: which one runs changes nothing but the time. The parts:
 *
 *     gram.c      Gram matrix of the smaller side
 *     subspace.c  a few eigenpairs of it: block power iteration, Rayleigh-Ritz
 *     jacobi.c    all of them: cyclic Jacobi
 *     onesided.c  QR and one-sided Jacobi on the matrix itself, for singular
 *                 values so small that the Gram matrix has lost them
 *     svd.c       which of them, and the products with the matrix
 *
 * docs/mathematics.md has the error analysis that the constants come from. */
#ifndef ECAM_SVD_H
#define ECAM_SVD_H

#include "eigencam/eigencam.h"
#include "layers/kernels/kernels.h"

/* The matrix X = data - row_mean 1^T: rows x cols floats, row-major, finite. The
 * mean is subtracted in double where an element is read, so that no copy is made
 * and nothing cancels. An activation of c channels lies in memory as c rows of h*w
 * positions: X is the transpose of the A of the header. */
struct ecam_svd_matrix {
    const float *data;
    size_t rows, cols;
    const double *row_mean; /* [rows], or NULL: nothing is subtracted */
};

/* n = min(rows, cols). The vectors belong to the smaller side: left singular
 * vectors where rows <= cols, else right ones. */
struct ecam_svd_side {
    size_t k, n;
    double *s;    /* [k + 1]: descending; the last is only as exact as a ratio needs,
                     and 0 where k == n */
    double *v;    /* [k][n]: of unit length, zeros where s is 0 */
    double total; /* sum of the squares of all n singular values */
};

/* share > 0: k is instead the smallest number of components whose squares reach
 * that share of the total. 1 <= k <= n. Free with ecam_svd_side_free(). */
enum ecam_status ecam_svd_solve(const struct ecam_svd_matrix *x, size_t k, double share,
                                struct ecam_svd_side *out, struct ecam_error *err);
void ecam_svd_side_free(struct ecam_svd_side *side); /* empties it; {0} is fine */

/* y[rows] = X u, u[cols]; and y[cols] = X^T u, u[rows]. */
void ecam_svd_times(const struct ecam_svd_matrix *x, const double *u, double *y);
void ecam_svd_transposed_times(const struct ecam_svd_matrix *x, const double *u,
                               double *restrict y);

/* ---- The parts ---- */

/* The kernels of the best level of this machine, or of the one that ECAM_ISA names. */
enum ecam_status ecam_svd_kernels(const struct ecam_kernels **out, struct ecam_error *err);

/* Rows [from, from + count) of the matrix seen with the larger side as rows, in
 * double: out[j * stride + i] is element (from + i) of the larger side, j of the
 * smaller. For n = min(rows, cols) columns j. */
void ecam_svd_read(const struct ecam_svd_matrix *x, size_t from, size_t count, size_t stride,
                   double *out);

/* g[n][n] = X X^T (rows <= cols) or X^T X, both halves written. */
enum ecam_status ecam_gram(const struct ecam_svd_matrix *x, double *g, struct ecam_error *err);

/* All eigenpairs of the symmetric g[n][n], which is destroyed: value[n] descending,
 * vector[n][n] (rows). Accurate to rounding relative to the largest value. */
void ecam_jacobi(double *g, size_t n, double *value, double *vector);

/* What block power iteration is asked for, and what it carries from one attempt to
 * the next. */
struct ecam_subspace {
    const double *g; /* [n][n], symmetric, positive semi-definite */
    size_t n, wanted;
    size_t block;   /* vectors iterated: a multiple of 8, wanted < block <= n */
    size_t n_start; /* rows of q that are already a good start; the rest is filled */
    double *q;      /* [block][n]: in: start; out: Ritz vectors */
    double *value;  /* [block]: Ritz values, descending */
};

/* *is_done tells whether the first `wanted` pairs, and the value of the next, are
 * converged; else q and value hold the best so far. */
enum ecam_status ecam_subspace_run(struct ecam_subspace *sub, bool *is_done,
                                   struct ecam_error *err);

/* The squares of all n singular values of X, descending, and the vectors of the
 * smaller side (rows of vector[n][n]); the values themselves are exact to rounding
 * relative to the largest, which those of the Gram matrix are not. Values within that
 * rounding become 0, and their vectors zeros. */
enum ecam_status ecam_onesided(const struct ecam_svd_matrix *x, double *value, double *vector,
                               struct ecam_error *err);

/* Sums in eight independent lanes, which a compiler may vectorise as they stand. */
double ecam_dot(const double *a, const double *b, size_t n);

#endif /* ECAM_SVD_H */
