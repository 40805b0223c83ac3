/* SPDX-License-Identifier: BSD-2-Clause
 * Winograd's transforms, for any vector that a lanes_*.h names: 16 channels are
 * 16 / LANES vectors, each transformed on its own. A two-dimensional transform is the
 * one-dimensional one along rows, then along columns. The factorisations share what
 * the points +p and -p have in common; docs/winograd.md derives the matrices. */
#ifndef ECAM_WINO_H
#define ECAM_WINO_H

#include <string.h>

#include "layers/kernels/inline.h"
#include "layers/kernels/kernels.h"

#define MAX_T 8
#define MAX_R 5

/* ---- B^T, from inputs to elements ---- */

INLINE void input_6(const vec *d, vec *o)
{
    const vec four = vec_set(-4.0f), five = vec_set(-5.0f), two = vec_set(2.0f);
    const vec even = vec_fma(four, d[2], d[4]), odd = vec_fma(four, d[1], d[3]);
    const vec near = vec_sub(d[4], d[2]), far = vec_mul(two, vec_sub(d[3], d[1]));
    o[0] = vec_fma(vec_set(4.0f), d[0], vec_fma(five, d[2], d[4]));
    o[1] = vec_add(even, odd);
    o[2] = vec_sub(even, odd);
    o[3] = vec_add(near, far);
    o[4] = vec_sub(near, far);
    o[5] = vec_fma(vec_set(4.0f), d[1], vec_fma(five, d[3], d[5]));
}

INLINE void input_8(const vec *d, vec *o)
{
    const vec a = vec_fma(vec_set(-4.25f), d[4], vec_add(d[2], d[6]));
    const vec b = vec_fma(vec_set(-4.25f), d[3], vec_add(d[1], d[5]));
    const vec c = vec_fma(vec_set(-1.25f), d[4], vec_fma(vec_set(0.25f), d[2], d[6]));
    const vec e =
        vec_fma(vec_set(2.0f), d[5], vec_fma(vec_set(-2.5f), d[3], vec_mul(vec_set(0.5f), d[1])));
    const vec f = vec_fma(vec_set(-5.0f), d[4], vec_fma(vec_set(4.0f), d[2], d[6]));
    const vec g =
        vec_fma(vec_set(0.5f), d[5], vec_fma(vec_set(-2.5f), d[3], vec_mul(vec_set(2.0f), d[1])));
    o[0] = vec_fma(vec_set(5.25f), vec_sub(d[4], d[2]), vec_sub(d[0], d[6]));
    o[1] = vec_add(a, b);
    o[2] = vec_sub(a, b);
    o[3] = vec_add(c, e);
    o[4] = vec_sub(c, e);
    o[5] = vec_add(f, g);
    o[6] = vec_sub(f, g);
    o[7] = vec_fma(vec_set(5.25f), vec_sub(d[3], d[5]), vec_sub(d[7], d[1]));
}

/* ---- A^T, from products to outputs ---- */

INLINE void output_6(const vec *m, vec *y)
{
    const vec a = vec_add(m[1], m[2]), b = vec_sub(m[1], m[2]);
    const vec c = vec_add(m[3], m[4]), d = vec_sub(m[3], m[4]);
    y[0] = vec_add(vec_add(m[0], a), c);
    y[1] = vec_fma(vec_set(2.0f), d, b);
    y[2] = vec_fma(vec_set(4.0f), c, a);
    y[3] = vec_add(vec_fma(vec_set(8.0f), d, b), m[5]);
}

INLINE void output_8(const vec *m, vec *y)
{
    const vec a = vec_add(m[1], m[2]), b = vec_sub(m[1], m[2]);
    const vec c = vec_add(m[3], m[4]), d = vec_sub(m[3], m[4]);
    const vec e = vec_add(m[5], m[6]), f = vec_sub(m[5], m[6]);
    y[0] = vec_add(vec_add(m[0], a), vec_fma(vec_set(32.0f), e, c));
    y[1] = vec_fma(vec_set(16.0f), f, vec_fma(vec_set(2.0f), d, b));
    y[2] = vec_fma(vec_set(8.0f), e, vec_fma(vec_set(4.0f), c, a));
    y[3] = vec_fma(vec_set(4.0f), f, vec_fma(vec_set(8.0f), d, b));
    y[4] = vec_fma(vec_set(2.0f), e, vec_fma(vec_set(16.0f), c, a));
    y[5] = vec_add(vec_add(f, m[7]), vec_fma(vec_set(32.0f), d, b));
}

