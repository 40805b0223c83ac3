/* SPDX-License-Identifier: BSD-2-Clause
 * Sums of products in double, reference: each product rounded, then added. Where products
 * are exact that is what a fused multiply-add does, so one loop serves both kinds. */
#include <assert.h>
#include <string.h>

#include "layers/kernels/kernels.h"

#define SIDE ECAM_GRAM_SIDE
#define PART 4 /* 4 x 4 sums stay in registers */

static void part(const double *restrict a, size_t a_stride, const double *restrict b, size_t count,
                 double *restrict s)
{
    double sum[PART * PART] = { 0 };
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < PART; r++)
            for (size_t c = 0; c < PART; c++)
                sum[r * PART + c] += a[i * a_stride + r] * b[i * SIDE + c];
    for (size_t r = 0; r < PART; r++)
        memcpy(s + r * SIDE, sum + r * PART, PART * sizeof *s);
}

void ecam_gram_ref(const double *a, size_t a_stride, const double *b, size_t count, bool is_exact,
                   double *restrict s)
{
    (void)is_exact;
    assert(count >= 1);
    for (size_t r = 0; r < SIDE; r += PART)
        for (size_t c = 0; c < SIDE; c += PART)
            part(a + r, a_stride, b + c, count, s + r * SIDE + c);
}

void ecam_gram_pack_ref(const float *x, size_t stride, const double *mean, size_t count,
                        double *restrict p)
{
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < SIDE; r++)
            p[i * SIDE + r] = (double)x[r * stride + i] - (mean != NULL ? mean[r] : 0.0);
}
