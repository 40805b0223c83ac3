/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Gram matrix of the smaller side, in double.
 *
 * The larger side is walked in slabs. A slab is turned into double once and laid out
 * in panels of 8 columns,
 *
 *     matrix   element (larger i, smaller j)
 *     panel    [j / 8][i][j % 8]
 *
 * two of which make an 8 x 8 tile of sums. Tiles on and above the diagonal are
 * computed, the rest is their mirror image. Sums of a slab are added to the matrix
 * when the slab is done: the order is fixed by the shape, and shorter sums round less
 * than one long one. */
#include <assert.h>
#include <string.h>

#include "eigencam/svd.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "layers/kernels/kernels.h"

#define SIDE ECAM_GRAM_SIDE
/* Doubles in all panels of a slab: 120 KiB stay in a second-level cache, and in the heap:
 * what malloc gets from the system comes page by page. */
#define SLAB_DOUBLES 15360
#define MIN_SLAB 16
#define MAX_SLAB 256

/* Smaller side long in memory: eight elements of one row at a time. */
static void fill_from_columns(const struct ecam_svd_matrix *x, size_t from, size_t count,
                              double *panel)
{
    for (size_t j0 = 0; j0 < x->cols; j0 += SIDE) {
        const size_t n = ecam_min_size(SIDE, x->cols - j0);
        for (size_t i = 0; i < count; i++, panel += SIDE) {
            const float *row = x->data + (from + i) * x->cols + j0;
            const double mean = x->row_mean != NULL ? x->row_mean[from + i] : 0;
            if (n == SIDE) {
                for (size_t j = 0; j < SIDE; j++)
                    panel[j] = (double)row[j] - mean;
            } else {
                for (size_t j = 0; j < SIDE; j++)
                    panel[j] = j < n ? (double)row[j] - mean : 0;
            }
        }
    }
}

/* Larger side long in memory: eight rows side by side. */
static void fill_from_rows(const struct ecam_svd_matrix *x, const struct ecam_kernels *kernels,
                           size_t from, size_t count, double *panel)
{
    size_t j0 = 0;
    for (; j0 + SIDE <= x->rows; j0 += SIDE, panel += count * SIDE)
        kernels->gram_pack(x->data + j0 * x->cols + from, x->cols,
                           x->row_mean != NULL ? x->row_mean + j0 : NULL, count, panel);
    if (j0 == x->rows)
        return;
    memset(panel, 0, count * SIDE * sizeof *panel);
    for (size_t j = 0; j < x->rows - j0; j++) {
        const float *row = x->data + (j0 + j) * x->cols + from;
        const double mean = x->row_mean != NULL ? x->row_mean[j0 + j] : 0;
        for (size_t i = 0; i < count; i++)
            panel[i * SIDE + j] = (double)row[i] - mean;
    }
}

/* g's tile is sum, or, after the first slab, grows by it. */
static void put_tile(double *g, size_t n, size_t r0, size_t c0, const double *sum, bool is_first)
{
    const size_t rows = ecam_min_size(SIDE, n - r0), cols = ecam_min_size(SIDE, n - c0);
    double *to = g + r0 * n + c0;
    for (size_t r = 0; r < rows; r++, to += n, sum += SIDE) {
        if (is_first)
            memcpy(to, sum, cols * sizeof *to);
        else if (cols == SIDE)
            for (size_t c = 0; c < SIDE; c++)
                to[c] += sum[c];
        else
            for (size_t c = 0; c < cols; c++)
                to[c] += sum[c];
    }
}

/* The tile on the other side of the diagonal. */
static void mirror_tile(double *g, size_t n, size_t r0, size_t c0)
{
    const size_t r1 = ecam_min_size(r0 + SIDE, n), c1 = ecam_min_size(c0 + SIDE, n);
    for (size_t c = c0; c < c1; c++)
        for (size_t r = r0; r < r1; r++)
            g[c * n + r] = g[r * n + c];
}

enum ecam_status ecam_gram(const struct ecam_svd_matrix *x, double *g, struct ecam_error *err)
{
    assert(x->rows > 0 && x->cols > 0);
    const size_t n = ecam_min_size(x->rows, x->cols), longer = ecam_max_size(x->rows, x->cols);
    const size_t padded = ecam_ceil_div(n, SIDE) * SIDE;
    const bool is_exact = x->row_mean == NULL; /* factors are floats as they lie there */
    const struct ecam_kernels *kernels = NULL;
    const enum ecam_status status = ecam_svd_kernels(&kernels, err);
    if (status != ECAM_OK)
        return status;
    size_t slab = SLAB_DOUBLES / padded;
    slab = slab < MIN_SLAB ? MIN_SLAB : ecam_min_size(slab, MAX_SLAB);
    slab = ecam_min_size(slab, longer);
    size_t panel_doubles;
    if (!ecam_mul_size(padded, slab * sizeof(double), &panel_doubles))
        return ecam_fail(err, ECAM_ERR_NOMEM, "svd: panel of %zu x %zu", slab, padded);
    double *panel = ecam_alloc(panel_doubles);
    if (panel == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "svd: panel of %zu x %zu", slab, padded);

    for (size_t from = 0; from < longer; from += slab) {
        const size_t count = ecam_min_size(slab, longer - from);
        if (x->rows <= x->cols)
            fill_from_rows(x, kernels, from, count, panel);
        else
            fill_from_columns(x, from, count, panel);
        for (size_t r0 = 0; r0 < n; r0 += SIDE) {
            for (size_t c0 = r0; c0 < n; c0 += SIDE) {
                double sum[SIDE * SIDE];
                kernels->gram(panel + r0 * count, SIDE, panel + c0 * count, count, is_exact, sum);
                put_tile(g, n, r0, c0, sum, from == 0);
            }
        }
    }
    for (size_t r0 = 0; r0 < n; r0 += SIDE)
        for (size_t c0 = r0; c0 < n; c0 += SIDE)
            mirror_tile(g, n, r0, c0);
    ecam_free(panel);
    return ECAM_OK;
}
