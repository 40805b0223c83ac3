/* SPDX-License-Identifier: BSD-2-Clause
 * Kernels on one block of 16 channels: pooling, depthwise convolution, means, affine
 * maps, and the ways between the layouts. Windows slide over the planes of windows.h;
 * only some output rows are asked for, and the others must stay as they are. */
#include <math.h>
#include <string.h>

#include "tests/kernels/kcheck.h"
#include "tests/kernels/windows.h"

#define MAX_TAPS 64

struct block_case {
    struct window_case c;
    size_t n_in, n_out, first, last; /* floats; output rows */
    float *in, *want, *out;
};

/* Buffers of a window case with `in` filled; want and out begin alike. */
static void block_buffers(struct kc *kc, size_t i, struct block_case *b,
                          void (*fill)(struct kc *, float *, size_t))
{
    b->n_in = b->c.in_h * b->c.in_w * ECAM_BLOCK;
    b->n_out = b->c.out_h * b->c.out_w * ECAM_BLOCK;
    b->first = i % 3 == 2 ? b->c.out_h / 2 : 0;
    b->last = i % 3 == 1 ? (b->c.out_h + 1) / 2 : b->c.out_h;
    b->in = kc_input(kc, b->n_in);
    b->want = kc_output(kc, b->n_out);
    b->out = kc_output(kc, b->n_out);
    fill(kc, b->in, b->n_in);
    kc_uniform(kc, b->want, b->n_out);
    memcpy(b->out, b->want, b->n_out * sizeof *b->out);
}

static void block_work(struct kc *kc, const struct block_case *b)
{
    kc_work(kc, (double)(b->n_out * b->c.win.k_h * b->c.win.k_w),
            4.0 * (double)(b->n_in + b->n_out));
}

static bool is_pool(size_t i, struct block_case *b)
{
    return window_case(i % WINDOW_CASES, &b->c) && b->c.win.dilation_h == 1 &&
           b->c.win.dilation_w == 1;
}

/* ---- Maximum ---- */

static void run_max(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                    const struct ecam_kernels *now)
{
    struct block_case b;
    const bool edges = i >= WINDOW_CASES;
    if (!is_pool(i, &b) || !kc_begin(kc, "blockmax_%s%s", b.c.name, edges ? "_edges" : ""))
        return;
    block_buffers(kc, i, &b, edges ? kc_edges : kc_uniform);
    const struct window_case *c = &b.c;
    ref->blockmax(b.in, c->in_h, c->in_w, b.want, c->out_h, c->out_w, &c->win, b.first, b.last);
    block_work(kc, &b);
    KC_CALL(kc, now->blockmax(b.in, c->in_h, c->in_w, b.out, c->out_h, c->out_w, &c->win, b.first,
                              b.last));
    kc_expect_equal(kc, b.want, b.out, b.n_out);
}

const struct kc_check kc_check_blockmax = {
    .n_timed = WINDOW_TIMED,
    .n_cases = 2 * WINDOW_CASES,
    .run = run_max,
};

/* ---- Mean under a window: one term a position, and the magnitudes of the terms are
 * those of the same pooling of |in| ---- */

static void run_avg(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                    const struct ecam_kernels *now)
{
    struct block_case b;
    const size_t mode = i / WINDOW_CASES;
    const bool count_pad = mode % 2 == 0, specials = mode >= 2;
    if (!is_pool(i, &b) || !kc_begin(kc, "blockavg_%s%s%s", b.c.name, count_pad ? "_countpad" : "",
                                     specials ? "_special" : ""))
        return;
    block_buffers(kc, i, &b, specials ? kc_specials : kc_uniform);
    const struct window_case *c = &b.c;
    float *magnitudes = kc_output(kc, b.n_in), *bound = kc_output(kc, b.n_out);
    for (size_t j = 0; j < b.n_in; j++)
        magnitudes[j] = fabsf(b.in[j]);
    memset(bound, 0, b.n_out * sizeof *bound);
    ref->blockavg(magnitudes, c->in_h, c->in_w, bound, c->out_h, c->out_w, &c->win, count_pad,
                  b.first, b.last);
    for (size_t j = 0; j < b.n_out; j++) /* one more rounding: the division */
        bound[j] = kc_sum_bound(c->win.k_h * c->win.k_w + 1, (double)bound[j]);
    ref->blockavg(b.in, c->in_h, c->in_w, b.want, c->out_h, c->out_w, &c->win, count_pad, b.first,
                  b.last);
    block_work(kc, &b);
    KC_CALL(kc, now->blockavg(b.in, c->in_h, c->in_w, b.out, c->out_h, c->out_w, &c->win, count_pad,
                              b.first, b.last));
    kc_expect_within(kc, b.want, b.out, bound, b.n_out);
}

