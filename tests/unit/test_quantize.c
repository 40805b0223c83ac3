/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static const struct tattr low = REAL("min", -7), high = REAL("max", 6);

static struct tlayer layer(const char *kind, struct ecam_shape in, int64_t axis, size_t n_scale,
                           size_t n_zero)
{
    struct tlayer t = kind[0] == 'q'
                          ? tlayer_new(kind, 1, &in, ATTRS(low, high, INTS("axis", axis)))
                          : tlayer_new(kind, 1, &in, ATTRS(INTS("axis", axis)));
    tnet_weight(&t.net, t.node, "scale", 1, 1, &n_scale);
    if (n_zero != 0)
        tnet_weight(&t.net, t.node, "zero", 3, 1, &n_zero);
    return t;
}

/* Halves to even, without the rounding mode of the machine. */
static double round_even(double x)
{
    const double down = floor(x), part = x - down;
    if (part != 0.5)
        return part < 0.5 ? down : down + 1;
    return fmod(down, 2) == 0 ? down : down + 1;
}

static void check(const char *kind, struct ecam_shape in, int64_t axis, size_t n_scale,
                  size_t n_zero)
{
    struct tlayer t = layer(kind, in, axis, n_scale, n_zero);
    const size_t a = (size_t)(axis < 0 ? axis + (int64_t)in.rank : axis);
    for (size_t i = 0; i < tcount(&in); i++)
        t.x[i] *= 12;
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &in));
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        tindex(&in, at, index);
        const float scale = tlayer_weight(&t, "scale")[n_scale > 1 ? index[a] : 0];
        const float zero =
            n_zero == 0 ? 0.0f : tlayer_weight(&t, "zero")[n_zero > 1 ? index[a] : 0];
        float want = (t.x[at] - zero) * scale;
        if (kind[0] == 'q') {
            want = (float)round_even((double)(t.x[at] / scale)) + zero;
            want = want < -7 ? -7 : want > 6 ? 6 : want;
        }
        tu_assert(got.data[at] == want);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(one_scale_or_one_for_each_index_of_an_axis)
{
    static const char *const kinds[] = { "quantize", "dequantize" };
    for (size_t k = 0; k < 2; k++) {
        check(kinds[k], (struct ecam_shape)SHAPE(9), 1, 1, 1);
        check(kinds[k], (struct ecam_shape)SHAPE(2, 3, 4, 5), 1, 1, 0);
        check(kinds[k], (struct ecam_shape)SHAPE(2, 3, 4, 5), 1, 3, 3);
        check(kinds[k], (struct ecam_shape)SHAPE(2, 3, 4, 5), -1, 5, 1);
        check(kinds[k], (struct ecam_shape)SHAPE(2, 3, 4, 5), 0, 1, 2);
        check(kinds[k], (struct ecam_shape)SHAPE(1, 3, 150, 200), 1, 3, 0);
        check(kinds[k], (struct ecam_shape)SHAPE(1, 3, 150, 200), 1, 1, 1);
    }
}
END_TEST

/* Behind a pool of one pixel, which changes nothing but writes blocks. */
START_TEST(blocks_give_the_same_bits)
{
    const struct ecam_shape in = SHAPE(2, 21, 6, 5);
    for (size_t n = 1; n <= 21; n += 20) {
        struct tlayer plain = layer("dequantize", in, 1, n, 1);
        struct tlayer blocked = tlayer_new("maxpool2d", 1, &in, ATTRS(INTS("kernel", 1, 1)));
        blocked.node = tnet_add(&blocked.net, "dequantize", "behind", 1, &blocked.node);
        tnet_weight(&blocked.net, blocked.node, "scale", 1, 1, &n);
        tnet_weight(&blocked.net, blocked.node, "zero", 3, 1, (size_t[]){ 1 });
        struct tvalue a = tlayer_run(&plain), b = tlayer_run(&blocked);
        ck_assert_uint_eq(a.n, b.n);
        ck_assert_int_eq(memcmp(a.data, b.data, a.n * sizeof *a.data), 0);
        ecam_free(a.data);
        ecam_free(b.data);
        tlayer_free(&plain);
        tlayer_free(&blocked);
    }
}
END_TEST