/* The first four rows of output_8, points 1/2 and -1/2 scaled by 8 instead of 32. */
INLINE void output_8_of_5(const vec *m, vec *y)
{
    const vec a = vec_add(m[1], m[2]), b = vec_sub(m[1], m[2]);
    const vec c = vec_add(m[3], m[4]), d = vec_sub(m[3], m[4]);
    const vec e = vec_add(m[5], m[6]), f = vec_sub(m[5], m[6]);
    y[0] = vec_add(vec_add(m[0], a), vec_fma(vec_set(8.0f), e, c));
    y[1] = vec_fma(vec_set(4.0f), f, vec_fma(vec_set(2.0f), d, b));
    y[2] = vec_fma(vec_set(2.0f), e, vec_fma(vec_set(4.0f), c, a));
    y[3] = vec_add(vec_add(f, m[7]), vec_fma(vec_set(8.0f), d, b));
}

/* t inputs a side, n outputs. */
INLINE void output_line(const vec *m, vec *y, const size_t t, const size_t n)
{
    if (t == 6)
        output_6(m, y);
    else if (n == 6)
        output_8(m, y);
    else
        output_8_of_5(m, y);
}

/* ---- G, from taps to elements ---- */

INLINE void weight_6(const vec *g, vec *u)
{
    const vec a = vec_mul(vec_set(-1.0f / 6), vec_add(g[0], g[2]));
    const vec b = vec_mul(vec_set(-1.0f / 6), g[1]);
    const vec c = vec_mul(vec_set(1.0f / 24), vec_fma(vec_set(4.0f), g[2], g[0]));
    const vec d = vec_mul(vec_set(1.0f / 12), g[1]);
    u[0] = vec_mul(vec_set(0.25f), g[0]);
    u[1] = vec_add(a, b);
    u[2] = vec_sub(a, b);
    u[3] = vec_add(c, d);
    u[4] = vec_sub(c, d);
    u[5] = g[2];
}

INLINE void weight_8(const vec *g, vec *u)
{
    const vec a = vec_mul(vec_set(-2.0f / 9), vec_add(g[0], g[2]));
    const vec b = vec_mul(vec_set(-2.0f / 9), g[1]);
    const vec c = vec_mul(vec_set(1.0f / 90), vec_fma(vec_set(4.0f), g[2], g[0]));
    const vec d = vec_mul(vec_set(1.0f / 45), g[1]);
    const vec e = vec_mul(vec_set(1.0f / 180), vec_fma(vec_set(4.0f), g[0], g[2]));
    const vec f = vec_mul(vec_set(1.0f / 90), g[1]);
    u[0] = g[0];
    u[1] = vec_add(a, b);
    u[2] = vec_sub(a, b);
    u[3] = vec_add(c, d);
    u[4] = vec_sub(c, d);
    u[5] = vec_add(e, f);
    u[6] = vec_sub(e, f);
    u[7] = g[2];
}

INLINE void weight_8_of_5(const vec *g, vec *u)
{
    const vec four = vec_set(4.0f), sixteen = vec_set(16.0f);
    const vec even = vec_add(g[0], vec_add(g[2], g[4])), odd = vec_add(g[1], g[3]);
    const vec a = vec_mul(vec_set(-2.0f / 9), even), b = vec_mul(vec_set(-2.0f / 9), odd);
    const vec c = vec_mul(vec_set(1.0f / 90), vec_fma(sixteen, g[4], vec_fma(four, g[2], g[0])));
    const vec d = vec_mul(vec_set(1.0f / 45), vec_fma(four, g[3], g[1]));
    const vec e = vec_mul(vec_set(1.0f / 180), vec_fma(sixteen, g[0], vec_fma(four, g[2], g[4])));
    const vec f = vec_mul(vec_set(1.0f / 90), vec_fma(four, g[1], g[3]));
    u[0] = g[0];
    u[1] = vec_add(a, b);
    u[2] = vec_sub(a, b);
    u[3] = vec_add(c, d);
    u[4] = vec_sub(c, d);
    u[5] = vec_add(e, f);
    u[6] = vec_sub(e, f);
    u[7] = g[4];
}

/* r taps a side. */
INLINE void weight_line(const vec *g, vec *u, const size_t t, const size_t r)
{
    if (t == 6)
        weight_6(g, u);
    else if (r == 3)
        weight_8(g, u);
    else
        weight_8_of_5(g, u);
}

/* ---- Two dimensions ---- */

