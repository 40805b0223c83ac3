/* SPDX-License-Identifier: BSD-2-Clause */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "tests/unit/tmatrix.h"
#include "tests/unit/tu.h"

static struct ecam_cam *make(const float *data, size_t c, size_t h, size_t w,
                             struct ecam_cam_options options)
{
    const struct ecam_tensor act = tm_tensor(data, c, h, w);
    struct ecam_cam *cam = NULL;
    struct ecam_error err = { 0 };
    ck_assert_msg(ecam_cam_new(&act, &options, &cam, &err) == ECAM_OK, "%s", err.text);
    return cam;
}

static struct ecam_component get(const struct ecam_cam *cam, size_t i)
{
    struct ecam_component c;
    ck_assert_uint_lt(i, ecam_cam_count(cam));
    ecam_cam_get(cam, i, &c);
    return c;
}

static double sum_of(const float *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i];
    return sum;
}

/* ---- Against LAPACK ---- */

static void check_doubles(const char *what, const float *got, const double *want, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)got[i] - want[i]) <= 1e-5 * largest,
                      "%s[%zu of %zu]: got %.9g, want %.9g (largest %.3g)", what, i, n,
                      (double)got[i], want[i], largest);
}

static void check_fixture(const char *name, enum ecam_cam_mode mode, size_t c, size_t h, size_t w,
                          size_t k)
{
    char file[64], what[96];
    snprintf(file, sizeof file, "cam/%s.f32", name);
    const float *data = tm_fixture(file, c * h * w * sizeof *data);
    snprintf(file, sizeof file, "cam/%s.%s.f64", name,
             mode == ECAM_CAM_PAPER ? "paper" : "centered");
    const double *s = tm_fixture(file, k * (1 + h * w + c) * sizeof *s);
    const double *map = s + k, *vector = map + k * h * w;
    struct ecam_cam *cam =
        make(data, c, h, w, (struct ecam_cam_options){ .mode = mode, .components = k });
    ck_assert_uint_eq(ecam_cam_count(cam), k);
    for (size_t i = 0; i < k; i++) {
        const struct ecam_component comp = get(cam, i);
        ck_assert_msg(fabs(comp.s - s[i]) <= 1e-12 * s[0], "%s: s%zu %.17g, want %.17g", file,
                      i + 1, comp.s, s[i]);
        snprintf(what, sizeof what, "%s: map %zu", file, i + 1);
        check_doubles(what, comp.map, map + i * h * w, h * w);
        snprintf(what, sizeof what, "%s: vector %zu", file, i + 1);
        check_doubles(what, comp.vector, vector + i * c, c);
    }
    ecam_cam_free(cam);
}

START_TEST(maps_are_those_of_lapack_in_double)
{
    for (int mode = ECAM_CAM_PAPER; mode <= ECAM_CAM_CENTERED; mode++) {
        check_fixture("deep", (enum ecam_cam_mode)mode, 256, 7, 7, 3);
        check_fixture("early", (enum ecam_cam_mode)mode, 12, 24, 24, 3);
        check_fixture("square", (enum ecam_cam_mode)mode, 40, 5, 8, 3);
        check_fixture("signed", (enum ecam_cam_mode)mode, 48, 9, 6, 3);
        check_fixture("steep", (enum ecam_cam_mode)mode, 30, 6, 6, 6);
    }
}
END_TEST

/* ---- Invariances ---- */

START_TEST(a_rectified_activation_has_a_map_without_negatives)
{
    float *data = tm_random(60 * 35, 1);
    for (size_t i = 0; i < 60 * 35; i++)
        data[i] = fmaxf(data[i], 0);
    struct ecam_cam *cam = make(data, 60, 5, 7, (struct ecam_cam_options){ 0 });
    const struct ecam_component c = get(cam, 0);
    ck_assert(c.min >= 0 && !c.is_flipped && !c.is_flat);
    for (size_t i = 0; i < 60; i++)
        ck_assert(c.vector[i] >= -1e-6f);
    ecam_cam_free(cam);
}
END_TEST

