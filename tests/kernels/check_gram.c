/* SPDX-License-Identifier: BSD-2-Clause
 * Sums of products in double: the same bits at every level, for factors that were floats
 * and for others, and when a tile is multiplied with itself; and the way there. */
#include <string.h>

#include "tests/kernels/kcheck.h"

#define SIDE ECAM_GRAM_SIDE

static const size_t timed[] = { 49, 256, 2048 };
#define N_TIMED ECAM_ARRAY_LEN(timed)
#define MAX_COUNT 40

/* Doubles in buffers of floats: both kinds of pressing leave them aligned. */
static double *doubles(float *p)
{
    return (double *)(void *)p;
}

static void fill(struct kc *kc, double *p, size_t n, bool is_exact)
{
    for (size_t i = 0; i < n; i++) {
        const double value = (double)kc_random(kc, (size_t)1 << 31) / (1u << 30) - 1.0;
        p[i] = is_exact ? (double)(float)value : value;
    }
}

static void expect_same(struct kc *kc, const double *want, const double *got, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(&want[i], &got[i], sizeof *want) != 0) {
            kc_fail(kc, "element %zu is %.17g, expected %.17g", i, got[i], want[i]);
            return;
        }
    }
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    const size_t count = i < N_TIMED ? timed[i] : (i - N_TIMED) % MAX_COUNT + 1;
    const size_t mode = i < N_TIMED ? 0 : (i - N_TIMED) / MAX_COUNT;
    const bool is_exact = mode % 2 == 0, is_self = mode >= 4;
    const size_t stride = mode / 2 == 1 ? SIDE + 3 : SIDE;
    if (!kc_begin(kc, "gram_%zu%s%s", count, is_exact ? "_exact" : "",
                  is_self          ? "_self"
                  : stride != SIDE ? "_apart"
                                   : ""))
        return;
    const size_t n = count * SIDE, n_a = (count - 1) * stride + SIDE, n_out = SIDE * SIDE;
    double *a = doubles(kc_input(kc, 2 * n_a)), *b = is_self ? a : doubles(kc_input(kc, 2 * n));
    double *want = doubles(kc_output(kc, 2 * n_out)), *s = doubles(kc_output(kc, 2 * n_out));
    fill(kc, a, n_a, is_exact);
    if (!is_self)
        fill(kc, b, n, is_exact);
    ref->gram(a, stride, b, count, is_exact, want);
    kc_work(kc, (double)(2 * n * SIDE), 16.0 * (double)n);
    KC_CALL(kc, now->gram(a, stride, b, count, is_exact, s));
    expect_same(kc, want, s, n_out);
}

const struct kc_check kc_check_gram = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 6 * MAX_COUNT,
    .run = run,
};

static void run_pack(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                     const struct ecam_kernels *now)
{
    const size_t count = i < N_TIMED ? timed[i] : (i - N_TIMED) % MAX_COUNT + 1;
    const size_t mode = i < N_TIMED ? 0 : (i - N_TIMED) / MAX_COUNT;
    const size_t stride = mode / 2 == 0 ? count : count + 5;
    if (!kc_begin(kc, "gram_pack_%zu%s%s", count, mode % 2 == 0 ? "" : "_mean",
                  stride == count ? "" : "_apart"))
        return;
    const size_t n_x = (SIDE - 1) * stride + count, n = count * SIDE;
    float *x = kc_input(kc, n_x);
    double *mean = doubles(kc_input(kc, 2 * SIDE));
    double *want = doubles(kc_output(kc, 2 * n)), *p = doubles(kc_output(kc, 2 * n));
    kc_uniform(kc, x, n_x);
    fill(kc, mean, SIDE, false);
    if (mode % 2 == 0)
        mean = NULL;
    ref->gram_pack(x, stride, mean, count, want);
    kc_work(kc, (double)n, 12.0 * (double)n);
    KC_CALL(kc, now->gram_pack(x, stride, mean, count, p));
    expect_same(kc, want, p, n);
}

const struct kc_check kc_check_gram_pack = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 4 * MAX_COUNT,
    .run = run_pack,
};