/* Rows of d, `row` floats apart, columns 16 apart; t x t of them are there. */
INLINE void input_tile(const float *d, size_t row, float *v, size_t v_stride, const size_t t)
{
    for (size_t lane = 0; lane < ECAM_BLOCK; lane += LANES) {
        vec half[MAX_T][MAX_T];
        UNROLL
        for (size_t i = 0; i < t; i++) {
            vec x[MAX_T];
            UNROLL
            for (size_t j = 0; j < t; j++)
                x[j] = vec_load(d + i * row + j * ECAM_BLOCK + lane);
            if (t == 6)
                input_6(x, half[i]);
            else
                input_8(x, half[i]);
        }
        for (size_t j = 0; j < t; j++) {
            vec x[MAX_T], y[MAX_T];
            UNROLL
            for (size_t i = 0; i < t; i++)
                x[i] = half[i][j];
            if (t == 6)
                input_6(x, y);
            else
                input_8(x, y);
            UNROLL
            for (size_t i = 0; i < t; i++)
                vec_store(v + (i * t + j) * v_stride + lane, y[i]);
        }
    }
}

/* A tile that reaches beyond the plane is copied first, so that all tiles go the same
 * way. */
INLINE void input_anywhere(const float *in, size_t in_h, size_t in_w, ptrdiff_t y, ptrdiff_t x,
                           float *v, size_t v_stride, const size_t t)
{
    const ptrdiff_t h = (ptrdiff_t)in_h, w = (ptrdiff_t)in_w, n = (ptrdiff_t)t;
    if (y >= 0 && x >= 0 && y + n <= h && x + n <= w) {
        input_tile(in + (y * w + x) * ECAM_BLOCK, in_w * ECAM_BLOCK, v, v_stride, t);
        return;
    }
    _Alignas(64) float copy[MAX_T * MAX_T * ECAM_BLOCK];
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            float *to = copy + (i * n + j) * ECAM_BLOCK;
            if (y + i >= 0 && y + i < h && x + j >= 0 && x + j < w)
                memcpy(to, in + ((y + i) * w + x + j) * ECAM_BLOCK, ECAM_BLOCK * sizeof *to);
            else
                memset(to, 0, ECAM_BLOCK * sizeof *to);
        }
    input_tile(copy, t * ECAM_BLOCK, v, v_stride, t);
}

INLINE void output_tile(const float *m, size_t m_stride, const float *bias, const float *add,
                        float *out, size_t out_w, size_t rows, size_t cols, bool relu,
                        const size_t t, const size_t n)
{
    for (size_t lane = 0; lane < ECAM_BLOCK; lane += LANES) {
        vec half[MAX_T][MAX_T];
        const vec b = bias != NULL ? vec_load(bias + lane) : vec_set(0.0f);
        UNROLL
        for (size_t j = 0; j < t; j++) {
            vec x[MAX_T], y[MAX_T];
            UNROLL
            for (size_t i = 0; i < t; i++)
                x[i] = vec_load(m + (i * t + j) * m_stride + lane);
            output_line(x, y, t, n);
            UNROLL
            for (size_t i = 0; i < n; i++)
                half[i][j] = y[i];
        }
        for (size_t i = 0; i < rows; i++) {
            vec y[MAX_T];
            output_line(half[i], y, t, n);
            UNROLL
            for (size_t j = 0; j < n; j++) {
                if (j >= cols)
                    continue;
                const size_t at = (i * out_w + j) * ECAM_BLOCK + lane;
                y[j] = vec_add(y[j], b);
                if (add != NULL)
                    y[j] = vec_add(y[j], vec_load(add + at));
                vec_store(out + at, relu ? vec_relu(y[j]) : y[j]);
            }
        }
    }
}

INLINE void weight_tile(const float *g, float *u, size_t u_stride, const size_t t, const size_t r)
{
    for (size_t lane = 0; lane < ECAM_BLOCK; lane += LANES) {
        vec half[MAX_R][MAX_T];
        UNROLL
        for (size_t i = 0; i < r; i++) {
            vec x[MAX_R];
            UNROLL
            for (size_t j = 0; j < r; j++)
                x[j] = vec_load(g + (i * r + j) * ECAM_BLOCK + lane);
            weight_line(x, half[i], t, r);
        }
        for (size_t j = 0; j < t; j++) {
            vec x[MAX_R], y[MAX_T];
            UNROLL
            for (size_t i = 0; i < r; i++)
                x[i] = half[i][j];
            weight_line(x, y, t, r);
            UNROLL
            for (size_t i = 0; i < t; i++)
                vec_store(u + (i * t + j) * u_stride + lane, y[i]);
        }
    }
}

#endif /* ECAM_WINO_H */
