/* SPDX-License-Identifier: BSD-2-Clause
 * ReLU: exact on every kind of value, apart and in place. */
#include "tests/kernels/kcheck.h"

static const size_t timed[] = { 784, 50176, 3211264 };
#define N_TIMED ECAM_ARRAY_LEN(timed)
#define MAX_N 140 /* beyond every unroll */

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    const size_t n = i < N_TIMED ? timed[i] : (i - N_TIMED) % MAX_N + 1;
    const bool in_place = i >= N_TIMED + MAX_N;
    if (!kc_begin(kc, "relu_%zu%s", n, in_place ? "_inplace" : ""))
        return;
    float *want = kc_output(kc, n), *y = kc_output(kc, n);
    float *x = in_place ? y : kc_input(kc, n);
    if (i < N_TIMED)
        kc_uniform(kc, x, n);
    else
        kc_edges(kc, x, n);
    ref->relu(x, want, n);
    kc_work(kc, (double)n, 8.0 * (double)n);
    KC_CALL(kc, now->relu(x, y, n));
    kc_expect_same(kc, want, y, n);
}

const struct kc_check kc_check_relu = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 2 * MAX_N,
    .run = run,
};
