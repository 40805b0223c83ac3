/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static void check(struct ecam_shape in, const size_t *axes)
{
    struct tattr attr[] = { { .key = "axes", .n = in.rank }, { 0 } };
    for (size_t i = 0; i < in.rank; i++)
        attr[0].value[i] = i % 2 == 0 ? (int64_t)axes[i] : (int64_t)axes[i] - (int64_t)in.rank;
    struct tlayer t = tlayer_new("transpose", 1, &in, attr);
    struct tvalue got = tlayer_run(&t);
    ck_assert_uint_eq(got.shape.rank, in.rank);
    for (size_t i = 0; i < in.rank; i++)
        ck_assert_uint_eq(got.shape.dim[i], in.dim[axes[i]]);
    for (size_t at = 0; at < got.n; at++) {
        size_t out[ECAM_MAX_RANK], from[ECAM_MAX_RANK];
        tindex(&got.shape, at, out);
        for (size_t i = 0; i < in.rank; i++)
            from[axes[i]] = out[i];
        tu_assert(got.data[at] == t.x[tplace(&in, from)]);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

/* Every order of the axes: those numbers whose digits are all of them. */
static void check_orders(const struct ecam_shape *in)
{
    size_t codes = 1;
    for (size_t i = 0; i < in->rank; i++)
        codes *= in->rank;
    for (size_t code = 0; code < codes; code++) {
        size_t axes[ECAM_MAX_RANK], left = code, seen = 0;
        for (size_t i = 0; i < in->rank; i++) {
            axes[i] = left % in->rank;
            left /= in->rank;
            seen |= (size_t)1 << axes[i];
        }
        if (seen + 1 == (size_t)1 << in->rank)
            check(*in, axes);
    }
}

START_TEST(every_order_of_axes_is_right)
{
    static const struct ecam_shape shapes[] = {
        SHAPE(5),          SHAPE(1, 1),         SHAPE(33, 18),
        SHAPE(3, 17, 35),  SHAPE(1, 40, 16),    SHAPE(2, 1, 33),
        SHAPE(2, 3, 5, 7), SHAPE(16, 2, 1, 32), SHAPE(2, 3, 2, 5, 3),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_orders(&shapes[i]);
}
END_TEST

START_TEST(large_ones_are_cut_into_many_tasks)
{
    check((struct ecam_shape)SHAPE(2, 4, 8, 30, 41), (size_t[]){ 0, 2, 1, 3, 4 }); /* shuffle */
    check((struct ecam_shape)SHAPE(1, 100, 28, 29), (size_t[]){ 0, 2, 3, 1 });
    check((struct ecam_shape)SHAPE(1, 29, 28, 100), (size_t[]){ 0, 3, 1, 2 });
    check((struct ecam_shape)SHAPE(3, 4, 5, 6, 7, 8), (size_t[]){ 5, 4, 3, 2, 1, 0 });
    check((struct ecam_shape)SHAPE(2, 3, 7, 2, 11, 9), (size_t[]){ 0, 2, 4, 1, 3, 5 });
    check((struct ecam_shape)SHAPE(40000, 3), (size_t[]){ 1, 0 });
    check((struct ecam_shape)SHAPE(3, 40000), (size_t[]){ 1, 0 });
}
END_TEST

START_TEST(axes_that_are_no_order_are_refused)
{
    const struct ecam_shape box = SHAPE(2, 3, 4);
    tlayer_refused(tlayer_new("transpose", 1, &box, NULL), ECAM_ERR_FORMAT, "needs an attribute");
    tlayer_refused(tlayer_new("transpose", 1, &box, ATTRS(INTS("axes", 1, 0))), ECAM_ERR_SHAPE,
                   "2 axes for 2x3x4");
    tlayer_refused(tlayer_new("transpose", 1, &box, ATTRS(INTS("axes", 1, 0, 3))), ECAM_ERR_SHAPE,
                   "axis 3");
    tlayer_refused(tlayer_new("transpose", 1, &box, ATTRS(INTS("axes", 1, 0, -2))), ECAM_ERR_FORMAT,
                   "axis 1 stands twice");
    tlayer_refused(tlayer_new("transpose", 1, &box, ATTRS(INTS("axes", 1, 0, 6))), ECAM_ERR_FORMAT,
                   "is 6");
    tlayer_refused(tlayer_new("transpose", 1, &box, ATTRS(INTS("order", 1, 0, 2))),
                   ECAM_ERR_UNSUPPORTED, "'order'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_order_of_axes_is_right,
        large_ones_are_cut_into_many_tasks,
        axes_that_are_no_order_are_refused,
    };
    return tu_main("transpose", tests, sizeof tests / sizeof *tests);
}
