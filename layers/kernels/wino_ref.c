/* SPDX-License-Identifier: BSD-2-Clause
 * Winograd's transforms by their matrices. */
#include <assert.h>

#include "layers/kernels/kernels.h"

#define MAX_T 8
#define MAX_M 6
#define MAX_R 5

/* Of F(m x m, r x r): B^T is t x t, A^T is m x t, G is t x r. */
struct matrices {
    size_t m, r, t;
    float bt[MAX_T][MAX_T], at[MAX_M][MAX_T], g[MAX_T][MAX_R];
};

/* Points 0, 1, -1, 2, -2 and infinity. */
static const struct matrices f4 = {
    .m = 4,
    .r = 3,
    .t = 6,
    .bt = { { 4, 0, -5, 0, 1, 0 },
            { 0, -4, -4, 1, 1, 0 },
            { 0, 4, -4, -1, 1, 0 },
            { 0, -2, -1, 2, 1, 0 },
            { 0, 2, -1, -2, 1, 0 },
            { 0, 4, 0, -5, 0, 1 } },
    .at = { { 1, 1, 1, 1, 1, 0 },
            { 0, 1, -1, 2, -2, 0 },
            { 0, 1, 1, 4, 4, 0 },
            { 0, 1, -1, 8, -8, 1 } },
    .g = { { 1.0f / 4, 0, 0 },
           { -1.0f / 6, -1.0f / 6, -1.0f / 6 },
           { -1.0f / 6, 1.0f / 6, -1.0f / 6 },
           { 1.0f / 24, 1.0f / 12, 1.0f / 6 },
           { 1.0f / 24, -1.0f / 12, 1.0f / 6 },
           { 0, 0, 1 } },
};

/* Points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity. */
static const struct matrices f6 = {
    .m = 6,
    .r = 3,
    .t = 8,
    .bt = { { 1, 0, -5.25f, 0, 5.25f, 0, -1, 0 },
            { 0, 1, 1, -4.25f, -4.25f, 1, 1, 0 },
            { 0, -1, 1, 4.25f, -4.25f, -1, 1, 0 },
            { 0, 0.5f, 0.25f, -2.5f, -1.25f, 2, 1, 0 },
            { 0, -0.5f, 0.25f, 2.5f, -1.25f, -2, 1, 0 },
            { 0, 2, 4, -2.5f, -5, 0.5f, 1, 0 },
            { 0, -2, 4, 2.5f, -5, -0.5f, 1, 0 },
            { 0, -1, 0, 5.25f, 0, -5.25f, 0, 1 } },
    .at = { { 1, 1, 1, 1, 1, 32, 32, 0 },
            { 0, 1, -1, 2, -2, 16, -16, 0 },
            { 0, 1, 1, 4, 4, 8, 8, 0 },
            { 0, 1, -1, 8, -8, 4, -4, 0 },
            { 0, 1, 1, 16, 16, 2, 2, 0 },
            { 0, 1, -1, 32, -32, 1, -1, 1 } },
    .g = { { 1, 0, 0 },
           { -2.0f / 9, -2.0f / 9, -2.0f / 9 },
           { -2.0f / 9, 2.0f / 9, -2.0f / 9 },
           { 1.0f / 90, 1.0f / 45, 2.0f / 45 },
           { 1.0f / 90, -1.0f / 45, 2.0f / 45 },
           { 1.0f / 45, 1.0f / 90, 1.0f / 180 },
           { 1.0f / 45, -1.0f / 90, 1.0f / 180 },
           { 0, 0, 1 } },
};

/* The same points, so B^T is that of f6; A^T has fewer rows, and G more columns. */
static const struct matrices f45 = {
    .m = 4,
    .r = 5,
    .t = 8,
    .at = { { 1, 1, 1, 1, 1, 8, 8, 0 },
            { 0, 1, -1, 2, -2, 4, -4, 0 },
            { 0, 1, 1, 4, 4, 2, 2, 0 },
            { 0, 1, -1, 8, -8, 1, -1, 1 } },
    .g = { { 1, 0, 0, 0, 0 },
           { -2.0f / 9, -2.0f / 9, -2.0f / 9, -2.0f / 9, -2.0f / 9 },
           { -2.0f / 9, 2.0f / 9, -2.0f / 9, 2.0f / 9, -2.0f / 9 },
           { 1.0f / 90, 1.0f / 45, 2.0f / 45, 4.0f / 45, 8.0f / 45 },
           { 1.0f / 90, -1.0f / 45, 2.0f / 45, -4.0f / 45, 8.0f / 45 },
           { 4.0f / 45, 2.0f / 45, 1.0f / 45, 1.0f / 90, 1.0f / 180 },
           { 4.0f / 45, -2.0f / 45, 1.0f / 45, -1.0f / 90, 1.0f / 180 },
           { 0, 0, 0, 0, 1 } },
};

