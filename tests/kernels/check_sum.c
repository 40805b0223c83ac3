/* SPDX-License-Identifier: BSD-2-Clause
 * Sums around every vector width and unroll. */
#include <math.h>

#include "tests/kernels/kcheck.h"

static const size_t timed[] = { 784, 50176, 3211264 };
#define N_TIMED ECAM_ARRAY_LEN(timed)
#define MAX_N 140 /* beyond every unroll */

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    const size_t n = i < N_TIMED ? timed[i] : (i - N_TIMED) % MAX_N + 1;
    const bool specials = i >= N_TIMED + MAX_N;
    if (!kc_begin(kc, "sum_%zu%s", n, specials ? "_special" : ""))
        return;
    float *x = kc_input(kc, n), sum = 0.0f;
    if (specials)
        kc_specials(kc, x, n);
    else
        kc_uniform(kc, x, n);
    double mag = 0.0;
    for (size_t j = 0; j < n; j++)
        mag += fabs((double)x[j]);
    const float want = ref->sum(x, n), bound = kc_sum_bound(n, mag);
    kc_work(kc, (double)n, 4.0 * (double)n);
    KC_CALL(kc, sum = now->sum(x, n));
    kc_expect_within(kc, &want, &sum, &bound, 1);
}

const struct kc_check kc_check_sum = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 2 * MAX_N,
    .run = run,
};
