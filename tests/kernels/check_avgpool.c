/* SPDX-License-Identifier: BSD-2-Clause
 * Mean pooling, both ways of counting. The mean has one term a position under the
 * window; the magnitudes of its terms are those of the same pooling of |in|. */
#include <math.h>

#include "tests/kernels/kcheck.h"
#include "tests/kernels/windows.h"

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    struct window_case c;
    const size_t mode = i / WINDOW_CASES;
    const bool count_pad = mode % 2 == 0, specials = mode >= 2;
    if (!window_case(i % WINDOW_CASES, &c) || c.win.dilation_h != 1 || c.win.dilation_w != 1 ||
        !kc_begin(kc, "avgpool_%s%s%s", c.name, count_pad ? "_countpad" : "",
                  specials ? "_special" : ""))
        return;
    const size_t n_in = c.in_h * c.in_w, n_out = c.out_h * c.out_w;
    float *in = kc_input(kc, n_in), *want = kc_output(kc, n_out), *out = kc_output(kc, n_out);
    float *magnitudes = kc_output(kc, n_in), *bound = kc_output(kc, n_out);
    if (specials)
        kc_specials(kc, in, n_in);
    else
        kc_uniform(kc, in, n_in);
    for (size_t j = 0; j < n_in; j++)
        magnitudes[j] = fabsf(in[j]);
    ref->avgpool(magnitudes, c.in_h, c.in_w, bound, c.out_h, c.out_w, &c.win, count_pad);
    for (size_t j = 0; j < n_out; j++) /* 2 more roundings: 1 / count, and times it */
        bound[j] = kc_sum_bound(c.win.k_h * c.win.k_w + 2, (double)bound[j]);
    ref->avgpool(in, c.in_h, c.in_w, want, c.out_h, c.out_w, &c.win, count_pad);
    kc_work(kc, (double)(n_out * c.win.k_h * c.win.k_w), 4.0 * (double)(n_in + n_out));
    KC_CALL(kc, now->avgpool(in, c.in_h, c.in_w, out, c.out_h, c.out_w, &c.win, count_pad));
    kc_expect_within(kc, want, out, bound, n_out);
}

const struct kc_check kc_check_avgpool = {
    .n_timed = WINDOW_TIMED,
    .n_cases = 4 * WINDOW_CASES,
    .run = run,
};
