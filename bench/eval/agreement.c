/* SPDX-License-Identifier: BSD-2-Clause
 *
 * SSIM: Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility
 * to Structural Similarity", IEEE TIP 13, 2004: Gaussian window of 11x11 with sigma 1.5,
 * K1 = 0.01, K2 = 0.03, range 1, over the places where the window fits. */
#include "bench/eval/agreement.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define WINDOW 11
#define SIGMA 1.5
#define C1 (0.01 * 0.01)
#define C2 (0.03 * 0.03)

/* What the window averages: a, b, a^2, b^2, ab. */
enum { MEAN_A, MEAN_B, MEAN_AA, MEAN_BB, MEAN_AB, N_MEANS };

static double pearson(const float *a, const float *b, size_t n)
{
    double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < n; i++) {
        mean_a += (double)a[i] / (double)n;
        mean_b += (double)b[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double x = (double)a[i] - mean_a, y = (double)b[i] - mean_b;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : (double)NAN;
}

static double overlap(const float *a, const float *b, size_t n, double threshold)
{
    float max_a = 0, max_b = 0;
    size_t both = 0, either = 0;
    for (size_t i = 0; i < n; i++) {
        max_a = a[i] > max_a ? a[i] : max_a;
        max_b = b[i] > max_b ? b[i] : max_b;
    }
    for (size_t i = 0; i < n; i++) {
        const bool in_a = (double)a[i] > threshold * (double)max_a;
        const bool in_b = (double)b[i] > threshold * (double)max_b;
        both += in_a && in_b;
        either += in_a || in_b;
    }
    return either == 0 ? (double)NAN : (double)both / (double)either;
}

static double similarity(const double m[N_MEANS])
{
    const double var_a = m[MEAN_AA] - m[MEAN_A] * m[MEAN_A];
    const double var_b = m[MEAN_BB] - m[MEAN_B] * m[MEAN_B];
    const double cov = m[MEAN_AB] - m[MEAN_A] * m[MEAN_B];
    return (2 * m[MEAN_A] * m[MEAN_B] + C1) * (2 * cov + C2) /
           ((m[MEAN_A] * m[MEAN_A] + m[MEAN_B] * m[MEAN_B] + C1) * (var_a + var_b + C2));
}

static void window_weights(double weight[WINDOW])
{
    double sum = 0;
    for (int i = 0; i < WINDOW; i++) {
        const double d = i - WINDOW / 2;
        weight[i] = exp(-d * d / (2 * SIGMA * SIGMA));
        sum += weight[i];
    }
    for (int i = 0; i < WINDOW; i++)
        weight[i] /= sum;
}

/* The window's averages along x of row y, for every place where it fits. */
static void average_row(const float *a, const float *b, size_t w, const double weight[WINDOW],
                        double (*out)[N_MEANS])
{
    for (size_t x = 0; x + WINDOW <= w; x++) {
        for (int m = 0; m < N_MEANS; m++)
            out[x][m] = 0;
        for (size_t i = 0; i < WINDOW; i++) {
            const double va = (double)a[x + i], vb = (double)b[x + i];
            out[x][MEAN_A] += weight[i] * va;
            out[x][MEAN_B] += weight[i] * vb;
            out[x][MEAN_AA] += weight[i] * va * va;
            out[x][MEAN_BB] += weight[i] * vb * vb;
            out[x][MEAN_AB] += weight[i] * va * vb;
        }
    }
}

/* Keeps the averages of WINDOW rows in a ring. */
static enum ecam_status ssim(const float *a, const float *b, size_t h, size_t w, double *out,
                             struct ecam_error *err)
{
    double weight[WINDOW], sum = 0;
    double(*ring)[N_MEANS];
    *out = (double)NAN;
    if (h < WINDOW || w < WINDOW)
        return ECAM_OK;
    const size_t places = w - WINDOW + 1;
    ring = ecam_realloc_array(NULL, WINDOW * places, sizeof *ring);
    if (ring == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "similarity of maps of %zux%zu", w, h);
    window_weights(weight);
    for (size_t y = 0; y < h; y++) {
        average_row(a + y * w, b + y * w, w, weight, ring + y % WINDOW * places);
        if (y + 1 < WINDOW)
            continue;
        for (size_t x = 0; x < places; x++) {
            double m[N_MEANS] = { 0 };
            for (size_t i = 0; i < WINDOW; i++)
                for (int k = 0; k < N_MEANS; k++)
                    m[k] += weight[i] * ring[(y + 1 + i) % WINDOW * places + x][k];
            sum += similarity(m);
        }
    }
    *out = sum / ((double)places * (double)(h - WINDOW + 1));
    ecam_free(ring);
    return ECAM_OK;
}

enum ecam_status eval_agreement(const float *a, const float *b, size_t h, size_t w,
                                double threshold, struct eval_agreement *out,
                                struct ecam_error *err)
{
    out->pearson = pearson(a, b, h * w);
    out->iou = overlap(a, b, h * w, threshold);
    return ssim(a, b, h, w, &out->ssim, err);
}
