/* SPDX-License-Identifier: BSD-2-Clause
 * Elementwise sum: exact on every kind of value; y apart, being a, and being b. */
#include "tests/kernels/kcheck.h"

static const size_t timed[] = { 784, 50176, 3211264 };
#define N_TIMED ECAM_ARRAY_LEN(timed)
#define MAX_N 140 /* beyond every unroll */

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    const size_t n = i < N_TIMED ? timed[i] : (i - N_TIMED) % MAX_N + 1;
    const size_t mode = i < N_TIMED ? 0 : (i - N_TIMED) / MAX_N;
    static const char *const names[] = { "", "_into_a", "_into_b", "_edges" };
    if (!kc_begin(kc, "add_%zu%s", n, names[mode]))
        return;
    float *want = kc_output(kc, n), *y = kc_output(kc, n);
    float *a = mode == 1 ? y : kc_input(kc, n), *b = mode == 2 ? y : kc_input(kc, n);
    void (*const fill)(struct kc *, float *, size_t) = mode == 3 ? kc_edges : kc_uniform;
    fill(kc, a, n);
    fill(kc, b, n);
    ref->add(a, b, want, n);
    kc_work(kc, (double)n, 12.0 * (double)n);
    KC_CALL(kc, now->add(a, b, y, n));
    kc_expect_same(kc, want, y, n);
}

const struct kc_check kc_check_add = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 4 * MAX_N,
    .run = run,
};
