/* SPDX-License-Identifier: BSD-2-Clause
 * What pools do beside the kernels, which kcheck checks: windows with gaps, whole planes. */
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

struct window {
    int64_t kernel[2], stride[2], pad[4], dilation[2], ceil;
};

static const struct tattr *attrs_of(const struct window *w, struct tattr attr[6])
{
    const struct tattr made[6] = {
        INTS("kernel", w->kernel[0], w->kernel[1]),
        INTS("stride", w->stride[0], w->stride[1]),
        INTS("pad", w->pad[0], w->pad[1], w->pad[2], w->pad[3]),
        INTS("dilation", w->dilation[0], w->dilation[1]),
        INTS("ceil", w->ceil),
        { 0 },
    };
    for (size_t i = 0; i < 6; i++)
        attr[i] = made[i];
    return attr;
}

/* NaN stays. */
static float larger(float a, float b)
{
    return isnan(a) || a >= b ? a : b;
}

static void check(struct ecam_shape in, struct window w, size_t out_h, size_t out_w)
{
    struct tattr attr[6];
    struct tlayer t = tlayer_new("maxpool2d", 1, &in, attrs_of(&w, attr));
    t.x[tcount(&in) / 2] = NAN;
    struct tvalue got = tlayer_run(&t);
    ck_assert_uint_eq(got.shape.dim[2], out_h);
    ck_assert_uint_eq(got.shape.dim[3], out_w);
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        float best = -INFINITY;
        tindex(&got.shape, at, index);
        const int64_t top = (int64_t)index[2] * w.stride[0] - w.pad[0];
        const int64_t left = (int64_t)index[3] * w.stride[1] - w.pad[1];
        for (int64_t y = top; y < top + w.kernel[0] * w.dilation[0]; y += w.dilation[0])
            for (int64_t x = left; x < left + w.kernel[1] * w.dilation[1]; x += w.dilation[1]) {
                index[2] = (size_t)y;
                index[3] = (size_t)x;
                if (y >= 0 && x >= 0 && y < (int64_t)in.dim[2] && x < (int64_t)in.dim[3])
                    best = larger(best, t.x[tplace(&in, index)]);
            }
        ck_assert(isnan(best) ? isnan(got.data[at]) : got.data[at] == best);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(windows_with_gaps)
{
    check((struct ecam_shape)SHAPE(2, 18, 11, 10),
          (struct window){ { 3, 2 }, { 2, 1 }, { 1, 1, 1, 1 }, { 2, 3 }, 0 }, 5, 9);
    check((struct ecam_shape)SHAPE(1, 3, 12, 10),
          (struct window){ { 3, 3 }, { 2, 2 }, { 0, 2, 1, 0 }, { 3, 2 }, 1 }, 4, 5);
    check((struct ecam_shape)SHAPE(1, 16, 5, 5),
          (struct window){ { 2, 2 }, { 1, 1 }, { 4, 4, 4, 4 }, { 4, 1 }, 0 }, 9, 12);
    check((struct ecam_shape)SHAPE(1, 17, 40, 60),
          (struct window){ { 3, 3 }, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 2 }, 0 }, 40, 58);
    check((struct ecam_shape)SHAPE(1, 17, 40, 60),
          (struct window){ { 3, 3 }, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 }, 0 }, 40, 60);
}
END_TEST

START_TEST(the_largest_of_a_plane)
{
    const struct ecam_shape in = SHAPE(2, 35, 9, 13);
    struct tlayer t = tlayer_new("global_maxpool", 1, &in, NULL);
    t.x[117 * 5 + 60] = NAN;
    for (size_t i = 0; i < 117; i++)
        t.x[117 * 7 + i] = -INFINITY;
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &(struct ecam_shape)SHAPE(2, 35, 1, 1)));
    for (size_t c = 0; c < 70; c++) {
        float best = -INFINITY;
        for (size_t i = 0; i < 117; i++)
            best = larger(best, t.x[117 * c + i]);
        ck_assert(isnan(best) ? isnan(got.data[c]) : got.data[c] == best);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_is_no_pool_is_refused)
{
    const struct ecam_shape in = SHAPE(1, 3, 5, 5), cube = SHAPE(3, 5, 5);
    const struct tattr kernel = INTS("kernel", 3, 3), dilation = INTS("dilation", 3, 1);
    tlayer_refused(tlayer_new("global_maxpool", 1, &cube, NULL), ECAM_ERR_SHAPE, "rank 3");
    tlayer_refused(tlayer_new("global_maxpool", 1, &in, ATTRS(kernel)), ECAM_ERR_UNSUPPORTED,
                   "'kernel'");
    tlayer_refused(tlayer_new("maxpool2d", 1, &in, ATTRS(kernel, dilation)), ECAM_ERR_SHAPE,
                   "does not fit");
    tlayer_refused(tlayer_new("maxpool2d", 1, &in, ATTRS(kernel, INTS("dilation", 0, 1))),
                   ECAM_ERR_FORMAT, "'dilation' is 0");
    tlayer_refused(tlayer_new("avgpool2d", 1, &in, ATTRS(kernel, dilation)), ECAM_ERR_UNSUPPORTED,
                   "'dilation'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { windows_with_gaps, the_largest_of_a_plane,
                                   what_is_no_pool_is_refused };
    return tu_main("pool2d", tests, sizeof tests / sizeof *tests);
}
