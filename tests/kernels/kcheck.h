/* SPDX-License-Identifier: BSD-2-Clause
 * kcheck: every kernel of every ISA level that runs here, against the scalar
 * reference. Needs libc and libm only, so that it runs under qemu for another CPU.
 *
 * A case gets its buffers between two unmapped pages, once pressed against the page
 * behind them and once against the page before: a read or write beyond either end
 * traps, the slack on the other side holds a canary, and inputs are write-protected
 * while the kernel runs. A trap fails its case and the run goes on. */
#ifndef ECAM_KCHECK_H
#define ECAM_KCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/common.h"
#include "layers/kernels/kernels.h"

struct kc; /* the run: level, random numbers, buffers of the case, counts */

/* All checks of one primitive. run(i) makes case i, its shape being a function of i
 * and the level's tile only. The first n_timed cases are those that --bench times. */
struct kc_check {
    size_t n_timed, n_cases;
    void (*run)(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now);
};
extern const struct kc_check kc_check_conv, kc_check_wino_input, kc_check_wino_output,
    kc_check_wino_weight, kc_check_wino_impulse, kc_check_wino_rms, kc_check_dense,
    kc_check_dense_half, kc_check_blockmax, kc_check_blockavg, kc_check_blockmean, kc_check_blockdw,
    kc_check_blockaffine, kc_check_layouts, kc_check_relu, kc_check_binary, kc_check_unary,
    kc_check_softmax, kc_check_lrn, kc_check_gram, kc_check_gram_pack;

/* Names the case; false when --only leaves it out. First thing in run(). */
bool kc_begin(struct kc *kc, const char *fmt, ...) ECAM_PRINTF(2, 3);
void kc_fail(struct kc *kc, const char *fmt, ...) ECAM_PRINTF(2, 3);

/* n floats. An input cannot be written inside KC_CALL. */
float *kc_input(struct kc *kc, size_t n);
float *kc_output(struct kc *kc, size_t n);

size_t kc_random(struct kc *kc, size_t below);
void kc_uniform(struct kc *kc, float *p, size_t n); /* [-1, 1) */
/* Zeros and denormals of both signs, extremes, infinities, NaN. */
void kc_edges(struct kc *kc, float *p, size_t n);
/* Small integers, now and then an infinity or NaN: what comes out of a sum of these
 * does not depend on the order. */
void kc_specials(struct kc *kc, float *p, size_t n);

/* The same bits, any NaN being equal to any NaN. */
void kc_expect_same(struct kc *kc, const float *ref, const float *now, size_t n);
/* The same values: as above, but the sign of a zero does not count. */
void kc_expect_equal(struct kc *kc, const float *ref, const float *now, size_t n);
/* |ref - now| <= bound[i]; where ref is infinite or NaN, now must be so too. */
void kc_expect_within(struct kc *kc, const float *ref, const float *now, const float *bound,
                      size_t n);

/* How far two float sums of the same n terms may lie apart, mag being the sum of the
 * terms' magnitudes: each rounds every term at most n times, in whatever order, by at
 * most u = FLT_EPSILON/2 relative to mag, so 2 n u mag. */
float kc_sum_bound(size_t n, double mag);

/* Calls a kernel, traps being caught, and times it when benchmarking. Whatever the
 * reference shall see unchanged is computed before. */
#define KC_CALL(kc, call)                    \
    for (kc_call_begin(kc); kc_again(kc);) { \
        call;                                \
    }
void kc_call_begin(struct kc *kc);
bool kc_again(struct kc *kc);

/* What one call does, for the rates that --bench prints. */
void kc_work(struct kc *kc, double flops, double bytes);

#endif /* ECAM_KCHECK_H */
