/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "tests/unit/tu.h"
#include "weights/model_file.h"
#include "weights/preset.h"

START_TEST(every_preset_can_stand_in_a_model_file)
{
    const char *name;
    size_t n = 0;
    while ((name = ecam_preprocess_preset_name(n, NULL)) != NULL) {
        struct ecam_preprocess pre;
        ck_assert_int_eq(ecam_preprocess_preset(name, &pre), ECAM_OK);
        ck_assert_ptr_null(ecam_preprocess_fault(&pre));
        n++;
    }
    ck_assert_uint_eq(n, 7);
    ck_assert_ptr_null(ecam_preprocess_preset_name(SIZE_MAX, NULL));
}
END_TEST

START_TEST(a_preset_is_recognised_at_any_size)
{
    static const size_t sizes[] = { 32, 224, 227, 256, 299, 331 };
    const char *name;
    for (size_t i = 0; (name = ecam_preprocess_preset_name(i, NULL)) != NULL; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            struct ecam_preprocess pre;
            ck_assert_int_eq(ecam_preprocess_preset(name, &pre), ECAM_OK);
            ecam_preprocess_fit(&pre, sizes[j], sizes[j]);
            ck_assert_str_eq(ecam_preprocess_preset_of(&pre), name);
        }
    }
}
END_TEST

START_TEST(another_number_is_no_preset)
{
    struct ecam_preprocess pre;
    ck_assert_int_eq(ecam_preprocess_preset("torchvision", &pre), ECAM_OK);
    pre.std[2] = 0.2250001f;
    ck_assert_ptr_null(ecam_preprocess_preset_of(&pre));
    ck_assert_int_eq(ecam_preprocess_preset("Torchvision", &pre), ECAM_ERR_NAME);
}
END_TEST

START_TEST(the_frame_follows_the_crop)
{
    struct ecam_preprocess pre;
    ck_assert_int_eq(ecam_preprocess_preset("tf", &pre), ECAM_OK);
    ecam_preprocess_fit(&pre, 299, 299);
    ck_assert_uint_eq(pre.resize_h, 342);
    ck_assert_uint_eq(pre.crop_w, 299);
    ck_assert_int_eq(ecam_preprocess_preset("caffe-bvlc", &pre), ECAM_OK);
    ecam_preprocess_fit(&pre, 227, 227);
    ck_assert_uint_eq(pre.resize_h, 256);
    ck_assert_uint_eq(pre.resize_w, 256);
    ck_assert_uint_eq(pre.crop_h, 227);
    ck_assert_int_eq(ecam_preprocess_preset("raw", &pre), ECAM_OK);
    ecam_preprocess_fit(&pre, 227, 227);
    ck_assert_uint_eq(pre.crop_h, 0);
}
END_TEST

/* The formula of the preset, at one value. */
static double through(const struct ecam_preprocess *pre, int channel, double v)
{
    return (v * (double)pre->scale - (double)pre->mean[channel]) / (double)pre->std[channel];
}

START_TEST(the_numbers_are_the_published_ones)
{
    struct ecam_preprocess pre;
    ck_assert_int_eq(ecam_preprocess_preset("caffe-densenet", &pre), ECAM_OK);
    ck_assert_double_eq_tol(through(&pre, 0, 200), (200 - 103.94) * 0.017, 1e-6);
    ck_assert_int_eq(ecam_preprocess_preset("tf", &pre), ECAM_OK);
    ck_assert_double_eq_tol(through(&pre, 1, 0), -1, 1e-6);
    ck_assert_double_eq_tol(through(&pre, 1, 255), 1, 1e-6);
    ck_assert_int_eq(ecam_preprocess_preset("torchvision", &pre), ECAM_OK);
    ck_assert_double_eq_tol(through(&pre, 2, 51), (0.2 - 0.406) / 0.225, 1e-6);
    ck_assert_int_eq(ecam_preprocess_preset("caffe-vgg", &pre), ECAM_OK);
    ck_assert_double_eq_tol(through(&pre, 2, 0), -123.68, 1e-4);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_preset_can_stand_in_a_model_file,
        a_preset_is_recognised_at_any_size,
        another_number_is_no_preset,
        the_frame_follows_the_crop,
        the_numbers_are_the_published_ones,
    };
    return tu_main("preset", tests, sizeof tests / sizeof *tests);
}