START_TEST(scaling_the_activation_scales_the_map)
{
    const float *data = tm_random(20 * 30, 2);
    float scaled[20 * 30], want[30];
    for (size_t i = 0; i < 20 * 30; i++)
        scaled[i] = data[i] * 4096;
    struct ecam_cam *one = make(data, 20, 5, 6, (struct ecam_cam_options){ 0 });
    struct ecam_cam *two = make(scaled, 20, 5, 6, (struct ecam_cam_options){ 0 });
    for (size_t i = 0; i < 30; i++)
        want[i] = get(one, 0).map[i] * 4096;
    tu_close("map", get(two, 0).map, want, 30, 1e-2);
    ck_assert(fabs(get(one, 0).share - get(two, 0).share) < 1e-12);
    ecam_cam_free(one);
    ecam_cam_free(two);
}
END_TEST

START_TEST(the_order_of_channels_changes_nothing)
{
    enum { C = 25, N = 24 };
    const float *data = tm_random(C * N, 3);
    float mixed[C * N];
    for (size_t c = 0; c < C; c++)
        memcpy(mixed + (c * 7 % C) * N, data + c * N, N * sizeof *data);
    for (int mode = ECAM_CAM_PAPER; mode <= ECAM_CAM_CENTERED; mode++) {
        const struct ecam_cam_options options = { .mode = (enum ecam_cam_mode)mode };
        struct ecam_cam *one = make(data, C, 4, 6, options), *two = make(mixed, C, 4, 6, options);
        tu_close("map", get(two, 0).map, get(one, 0).map, N, 1e-5);
        ecam_cam_free(one);
        ecam_cam_free(two);
    }
}
END_TEST

START_TEST(channels_of_zeros_change_the_gram_side_and_nothing_else)
{
    enum { C = 10, N = 30, PADDED = 50 };
    float *data = tm_random(PADDED * N, 4);
    memset(data + C * N, 0, (PADDED - C) * N * sizeof *data);
    struct ecam_cam *few = make(data, C, 5, 6, (struct ecam_cam_options){ .components = 3 });
    struct ecam_cam *many = make(data, PADDED, 5, 6, (struct ecam_cam_options){ .components = 3 });
    for (size_t i = 0; i < 3; i++)
        tu_close("map", get(many, i).map, get(few, i).map, N, 1e-5);
    ecam_cam_free(few);
    ecam_cam_free(many);
}
END_TEST

START_TEST(a_constant_channel_does_not_matter_when_centered)
{
    enum { C = 9, N = 20 };
    float *data = tm_random((C + 1) * N, 5);
    for (size_t i = 0; i < N; i++)
        data[C * N + i] = 37.0f;
    const struct ecam_cam_options options = { .mode = ECAM_CAM_CENTERED };
    struct ecam_cam *one = make(data, C, 4, 5, options), *two = make(data, C + 1, 4, 5, options);
    tu_close("map", get(two, 0).map, get(one, 0).map, N, 1e-5);
    ck_assert(fabs(sum_of(get(one, 0).map, N)) < 1e-5);
    ecam_cam_free(one);
    ecam_cam_free(two);
}
END_TEST

/* ---- Sign ---- */

START_TEST(flip_is_the_opposite_of_auto_and_absmax_has_the_larger_end_up)
{
    for (uint64_t seed = 1; seed < 30; seed++) {
        const float *data = tm_random(12 * 15, seed);
        struct ecam_cam *cam[3];
        for (int sign = ECAM_SIGN_AUTO; sign <= ECAM_SIGN_FLIP; sign++)
            cam[sign] = make(data, 12, 3, 5,
                             (struct ecam_cam_options){ .mode = ECAM_CAM_CENTERED,
                                                        .sign = (enum ecam_sign)sign });
        const struct ecam_component a = get(cam[ECAM_SIGN_AUTO], 0);
        const struct ecam_component m = get(cam[ECAM_SIGN_ABSMAX], 0);
        const struct ecam_component f = get(cam[ECAM_SIGN_FLIP], 0);
        ck_assert(sum_of(a.vector, 12) >= 0 && !a.is_flipped);
        ck_assert(f.is_flipped && f.min == -a.max && f.max == -a.min);
        ck_assert(fabsf(m.max) >= fabsf(m.min));
        ck_assert(m.is_flipped == (sum_of(m.vector, 12) < 0));
        for (size_t i = 0; i < 15; i++)
            ck_assert(f.map[i] == -a.map[i]);
        for (int sign = ECAM_SIGN_AUTO; sign <= ECAM_SIGN_FLIP; sign++)
            ecam_cam_free(cam[sign]);
    }
}
END_TEST

