/* SPDX-License-Identifier: BSD-2-Clause
 * How many windows fit: the three rules of rounding, at the sizes where they differ. */
#include "layers/window.h"

#include "tests/unit/tu.h"

static size_t windows(size_t in, size_t k, size_t stride, size_t pad, enum ecam_rounding rounding)
{
    char name[] = "pool";
    const struct ecam_node node = { .name = name };
    const struct ecam_window window = { .k_h = k,
                                        .k_w = k,
                                        .stride_h = stride,
                                        .stride_w = stride,
                                        .dilation_h = 1,
                                        .dilation_w = 1,
                                        .pad_t = pad,
                                        .pad_l = pad,
                                        .pad_b = pad,
                                        .pad_r = pad };
    const struct ecam_shape shape = { .rank = 4, .dim = { 1, 1, in, in } };
    size_t h = 0, w = 0;
    if (ecam_window_infer(&node, &window, rounding, &shape, &h, &w, NULL) != ECAM_OK)
        return 0;
    ck_assert_uint_eq(h, w);
    return h;
}

START_TEST(down_counts_whole_windows_only)
{
    ck_assert_uint_eq(windows(112, 3, 2, 0, ECAM_ROUND_DOWN), 55);
    ck_assert_uint_eq(windows(112, 3, 2, 1, ECAM_ROUND_DOWN), 56);
    ck_assert_uint_eq(windows(3, 3, 1, 0, ECAM_ROUND_DOWN), 1);
    ck_assert_uint_eq(windows(2, 3, 1, 0, ECAM_ROUND_DOWN), 0); /* does not fit */
}
END_TEST

START_TEST(up_counts_a_last_partial_window)
{
    ck_assert_uint_eq(windows(112, 3, 2, 0, ECAM_ROUND_UP), 56); /* GoogLeNet */
    ck_assert_uint_eq(windows(112, 3, 2, 0, ECAM_ROUND_UP_CAFFE), 56);
    ck_assert_uint_eq(windows(14, 2, 2, 0, ECAM_ROUND_UP), 7);
}
END_TEST

START_TEST(a_last_window_that_starts_in_the_trailing_padding_is_dropped)
{
    /* Rounding up alone would give 2 here, the second from position 4 - 1 = in on. */
    ck_assert_uint_eq(windows(3, 1, 4, 1, ECAM_ROUND_UP), 1);
    ck_assert_uint_eq(windows(3, 1, 4, 1, ECAM_ROUND_UP_CAFFE), 1);
}
END_TEST

START_TEST(caffe_keeps_it_where_there_is_no_padding)
{
    ck_assert_uint_eq(windows(4, 1, 2, 0, ECAM_ROUND_UP), 2);
    ck_assert_uint_eq(windows(4, 1, 2, 0, ECAM_ROUND_UP_CAFFE), 3);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        down_counts_whole_windows_only,
        up_counts_a_last_partial_window,
        a_last_window_that_starts_in_the_trailing_padding_is_dropped,
        caffe_keeps_it_where_there_is_no_padding,
    };
    return tu_main("window", tests, sizeof tests / sizeof *tests);
}