const struct kc_check kc_check_blockavg = {
    .n_timed = WINDOW_TIMED,
    .n_cases = 4 * WINDOW_CASES,
    .run = run_avg,
};

/* ---- Depthwise convolution ---- */

static void run_dw(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                   const struct ecam_kernels *now)
{
    struct block_case b;
    const size_t mode = i / WINDOW_CASES;
    const bool relu = mode % 2 == 0, specials = mode >= 2;
    if (!window_case(i % WINDOW_CASES, &b.c) ||
        !kc_begin(kc, "blockdw_%s%s%s", b.c.name, relu ? "_relu" : "", specials ? "_special" : ""))
        return;
    block_buffers(kc, i, &b, specials ? kc_specials : kc_uniform);
    const struct window_case *c = &b.c;
    const size_t n_taps = c->win.k_h * c->win.k_w;
    float *w = kc_input(kc, n_taps * ECAM_BLOCK), *bias = kc_input(kc, ECAM_BLOCK);
    float *magnitudes = kc_output(kc, b.n_in), *bound = kc_output(kc, b.n_out);
    float w_abs[MAX_TAPS * ECAM_BLOCK], bias_abs[ECAM_BLOCK];
    kc_uniform(kc, w, n_taps * ECAM_BLOCK); /* finite, see the contract */
    (specials ? kc_specials : kc_uniform)(kc, bias, ECAM_BLOCK);
    for (size_t j = 0; j < n_taps * ECAM_BLOCK; j++)
        w_abs[j] = fabsf(w[j]);
    for (size_t j = 0; j < ECAM_BLOCK; j++)
        bias_abs[j] = fabsf(bias[j]);
    for (size_t j = 0; j < b.n_in; j++)
        magnitudes[j] = fabsf(b.in[j]);
    memset(bound, 0, b.n_out * sizeof *bound);
    ref->blockdw(magnitudes, c->in_h, c->in_w, w_abs, bias_abs, bound, c->out_h, c->out_w, &c->win,
                 false, b.first, b.last);
    for (size_t j = 0; j < b.n_out; j++)
        bound[j] = kc_sum_bound(n_taps + 1, (double)bound[j]);
    ref->blockdw(b.in, c->in_h, c->in_w, w, bias, b.want, c->out_h, c->out_w, &c->win, relu,
                 b.first, b.last);
    block_work(kc, &b);
    KC_CALL(kc, now->blockdw(b.in, c->in_h, c->in_w, w, bias, b.out, c->out_h, c->out_w, &c->win,
                             relu, b.first, b.last));
    kc_expect_within(kc, b.want, b.out, bound, b.n_out);
}

const struct kc_check kc_check_blockdw = {
    .n_timed = WINDOW_TIMED,
    .n_cases = 4 * WINDOW_CASES,
    .run = run_dw,
};

/* ---- Means and affine maps over n positions ---- */

static const size_t timed_n[] = { 49, 196, 3136 };
#define N_TIMED ECAM_ARRAY_LEN(timed_n)
#define MAX_N 40 /* beyond every unroll */

static size_t positions(size_t i)
{
    return i < N_TIMED ? timed_n[i] : (i - N_TIMED) % MAX_N + 1;
}