START_TEST(where_the_vector_sums_to_zero_the_largest_entry_is_positive)
{
    /* Two channels that mirror each other: v = (1, -1) / sqrt(2). */
    for (int sign = -1; sign <= 1; sign += 2) {
        const float f = (float)sign;
        const float data[] = { f, -3 * f, 2 * f, 0, -f, 3 * f, -2 * f, 0 };
        struct ecam_cam *cam = make(data, 2, 2, 2, (struct ecam_cam_options){ 0 });
        const struct ecam_component c = get(cam, 0);
        ck_assert(c.map[1] > 0 && c.max == c.map[1]);
        ck_assert(fabsf(c.max - 3 * sqrtf(2)) < 1e-5f);
        ecam_cam_free(cam);
        /* Equal magnitudes: the first decides, whatever the last bits say. */
        const float equal[] = { -f, f, f, -f, f, -1.0000001f * f, -f, f };
        cam = make(equal, 2, 2, 2, (struct ecam_cam_options){ 0 });
        ck_assert(get(cam, 0).map[0] > 0);
        ecam_cam_free(cam);
    }
}
END_TEST

/* ---- How many ---- */

START_TEST(components_are_cut_to_what_there_is)
{
    const float *data = tm_random(8 * 6, 6);
    struct ecam_cam *cam = make(data, 8, 2, 3, (struct ecam_cam_options){ .components = 99 });
    ck_assert_uint_eq(ecam_cam_count(cam), 6);
    double share = 0;
    for (size_t i = 0; i < 6; i++)
        share += get(cam, i).share;
    ck_assert(fabs(share - 1) < 1e-9);
    ck_assert(get(cam, 5).gap == 0.0);
    ck_assert(fabs(get(cam, 0).gap - get(cam, 1).s / get(cam, 0).s) < 1e-9);
    ecam_cam_free(cam);
}
END_TEST

START_TEST(a_share_decides_instead_of_a_number)
{
    const double s[] = { 8, 4, 2, 1 };
    const float *data = tm_spectrum(12, 30, s, 4, 7);
    struct ecam_cam *cam =
        make(data, 12, 5, 6, (struct ecam_cam_options){ .components = 1, .share = 0.95 });
    ck_assert_uint_eq(ecam_cam_count(cam), 3);
    ecam_cam_free(cam);
}
END_TEST

/* ---- Degenerate ---- */

START_TEST(zeros_give_a_flat_map_of_zeros)
{
    const float data[6 * 4] = { 0 };
    for (int mode = ECAM_CAM_PAPER; mode <= ECAM_CAM_CENTERED; mode++) {
        struct ecam_cam *cam =
            make(data, 6, 2, 2,
                 (struct ecam_cam_options){ .mode = (enum ecam_cam_mode)mode, .components = 3 });
        for (size_t i = 0; i < 3; i++) {
            const struct ecam_component c = get(cam, i);
            ck_assert(c.s == 0.0 && c.share == 0.0 && c.gap == 0.0 && c.is_flat && !c.is_flipped);
            for (size_t j = 0; j < 4; j++)
                ck_assert(c.map[j] == 0.0f);
            for (size_t j = 0; j < 6; j++)
                ck_assert(c.vector[j] == 0.0f);
        }
        ecam_cam_free(cam);
    }
}
END_TEST