START_TEST(halves_go_to_even_and_nan_stays)
{
    struct tlayer t = layer("quantize", (struct ecam_shape)SHAPE(7), 0, 1, 0);
    static const float parts[7] = { 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 100, -INFINITY };
    static const float want[7] = { 0, 2, 2, 0, -2, 6, -7 };
    t.x[0] = NAN;
    struct tvalue got = tlayer_run(&t);
    ck_assert(isnan(got.data[0]));
    ecam_free(got.data);
    tlayer_free(&t);
    t = layer("quantize", (struct ecam_shape)SHAPE(7), 0, 1, 0);
    ck_assert_int_eq(ecam_weight_set_seal(t.net.model->network->weights, NULL), ECAM_OK);
    const float scale =
        *ecam_weight_in_place(ecam_weight_set_find(t.net.model->network->weights, "layer.scale"));
    for (size_t i = 0; i < 7; i++) /* a half of a step, where the product is exact */
        t.x[i] = parts[i] * scale;
    got = tlayer_run(&t);
    for (size_t i = 0; i < 7; i++)
        tu_assert(got.data[i] == want[i]);
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    const struct ecam_shape box = SHAPE(2, 3, 4);
    static const char *const kinds[] = { "quantize", "dequantize" };
    for (size_t k = 0; k < 2; k++) {
        tlayer_refused(layer(kinds[k], box, 1, 4, 1), ECAM_ERR_SHAPE, "4 scales and 1 zeros");
        tlayer_refused(layer(kinds[k], box, 1, 3, 2), ECAM_ERR_SHAPE, "3 scales and 2 zeros");
        tlayer_refused(layer(kinds[k], box, 3, 3, 1), ECAM_ERR_SHAPE, "axis 3");
        tlayer_refused(layer(kinds[k], box, 7, 3, 1), ECAM_ERR_FORMAT, "'axis' is 7");
        struct tlayer t = tlayer_new(kinds[k], 1, &box, NULL);
        tlayer_refused(t, ECAM_ERR_FORMAT, "'scale'");
        t = tlayer_new(kinds[k], 1, &box, NULL);
        tnet_weight(&t.net, t.node, "scale", 1, 2, (size_t[]){ 3, 1 });
        tlayer_refused(t, ECAM_ERR_SHAPE, "a vector is expected");
        t = tlayer_new(kinds[k], 1, &box, NULL);
        tnet_weight(&t.net, t.node, "scale", 1, 1, (size_t[]){ 3 });
        tnet_weight(&t.net, t.node, "zero", 1, 2, (size_t[]){ 3, 1 });
        tlayer_refused(t, ECAM_ERR_SHAPE, "a vector is expected");
        t = layer(kinds[k], box, 1, 1, 1);
        tnet_ints(&t.net, t.node, "bits", 1, (int64_t[]){ 8 });
        tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "'bits'");
    }
    struct tlayer t = tlayer_new("quantize", 1, &box, ATTRS(low));
    tnet_weight(&t.net, t.node, "scale", 1, 1, (size_t[]){ 1 });
    tlayer_refused(t, ECAM_ERR_FORMAT, "'min' and 'max'");
    t = tlayer_new("quantize", 1, &box, ATTRS(REAL("min", 1), REAL("max", 0)));
    tnet_weight(&t.net, t.node, "scale", 1, 1, (size_t[]){ 1 });
    tlayer_refused(t, ECAM_ERR_FORMAT, "values from 1 to 0");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_scale_or_one_for_each_index_of_an_axis,
        blocks_give_the_same_bits,
        halves_go_to_even_and_nan_stays,
        what_does_not_fit_is_refused,
    };
    return tu_main("quantize", tests, sizeof tests / sizeof *tests);
}
