/* SPDX-License-Identifier: BSD-2-Clause
 * Winograd's transforms. Each alone is compared with its matrices, within the bound of
 * the sums that it is made of. Together they must be a convolution: a worst-case bound
 * would hide a wrong coefficient, so single taps on single inputs must come out exact
 * to a few roundings, and on random tiles the error must stay below 5e-6 of the RMS. */
#include <math.h>
#include <string.h>

#include "tests/kernels/kcheck.h"

#define MAX_T 8
#define MAX_E (MAX_T * MAX_T)
#define MAX_R 5
#define N_VARIANTS 3
#define N_CHANNELS 64 /* summed in the RMS check */

struct variant {
    const char *name;
    size_t m, t, r;
    ecam_wino_input_fn *input;
    ecam_wino_output_fn *output;
    ecam_wino_weight_fn *weight;
};

static struct variant variant_of(const struct ecam_kernels *k, size_t i)
{
    const struct variant all[N_VARIANTS] = {
        { "wino4", 4, 6, 3, k->wino4_input, k->wino4_output, k->wino4_weight },
        { "wino6", 6, 8, 3, k->wino6_input, k->wino6_output, k->wino6_weight },
        { "wino45", 4, 8, 5, k->wino6_input, k->wino45_output, k->wino45_weight },
    };
    return all[i % N_VARIANTS];
}

/* ---- Each transform ---- */

static const ptrdiff_t corners[] = { 0, -1, 3, -2, 5, 9, -7, 20, -30 };
#define N_CORNERS ECAM_ARRAY_LEN(corners)
#define PLANE_H 9
#define PLANE_W 11

/* Rows of |B^T| of F(6,3) sum to at most 15, of F(4,3) to 10: the sum of magnitudes in
 * two dimensions is below 225 times the largest input. A^T likewise: 67 and 33. */
#define INPUT_GAIN 225.0
#define OUTPUT_GAIN (150.0 * 150.0)
#define WEIGHT_GAIN 1.0
#define ROUNDINGS 20

static void run_input(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                      const struct ecam_kernels *now)
{
    const struct variant v = variant_of(now, i % 2), r = variant_of(ref, i % 2);
    const ptrdiff_t y = corners[i / 2 % N_CORNERS], x = corners[i / 2 / N_CORNERS];
    if (!kc_begin(kc, "%s_input_at_%td_%td", v.name, y, x))
        return;
    const size_t stride = ECAM_BLOCK + i % 3 * ECAM_BLOCK;
    const size_t n_in = PLANE_H * PLANE_W * ECAM_BLOCK;
    const size_t n_out = (v.t * v.t - 1) * stride + ECAM_BLOCK;
    float *in = kc_input(kc, n_in), *want = kc_output(kc, n_out), *out = kc_output(kc, n_out);
    float *bound = kc_output(kc, n_out);
    kc_uniform(kc, in, n_in);
    kc_uniform(kc, want, n_out);
    memcpy(out, want, n_out * sizeof *out);
    for (size_t j = 0; j < n_out; j++)
        bound[j] = j % stride < ECAM_BLOCK ? kc_sum_bound(ROUNDINGS, INPUT_GAIN) : 0.0f;
    r.input(in, PLANE_H, PLANE_W, y, x, want, stride);
    kc_work(kc, (double)(v.t * v.t * ECAM_BLOCK), 8.0 * (double)(v.t * v.t * ECAM_BLOCK));
    KC_CALL(kc, v.input(in, PLANE_H, PLANE_W, y, x, out, stride));
    kc_expect_within(kc, want, out, bound, n_out);
}

const struct kc_check kc_check_wino_input = {
    .n_timed = 2,
    .n_cases = 2 * N_CORNERS * N_CORNERS,
    .run = run_input,
};