START_TEST(a_constant_activation_is_flat)
{
    float data[7 * 12];
    for (size_t i = 0; i < 7 * 12; i++)
        data[i] = 0.1f * (float)(i / 12 + 1);
    struct ecam_cam *cam = make(data, 7, 3, 4, (struct ecam_cam_options){ 0 });
    ck_assert(get(cam, 0).is_flat && get(cam, 0).max > 0);
    ck_assert(fabs(get(cam, 0).share - 1) < 1e-12);
    ecam_cam_free(cam);
    cam = make(data, 7, 3, 4, (struct ecam_cam_options){ .mode = ECAM_CAM_CENTERED });
    ck_assert(get(cam, 0).is_flat && get(cam, 0).max == 0.0f && get(cam, 0).s == 0.0);
    ecam_cam_free(cam);
}
END_TEST

START_TEST(a_constant_map_on_the_edge_of_two_floats_is_flat)
{
    /* L is 34932342, in the middle between two floats: rounding must not go both ways. */
    enum { C = 9 };
    float data[C * 8];
    for (size_t i = 0; i < C * 8; i++)
        data[i] = 11644114.0f;
    for (size_t w = 2; w <= 8; w++) {
        struct ecam_cam *cam = make(data, C, 1, w, (struct ecam_cam_options){ 0 });
        const struct ecam_component c = get(cam, 0);
        ck_assert(c.is_flat && fabs((double)c.max - 34932342) <= 2);
        ck_assert(c.gap == 0.0);
        ecam_cam_free(cam);
    }
}
END_TEST

START_TEST(a_dense_layer_is_one_position)
{
    const float *data = tm_random(10, 8);
    struct ecam_tensor act = { .data = data, .n = 1, .c = 10, .h = 1, .w = 1, .rank = 2 };
    struct ecam_cam *cam = NULL;
    ck_assert_int_eq(ecam_cam_new(&act, NULL, &cam, NULL), ECAM_OK);
    const struct ecam_component c = get(cam, 0);
    double norm2 = 0;
    for (size_t i = 0; i < 10; i++)
        norm2 += (double)data[i] * (double)data[i];
    ck_assert(c.is_flat && fabs(fabs((double)c.map[0]) - sqrt(norm2)) < 1e-6);
    ecam_cam_free(cam);
}
END_TEST

START_TEST(what_is_no_number_counts_as_zero)
{
    float *data = tm_random(15 * 20, 9), clean[15 * 20];
    data[3] = NAN;
    data[77] = INFINITY;
    data[299] = -INFINITY;
    for (size_t i = 0; i < 15 * 20; i++)
        clean[i] = isfinite(data[i]) ? data[i] : 0.0f;
    struct ecam_cam *one = make(data, 15, 4, 5, (struct ecam_cam_options){ 0 });
    struct ecam_cam *two = make(clean, 15, 4, 5, (struct ecam_cam_options){ 0 });
    ck_assert_uint_eq(ecam_cam_n_bad(one), 3);
    ck_assert_uint_eq(ecam_cam_n_bad(two), 0);
    ck_assert(memcmp(get(one, 0).map, get(two, 0).map, 20 * sizeof(float)) == 0);
    ck_assert(isnan(data[3])); /* the caller's numbers are left alone */
    ecam_cam_free(one);
    ecam_cam_free(two);
}
END_TEST

START_TEST(huge_and_tiny_activations_stay_finite)
{
    float *data = tm_random(40 * 9, 10);
    for (size_t i = 0; i < 40 * 9; i++)
        data[i] = data[i] < 0 ? 0 : FLT_MAX;
    struct ecam_cam *cam = make(data, 40, 3, 3, (struct ecam_cam_options){ .components = 2 });
    for (size_t i = 0; i < 9; i++)
        ck_assert(isfinite(get(cam, 0).map[i]) && isfinite(get(cam, 1).map[i]));
    ecam_cam_free(cam);
    for (size_t i = 0; i < 40 * 9; i++)
        data[i] = data[i] > 0 ? 1e-45f : 0;
    cam = make(data, 40, 3, 3, (struct ecam_cam_options){ .components = 2 });
    ck_assert(get(cam, 0).s > 0 && isfinite(get(cam, 0).max));
    ecam_cam_free(cam);
}
END_TEST

