/* SPDX-License-Identifier: BSD-2-Clause
 * GEMM tiles, against the formula in double: a level's packing is its own, so the
 * reference could not be called on the same operands. */
#include <math.h>

#include "tests/kernels/kcheck.h"

#define MAX_MR 8
#define MAX_NR 32
#define N_MODES 8 /* with and without bias, ReLU, special values */

static const size_t timed_k[] = { 64, 256, 576, 1152, 4608 };
static const size_t checked_k[] = { 1, 2, 3, 8, 17, 67 };

struct shape {
    size_t k, m, n, ldc;
    bool has_bias, relu, specials;
};

static bool shape_of(size_t i, const struct ecam_kernels *now, struct shape *s)
{
    if (i < kc_check_gemm.n_timed) {
        *s = (struct shape){ timed_k[i], now->gemm_mr, now->gemm_nr, 3136, true, true, false };
        return true;
    }
    i -= kc_check_gemm.n_timed;
    const size_t tile = i % (MAX_MR * MAX_NR), mode = i / (MAX_MR * MAX_NR);
    s->m = tile % MAX_MR + 1;
    s->n = tile / MAX_MR + 1;
    s->k = checked_k[(tile / MAX_MR + mode) % ECAM_ARRAY_LEN(checked_k)];
    s->ldc = s->n + i % 3 * 2;
    s->has_bias = mode % 2 != 0;
    s->relu = mode / 2 % 2 != 0;
    s->specials = mode / 4 % 2 != 0;
    return s->m <= now->gemm_mr && s->n <= now->gemm_nr;
}

/* c becomes the expected tile, what lies between its rows staying as it is. */
static void expected(const struct shape *s, size_t mr, size_t nr, const float *a, const float *b,
                     const float *bias, float *c, float *bound)
{
    for (size_t i = 0; i < s->m; i++) {
        for (size_t j = 0; j < s->n; j++) {
            const size_t at = i * s->ldc + j;
            double sum = (double)(bias != NULL ? bias[i] : c[at]), mag = fabs(sum);
            for (size_t p = 0; p < s->k; p++) {
                const double term = (double)a[p * mr + i] * (double)b[p * nr + j];
                sum += term;
                mag += fabs(term);
            }
            bound[at] = kc_sum_bound(s->k + 1, mag);
            c[at] = s->relu && sum < 0.0 ? 0.0f : (float)sum;
        }
    }
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    (void)ref;
    struct shape s;
    if (!shape_of(i, now, &s) ||
        !kc_begin(kc, "gemm_%zux%zu_k%zu%s%s%s", s.m, s.n, s.k, s.has_bias ? "_bias" : "",
                  s.relu ? "_relu" : "", s.specials ? "_special" : ""))
        return;
    const size_t mr = now->gemm_mr, nr = now->gemm_nr, c_len = (s.m - 1) * s.ldc + s.n;
    void (*const fill)(struct kc *, float *, size_t) = s.specials ? kc_specials : kc_uniform;
    float *a = kc_input(kc, s.k * mr), *b = kc_input(kc, s.k * nr);
    float *bias = s.has_bias ? kc_input(kc, mr) : NULL;
    float *want = kc_output(kc, c_len), *c = kc_output(kc, c_len), *bound = kc_output(kc, c_len);
    fill(kc, a, s.k * mr);
    fill(kc, b, s.k * nr);
    if (s.has_bias)
        fill(kc, bias, mr);
    fill(kc, want, c_len);
    for (size_t j = 0; j < c_len; j++) {
        c[j] = want[j];
        bound[j] = 0.0f; /* between the rows nothing may change */
    }
    expected(&s, mr, nr, a, b, bias, want, bound);
    kc_work(kc, 2.0 * (double)(s.k * s.m * s.n), 4.0 * (double)(s.k * (mr + nr) + s.m * s.n));
    KC_CALL(kc, now->gemm(s.k, a, b, bias, c, s.ldc, s.m, s.n, s.relu));
    kc_expect_within(kc, want, c, bound, c_len);
}

const struct kc_check kc_check_gemm = {
    .n_timed = ECAM_ARRAY_LEN(timed_k),
    .n_cases = ECAM_ARRAY_LEN(timed_k) + N_MODES * MAX_MR * MAX_NR,
    .run = run,
};
