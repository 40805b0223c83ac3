/* SPDX-License-Identifier: BSD-2-Clause
 * Depthwise convolution: every window, with dilation, with and without ReLU. */
#include <math.h>

#include "tests/kernels/kcheck.h"
#include "tests/kernels/windows.h"

#define MAX_TAPS 64

/* bound of each output: the same convolution of magnitudes gives sum|term|. */
static void bounds(const struct window_case *c, const struct ecam_kernels *ref, const float *in,
                   const float *w, float bias, float *magnitudes, float *bound)
{
    const size_t n_taps = c->win.k_h * c->win.k_w;
    float w_abs[MAX_TAPS];
    for (size_t j = 0; j < n_taps; j++)
        w_abs[j] = fabsf(w[j]);
    for (size_t j = 0; j < c->in_h * c->in_w; j++)
        magnitudes[j] = fabsf(in[j]);
    ref->dwconv(magnitudes, c->in_h, c->in_w, w_abs, fabsf(bias), bound, c->out_h, c->out_w,
                &c->win, false);
    for (size_t j = 0; j < c->out_h * c->out_w; j++)
        bound[j] = kc_sum_bound(n_taps + 1, (double)bound[j]);
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    struct window_case c;
    const size_t mode = i / WINDOW_CASES;
    const bool relu = mode % 2 == 0, specials = mode >= 2;
    if (!window_case(i % WINDOW_CASES, &c) ||
        !kc_begin(kc, "dwconv_%s%s%s", c.name, relu ? "_relu" : "", specials ? "_special" : ""))
        return;
    void (*const fill)(struct kc *, float *, size_t) = specials ? kc_specials : kc_uniform;
    const size_t n_in = c.in_h * c.in_w, n_out = c.out_h * c.out_w;
    const size_t n_taps = c.win.k_h * c.win.k_w;
    float *in = kc_input(kc, n_in), *w = kc_input(kc, n_taps), *bias = kc_input(kc, 1);
    float *want = kc_output(kc, n_out), *out = kc_output(kc, n_out);
    float *magnitudes = kc_output(kc, n_in), *bound = kc_output(kc, n_out);
    fill(kc, in, n_in);
    kc_uniform(kc, w, n_taps); /* finite, see the contract */
    fill(kc, bias, 1);
    bounds(&c, ref, in, w, *bias, magnitudes, bound);
    ref->dwconv(in, c.in_h, c.in_w, w, *bias, want, c.out_h, c.out_w, &c.win, relu);
    kc_work(kc, 2.0 * (double)(n_out * n_taps), 4.0 * (double)(n_in + n_out));
    KC_CALL(kc, now->dwconv(in, c.in_h, c.in_w, w, *bias, out, c.out_h, c.out_w, &c.win, relu));
    kc_expect_within(kc, want, out, bound, n_out);
}

const struct kc_check kc_check_dwconv = {
    .n_timed = WINDOW_TIMED,
    .n_cases = 4 * WINDOW_CASES,
    .run = run,
};
