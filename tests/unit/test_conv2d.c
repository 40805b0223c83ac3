/* SPDX-License-Identifier: BSD-2-Clause
 * Every algorithm of the convolution against its formula in double, on shapes around
 * the edges of blocks and panels. */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tnet.h"
#include "tests/unit/tu.h"

struct shape {
    size_t n, c, h, w, oc, kh, kw, groups;
    int64_t stride[2], pad[4], dilation[2];
};

/* The convolution of one output, and the sum of the magnitudes of its terms. */
static double direct(const struct shape *s, const float *in, const float *weight, float bias,
                     size_t n, size_t oc, size_t oy, size_t ox, double *magnitude)
{
    const size_t group_in = s->c / s->groups, group = oc / (s->oc / s->groups);
    double sum = (double)bias;
    *magnitude = fabs(sum);
    for (size_t ic = 0; ic < group_in; ic++)
        for (size_t ky = 0; ky < s->kh; ky++)
            for (size_t kx = 0; kx < s->kw; kx++) {
                const int64_t y =
                    (int64_t)oy * s->stride[0] - s->pad[0] + (int64_t)ky * s->dilation[0];
                const int64_t x =
                    (int64_t)ox * s->stride[1] - s->pad[1] + (int64_t)kx * s->dilation[1];
                if (y < 0 || x < 0 || y >= (int64_t)s->h || x >= (int64_t)s->w)
                    continue;
                const size_t plane = n * s->c + group * group_in + ic;
                const double term =
                    (double)in[(plane * s->h + (size_t)y) * s->w + (size_t)x] *
                    (double)weight[((oc * group_in + ic) * s->kh + ky) * s->kw + kx];
                sum += term;
                *magnitude += fabs(term);
            }
    return sum;
}

static void check(const struct shape *s, bool relu)
{
    struct tnet net = tnet_new(s->c, s->h);
    const uint32_t conv = tnet_add(&net, "conv2d", "conv", 1, (uint32_t[]){ 0 });
    tnet_ints(&net, conv, "stride", 2, s->stride);
    tnet_ints(&net, conv, "pad", 4, s->pad);
    tnet_ints(&net, conv, "dilation", 2, s->dilation);
    tnet_ints(&net, conv, "groups", 1, &(int64_t){ (int64_t)s->groups });
    tnet_weight(&net, conv, "weight", 0, 4, (size_t[]){ s->oc, s->c / s->groups, s->kh, s->kw });
    tnet_weight(&net, conv, "bias", 0, 1, &s->oc);
    const uint32_t out = relu ? tnet_add(&net, "relu", "relu", 1, &conv) : conv;
    struct ecam_error err;
    enum ecam_status status = tnet_finish(&net, out, out, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);

    const struct ecam_session_options options = { .n = s->n, .h = s->h, .w = s->w, .threads = 2 };
    struct ecam_session *session = NULL;
    status = ecam_session_new(net.model, &options, &session, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    const size_t count = s->n * s->c * s->h * s->w;
    float *in = ecam_alloc_floats(count);
    for (size_t i = 0; i < count; i++)
        in[i] = tnet_random(&net);
    struct ecam_tensor t;
    ck_assert_int_eq(ecam_session_run(session, in, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_session_output(session, &t, NULL), ECAM_OK);

    const struct ecam_weight_set *set = net.model->network->weights;
    const float *weight = ecam_weight_in_place(ecam_weight_set_find(set, "conv.weight"));
    const float *bias = ecam_weight_in_place(ecam_weight_set_find(set, "conv.bias"));
    const size_t terms = s->c / s->groups * s->kh * s->kw + 1;
    for (size_t i = 0; i < t.n * t.c * t.h * t.w; i++) {
        const size_t n = i / (t.c * t.h * t.w), oc = i / (t.h * t.w) % t.c;
        double magnitude,
            want = direct(s, in, weight, bias[oc], n, oc, i / t.w % t.h, i % t.w, &magnitude);
        if (relu && want < 0)
            want = 0;
        /* The sum rounds each of its terms at most once per addition. */
        const double bound = (double)terms * (double)FLT_EPSILON * magnitude;
        const double diff = fabs((double)t.data[i] - want);
        ck_assert_msg(diff <= bound, "%zu channels to %zu, %zux%zu by %zux%zu: [%zu] %.9g, %.9g",
                      s->c, s->oc, s->h, s->w, s->kh, s->kw, i, (double)t.data[i], want);
    }
    ecam_free(in);
    ecam_session_free(session);
    tnet_free(&net);
}

#define UNIT_STRIDE .stride = { 1, 1 }, .dilation = { 1, 1 }

START_TEST(shapes_around_block_edges_follow_the_formula)
{
    /* Positions around panels of 8, 16, 32 and blocks of 64; terms around 256. */
    static const size_t widths[] = { 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65 };
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        const struct shape point = { .n = 1,
                                     .c = 5,
                                     .h = 1,
                                     .w = widths[i],
                                     .oc = 9,
                                     .kh = 1,
                                     .kw = 1,
                                     .groups = 1,
                                     UNIT_STRIDE };
        check(&point, false);
        const struct shape three = { .n = 2,
                                     .c = 3,
                                     .h = 3,
                                     .w = widths[i],
                                     .oc = 17,
                                     .kh = 3,
                                     .kw = 3,
                                     .groups = 1,
                                     .pad = { 1, 1, 1, 1 },
                                     UNIT_STRIDE };
        check(&three, true);
    }
    static const size_t channels[] = { 28, 29, 57, 85, 86 };
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        const struct shape deep = { .n = 1,
                                    .c = channels[i],
                                    .h = 5,
                                    .w = 4,
                                    .oc = 8,
                                    .kh = 3,
                                    .kw = 3,
                                    .groups = 1,
                                    .pad = { 1, 1, 1, 1 },
                                    UNIT_STRIDE };
        check(&deep, true);
    }
}
END_TEST

