/* SPDX-License-Identifier: BSD-2-Clause
 * Scale and shift: exact, so that a fused multiply-add shows; apart and in place. */
#include "tests/kernels/kcheck.h"

static const size_t timed[] = { 784, 50176, 3211264 };
#define N_TIMED ECAM_ARRAY_LEN(timed)
#define MAX_N 140 /* beyond every unroll */

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    const size_t n = i < N_TIMED ? timed[i] : (i - N_TIMED) % MAX_N + 1;
    const size_t mode = i < N_TIMED ? 0 : (i - N_TIMED) / MAX_N;
    static const char *const names[] = { "", "_inplace", "_edges" };
    if (!kc_begin(kc, "affine_%zu%s", n, names[mode]))
        return;
    float *want = kc_output(kc, n), *y = kc_output(kc, n), scale_shift[2];
    float *x = mode == 1 ? y : kc_input(kc, n);
    void (*const fill)(struct kc *, float *, size_t) = mode == 2 ? kc_edges : kc_uniform;
    fill(kc, x, n);
    kc_uniform(kc, scale_shift, 2);
    ref->affine(x, scale_shift[0], scale_shift[1], want, n);
    kc_work(kc, 2.0 * (double)n, 8.0 * (double)n);
    KC_CALL(kc, now->affine(x, scale_shift[0], scale_shift[1], y, n));
    kc_expect_same(kc, want, y, n);
}

const struct kc_check kc_check_affine = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 3 * MAX_N,
    .run = run,
};
