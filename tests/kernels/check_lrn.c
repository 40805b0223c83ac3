/* SPDX-License-Identifier: BSD-2-Clause
 * Local response normalisation, against the formula in double; all channels and some. */
#include <float.h>
#include <math.h>

#include "tests/kernels/kcheck.h"

static const struct {
    size_t channels, plane, first, last;
    struct ecam_lrn lrn;
} cases[] = {
    { 64, 784, 0, 64, { 5, 1e-4f, 0.75f, 1.0f } }, { 1, 1, 0, 1, { 5, 1e-4f, 0.75f, 1.0f } },
    { 3, 17, 0, 3, { 5, 1.0f, 0.75f, 1.0f } },     { 8, 33, 0, 8, { 3, 0.5f, 0.75f, 2.0f } },
    { 8, 7, 2, 5, { 5, 2.0f, 0.75f, 1.0f } },      { 9, 31, 8, 9, { 5, 1.0f, 0.5f, 1.0f } },
    { 6, 16, 3, 3, { 5, 1.0f, 0.75f, 1.0f } }, /* no channel: nothing is written */
    { 7, 5, 0, 7, { 1, 1.0f, 1.0f, 1.0f } },       { 12, 64, 0, 12, { 11, 3.0f, 0.75f, 1.0f } },
};

/* The base of the power is a sum of size + 1 positive terms with at most size + 4
 * roundings each; the power multiplies its relative error by beta and adds 2u (a libm
 * good to 1 unit in the last place), the quotient u. u = FLT_EPSILON/2. */
static float expected(const float *in, size_t i, size_t c, float *bound)
{
    const struct ecam_lrn *lrn = &cases[i].lrn;
    const size_t plane = cases[i].plane, at = c % plane, channel = c / plane;
    double sum = 0.0;
    for (size_t k = 0; k < cases[i].channels; k++) {
        const size_t apart = k > channel ? k - channel : channel - k;
        if (apart <= lrn->size / 2)
            sum += (double)in[k * plane + at] * (double)in[k * plane + at];
    }
    const double base = (double)lrn->k + (double)lrn->alpha / (double)lrn->size * sum;
    const double want = (double)in[c] / pow(base, (double)lrn->beta);
    const double roundings = (double)lrn->beta * (double)(lrn->size + 4) + 4.0;
    *bound = (float)(fabs(want) * roundings * (double)FLT_EPSILON / 2.0);
    return (float)want;
}

static void run(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                const struct ecam_kernels *now)
{
    (void)ref;
    const size_t channels = cases[i].channels, plane = cases[i].plane, n = channels * plane;
    const size_t first = cases[i].first, last = cases[i].last;
    if (!kc_begin(kc, "lrn_%zux%zu_%zu_to_%zu_size%zu", channels, plane, first, last,
                  cases[i].lrn.size))
        return;
    float *in = kc_input(kc, n), *out = kc_output(kc, n);
    float *want = kc_output(kc, n), *bound = kc_output(kc, n);
    kc_uniform(kc, in, n);
    for (size_t j = 0; j < n; j++) {
        out[j] = want[j] = 0.0f; /* the other channels stay as they are */
        bound[j] = 0.0f;
        if (j / plane >= first && j / plane < last)
            want[j] = expected(in, i, j, &bound[j]);
    }
    kc_work(kc, (double)(n * (2 * cases[i].lrn.size + 3)), 8.0 * (double)n);
    KC_CALL(kc, now->lrn(in, out, channels, plane, first, last, &cases[i].lrn));
    kc_expect_within(kc, want, out, bound, n);
}

const struct kc_check kc_check_lrn = {
    .n_timed = 1,
    .n_cases = ECAM_ARRAY_LEN(cases),
    .run = run,
};
