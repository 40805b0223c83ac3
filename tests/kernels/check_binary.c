/* SPDX-License-Identifier: BSD-2-Clause
 * Two operands element by element: exact on every kind of value, in every repeat; y
 * apart, being a, and being b. */
#include "tests/kernels/kcheck.h"

#define TIMED 50176 /* stays in the second-level cache, where arithmetic can show */
#define MAX_N 70    /* beyond every unroll */

static const char *const ops[] = { "add", "sub", "mul", "div", "max", "prelu" };
#define N_OPS ECAM_ARRAY_LEN(ops)

enum mode { APART, INTO_A, INTO_B, EDGES, N_MODES };
static const char *const modes[] = { "", "_into_a", "_into_b", "_edges" };

/* Repeats of a and b. */
static const enum ecam_repeat repeats[][2] = {
    { ECAM_REPEAT_NONE, ECAM_REPEAT_NONE }, { ECAM_REPEAT_NONE, ECAM_REPEAT_LANES },
    { ECAM_REPEAT_NONE, ECAM_REPEAT_ONE },  { ECAM_REPEAT_LANES, ECAM_REPEAT_NONE },
    { ECAM_REPEAT_ONE, ECAM_REPEAT_NONE },  { ECAM_REPEAT_ONE, ECAM_REPEAT_LANES },
};
static const char *const repeat_names[] = { "",          "_by_lanes", "_by_one",
                                            "_lanes_by", "_one_by",   "_one_by_lanes" };
#define N_REPEATS ECAM_ARRAY_LEN(repeats)
#define N_ALL_TIMED (N_OPS * N_REPEATS)

static struct ecam_operand operand(struct kc *kc, enum ecam_repeat repeat, float *y, size_t n,
                                   enum mode mode)
{
    const size_t floats = repeat == ECAM_REPEAT_NONE ? n : repeat == ECAM_REPEAT_ONE ? 1 : 16;
    float *p = y != NULL ? y : kc_input(kc, floats);
    (mode == EDGES ? kc_edges : kc_uniform)(kc, p, floats);
    return (struct ecam_operand){ p, repeat };
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    const size_t op = i % N_OPS, s = i / N_OPS % N_REPEATS;
    const bool is_timed = i < N_ALL_TIMED;
    const size_t rest = (is_timed ? i : i - N_ALL_TIMED) / N_OPS / N_REPEATS;
    const size_t n = is_timed ? TIMED : rest % MAX_N + 1;
    const enum mode mode = is_timed ? APART : (enum mode)(rest / MAX_N);
    if ((mode == INTO_A && repeats[s][0] != ECAM_REPEAT_NONE) ||
        (mode == INTO_B && repeats[s][1] != ECAM_REPEAT_NONE) ||
        !kc_begin(kc, "binary_%s_%zu%s%s", ops[op], n, repeat_names[s], modes[mode]))
        return;
    float *want = kc_output(kc, n), *y = kc_output(kc, n);
    const struct ecam_operand a = operand(kc, repeats[s][0], mode == INTO_A ? y : NULL, n, mode);
    const struct ecam_operand b = operand(kc, repeats[s][1], mode == INTO_B ? y : NULL, n, mode);
    ref->binary((enum ecam_binary_op)op, a, b, want, n);
    kc_work(kc, (double)n, (s == 0 ? 12.0 : 8.0) * (double)n);
    KC_CALL(kc, now->binary((enum ecam_binary_op)op, a, b, y, n));
    if (op == ECAM_BINARY_MAX)
        kc_expect_equal(kc, want, y, n);
    else
        kc_expect_same(kc, want, y, n);
}

const struct kc_check kc_check_binary = {
    .n_timed = N_ALL_TIMED,
    .n_cases = N_ALL_TIMED + N_OPS * N_REPEATS * N_MODES * MAX_N,
    .run = run,
};
