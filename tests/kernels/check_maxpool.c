/* SPDX-License-Identifier: BSD-2-Clause
 * Maximum pooling: exact, NaN and infinities included. */
#include "tests/kernels/kcheck.h"
#include "tests/kernels/windows.h"

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    struct window_case c;
    const bool edges = i >= WINDOW_CASES;
    if (!window_case(i % WINDOW_CASES, &c) || c.win.dilation_h != 1 || c.win.dilation_w != 1 ||
        !kc_begin(kc, "maxpool_%s%s", c.name, edges ? "_edges" : ""))
        return;
    const size_t n_in = c.in_h * c.in_w, n_out = c.out_h * c.out_w;
    float *in = kc_input(kc, n_in), *want = kc_output(kc, n_out), *out = kc_output(kc, n_out);
    if (edges)
        kc_edges(kc, in, n_in);
    else
        kc_uniform(kc, in, n_in);
    ref->maxpool(in, c.in_h, c.in_w, want, c.out_h, c.out_w, &c.win);
    kc_work(kc, (double)(n_out * c.win.k_h * c.win.k_w), 4.0 * (double)(n_in + n_out));
    KC_CALL(kc, now->maxpool(in, c.in_h, c.in_w, out, c.out_h, c.out_w, &c.win));
    kc_expect_equal(kc, want, out, n_out);
}

const struct kc_check kc_check_maxpool = {
    .n_timed = WINDOW_TIMED,
    .n_cases = 2 * WINDOW_CASES,
    .run = run,
};