START_TEST(shapes_that_are_no_activation_are_errors)
{
    const float data[8] = { 0 };
    struct ecam_cam *cam = NULL;
    struct ecam_error err;
    struct ecam_tensor act = tm_tensor(data, 2, 2, 2);
    act.n = 2;
    ck_assert_int_eq(ecam_cam_new(&act, NULL, &cam, &err), ECAM_ERR_SHAPE);
    act = tm_tensor(data, 0, 2, 2);
    ck_assert_int_eq(ecam_cam_new(&act, NULL, &cam, &err), ECAM_ERR_SHAPE);
    act = tm_tensor(data, 2, SIZE_MAX / 2, 4);
    ck_assert_int_eq(ecam_cam_new(&act, NULL, &cam, &err), ECAM_ERR_SHAPE);
    act = tm_tensor(data, 2, 2, 2);
    act.rank = 2;
    ck_assert_int_eq(ecam_cam_new(&act, NULL, &cam, &err), ECAM_ERR_SHAPE);
    ck_assert_ptr_null(cam);
    ecam_cam_free(NULL);
}
END_TEST

/* ---- Salience ---- */

START_TEST(the_mean_salience_is_the_mean_over_channels)
{
    const float data[] = { 1, 2, 3, 4, 5, NAN, 3, 0, 6, 1, 0, -4 };
    const float want[] = { 4, 1, 2, 0 };
    float map[4];
    size_t n_bad = 99;
    const struct ecam_tensor act = tm_tensor(data, 3, 2, 2);
    ck_assert_int_eq(
        ecam_salience_map(&act, ECAM_SALIENCE_MEAN, 5, ECAM_SIGN_AUTO, map, &n_bad, NULL), ECAM_OK);
    tu_close("mean", map, want, 4, 1e-6);
    ck_assert_uint_eq(n_bad, 1);
}
END_TEST

START_TEST(the_pca_salience_is_the_centered_component)
{
    const float *data = tm_random(9 * 20, 12);
    const struct ecam_tensor act = tm_tensor(data, 9, 4, 5);
    struct ecam_cam *cam = make(
        data, 9, 4, 5, (struct ecam_cam_options){ .mode = ECAM_CAM_CENTERED, .components = 2 });
    float map[20];
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(
            ecam_salience_map(&act, ECAM_SALIENCE_PCA, i, ECAM_SIGN_AUTO, map, NULL, NULL),
            ECAM_OK);
        tu_close("pca", map, get(cam, i).map, 20, 1e-6);
    }
    ecam_cam_free(cam);
    struct ecam_error err;
    ck_assert_int_eq(ecam_salience_map(&act, ECAM_SALIENCE_PCA, 9, ECAM_SIGN_AUTO, map, NULL, &err),
                     ECAM_ERR_ARG);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        maps_are_those_of_lapack_in_double,
        a_rectified_activation_has_a_map_without_negatives,
        scaling_the_activation_scales_the_map,
        the_order_of_channels_changes_nothing,
        channels_of_zeros_change_the_gram_side_and_nothing_else,
        a_constant_channel_does_not_matter_when_centered,
        flip_is_the_opposite_of_auto_and_absmax_has_the_larger_end_up,
        where_the_vector_sums_to_zero_the_largest_entry_is_positive,
        components_are_cut_to_what_there_is,
        a_share_decides_instead_of_a_number,
        zeros_give_a_flat_map_of_zeros,
        a_constant_activation_is_flat,
        a_constant_map_on_the_edge_of_two_floats_is_flat,
        a_dense_layer_is_one_position,
        what_is_no_number_counts_as_zero,
        huge_and_tiny_activations_stay_finite,
        shapes_that_are_no_activation_are_errors,
        the_mean_salience_is_the_mean_over_channels,
        the_pca_salience_is_the_centered_component,
    };
    return tu_main("cam", tests, sizeof tests / sizeof *tests);
}
