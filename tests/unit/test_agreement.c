/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/agreement.h"

#include <math.h>
#include <stdlib.h>

#include "tests/unit/tu.h"

#define H 14
#define W 17

/* Made-up maps; the expected values come from NumPy in double, with an 11x11 Gaussian
 * window of sigma 1.5 at each place where it fits. */
static void fill(float *a, float *b)
{
    for (size_t y = 0; y < H; y++) {
        for (size_t x = 0; x < W; x++) {
            a[y * W + x] = (float)((7 * x + 3 * y) % 11) / 10;
            b[y * W + x] = (float)((5 * x + 2 * y + 1) % 11) / 10;
        }
    }
}

START_TEST(agrees_with_numpy)
{
    float a[H * W], b[H * W];
    struct eval_agreement got;
    fill(a, b);
    ck_assert_int_eq(eval_agreement(a, b, H, W, 0.5, &got, NULL), ECAM_OK);
    ck_assert_double_eq_tol(got.ssim, 0.07126841038099806, 1e-12);
    ck_assert_double_eq_tol(got.pearson, -0.00043613066600584885, 1e-12);
    ck_assert_double_eq_tol(got.iou, 48.0 / 169, 1e-12);
}
END_TEST

START_TEST(a_map_agrees_with_itself)
{
    float a[H * W], b[H * W];
    struct eval_agreement got;
    fill(a, b);
    ck_assert_int_eq(eval_agreement(a, a, H, W, 0.15, &got, NULL), ECAM_OK);
    ck_assert_double_eq_tol(got.ssim, 1, 1e-12);
    ck_assert_double_eq_tol(got.pearson, 1, 1e-12);
    ck_assert_double_eq_tol(got.iou, 1, 1e-12);
}
END_TEST

START_TEST(what_cannot_be_compared)
{
    float a[H * W], b[H * W], flat[H * W] = { 0 };
    struct eval_agreement got;
    fill(a, b);
    ck_assert_int_eq(eval_agreement(a, flat, H, W, 0.15, &got, NULL), ECAM_OK);
    ck_assert(isnan(got.pearson) && got.iou == 0 && !isnan(got.ssim));
    ck_assert_int_eq(eval_agreement(flat, flat, H, W, 0.15, &got, NULL), ECAM_OK);
    ck_assert(isnan(got.iou));
    ck_assert_int_eq(eval_agreement(a, b, H, 10, 0.15, &got, NULL), ECAM_OK);
    ck_assert(isnan(got.ssim) && !isnan(got.pearson));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { agrees_with_numpy, a_map_agrees_with_itself,
                                   what_cannot_be_compared };
    return tu_main("agreement", tests, sizeof tests / sizeof *tests);
}
