/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tmatrix.h"

#include <stdio.h>
#include <stdlib.h>

/* Everything handed out, so that it is reachable to the end: what a leak checker
 * then reports is the library's. */
static struct {
    void **item;
    size_t n;
} taken;

void *tm_take(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    void **grown = realloc(taken.item, (taken.n + 1) * sizeof *grown);
    ck_assert(p != NULL && grown != NULL);
    taken.item = grown;
    taken.item[taken.n++] = p;
    return p;
}

float *tm_random(size_t n, uint64_t seed)
{
    float *a = tm_take(n, sizeof *a);
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        a[i] = (float)((double)(int32_t)(state >> 32) / 2147483648.0);
    }
    return a;
}

/* Element (r, c) of I - 2 u u^T / |u|^2. */
static double reflection(const float *u, double norm2, size_t r, size_t c)
{
    return (r == c ? 1.0 : 0.0) - 2 * (double)u[r] * (double)u[c] / norm2;
}

static double square_sum(const float *u, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)u[i] * (double)u[i];
    return sum;
}

float *tm_spectrum(size_t rows, size_t cols, const double *s, size_t k, uint64_t seed)
{
    const float *left = tm_random(rows, seed), *right = tm_random(cols, seed + 1);
    const double left2 = square_sum(left, rows), right2 = square_sum(right, cols);
    float *a = tm_take(rows * cols, sizeof *a);
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < cols; c++) {
            double sum = 0;
            for (size_t i = 0; i < k; i++)
                sum += reflection(left, left2, r, i) * s[i] * reflection(right, right2, c, i);
            a[r * cols + c] = (float)sum;
        }
    }
    return a;
}

float *tm_transposed(const float *a, size_t rows, size_t cols)
{
    float *t = tm_take(rows * cols, sizeof *t);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            t[c * rows + r] = a[r * cols + c];
    return t;
}

struct ecam_tensor tm_tensor(const float *data, size_t c, size_t h, size_t w)
{
    return (struct ecam_tensor){ .data = data, .n = 1, .c = c, .h = h, .w = w, .rank = 4 };
}

void *tm_fixture(const char *name, size_t bytes)
{
    const char *folder = getenv("ECAM_FIXTURES");
    ck_assert_msg(folder != NULL, "ECAM_FIXTURES must name tests/fixtures");
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "cannot open %s", path);
    void *data = tm_take(bytes, 1);
    ck_assert_msg(fread(data, 1, bytes + 1, f) == bytes, "%s: not %zu bytes", path, bytes);
    fclose(f);
    return data;
}