static void run_mean(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                     const struct ecam_kernels *now)
{
    const size_t n = positions(i);
    const bool specials = i >= N_TIMED + MAX_N;
    if (!kc_begin(kc, "blockmean_%zu%s", n, specials ? "_special" : ""))
        return;
    float *in = kc_input(kc, n * ECAM_BLOCK), *magnitudes = kc_output(kc, n * ECAM_BLOCK);
    float *want = kc_output(kc, ECAM_BLOCK), *out = kc_output(kc, ECAM_BLOCK);
    float *bound = kc_output(kc, ECAM_BLOCK);
    (specials ? kc_specials : kc_uniform)(kc, in, n * ECAM_BLOCK);
    for (size_t j = 0; j < n * ECAM_BLOCK; j++)
        magnitudes[j] = fabsf(in[j]);
    ref->blockmean(magnitudes, n, bound);
    for (size_t l = 0; l < ECAM_BLOCK; l++)
        bound[l] = kc_sum_bound(n + 1, (double)bound[l]);
    ref->blockmean(in, n, want);
    kc_work(kc, (double)(n * ECAM_BLOCK), 4.0 * (double)(n * ECAM_BLOCK));
    KC_CALL(kc, now->blockmean(in, n, out));
    kc_expect_within(kc, want, out, bound, ECAM_BLOCK);
}

const struct kc_check kc_check_blockmean = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 2 * MAX_N,
    .run = run_mean,
};

/* Exact, so that a fused multiply-add shows; apart and in place. */
static void run_affine(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                       const struct ecam_kernels *now)
{
    static const char *const names[] = { "", "_inplace", "_edges", "_relu", "_relu_edges" };
    const size_t n = positions(i), mode = i < N_TIMED ? 3 : (i - N_TIMED) / MAX_N;
    const bool relu = mode >= 3, edges = mode == 2 || mode == 4;
    if (!kc_begin(kc, "blockaffine_%zu%s", n, names[mode]))
        return;
    const size_t count = n * ECAM_BLOCK;
    float *want = kc_output(kc, count), *y = kc_output(kc, count);
    float *x = mode == 1 ? y : kc_input(kc, count);
    float *scale = kc_input(kc, ECAM_BLOCK), *shift = kc_input(kc, ECAM_BLOCK);
    (edges ? kc_edges : kc_uniform)(kc, x, count);
    kc_uniform(kc, scale, ECAM_BLOCK);
    kc_uniform(kc, shift, ECAM_BLOCK);
    ref->blockaffine(x, scale, shift, relu, want, n);
    kc_work(kc, 2.0 * (double)count, 8.0 * (double)count);
    KC_CALL(kc, now->blockaffine(x, scale, shift, relu, y, n));
    kc_expect_same(kc, want, y, count);
}

const struct kc_check kc_check_blockaffine = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + 5 * MAX_N,
    .run = run_affine,
};

/* ---- Layouts: exact, there and back ---- */

static void run_layout(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                       const struct ecam_kernels *now)
{
    const size_t n = positions(i);
    const size_t channels = i < N_TIMED ? ECAM_BLOCK : (i - N_TIMED) / MAX_N + 1;
    const size_t stride = n + i % 4, planes = (channels - 1) * stride + n;
    if (!kc_begin(kc, "layouts_%zu_of_%zu", n, channels))
        return;
    float *plain = kc_input(kc, planes), *blocked = kc_output(kc, n * ECAM_BLOCK);
    float *want = kc_output(kc, n * ECAM_BLOCK), *back = kc_output(kc, planes);
    float *back_want = kc_output(kc, planes);
    kc_edges(kc, plain, planes);
    kc_uniform(kc, back, planes); /* between the planes nothing may change */
    memcpy(back_want, back, planes * sizeof *back);
    ref->to_blocked(plain, stride, channels, n, want);
    ref->from_blocked(want, channels, n, back_want, stride);
    kc_work(kc, (double)(n * channels), 16.0 * (double)(n * channels));
    KC_CALL(kc, (now->to_blocked(plain, stride, channels, n, blocked),
                 now->from_blocked(blocked, channels, n, back, stride)));
    kc_expect_same(kc, want, blocked, n * ECAM_BLOCK);
    kc_expect_same(kc, back_want, back, planes);
}

const struct kc_check kc_check_layouts = {
    .n_timed = N_TIMED,
    .n_cases = N_TIMED + ECAM_BLOCK * MAX_N,
    .run = run_layout,
};
