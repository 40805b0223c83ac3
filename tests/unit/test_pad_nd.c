/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

/* Steps on the padded axis from the inside outwards, one by one. */
static int64_t source(int64_t at, int64_t size, int64_t mode)
{
    while (at < 0 || at >= size) {
        if (mode == 0)
            return -1;
        if (mode == 1)
            at = at < 0 ? -at : 2 * (size - 1) - at;
        else
            at = at < 0 ? at + 1 : at - 1;
    }
    return at;
}

static void check(struct ecam_shape in, const int64_t *before, const int64_t *after, int64_t mode)
{
    struct tattr attr[] = { { .key = "before", .n = in.rank },
                            { .key = "after", .n = in.rank },
                            INTS("mode", mode),
                            REAL("value", -2.5),
                            { 0 } };
    for (size_t i = 0; i < in.rank; i++) {
        attr[0].value[i] = before[i];
        attr[1].value[i] = after[i];
    }
    struct tlayer t = tlayer_new("pad_nd", 1, &in, attr);
    struct tvalue got = tlayer_run(&t);
    for (size_t i = 0; i < in.rank; i++)
        ck_assert_uint_eq(got.shape.dim[i], in.dim[i] + (size_t)(before[i] + after[i]));
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        bool is_inside = true;
        tindex(&got.shape, at, index);
        for (size_t i = 0; i < in.rank; i++) {
            const int64_t from = source((int64_t)index[i] - before[i], (int64_t)in.dim[i], mode);
            is_inside = is_inside && from >= 0;
            index[i] = (size_t)from;
        }
        tu_assert(got.data[at] == (is_inside ? t.x[tplace(&in, index)] : -2.5f));
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(every_mode_on_any_axis)
{
    for (int64_t mode = 0; mode < 3; mode++) {
        check((struct ecam_shape)SHAPE(5), (int64_t[]){ 4 }, (int64_t[]){ 3 }, mode);
        check((struct ecam_shape)SHAPE(3, 4), (int64_t[]){ 2, 0 }, (int64_t[]){ 0, 3 }, mode);
        check((struct ecam_shape)SHAPE(2, 3, 4, 5), (int64_t[]){ 1, 2, 3, 4 },
              (int64_t[]){ 1, 1, 2, 3 }, mode);
        check((struct ecam_shape)SHAPE(2, 3, 2, 3, 2, 3), (int64_t[]){ 1, 2, 1, 0, 1, 2 },
              (int64_t[]){ 0, 1, 1, 2, 0, 0 }, mode);
        check((struct ecam_shape)SHAPE(1, 3, 90, 110), (int64_t[]){ 0, 0, 40, 9 },
              (int64_t[]){ 0, 0, 40, 9 }, mode);
    }
    check((struct ecam_shape)SHAPE(1, 1), (int64_t[]){ 3, 3 }, (int64_t[]){ 3, 3 }, 2);
    check((struct ecam_shape)SHAPE(1, 1), (int64_t[]){ 0, 0 }, (int64_t[]){ 0, 0 }, 1);
}
END_TEST

START_TEST(what_is_no_border_is_refused)
{
    const struct ecam_shape box = SHAPE(2, 3);
    const struct tattr none = INTS("before", 0, 0);
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(INTS("after", 0, 0))), ECAM_ERR_FORMAT,
                   "'before'");
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(none)), ECAM_ERR_FORMAT, "'after'");
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(none, INTS("after", 1, -1))),
                   ECAM_ERR_FORMAT, "is -1, 0 to");
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(none, INTS("after", 1))), ECAM_ERR_FORMAT,
                   "before 2 axes, after 1");
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(INTS("before", 0), INTS("after", 1))),
                   ECAM_ERR_SHAPE, "1 axes for 2x3");
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(none, INTS("after", 0, 3), INTS("mode", 1))),
                   ECAM_ERR_SHAPE, "at most 2");
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(none, INTS("after", 0, 3), INTS("mode", 3))),
                   ECAM_ERR_FORMAT, "'mode' is 3");
    tlayer_refused(
        tlayer_new("pad_nd", 1, &box, ATTRS(none, INTS("after", 0, 3), INTS("value", 3, 4))),
        ECAM_ERR_FORMAT, "'value'");
    tlayer_refused(tlayer_new("pad_nd", 1, &box, ATTRS(INTS("pad", 0))), ECAM_ERR_UNSUPPORTED,
                   "'pad'");
    struct tlayer t = tlayer_new("pad_nd", 1, &box, ATTRS(none, INTS("after", 0, 3)));
    t.in[0].dim[1] = SIZE_MAX;
    tlayer_refused(t, ECAM_ERR_LIMIT, "overflows");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { every_mode_on_any_axis, what_is_no_border_is_refused };
    return tu_main("pad_nd", tests, sizeof tests / sizeof *tests);
}
