/* SPDX-License-Identifier: BSD-2-Clause
 * One operand element by element: straight lines exact on every kind of value, curves
 * within bounds; apart and in place. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "tests/kernels/kcheck.h"

#define TIMED 16384 /* a task's floats: arithmetic shows, not memory */
#define MAX_N 40    /* beyond every unroll */

/* u = FLT_EPSILON/2, what one rounding adds. exp: r loses 0.35 u; q's share of p is small;
 * p and the sum round, 1.4 u and 1 u: 2.5 u at most. expm1 likewise 1.5 u where it is p
 * alone, and where 2^n - 1 is added, |y| >= 0.29, (0.5 * 1.1 / 0.29 + 1) u: 3 u. Each
 * step behind adds its own u, and the reference rounds once more.
 *     elu       3 + alpha                                   + 1 = 5
 *     sigmoid   2.5 + sum + quotient                        + 1 = 6
 *     silu      sigmoid + product                           + 1 = 7
 *     tanh      m / (2 + m) is off by 2 / (2 + m) times m's error, m's being 1.2 u where
 *               it is below -1/2: 4 + sum + quotient        + 1 = 7
 *     erf       below 1: p is off by 1 u of |x|, x + x p by 1 u; from there on 2 Phi, at
 *               most 0.16, by 13 u: 0.16 * 13 / 0.84 + 1    + 1 = 5
 *     gelu      exp 2.5, s two roundings and as many again through g, g 4, s g and
 *               their product 2: Phi 13, product            + 1 = 15
 * Its tanh form carries three roundings and those of two constants into the exponent v,
 * which cost |v| sigmoid(-v) of them. Where a result, or a factor of one, is below the normal
 * range, a few of the smallest floats are left, times x where that is multiplied. */
static const struct {
    const char *name;
    float a, b;
    double bound; /* in u; 0: exact */
} ops[] = {
    [ECAM_UNARY_CLIP] = { "clip", -0.5f, 0.75f, 0.0 },
    [ECAM_UNARY_HARD_SIGMOID] = { "hard_sigmoid", 0.2f, 0.5f, 0.0 },
    [ECAM_UNARY_HARD_SWISH] = { "hard_swish", 0.0f, 0.0f, 0.0 },
    [ECAM_UNARY_ELU] = { "elu", 0.7f, 0.0f, 5.0 },
    [ECAM_UNARY_SIGMOID] = { "sigmoid", 0.0f, 0.0f, 6.0 },
    [ECAM_UNARY_SILU] = { "silu", 0.0f, 0.0f, 7.0 },
    [ECAM_UNARY_TANH] = { "tanh", 0.0f, 0.0f, 7.0 },
    [ECAM_UNARY_ERF] = { "erf", 0.0f, 0.0f, 5.0 },
    [ECAM_UNARY_GELU] = { "gelu", 0.0f, 0.0f, 15.0 },
    [ECAM_UNARY_GELU_TANH] = { "gelu_tanh", 0.0f, 0.0f, 8.0 },
};
#define N_OPS ECAM_ARRAY_LEN(ops)

/* Factors of [-1, 1), and values that a bound in a formula has reason to fear. */
enum mode { NEAR, WIDE, TINY, EDGES, CORNERS, IN_PLACE, N_MODES };
static const char *const modes[] = { "", "_wide", "_tiny", "_edges", "_corners", "_inplace" };
static const float spans[] = { [NEAR] = 6.0f, [WIDE] = 130.0f, [TINY] = 1e-3f, [IN_PLACE] = 6.0f };
static const float corners[] = { 1.0f,    -1.0f,    0.5f,    -0.5f,   3.0f,     -3.0f,     -4.0f,
                                 -15.0f,  15.0f,    -20.0f,  16.0f,   -30.0f,   -87.3f,    -88.8f,
                                 -103.9f, -104.1f,  -120.f,  -200.0f, 88.8f,    200.0f,    1e10f,
                                 -1e10f,  1.9e19f,  -1e20f,  1e38f,   -1e38f,   0.0f,      -0.0f,
                                 1e-20f,  -1e-30f,  1e-40f,  -1e-45f, INFINITY, -INFINITY, NAN,
                                 FLT_MAX, -FLT_MAX, FLT_MIN, -FLT_MIN };

static void fill(struct kc *kc, float *x, size_t n, enum mode mode)
{
    if (mode == EDGES) {
        kc_edges(kc, x, n);
    } else if (mode == CORNERS) {
        const size_t first = kc_random(kc, ECAM_ARRAY_LEN(corners));
        for (size_t i = 0; i < n; i++)
            x[i] = corners[(first + i) % ECAM_ARRAY_LEN(corners)];
    } else {
        kc_uniform(kc, x, n);
        for (size_t i = 0; i < n; i++)
            x[i] *= spans[mode];
    }
}

static float bound_of(size_t op, float x, float want)
{
    double units = ops[op].bound;
    if (op == ECAM_UNARY_GELU_TANH) {
        const double d = (double)x, v = 1.6 * (d + 0.044715 * d * d * d);
        units += 5.0 * fabs(v) / (1.0 + exp(v));
    }
    const double factor = op == ECAM_UNARY_SIGMOID ? 1.0 : fmin(fabs((double)x), 120.0);
    const double bound = fabs((double)want) * units * (double)FLT_EPSILON / 2.0;
    return isfinite(bound) ? (float)(bound + (factor + 2.0) * (double)FLT_TRUE_MIN) : 0.0f;
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    const size_t op = i % N_OPS, n = i < N_OPS ? TIMED : i / N_OPS % MAX_N + 1;
    const enum mode mode = i < N_OPS ? NEAR : (enum mode)((i - N_OPS) / N_OPS / MAX_N);
    if (!kc_begin(kc, "unary_%s_%zu%s", ops[op].name, n, modes[mode]))
        return;
    const struct ecam_unary f = { (enum ecam_unary_op)op, ops[op].a, ops[op].b };
    float *want = kc_output(kc, n), *y = kc_output(kc, n), *bound = kc_output(kc, n);
    float *x = mode == IN_PLACE ? y : kc_input(kc, n), *given = kc_output(kc, n);
    fill(kc, x, n, mode);
    ref->unary(&f, x, want, n);
    for (size_t j = 0; j < n; j++) {
        bound[j] = bound_of(op, x[j], want[j]);
        given[j] = x[j];
    }
    kc_work(kc, (double)n, 8.0 * (double)n);
    KC_CALL(kc, now->unary(&f, x, y, n));
    if (ops[op].bound == 0.0)
        kc_expect_same(kc, want, y, n);
    else
        kc_expect_within(kc, want, y, bound, n);
    for (size_t j = 0; j < n; j++)
        if (given[j] == 0.0f) /* signs, too */
            kc_expect_same(kc, &want[j], &y[j], 1);
}

const struct kc_check kc_check_unary = {
    .n_timed = N_OPS,
    .n_cases = N_OPS + N_OPS * MAX_N * N_MODES,
    .run = run,
};