START_TEST(strides_dilations_and_uneven_padding_follow_the_formula)
{
    const struct shape shapes[] = {
        { 1, 3, 23, 17, 6, 7, 7, 1, { 2, 2 }, { 3, 3, 3, 3 }, { 1, 1 } },
        { 1, 3, 23, 30, 6, 11, 11, 1, { 4, 4 }, { 2, 2, 2, 2 }, { 1, 1 } },
        { 1, 4, 9, 9, 4, 3, 3, 1, { 1, 2 }, { 0, 2, 1, 0 }, { 2, 3 } },
        { 1, 4, 9, 9, 4, 1, 5, 1, { 3, 1 }, { 0, 4, 0, 4 }, { 1, 1 } },
        { 1, 4, 8, 8, 4, 1, 1, 1, { 2, 2 }, { 0, 0, 0, 0 }, { 1, 1 } },
        { 1, 2, 2, 2, 3, 3, 3, 1, { 1, 1 }, { 5, 5, 5, 5 }, { 1, 1 } }, /* windows of padding */
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check(&shapes[i], i % 2 == 0);
}
END_TEST

START_TEST(groups_and_depthwise_follow_the_formula)
{
    const struct shape shapes[] = {
        { 2, 8, 9, 11, 12, 3, 3, 4, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 2, 6, 9, 11, 6, 3, 3, 6, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 6, 9, 11, 18, 5, 3, 6, { 1, 1 }, { 2, 1, 2, 1 }, { 1, 1 } },
        { 1, 6, 9, 11, 6, 3, 3, 6, { 1, 1 }, { 2, 2, 2, 2 }, { 2, 2 } },
        { 1, 1, 9, 11, 4, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check(&shapes[i], i % 2 == 0);
}
END_TEST

START_TEST(a_window_as_large_as_the_input_is_a_dense_layer)
{
    const struct shape shape = { 2, 7, 5, 6, 19, 5, 6, 1, { 1, 1 }, { 0, 0, 0, 0 }, { 1, 1 } };
    check(&shape, true);
    check(&shape, false);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        shapes_around_block_edges_follow_the_formula,
        strides_dilations_and_uneven_padding_follow_the_formula,
        groups_and_depthwise_follow_the_formula,
        a_window_as_large_as_the_input_is_a_dense_layer,
    };
    return tu_main("conv2d", tests, sizeof tests / sizeof *tests);
}