static void input(const struct matrices *f, const float *in, size_t in_h, size_t in_w, ptrdiff_t y,
                  ptrdiff_t x, float *v, size_t v_stride)
{
    const size_t t = f->t;
    for (size_t lane = 0; lane < ECAM_BLOCK; lane++) {
        float half[MAX_T][MAX_T];
        for (size_t i = 0; i < t; i++)
            for (size_t j = 0; j < t; j++) {
                half[i][j] = 0.0f;
                for (size_t k = 0; k < t; k++) {
                    const ptrdiff_t row = y + (ptrdiff_t)i, col = x + (ptrdiff_t)k;
                    if (row < 0 || col < 0 || row >= (ptrdiff_t)in_h || col >= (ptrdiff_t)in_w ||
                        f->bt[j][k] == 0.0f)
                        continue;
                    half[i][j] +=
                        f->bt[j][k] * in[((size_t)row * in_w + (size_t)col) * ECAM_BLOCK + lane];
                }
            }
        for (size_t i = 0; i < t; i++)
            for (size_t j = 0; j < t; j++) {
                float sum = 0.0f;
                for (size_t k = 0; k < t; k++)
                    if (f->bt[i][k] != 0.0f)
                        sum += f->bt[i][k] * half[k][j];
                v[(i * t + j) * v_stride + lane] = sum;
            }
    }
}

static void output(const struct matrices *f, const float *m, size_t m_stride, const float *bias,
                   const float *add, float *out, size_t out_w, size_t rows, size_t cols, bool relu)
{
    const size_t t = f->t;
    assert(rows >= 1 && rows <= f->m && cols >= 1 && cols <= f->m);
    for (size_t lane = 0; lane < ECAM_BLOCK; lane++) {
        float half[MAX_T][MAX_T];
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < t; j++) {
                half[i][j] = 0.0f;
                for (size_t k = 0; k < t; k++)
                    if (f->at[i][k] != 0.0f)
                        half[i][j] += f->at[i][k] * m[(k * t + j) * m_stride + lane];
            }
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < cols; j++) {
                const size_t at = (i * out_w + j) * ECAM_BLOCK + lane;
                float sum = 0.0f;
                for (size_t k = 0; k < t; k++)
                    if (f->at[j][k] != 0.0f)
                        sum += f->at[j][k] * half[i][k];
                sum += bias != NULL ? bias[lane] : 0.0f;
                if (add != NULL)
                    sum += add[at];
                out[at] = relu && sum < 0.0f ? 0.0f : sum;
            }
    }
}

static void weight(const struct matrices *f, const float *g, float *u, size_t u_stride)
{
    const size_t t = f->t, r = f->r;
    for (size_t lane = 0; lane < ECAM_BLOCK; lane++)
        for (size_t i = 0; i < t; i++)
            for (size_t j = 0; j < t; j++) {
                double sum = 0.0;
                for (size_t y = 0; y < r; y++)
                    for (size_t x = 0; x < r; x++)
                        sum += (double)f->g[i][y] * (double)f->g[j][x] *
                               (double)g[(y * r + x) * ECAM_BLOCK + lane];
                u[(i * t + j) * u_stride + lane] = (float)sum;
            }
}

void ecam_wino4_input_ref(const float *in, size_t in_h, size_t in_w, ptrdiff_t y, ptrdiff_t x,
                          float *v, size_t v_stride)
{
    input(&f4, in, in_h, in_w, y, x, v, v_stride);
}

void ecam_wino4_output_ref(const float *m, size_t m_stride, const float *bias, const float *add,
                           float *out, size_t out_w, size_t rows, size_t cols, bool relu)
{
    output(&f4, m, m_stride, bias, add, out, out_w, rows, cols, relu);
}

void ecam_wino4_weight_ref(const float *g, float *u, size_t u_stride)
{
    weight(&f4, g, u, u_stride);
}

void ecam_wino6_input_ref(const float *in, size_t in_h, size_t in_w, ptrdiff_t y, ptrdiff_t x,
                          float *v, size_t v_stride)
{
    input(&f6, in, in_h, in_w, y, x, v, v_stride);
}

void ecam_wino6_output_ref(const float *m, size_t m_stride, const float *bias, const float *add,
                           float *out, size_t out_w, size_t rows, size_t cols, bool relu)
{
    output(&f6, m, m_stride, bias, add, out, out_w, rows, cols, relu);
}

void ecam_wino6_weight_ref(const float *g, float *u, size_t u_stride)
{
    weight(&f6, g, u, u_stride);
}

void ecam_wino45_output_ref(const float *m, size_t m_stride, const float *bias, const float *add,
                            float *out, size_t out_w, size_t rows, size_t cols, bool relu)
{
    output(&f45, m, m_stride, bias, add, out, out_w, rows, cols, relu);
}

void ecam_wino45_weight_ref(const float *g, float *u, size_t u_stride)
{
    weight(&f45, g, u, u_stride);
}
