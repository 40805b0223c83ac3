/* SPDX-License-Identifier: BSD-2-Clause
 * Matrix times vector: rows around every group of rows, columns around every vector
 * width and unroll, with and without bias. float16 weights: what the same level makes
 * of them as floats, so that its exactness is that of `dense`. */
#include <math.h>

#include "engine/half.h"
#include "tests/kernels/kcheck.h"

static const size_t timed[][2] = { { 1000, 512 }, { 1000, 2048 }, { 4096, 4096 } };
static const size_t cols_list[] = { 1,  2,  3,  4,  5,  7,  8,  9,  15, 16,  17,
                                    23, 31, 32, 33, 47, 48, 63, 64, 65, 127, 509 };
#define MAX_ROWS 9
#define N_SHAPES (ECAM_ARRAY_LEN(cols_list) * MAX_ROWS)

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    size_t rows, cols;
    bool has_bias = true, specials = false;
    if (i < ECAM_ARRAY_LEN(timed)) {
        rows = timed[i][0];
        cols = timed[i][1];
    } else {
        i -= ECAM_ARRAY_LEN(timed);
        rows = i % MAX_ROWS + 1;
        cols = cols_list[i / MAX_ROWS % ECAM_ARRAY_LEN(cols_list)];
        has_bias = i % 2 == 0;
        specials = i >= N_SHAPES;
    }
    if (!kc_begin(kc, "dense_%zux%zu%s%s", rows, cols, has_bias ? "_bias" : "",
                  specials ? "_special" : ""))
        return;
    void (*const fill)(struct kc *, float *, size_t) = specials ? kc_specials : kc_uniform;
    float *w = kc_input(kc, rows * cols), *x = kc_input(kc, cols);
    float *b = has_bias ? kc_input(kc, rows) : NULL;
    float *want = kc_output(kc, rows), *y = kc_output(kc, rows), *bound = kc_output(kc, rows);
    fill(kc, w, rows * cols);
    fill(kc, x, cols);
    if (has_bias)
        fill(kc, b, rows);
    for (size_t r = 0; r < rows; r++) {
        double mag = has_bias ? fabs((double)b[r]) : 0.0;
        for (size_t c = 0; c < cols; c++)
            mag += fabs((double)w[r * cols + c] * (double)x[c]);
        bound[r] = kc_sum_bound(cols + 1, mag);
    }
    ref->dense(w, b, x, want, rows, cols);
    kc_work(kc, 2.0 * (double)(rows * cols), 4.0 * (double)(rows * cols + cols + rows));
    KC_CALL(kc, now->dense(w, b, x, y, rows, cols));
    kc_expect_within(kc, want, y, bound, rows);
}

const struct kc_check kc_check_dense = {
    .n_timed = ECAM_ARRAY_LEN(timed),
    .n_cases = ECAM_ARRAY_LEN(timed) + 2 * N_SHAPES,
    .run = run,
};

/* Halves of every kind in buffers of floats, and what they are as floats. */
static void fill_halves(struct kc *kc, uint16_t *half, float *as_float, size_t n, bool specials)
{
    for (size_t i = 0; i < n; i++) {
        half[i] = (uint16_t)kc_random(kc, 1u << 16);
        if (!specials && (half[i] & 0x7c00) == 0x7c00) /* not finite */
            half[i] &= 0xbfff;
        as_float[i] = ecam_half_to_float(half[i]);
    }
}

static void run_half(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                     const struct ecam_kernels *now)
{
    const size_t at = i - ecam_min_size(i, ECAM_ARRAY_LEN(timed));
    const bool is_timed = i < ECAM_ARRAY_LEN(timed), specials = at >= N_SHAPES;
    const size_t rows = is_timed ? timed[i][0] : at % MAX_ROWS + 1;
    const size_t cols =
        is_timed ? timed[i][1] : cols_list[at / MAX_ROWS % ECAM_ARRAY_LEN(cols_list)];
    const size_t n = rows * cols;
    if (!kc_begin(kc, "dense_half_%zux%zu%s", rows, cols, specials ? "_special" : ""))
        return;
    /* An odd number of halves ends with its buffer, and begins one half into it. */
    uint16_t *w = (uint16_t *)(void *)kc_input(kc, (n + 1) / 2) + n % 2;
    float *wide = kc_output(kc, n), *x = kc_input(kc, cols), *b = kc_input(kc, rows);
    float *want = kc_output(kc, rows), *y = kc_output(kc, rows);
    fill_halves(kc, w, wide, n, specials);
    kc_uniform(kc, x, cols);
    kc_uniform(kc, b, rows);
    const float *bias = i % 2 == 0 ? b : NULL;
    (void)ref;
    now->dense(wide, bias, x, want, rows, cols);
    kc_work(kc, 2.0 * (double)n, 2.0 * (double)n + 4.0 * (double)(cols + rows));
    KC_CALL(kc, now->dense_half(w, bias, x, y, rows, cols));
    kc_expect_same(kc, want, y, rows);
}

const struct kc_check kc_check_dense_half = {
    .n_timed = ECAM_ARRAY_LEN(timed),
    .n_cases = ECAM_ARRAY_LEN(timed) + 2 * N_SHAPES,
    .run = run_half,
};
