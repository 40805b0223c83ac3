/* SPDX-License-Identifier: BSD-2-Clause
 * Softmax, against the formula in double; dense and strided, apart and in place. */
#include <float.h>
#include <math.h>

#include "tests/kernels/kcheck.h"

static const size_t sizes[] = { 1000, 1, 2, 3, 7, 16, 17, 101 };
#define N_SIZES ECAM_ARRAY_LEN(sizes)

/* u = FLT_EPSILON/2. x - max is off by u|x - max|, which exp() turns into a relative
 * error of as much, and adds at most 2u of its own (a libm good to 1 unit in the last
 * place); the sum is off by at most the worst of its terms; the quotient rounds once.
 * Below the normal range an absolute error of a few of the smallest floats is left. */
static void expected(const float *x, size_t n, size_t stride, float *want, float *bound)
{
    double max = (double)x[0], reach = 0.0, sum = 0.0;
    for (size_t i = 1; i < n; i++)
        max = (double)x[i * stride] > max ? (double)x[i * stride] : max;
    for (size_t i = 0; i < n; i++) {
        const double d = max - (double)x[i * stride];
        reach = d > reach ? d : reach;
        sum += exp(-d);
    }
    for (size_t i = 0; i < n; i++) {
        const double d = max - (double)x[i * stride], y = exp(-d) / sum;
        want[i * stride] = (float)y;
        bound[i * stride] = (float)(y * (d + 2.0 + reach + 2.0 + 2.0) * (double)FLT_EPSILON / 2.0 +
                                    4.0 * (double)FLT_TRUE_MIN);
    }
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    (void)ref;
    const size_t n = sizes[i % N_SIZES], mode = i / N_SIZES;
    const size_t stride = mode % 2 != 0 ? 5 : 1, len = (n - 1) * stride + 1;
    const bool in_place = mode / 2 % 2 != 0;
    const float spread = mode / 4 != 0 ? 90.0f : 4.0f; /* wide: some terms are denormal */
    if (!kc_begin(kc, "softmax_%zu_stride%zu%s_spread%.0f", n, stride, in_place ? "_inplace" : "",
                  (double)spread))
        return;
    float *want = kc_output(kc, len), *bound = kc_output(kc, len), *y = kc_output(kc, len);
    float *x = in_place ? y : kc_input(kc, len);
    kc_uniform(kc, x, len);
    for (size_t j = 0; j < len; j++) {
        x[j] *= spread;
        y[j] = want[j] = x[j]; /* between the strides nothing may change */
        bound[j] = 0.0f;
    }
    expected(x, n, stride, want, bound);
    kc_work(kc, (double)n, 8.0 * (double)n);
    KC_CALL(kc, now->softmax(x, y, n, stride));
    kc_expect_within(kc, want, y, bound, len);
}

const struct kc_check kc_check_softmax = {
    .n_timed = 1,
    .n_cases = 8 * N_SIZES,
    .run = run,
};
