/* SPDX-License-Identifier: BSD-2-Clause */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static void check(const char *kind, struct ecam_shape in, int64_t axis, float scale)
{
    struct tlayer t = tlayer_new(kind, 1, &in, ATTRS(INTS("axis", axis)));
    const size_t a = (size_t)(axis < 0 ? axis + (int64_t)in.rank : axis);
    const bool is_log = kind[0] == 'l';
    for (size_t i = 0; i < tcount(&in); i++)
        t.x[i] *= scale;
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &in));
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        double sum = 0; /* of exp(x - x[at]) */
        tindex(&in, at, index);
        for (index[a] = 0; index[a] < in.dim[a]; index[a]++)
            sum += exp((double)t.x[tplace(&in, index)] - (double)t.x[at]);
        const double want = is_log ? -log(sum) : 1 / sum;
        /* expf() is off by the rounding of its argument, too. */
        const double bound = is_log ? (double)FLT_EPSILON * fabs(want) + 1e-12
                                    : (double)FLT_EPSILON * (2 + (double)scale) * want;
        ck_assert_double_le(fabs((double)got.data[at] - want), bound);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(any_axis_of_any_rank)
{
    static const char *const kinds[] = { "softmax", "log_softmax" };
    for (size_t k = 0; k < 2; k++) {
        check(kinds[k], (struct ecam_shape)SHAPE(9), 0, 1);
        check(kinds[k], (struct ecam_shape)SHAPE(3, 1), 1, 1);
        check(kinds[k], (struct ecam_shape)SHAPE(2, 2, 3, 2, 3, 2), -2, 4);
        check(kinds[k], (struct ecam_shape)SHAPE(2, 9, 30, 40), 1, 10);
        check(kinds[k], (struct ecam_shape)SHAPE(5, 1000), 1, 30);
        for (int64_t axis = -4; axis < 4; axis++)
            check(kinds[k], (struct ecam_shape)SHAPE(2, 3, 4, 5), axis, 3);
    }
}
END_TEST

START_TEST(what_is_far_below_the_largest_keeps_its_logarithm)
{
    struct tlayer t = tlayer_new("log_softmax", 1, &(struct ecam_shape)SHAPE(1, 3), NULL);
    t.x[0] = 1000;
    t.x[1] = 0;
    t.x[2] = -3e38f;
    struct tvalue got = tlayer_run(&t);
    ck_assert(got.data[0] == 0 && got.data[1] == -1000 && got.data[2] == -3e38f);
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_is_no_axis_is_refused)
{
    static const char *const kinds[] = { "softmax", "log_softmax" };
    const struct ecam_shape row = SHAPE(4);
    for (size_t k = 0; k < 2; k++) {
        tlayer_refused(tlayer_new(kinds[k], 1, &row, NULL), ECAM_ERR_SHAPE, "axis 1 of 4");
        tlayer_refused(tlayer_new(kinds[k], 1, &row, ATTRS(INTS("axis", -2))), ECAM_ERR_SHAPE,
                       "axis -2");
        tlayer_refused(tlayer_new(kinds[k], 1, &row, ATTRS(INTS("axis", 9))), ECAM_ERR_FORMAT,
                       "is 9");
        tlayer_refused(tlayer_new(kinds[k], 1, &row, ATTRS(INTS("axes", 0))), ECAM_ERR_UNSUPPORTED,
                       "'axes'");
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        any_axis_of_any_rank,
        what_is_far_below_the_largest_keeps_its_logarithm,
        what_is_no_axis_is_refused,
    };
    return tu_main("softmax", tests, sizeof tests / sizeof *tests);
}
