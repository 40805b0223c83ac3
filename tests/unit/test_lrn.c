/* SPDX-License-Identifier: BSD-2-Clause
 * Within a channel; across channels is a kernel, which kcheck checks. */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static void check(struct ecam_shape in, int64_t size, double k)
{
    struct tlayer t = tlayer_new("lrn", 1, &in,
                                 ATTRS(INTS("size", size), REAL("alpha", 1.5), REAL("beta", 0.75),
                                       REAL("k", k), INTS("within", 1)));
    struct tvalue got = tlayer_run(&t);
    const int64_t h = (int64_t)in.dim[2], w = (int64_t)in.dim[3], half = size / 2;
    for (size_t at = 0; at < got.n; at++) {
        const int64_t y = (int64_t)at / w % h, x = (int64_t)at % w;
        const float *plane = t.x + at / (size_t)(h * w) * (size_t)(h * w);
        double sum = 0;
        for (int64_t j = y - half; j <= y + half; j++)
            for (int64_t i = x - half; i <= x + half; i++)
                if (j >= 0 && i >= 0 && j < h && i < w)
                    sum += (double)plane[j * w + i] * (double)plane[j * w + i];
        const double want =
            (double)t.x[at] / pow((double)(float)k + 1.5 / (double)(size * size) * sum, 0.75);
        ck_assert_double_le(fabs((double)got.data[at] - want), (double)FLT_EPSILON * fabs(want));
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(a_window_of_pixels)
{
    check((struct ecam_shape)SHAPE(2, 3, 7, 9), 3, 1);
    check((struct ecam_shape)SHAPE(2, 3, 7, 9), 1, 2);
    check((struct ecam_shape)SHAPE(1, 2, 5, 4), 11, 1.5);
    check((struct ecam_shape)SHAPE(1, 4, 90, 120), 5, 1);
}
END_TEST

START_TEST(what_is_no_window_is_refused)
{
    const struct ecam_shape in = SHAPE(1, 3, 4, 4), cube = SHAPE(3, 4, 4);
    const struct tattr within = INTS("within", 1);
    tlayer_refused(tlayer_new("lrn", 1, &in, ATTRS(within, INTS("size", 4))), ECAM_ERR_UNSUPPORTED,
                   "size of 4, odd only");
    tlayer_refused(tlayer_new("lrn", 1, &in, ATTRS(INTS("within", 2))), ECAM_ERR_FORMAT,
                   "'within' is 2");
    tlayer_refused(tlayer_new("lrn", 1, &cube, ATTRS(within)), ECAM_ERR_SHAPE, "rank 3");
    tlayer_refused(tlayer_new("lrn", 1, &in, ATTRS(INTS("region", 1))), ECAM_ERR_UNSUPPORTED,
                   "'region'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { a_window_of_pixels, what_is_no_window_is_refused };
    return tu_main("lrn", tests, sizeof tests / sizeof *tests);
}
