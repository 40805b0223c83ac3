/* SPDX-License-Identifier: BSD-2-Clause */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static const char *const kinds[] = { "reduce_mean", "reduce_sum", "reduce_max" };

/* The axes whose bits are set in `mask`. */
static void check(const char *kind, struct ecam_shape in, size_t mask, int64_t keep)
{
    struct tattr attr[] = { { .key = "axes" }, INTS("keep", keep), { 0 } };
    struct ecam_shape kept = in;
    double count = 1;
    for (size_t i = 0; i < in.rank; i++)
        if ((mask >> i & 1) != 0) {
            attr[0].value[attr[0].n++] = i % 2 == 0 ? (int64_t)i : (int64_t)i - (int64_t)in.rank;
            kept.dim[i] = 1;
            count *= (double)in.dim[i];
        }
    struct tlayer t = tlayer_new(kind, 1, &in, attr);
    struct tvalue got = tlayer_run(&t);
    ck_assert_uint_eq(got.n, tcount(&kept));
    if (keep != 0)
        ck_assert(ecam_shape_equal(&got.shape, &kept));
    else
        ck_assert_uint_eq(got.shape.rank, attr[0].n == in.rank ? 1 : in.rank - attr[0].n);
    const bool is_max = kind[7] == 'm' && kind[8] == 'a', is_mean = kind[9] == 'a';
    double *want = ecam_calloc(got.n, sizeof *want);
    for (size_t i = 0; i < got.n; i++)
        want[i] = is_max ? -(double)INFINITY : 0.0;
    for (size_t i = 0; i < tcount(&in); i++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        tindex(&in, i, index);
        for (size_t axis = 0; axis < in.rank; axis++)
            index[axis] = (mask >> axis & 1) != 0 ? 0 : index[axis];
        double *to = &want[tplace(&kept, index)];
        *to = is_max ? fmax(*to, (double)t.x[i]) : *to + (double)t.x[i] / (is_mean ? count : 1.0);
    }
    for (size_t i = 0; i < got.n; i++)
        tu_assert(fabs((double)got.data[i] - want[i]) <=
                  (double)FLT_EPSILON * fabs(want[i]) + 1e-12 * count);
    ecam_free(want);
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(every_set_of_axes)
{
    static const struct ecam_shape shapes[] = { SHAPE(7), SHAPE(3, 70), SHAPE(2, 1, 9),
                                                SHAPE(2, 3, 5, 67), SHAPE(2, 3, 2, 1, 5) };
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            for (size_t mask = 1; mask >> shapes[i].rank == 0; mask++)
                check(kinds[k], shapes[i], mask, (int64_t)(mask % 2));
}
END_TEST

START_TEST(large_ones_are_cut_into_many_tasks)
{
    for (size_t k = 0; k < 3; k++) {
        check(kinds[k], (struct ecam_shape)SHAPE(1, 64, 33, 40), 12, 1);
        check(kinds[k], (struct ecam_shape)SHAPE(1, 64, 33, 40), 2, 0);
        check(kinds[k], (struct ecam_shape)SHAPE(64, 33, 40), 5, 0);
        check(kinds[k], (struct ecam_shape)SHAPE(2, 3, 4, 5, 6, 7), 42, 1);
        check(kinds[k], (struct ecam_shape)SHAPE(64, 33, 40), 7, 0);
        check(kinds[k], (struct ecam_shape)SHAPE(64, 33, 40), 7, 1);
    }
}
END_TEST

START_TEST(the_largest_of_anything_and_nan_is_nan)
{
    for (int64_t axis = 0; axis < 2; axis++) {
        const struct ecam_shape in = SHAPE(3, 19);
        struct tlayer t = tlayer_new("reduce_max", 1, &in, ATTRS(INTS("axes", axis)));
        for (size_t i = 0; i < 57; i++)
            t.x[i] = -INFINITY;
        t.x[19 + 4] = NAN;
        t.x[7] = 1.0f;
        struct tvalue got = tlayer_run(&t);
        for (size_t i = 0; i < got.n; i++)
            if (i == (axis == 0 ? 4u : 1u))
                tu_assert(isnan(got.data[i]));
            else
                tu_assert(got.data[i] == (i == (axis == 0 ? 7u : 0u) ? 1.0f : -INFINITY));
        ecam_free(got.data);
        tlayer_free(&t);
    }
}
END_TEST

START_TEST(axes_that_are_none_are_refused)
{
    const struct ecam_shape box = SHAPE(2, 3);
    for (size_t k = 0; k < 3; k++) {
        const char *kind = kinds[k];
        tlayer_refused(tlayer_new(kind, 1, &box, NULL), ECAM_ERR_FORMAT, "'axes'");
        tlayer_refused(tlayer_new(kind, 1, &box, ATTRS(INTS("axes", 2))), ECAM_ERR_SHAPE, "axis 2");
        tlayer_refused(tlayer_new(kind, 1, &box, ATTRS(INTS("axes", 1, -1))), ECAM_ERR_FORMAT,
                       "axis 1 stands twice");
        tlayer_refused(tlayer_new(kind, 1, &box, ATTRS(INTS("axes", 6))), ECAM_ERR_FORMAT, "is 6");
        tlayer_refused(tlayer_new(kind, 1, &box, ATTRS(INTS("axes", 1), INTS("keep", 2))),
                       ECAM_ERR_FORMAT, "'keep' is 2");
        tlayer_refused(tlayer_new(kind, 1, &box, ATTRS(INTS("axis", 1))), ECAM_ERR_UNSUPPORTED,
                       "'axis'");
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_set_of_axes,
        large_ones_are_cut_into_many_tasks,
        the_largest_of_anything_and_nan_is_nan,
        axes_that_are_none_are_refused,
    };
    return tu_main("reduce", tests, sizeof tests / sizeof *tests);
}
