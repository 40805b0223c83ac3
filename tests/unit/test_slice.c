/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

/* Python's rule, index by index: those that a walk from begin meets before end, each of
 * which must be in the sequence. */
static size_t python(int64_t size, int64_t begin, int64_t end, int64_t step, size_t *first)
{
    const int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
    begin = begin < 0 ? begin + size : begin;
    end = end < 0 ? end + size : end;
    begin = begin < low ? low : begin > high ? high : begin;
    end = end < low ? low : end > high ? high : end;
    size_t n = 0;
    for (int64_t i = begin; step > 0 ? i < end : i > end; i += step)
        n++;
    *first = (size_t)begin;
    return n;
}

static void check(struct ecam_shape in, const int64_t *begin, const int64_t *end,
                  const int64_t *step)
{
    struct tattr attr[] = {
        { .key = "begin", .n = in.rank }, { .key = "end", .n = in.rank }, { .key = "step" }, { 0 }
    };
    struct ecam_shape want = { .rank = in.rank };
    size_t first[ECAM_MAX_RANK] = { 0 };
    attr[2].n = in.rank;
    for (size_t i = 0; i < in.rank; i++) {
        attr[0].value[i] = begin[i];
        attr[1].value[i] = end[i];
        attr[2].value[i] = step[i];
        want.dim[i] = python((int64_t)in.dim[i], begin[i], end[i], step[i], &first[i]);
        if (want.dim[i] == 0) {
            tlayer_refused(tlayer_new("slice", 1, &in, attr), ECAM_ERR_SHAPE, "nothing of");
            return;
        }
    }
    struct tlayer t = tlayer_new("slice", 1, &in, attr);
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &want));
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK];
        tindex(&want, at, index);
        for (size_t i = 0; i < in.rank; i++)
            index[i] = (size_t)((int64_t)first[i] + (int64_t)index[i] * step[i]);
        tu_assert(got.data[at] == t.x[tplace(&in, index)]);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(one_axis_is_cut_as_python_does)
{
    for (size_t size = 1; size <= 4; size++)
        for (int64_t begin = -6; begin <= 6; begin += 2)
            for (int64_t end = -6; end <= 6; end++)
                for (int64_t step = -3; step <= 3; step++)
                    if (step != 0)
                        check((struct ecam_shape)SHAPE(size), &begin, &end, &step);
}
END_TEST

START_TEST(the_ends_of_64_bits_are_cut_too)
{
    static const int64_t far[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX };
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            for (int64_t step = -2; step <= 2; step++)
                if (step != 0)
                    check((struct ecam_shape)SHAPE(5), &far[i], &far[j], &step);
    struct tlayer t = tlayer_new("slice", 1, &(struct ecam_shape)SHAPE(3, 5),
                                 ATTRS(INTS("begin", 1, INT64_MAX), INTS("end", 3, INT64_MIN),
                                       INTS("step", INT64_MAX, INT64_MIN)));
    struct tvalue got = tlayer_run(&t);
    ck_assert_uint_eq(got.n, 1);
    ck_assert(got.data[0] == t.x[1 * 5 + 4]);
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(several_axes_are_cut_at_once)
{
    check((struct ecam_shape)SHAPE(2, 9, 20, 31), (int64_t[]){ 0, 1, -1, 3 },
          (int64_t[]){ 2, 8, -99, 30 }, (int64_t[]){ 1, 3, -2, 1 });
    check((struct ecam_shape)SHAPE(2, 9, 20, 31), (int64_t[]){ 1, 8, 19, 30 },
          (int64_t[]){ -3, -10, -21, -32 }, (int64_t[]){ -1, -1, -1, -1 });
    check((struct ecam_shape)SHAPE(2, 3, 4, 5, 3, 2), (int64_t[]){ 0, 0, 1, 0, 0, 0 },
          (int64_t[]){ 2, 3, 3, 5, 3, 2 }, (int64_t[]){ 1, 1, 1, 2, 1, 1 });
    check((struct ecam_shape)SHAPE(3, 70, 300), (int64_t[]){ 0, 0, 0 }, (int64_t[]){ 3, 70, 300 },
          (int64_t[]){ 1, 1, 1 });
    check((struct ecam_shape)SHAPE(3, 70, 300), (int64_t[]){ 0, 0, 299 },
          (int64_t[]){ 3, 70, -301 }, (int64_t[]){ 1, 1, -1 });
}
END_TEST

START_TEST(steps_are_one_where_none_are_given)
{
    struct tlayer t = tlayer_new("slice", 1, &(struct ecam_shape)SHAPE(3, 5),
                                 ATTRS(INTS("begin", 1, 0), INTS("end", 3, 5)));
    struct tvalue got = tlayer_run(&t);
    ck_assert_uint_eq(got.n, 10);
    ck_assert_int_eq(memcmp(got.data, t.x + 5, 10 * sizeof *t.x), 0);
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_is_no_slice_is_refused)
{
    const struct ecam_shape box = SHAPE(2, 3);
    tlayer_refused(tlayer_new("slice", 1, &box, ATTRS(INTS("end", 1, 1))), ECAM_ERR_FORMAT,
                   "'begin'");
    tlayer_refused(tlayer_new("slice", 1, &box, ATTRS(INTS("begin", 1, 1))), ECAM_ERR_FORMAT,
                   "'end'");
    tlayer_refused(tlayer_new("slice", 1, &box, ATTRS(INTS("begin", 0, 0), INTS("end", 1))),
                   ECAM_ERR_FORMAT, "2 begins, 1 ends");
    tlayer_refused(tlayer_new("slice", 1, &box,
                              ATTRS(INTS("begin", 0, 0), INTS("end", 1, 1), INTS("step", 1))),
                   ECAM_ERR_FORMAT, "1 steps");
    tlayer_refused(tlayer_new("slice", 1, &box,
                              ATTRS(INTS("begin", 0, 0), INTS("end", 1, 1), INTS("step", 1, 0))),
                   ECAM_ERR_FORMAT, "step 0 on axis 1");
    tlayer_refused(tlayer_new("slice", 1, &box,
                              ATTRS(INTS("begin", 0, 0), INTS("end", 1, 1), REAL("step", 1))),
                   ECAM_ERR_FORMAT, "real number");
    tlayer_refused(tlayer_new("slice", 1, &box, ATTRS(INTS("begin", 0), INTS("end", 1))),
                   ECAM_ERR_SHAPE, "1 axes for 2x3");
    tlayer_refused(tlayer_new("slice", 1, &box, ATTRS(INTS("start", 0))), ECAM_ERR_UNSUPPORTED,
                   "'start'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_axis_is_cut_as_python_does, the_ends_of_64_bits_are_cut_too,
        several_axes_are_cut_at_once,   steps_are_one_where_none_are_given,
        what_is_no_slice_is_refused,
    };
    return tu_main("slice", tests, sizeof tests / sizeof *tests);
}