static void run_output(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                       const struct ecam_kernels *now)
{
    const struct variant v = variant_of(now, i), r = variant_of(ref, i);
    const size_t size = i / N_VARIANTS, rows = 6 - size % 6, cols = 6 - size / 6 % 6,
                 mode = size / 36;
    const bool has_bias = mode % 2 == 0, relu = mode / 2 % 2 != 0, is_in_place = mode == 6;
    const bool has_add = mode >= 4;
    if (rows > v.m || cols > v.m ||
        !kc_begin(kc, "%s_output_%zux%zu%s%s%s", v.name, rows, cols, has_bias ? "_bias" : "",
                  is_in_place ? "_addhere"
                  : has_add   ? "_add"
                              : "",
                  relu ? "_relu" : ""))
        return;
    const size_t stride = ECAM_BLOCK + i % 3 * ECAM_BLOCK, out_w = cols + i % 2;
    const size_t n_in = (v.t * v.t - 1) * stride + ECAM_BLOCK;
    const size_t n_out = ((rows - 1) * out_w + cols) * ECAM_BLOCK;
    float *m = kc_input(kc, n_in), *bias = has_bias ? kc_input(kc, ECAM_BLOCK) : NULL;
    float *add = has_add ? kc_input(kc, n_out) : NULL, *want = kc_output(kc, n_out);
    float *out = kc_output(kc, n_out), *bound = kc_output(kc, n_out);
    kc_uniform(kc, m, n_in);
    if (has_bias)
        kc_uniform(kc, bias, ECAM_BLOCK);
    if (has_add)
        kc_uniform(kc, add, n_out);
    kc_uniform(kc, want, n_out);
    memcpy(out, is_in_place ? add : want, n_out * sizeof *out);
    for (size_t j = 0; j < n_out; j++)
        bound[j] = j / ECAM_BLOCK % out_w < cols ? kc_sum_bound(ROUNDINGS, OUTPUT_GAIN) : 0.0f;
    if (is_in_place)
        memcpy(want, add, n_out * sizeof *want);
    r.output(m, stride, bias, add, want, out_w, rows, cols, relu);
    kc_work(kc, (double)(v.t * v.t * ECAM_BLOCK), 8.0 * (double)(v.t * v.t * ECAM_BLOCK));
    KC_CALL(kc, v.output(m, stride, bias, is_in_place ? out : add, out, out_w, rows, cols, relu));
    kc_expect_within(kc, want, out, bound, n_out);
}

const struct kc_check kc_check_wino_output = {
    .n_timed = N_VARIANTS,
    .n_cases = N_VARIANTS * 36 * 7,
    .run = run_output,
};

static void run_weight(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                       const struct ecam_kernels *now)
{
    const struct variant v = variant_of(now, i), r = variant_of(ref, i);
    const size_t stride = ECAM_BLOCK + i / N_VARIANTS * ECAM_BLOCK;
    if (!kc_begin(kc, "%s_weight_stride%zu", v.name, stride))
        return;
    const size_t n = (v.t * v.t - 1) * stride + ECAM_BLOCK;
    float *g = kc_input(kc, v.r * v.r * ECAM_BLOCK), *want = kc_output(kc, n),
          *u = kc_output(kc, n);
    float *bound = kc_output(kc, n);
    kc_uniform(kc, g, v.r * v.r * ECAM_BLOCK);
    kc_uniform(kc, want, n);
    memcpy(u, want, n * sizeof *u);
    for (size_t j = 0; j < n; j++)
        bound[j] = j % stride < ECAM_BLOCK ? kc_sum_bound(ROUNDINGS, WEIGHT_GAIN) : 0.0f;
    r.weight(g, want, stride);
    kc_work(kc, (double)(v.t * v.t * ECAM_BLOCK), 4.0 * (double)(v.t * v.t * ECAM_BLOCK));
    KC_CALL(kc, v.weight(g, u, stride));
    kc_expect_within(kc, want, u, bound, n);
}

const struct kc_check kc_check_wino_weight = {
    .n_timed = N_VARIANTS,
    .n_cases = N_VARIANTS * 4,
    .run = run_weight,
};

/* ---- All three together ---- */

/* y += the convolution of a tile by way of its elements; products are summed in float,
 * as tiles of a convolution do. */
static void convolve(const struct variant *v, const float *d, const float *g, float *sum)
{
    float a[MAX_E * ECAM_BLOCK], u[MAX_E * ECAM_BLOCK];
    v->input(d, v->t, v->t, 0, 0, a, ECAM_BLOCK);
    v->weight(g, u, ECAM_BLOCK);
    for (size_t e = 0; e < v->t * v->t * ECAM_BLOCK; e++)
        sum[e] = fmaf(a[e], u[e], sum[e]);
}

static double direct(const struct variant *v, const float *d, const float *g, size_t y, size_t x,
                     size_t lane)
{
    double sum = 0.0;
    for (size_t ky = 0; ky < v->r; ky++)
        for (size_t kx = 0; kx < v->r; kx++)
            sum += (double)d[((y + ky) * v->t + x + kx) * ECAM_BLOCK + lane] *
                   (double)g[(ky * v->r + kx) * ECAM_BLOCK + lane];
    return sum;
}

