/* SPDX-License-Identifier: BSD-2-Clause
 * Sums of products in double, for any vector that a gram_*.c names: 8 x 8 of them from two
 * streams of 8 doubles a term. So many rows at a time that their sums stay in registers
 * beside one load and one broadcast. */
#ifndef ECAM_KERNELS_GRAM_H
#define ECAM_KERNELS_GRAM_H

#include <assert.h>
#include <stddef.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"

#define SIDE ECAM_GRAM_SIDE
#define VECS (SIDE / LANES)

INLINE void gram_rows(const double *a, size_t a_stride, const double *b, size_t count,
                      double *restrict s, const size_t rows, const bool is_exact)
{
    vec sum[SIDE][VECS];
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        UNROLL
        for (size_t j = 0; j < VECS; j++)
            sum[r][j] = vec_set(0.0);
    }
    for (size_t i = 0; i < count; i++, a += a_stride, b += SIDE) {
        vec v[VECS];
        UNROLL
        for (size_t j = 0; j < VECS; j++)
            v[j] = vec_load(b + j * LANES);
        UNROLL
        for (size_t r = 0; r < rows; r++) {
            const vec f = vec_set(a[r]);
            UNROLL
            for (size_t j = 0; j < VECS; j++)
                sum[r][j] =
                    is_exact ? vec_fma(f, v[j], sum[r][j]) : vec_add(sum[r][j], vec_mul(f, v[j]));
        }
    }
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        UNROLL
        for (size_t j = 0; j < VECS; j++)
            vec_store(s + r * SIDE + j * LANES, sum[r][j]);
    }
}

INLINE void gram_tile(const double *a, size_t a_stride, const double *b, size_t count,
                      bool is_exact, double *restrict s, const size_t rows)
{
    assert(count >= 1);
    for (size_t r = 0; r < SIDE; r += rows) {
        if (is_exact)
            gram_rows(a + r, a_stride, b, count, s + r * SIDE, rows, true);
        else
            gram_rows(a + r, a_stride, b, count, s + r * SIDE, rows, false);
    }
}

INLINE void gram_pack(const float *x, size_t stride, const double *mean, size_t count, double *p)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        UNROLL
        for (size_t r = 0; r < SIDE; r += LANES) {
            vec v[LANES];
            UNROLL
            for (size_t l = 0; l < LANES; l++) {
                v[l] = vec_widen(x + (r + l) * stride + i);
                if (mean != NULL)
                    v[l] = vec_sub(v[l], vec_set(mean[r + l]));
            }
            transpose(v);
            UNROLL
            for (size_t l = 0; l < LANES; l++)
                vec_store(p + (i + l) * SIDE + r, v[l]);
        }
    }
    for (; i < count; i++)
        for (size_t r = 0; r < SIDE; r++)
            p[i * SIDE + r] = (double)x[r * stride + i] - (mean != NULL ? mean[r] : 0.0);
}

#endif /* ECAM_KERNELS_GRAM_H */
