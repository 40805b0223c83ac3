/* SPDX-License-Identifier: BSD-2-Clause
 * Slopes of channels; test_unary.c has the one slope of leaky_relu. */
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static void check(struct ecam_shape in, size_t n, bool in_blocks)
{
    struct tlayer t = in_blocks ? tlayer_new("maxpool2d", 1, &in, ATTRS(INTS("kernel", 1, 1)))
                                : tlayer_new("identity", 1, &in, NULL);
    t.node = tnet_add(&t.net, "prelu", "prelu", 1, &t.node);
    tnet_weight(&t.net, t.node, "slope", 0.25f, 1, &n);
    t.x[0] = -0.0f;
    t.x[t.n_floats - 1] = NAN;
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &in));
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        tindex(&in, at, index);
        const float x = t.x[at], slope = tlayer_weight(&t, "slope")[n > 1 ? index[1] : 0];
        const float want = x < 0 ? x * slope : x;
        tu_assert(isnan(want) ? isnan(got.data[at]) : got.data[at] == want);
    }
    ck_assert(signbit(got.data[0]));
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(a_slope_for_each_channel_or_one)
{
    const struct ecam_shape shapes[] = { SHAPE(3, 19),          SHAPE(2, 19, 7),
                                         SHAPE(2, 19, 3, 5),    SHAPE(2, 19, 1, 1),
                                         SHAPE(2, 19, 2, 3, 4), SHAPE(1, 2, 19, 2, 1, 3),
                                         SHAPE(1, 35, 130, 129) };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check(shapes[i], shapes[i].dim[1], false);
        check(shapes[i], 1, false);
        if (shapes[i].rank != 4)
            continue;
        check(shapes[i], shapes[i].dim[1], true);
        check(shapes[i], 1, true);
    }
}
END_TEST

static struct tlayer with_slope(struct ecam_shape in, uint32_t rank, const size_t *dim)
{
    struct tlayer t = tlayer_new("prelu", 1, &in, NULL);
    tnet_weight(&t.net, t.node, "slope", 0, rank, dim);
    return t;
}

START_TEST(what_does_not_fit_is_refused)
{
    const struct ecam_shape box = SHAPE(2, 3, 4), row = SHAPE(3);
    const size_t three = 3, four = 4;
    tlayer_refused(tlayer_new("prelu", 1, &box, NULL), ECAM_ERR_FORMAT, "needs a weight 'slope'");
    tlayer_refused(with_slope(box, 1, &four), ECAM_ERR_SHAPE, "input 2x3x4, 4 channels");
    tlayer_refused(with_slope(row, 1, &three), ECAM_ERR_SHAPE, "input 3,");
    tlayer_refused(with_slope(box, 2, (size_t[]){ 3, 1 }), ECAM_ERR_SHAPE, "is not a vector");
    struct tlayer t = tlayer_new("prelu", 1, &box, ATTRS(REAL("alpha", 1)));
    tnet_weight(&t.net, t.node, "slope", 0, 1, &three);
    tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "has no attribute 'alpha'");
    t = with_slope(box, 1, &three);
    tnet_weight(&t.net, t.node, "bias", 0, 1, &three);
    tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "has no weight 'bias'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_slope_for_each_channel_or_one,
        what_does_not_fit_is_refused,
    };
    return tu_main("prelu", tests, sizeof tests / sizeof *tests);
}
