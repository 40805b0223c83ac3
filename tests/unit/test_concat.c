/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static void check(size_t n, const struct ecam_shape *in, int64_t axis)
{
    struct tlayer t = tlayer_new("concat", n, in, ATTRS(INTS("axis", axis)));
    struct tvalue got = tlayer_run(&t);
    const size_t a = (size_t)(axis < 0 ? axis + (int64_t)in[0].rank : axis);
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 }, j = 0;
        tindex(&got.shape, at, index);
        for (; index[a] >= in[j].dim[a]; j++)
            index[a] -= in[j].dim[a];
        tu_assert(j < n);
        tu_assert(got.data[at] == tlayer_in(&t, j)[tplace(&in[j], index)]);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(any_axis_of_any_rank)
{
    check(2, (struct ecam_shape[]){ SHAPE(3), SHAPE(5) }, 0);
    check(2, (struct ecam_shape[]){ SHAPE(2, 3), SHAPE(2, 5) }, -1);
    check(3, (struct ecam_shape[]){ SHAPE(2, 3), SHAPE(1, 3), SHAPE(4, 3) }, 0);
    check(2, (struct ecam_shape[]){ SHAPE(2, 3, 4), SHAPE(2, 7, 4) }, 1);
    check(2, (struct ecam_shape[]){ SHAPE(2, 1, 3, 2, 2, 5), SHAPE(2, 1, 3, 2, 4, 5) }, 4);
    for (int64_t axis = -4; axis < 4; axis++) {
        struct ecam_shape in[3] = { SHAPE(2, 3, 4, 5), SHAPE(2, 3, 4, 5), SHAPE(2, 3, 4, 5) };
        in[1].dim[axis < 0 ? axis + 4 : axis] = 1;
        in[2].dim[axis < 0 ? axis + 4 : axis] = 33;
        check(3, in, axis);
    }
}
END_TEST

/* Blocked inputs, some of which begin in the middle of a block. */
START_TEST(channels_of_images_in_blocks)
{
    check(2, (struct ecam_shape[]){ SHAPE(2, 16, 5, 7), SHAPE(2, 20, 5, 7) }, 1);
    check(3, (struct ecam_shape[]){ SHAPE(2, 5, 3, 2), SHAPE(2, 30, 3, 2), SHAPE(2, 1, 3, 2) }, -3);
}
END_TEST

START_TEST(many_and_large_ones)
{
    struct ecam_shape in[ECAM_MAX_STEP_INPUTS];
    for (size_t i = 0; i < ECAM_MAX_STEP_INPUTS; i++)
        in[i] = (struct ecam_shape)SHAPE(300, 1 + i % 3);
    check(ECAM_MAX_STEP_INPUTS, in, 1);
    check(1, in, 0);
    check(2, (struct ecam_shape[]){ SHAPE(3, 100, 70), SHAPE(3, 100, 200) }, 2);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    const struct ecam_shape in[] = { SHAPE(2, 3), SHAPE(3, 3) },
                            ranks[] = { SHAPE(2), SHAPE(2, 1) };
    tlayer_refused(tlayer_new("concat", 2, in, NULL), ECAM_ERR_SHAPE, "3x3 does not fit 2x3");
    tlayer_refused(tlayer_new("concat", 2, in, ATTRS(INTS("axis", 2))), ECAM_ERR_SHAPE, "axis 2");
    tlayer_refused(tlayer_new("concat", 2, in, ATTRS(INTS("axis", -3))), ECAM_ERR_SHAPE, "axis -3");
    tlayer_refused(tlayer_new("concat", 2, ranks, ATTRS(INTS("axis", 0))), ECAM_ERR_SHAPE,
                   "2x1 does not fit 2");
    tlayer_refused(tlayer_new("concat", 2, in, ATTRS(INTS("axis", 0, 1))), ECAM_ERR_FORMAT,
                   "2 values");
    tlayer_refused(tlayer_new("concat", 2, in, ATTRS(INTS("dim", 0))), ECAM_ERR_UNSUPPORTED,
                   "'dim'");
}
END_TEST

START_TEST(a_size_that_overflows_is_refused)
{
    struct tlayer t = tlayer_new("concat", 2, (struct ecam_shape[]){ SHAPE(2), SHAPE(2) },
                                 ATTRS(INTS("axis", 0)));
    t.in[0].dim[0] = t.in[1].dim[0] = SIZE_MAX / 2 + 1;
    tlayer_refused(t, ECAM_ERR_LIMIT, "overflows");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        any_axis_of_any_rank,         channels_of_images_in_blocks,     many_and_large_ones,
        what_does_not_fit_is_refused, a_size_that_overflows_is_refused,
    };
    return tu_main("concat", tests, sizeof tests / sizeof *tests);
}