/* One tap and one input at a time, every pair of them; the lanes hold different values,
 * powers of two, so that only coefficients can be wrong. */
static void run_impulse(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                        const struct ecam_kernels *now)
{
    (void)ref;
    const struct variant v = variant_of(now, i);
    const size_t taps = v.r * v.r, tap = i / N_VARIANTS % taps, at = i / N_VARIANTS / taps;
    if (at >= v.t * v.t || !kc_begin(kc, "%s_impulse_tap%zu_input%zu", v.name, tap, at))
        return;
    float *d = kc_input(kc, v.t * v.t * ECAM_BLOCK), *g = kc_input(kc, v.r * v.r * ECAM_BLOCK);
    const size_t n = v.m * v.m * ECAM_BLOCK;
    float *y = kc_output(kc, n), *want = kc_output(kc, n), *bound = kc_output(kc, n);
    float sum[MAX_E * ECAM_BLOCK] = { 0.0f };
    memset(d, 0, v.t * v.t * ECAM_BLOCK * sizeof *d);
    memset(g, 0, v.r * v.r * ECAM_BLOCK * sizeof *g);
    for (size_t l = 0; l < ECAM_BLOCK; l++) {
        d[at * ECAM_BLOCK + l] = ldexpf(1.0f, (int)l - 8);
        g[tap * ECAM_BLOCK + l] = ldexpf(1.0f, 4 - (int)l % 5);
    }
    for (size_t j = 0; j < n; j++) {
        const size_t l = j % ECAM_BLOCK, pos = j / ECAM_BLOCK;
        want[j] = (float)direct(&v, d, g, pos / v.m, pos % v.m, l);
        /* What is to cancel has coefficients of up to 5.25^2 * 32^2 / 90^2. */
        bound[j] = 64.0f * 1.2e-7f * d[at * ECAM_BLOCK + l] * g[tap * ECAM_BLOCK + l];
    }
    KC_CALL(kc, (memset(sum, 0, sizeof sum), convolve(&v, d, g, sum),
                 v.output(sum, ECAM_BLOCK, NULL, NULL, y, v.m, v.m, v.m, false)));
    kc_expect_within(kc, want, y, bound, n);
}

const struct kc_check kc_check_wino_impulse = {
    .n_cases = N_VARIANTS * MAX_R * MAX_R * MAX_E,
    .run = run_impulse,
};

static void run_rms(struct kc *kc, size_t i, const struct ecam_kernels *ref,
                    const struct ecam_kernels *now)
{
    (void)ref;
    const struct variant v = variant_of(now, i);
    if (!kc_begin(kc, "%s_rms_%zu", v.name, i / N_VARIANTS))
        return;
    float *d = kc_output(kc, v.t * v.t * ECAM_BLOCK), *g = kc_output(kc, v.r * v.r * ECAM_BLOCK);
    float y[36 * ECAM_BLOCK], sum[MAX_E * ECAM_BLOCK] = { 0.0f };
    double want[36 * ECAM_BLOCK] = { 0.0 }, error = 0.0, power = 0.0;
    const size_t n = v.m * v.m * ECAM_BLOCK;
    for (size_t c = 0; c < N_CHANNELS; c++) {
        kc_uniform(kc, d, v.t * v.t * ECAM_BLOCK);
        kc_uniform(kc, g, v.r * v.r * ECAM_BLOCK);
        for (size_t j = 0; j < v.t * v.t * ECAM_BLOCK; j++)
            d[j] = d[j] < 0.0f ? 0.0f : d[j]; /* as activations are */
        convolve(&v, d, g, sum);
        for (size_t j = 0; j < n; j++)
            want[j] += direct(&v, d, g, j / ECAM_BLOCK / v.m, j / ECAM_BLOCK % v.m, j % ECAM_BLOCK);
    }
    KC_CALL(kc, v.output(sum, ECAM_BLOCK, NULL, NULL, y, v.m, v.m, v.m, false));
    for (size_t j = 0; j < n; j++) {
        error += ((double)y[j] - want[j]) * ((double)y[j] - want[j]);
        power += want[j] * want[j];
    }
    if (!(sqrt(error) <= 5e-6 * sqrt(power)))
        kc_fail(kc, "error %.3g of the RMS output, 5e-6 is allowed", sqrt(error / power));
}

const struct kc_check kc_check_wino_rms = {
    .n_cases = N_VARIANTS * 10,
    .run = run_rms,
};
