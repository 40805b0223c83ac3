/* SPDX-License-Identifier: BSD-2-Clause
 * Matrix times vector, for any vector that a lanes_*.h names. Several rows at once share
 * the loads of x and keep as many streams of weights in flight, two sums a row. Each
 * weight is read once, so the bandwidth of wherever they lie bounds it: streams are
 * fetched ahead, and float16 weights, half as many bytes, have twice the streams where
 * there are registers for it. They become floats on the way into the multiplication. */
#ifndef ECAM_KERNELS_DENSE_H
#define ECAM_KERNELS_DENSE_H

#include <assert.h>
#include <stdbool.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"

#define ROWS 4
#define MAX_ROWS 8
#define CHAINS 2
/* Bytes between a weight in use and one that is fetched: what a core of today asks of its
 * memory while one answer is on its way (20 GB/s a stream, 100 ns). */
#define AHEAD 1024

/* Weights from the i-th on, and the i-th: of float16 or of float. */
INLINE vec weights_at(const void *w, size_t i, const bool is_half)
{
    return is_half ? vec_from_half((const uint16_t *)w + i) : vec_load((const float *)w + i);
}

INLINE float weight_at(const void *w, size_t i, const bool is_half)
{
    return is_half ? float_from_half((const uint16_t *)w + i) : ((const float *)w)[i];
}

/* Past the last weight, too: fetching does not read. */
INLINE void fetch(const void *w, size_t i, const bool is_half)
{
    const size_t bytes = is_half ? sizeof(uint16_t) : sizeof(float);
    PREFETCH((const char *)w + i * bytes + AHEAD);
}

INLINE void dots(const void *w, size_t first, const float *x, size_t cols, float *sums,
                 const size_t rows, const bool is_half)
{
    vec s[MAX_ROWS][CHAINS];
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        UNROLL
        for (size_t j = 0; j < CHAINS; j++)
            s[r][j] = vec_set(0.0f);
    }

    size_t c = 0;
    for (; c + CHAINS * LANES <= cols; c += CHAINS * LANES) {
        UNROLL
        for (size_t r = 0; r < rows; r++)
            fetch(w, first + r * cols + c, is_half);
        UNROLL
        for (size_t j = 0; j < CHAINS; j++) {
            const vec v = vec_load(x + c + j * LANES);
            UNROLL
            for (size_t r = 0; r < rows; r++)
                s[r][j] =
                    vec_fma(weights_at(w, first + r * cols + c + j * LANES, is_half), v, s[r][j]);
        }
    }
    for (; c + LANES <= cols; c += LANES) {
        const vec v = vec_load(x + c);
        UNROLL
        for (size_t r = 0; r < rows; r++)
            s[r][0] = vec_fma(weights_at(w, first + r * cols + c, is_half), v, s[r][0]);
    }
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        sums[r] = vec_sum(vec_add(s[r][0], s[r][1]));
        for (size_t tail = c; tail < cols; tail++)
            sums[r] += weight_at(w, first + r * cols + tail, is_half) * x[tail];
    }
}

INLINE void dense(const void *w, const float *b, const float *x, float *restrict y, size_t rows,
                  size_t cols, const size_t together, const bool is_half)
{
    assert(rows >= 1 && cols >= 1);
    size_t r = 0;
    for (; r + together <= rows; r += together)
        dots(w, r * cols, x, cols, y + r, together, is_half);
    for (; r < rows; r++)
        dots(w, r * cols, x, cols, y + r, 1, is_half);
    for (r = 0; b != NULL && r < rows; r++)
        y[r] += b[r];
}

#endif /* ECAM_KERNELS_DENSE_H */
