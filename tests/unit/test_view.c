/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static void check(const char *kind, struct ecam_shape in, const struct tattr *attrs,
                  struct ecam_shape want)
{
    struct tlayer t = tlayer_new(kind, 1, &in, attrs);
    struct tvalue got = tlayer_run(&t);
    char text[ECAM_SHAPE_TEXT];
    ck_assert_msg(ecam_shape_equal(&got.shape, &want), "%s", ecam_shape_text(&got.shape, text));
    ck_assert_int_eq(memcmp(got.data, t.x, got.n * sizeof *got.data), 0);
    ecam_free(got.data);
    tlayer_free(&t);
}

static const struct ecam_shape box = SHAPE(2, 3, 4, 5), cube = SHAPE(2, 1, 3, 2, 2, 2);

START_TEST(flatten_splits_before_any_axis)
{
    check("flatten", box, NULL, (struct ecam_shape)SHAPE(2, 60));
    check("flatten", box, ATTRS(INTS("axis", 0)), (struct ecam_shape)SHAPE(1, 120));
    check("flatten", box, ATTRS(INTS("axis", 3)), (struct ecam_shape)SHAPE(24, 5));
    check("flatten", box, ATTRS(INTS("axis", 4)), (struct ecam_shape)SHAPE(120, 1));
    check("flatten", box, ATTRS(INTS("axis", -1)), (struct ecam_shape)SHAPE(24, 5));
    check("flatten", box, ATTRS(INTS("axis", -4)), (struct ecam_shape)SHAPE(1, 120));
    check("flatten", cube, ATTRS(INTS("axis", 6)), (struct ecam_shape)SHAPE(48, 1));
    check("flatten", (struct ecam_shape)SHAPE(7), NULL, (struct ecam_shape)SHAPE(7, 1));
}
END_TEST

START_TEST(flatten_refuses_what_is_no_axis)
{
    tlayer_refused(tlayer_new("flatten", 1, &box, ATTRS(INTS("axis", 5))), ECAM_ERR_SHAPE,
                   "axis 5 of 2x3x4x5");
    tlayer_refused(tlayer_new("flatten", 1, &box, ATTRS(INTS("axis", -5))), ECAM_ERR_SHAPE,
                   "axis -5");
    tlayer_refused(tlayer_new("flatten", 1, &box, ATTRS(INTS("axis", 7))), ECAM_ERR_FORMAT,
                   "-6 to 6");
    tlayer_refused(tlayer_new("flatten", 1, &box, ATTRS(INTS("axis", 1, 2))), ECAM_ERR_FORMAT,
                   "2 values");
    tlayer_refused(tlayer_new("flatten", 1, &box, ATTRS(REAL("axis", 1))), ECAM_ERR_FORMAT,
                   "real number");
    tlayer_refused(tlayer_new("flatten", 1, &box, ATTRS(INTS("axes", 1))), ECAM_ERR_UNSUPPORTED,
                   "'axes'");
}
END_TEST

START_TEST(reshape_takes_sizes_over_and_finds_one)
{
    check("reshape", box, ATTRS(INTS("shape", 6, 20)), (struct ecam_shape)SHAPE(6, 20));
    check("reshape", box, ATTRS(INTS("shape", 0, 0, -1)), (struct ecam_shape)SHAPE(2, 3, 20));
    check("reshape", box, ATTRS(INTS("shape", -1)), (struct ecam_shape)SHAPE(120));
    check("reshape", box, ATTRS(INTS("shape", 120, -1)), (struct ecam_shape)SHAPE(120, 1));
    check("reshape", box, ATTRS(INTS("shape", 3, 2, 5, 4)), (struct ecam_shape)SHAPE(3, 2, 5, 4));
    check("reshape", cube, ATTRS(INTS("shape", 0, 3, 1, -1, 1, 0)),
          (struct ecam_shape)SHAPE(2, 3, 1, 4, 1, 2));
}
END_TEST

START_TEST(reshape_refuses_what_does_not_fit)
{
    const struct ecam_shape row = SHAPE(6);
    tlayer_refused(tlayer_new("reshape", 1, &box, NULL), ECAM_ERR_FORMAT, "needs an attribute");
    tlayer_refused(tlayer_new("reshape", 1, &box, ATTRS(INTS("shape", 7, -1))), ECAM_ERR_SHAPE,
                   "2x3x4x5 cannot become 7x1");
    tlayer_refused(tlayer_new("reshape", 1, &box, ATTRS(INTS("shape", 119))), ECAM_ERR_SHAPE,
                   "cannot become 119");
    tlayer_refused(tlayer_new("reshape", 1, &box, ATTRS(INTS("shape", -1, -1))), ECAM_ERR_FORMAT,
                   "2 sizes are -1");
    tlayer_refused(tlayer_new("reshape", 1, &box, ATTRS(INTS("shape", -2, 60))), ECAM_ERR_FORMAT,
                   "is -2");
    tlayer_refused(tlayer_new("reshape", 1, &row, ATTRS(INTS("shape", 6, 0))), ECAM_ERR_SHAPE,
                   "size 1 is that of 6");
    tlayer_refused(tlayer_new("reshape", 1, &box, ATTRS(INTS("shape", 1, 1, 1, 1, 1, 1, 120))),
                   ECAM_ERR_UNSUPPORTED, "7 values");
    tlayer_refused(
        tlayer_new("reshape", 1, &box, ATTRS(INTS("shape", INT64_MAX, INT64_MAX, INT64_MAX))),
        ECAM_ERR_SHAPE, "cannot become");
    tlayer_refused(tlayer_new("reshape", 1, &box, ATTRS(INTS("shape", -1), INTS("axis", 1))),
                   ECAM_ERR_UNSUPPORTED, "'axis'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        flatten_splits_before_any_axis,
        flatten_refuses_what_is_no_axis,
        reshape_takes_sizes_over_and_finds_one,
        reshape_refuses_what_does_not_fit,
    };
    return tu_main("view", tests, sizeof tests / sizeof *tests);
}
