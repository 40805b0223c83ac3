/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Gram matrix of the smaller side, in double.
 *
 * The larger side is walked in slabs. A slab is turned into double once and laid
 * out in tiles of 4 columns,
 *
 *     matrix   element (larger i, smaller j)
 *     panel    [j / 4][i][j % 4]
 *
 * so that the 4 x 4 kernel reads two streams and keeps 16 sums in registers. Sums
 * of a slab are added to the matrix when the slab is done: the order is fixed by
 * the shape, and shorter sums round less than one long one. */
#include <assert.h>
#include <string.h>

#include "eigencam/svd.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define TILE 4
/* Doubles in a panel: 256 KiB, which stay in a second-level cache. */
#define PANEL_DOUBLES 32768
#define MIN_SLAB 16
#define MAX_SLAB 256

/* panel <- larger-side elements [from, from + count), columns past n are zeros. */
static void fill_panel(const struct ecam_svd_matrix *x, size_t from, size_t count, double *panel)
{
    const bool is_wide = x->rows <= x->cols;
    const size_t n = is_wide ? x->rows : x->cols;
    for (size_t j0 = 0; j0 < n; j0 += TILE) {
        double *tile = panel + j0 * count;
        for (size_t i = 0; i < count; i++) {
            for (size_t j = j0; j < j0 + TILE; j++) {
                double value = 0;
                if (j < n) {
                    const size_t row = is_wide ? j : from + i, col = is_wide ? from + i : j;
                    value = (double)x->data[row * x->cols + col];
                    if (x->row_mean != NULL)
                        value -= x->row_mean[row];
                }
                tile[i * TILE + (j - j0)] = value;
            }
        }
    }
}

/* sum[TILE][TILE] = a^T b, a and b [count][TILE]. */
static void tile_product(const double *restrict a, const double *restrict b, size_t count,
                         double sum[TILE * TILE])
{
    double s[TILE * TILE] = { 0 };
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < TILE; r++)
            for (size_t c = 0; c < TILE; c++)
                s[r * TILE + c] += a[i * TILE + r] * b[i * TILE + c];
    }
    memcpy(sum, s, sizeof s);
}

static void add_tile(double *g, size_t n, size_t r0, size_t c0, const double *sum)
{
    const size_t r_end = ecam_min_size(r0 + TILE, n), c_end = ecam_min_size(c0 + TILE, n);
    for (size_t r = r0; r < r_end; r++)
        for (size_t c = c0; c < c_end; c++)
            g[r * n + c] += sum[(r - r0) * TILE + (c - c0)];
}

enum ecam_status ecam_gram(const struct ecam_svd_matrix *x, double *g, struct ecam_error *err)
{
    assert(x->rows > 0 && x->cols > 0);
    const size_t n = ecam_min_size(x->rows, x->cols), longer = ecam_max_size(x->rows, x->cols);
    const size_t padded = ecam_ceil_div(n, TILE) * TILE;
    size_t slab = PANEL_DOUBLES / padded;
    slab = slab < MIN_SLAB ? MIN_SLAB : ecam_min_size(slab, MAX_SLAB);
    size_t panel_doubles;
    if (!ecam_mul_size(padded, slab * sizeof(double), &panel_doubles))
        return ecam_fail(err, ECAM_ERR_NOMEM, "svd: panel of %zu x %zu", slab, padded);
    double *panel = ecam_alloc(panel_doubles);
    if (panel == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "svd: panel of %zu x %zu", slab, padded);

    memset(g, 0, n * n * sizeof *g);
    for (size_t from = 0; from < longer; from += slab) {
        const size_t count = ecam_min_size(slab, longer - from);
        fill_panel(x, from, count, panel);
        for (size_t r0 = 0; r0 < n; r0 += TILE) {
            for (size_t c0 = r0; c0 < n; c0 += TILE) {
                double sum[TILE * TILE];
                tile_product(panel + r0 * count, panel + c0 * count, count, sum);
                add_tile(g, n, r0, c0, sum);
            }
        }
    }
    for (size_t r = 0; r < n; r++)
        for (size_t c = r + 1; c < n; c++)
            g[c * n + r] = g[r * n + c];
    ecam_free(panel);
    return ECAM_OK;
}
