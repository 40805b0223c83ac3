/* SPDX-License-Identifier: BSD-2-Clause
 * Every algorithm of the convolution against its formula in double, on shapes around
 * the edges of blocks and panels. */
#include <float.h>
#include <math.h>
#include <string.h>

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

/* What ran in this process: a bit each. */
static const char *const algorithms[] = { "1x1",   "direct",       "image",       "depthwise",
                                          "dense", "winograd 4x4", "winograd 6x6" };
#define N_ALGORITHMS (sizeof algorithms / sizeof *algorithms)
static bool is_seen[N_ALGORITHMS];

static bool see(const struct ecam_session *session)
{
    bool is_winograd = false;
    for (size_t i = 0; i < ecam_session_n_steps(session); i++) {
        struct ecam_step_info info;
        ecam_session_step(session, i, &info);
        for (size_t j = 0; j < N_ALGORITHMS; j++)
            if (strcmp(info.algorithm, algorithms[j]) == 0) {
                is_seen[j] = true;
                is_winograd = is_winograd || strncmp(algorithms[j], "winograd", 8) == 0;
            }
    }
    return is_winograd;
}

/* What the formula says of every output, and the magnitudes of its terms. */
struct wanted {
    double *value, *magnitude;
    double largest; /* magnitude */
};

static struct wanted wanted_of(const struct tnet *net, const struct shape *s, const float *in,
                               size_t oh, size_t ow, bool relu)
{
    const struct ecam_weight_set *set = net->model->network->weights;
    const float *weight = ecam_weight_in_place(ecam_weight_set_find(set, "conv.weight"));
    const float *bias = ecam_weight_in_place(ecam_weight_set_find(set, "conv.bias"));
    const size_t count = s->n * s->oc * oh * ow;
    struct wanted want = { ecam_calloc(count, sizeof(double)), ecam_calloc(count, sizeof(double)),
                           0 };
    for (size_t i = 0; i < count; i++) {
        const size_t n = i / (s->oc * oh * ow), oc = i / (oh * ow) % s->oc;
        const double value =
            direct(s, in, weight, bias[oc], n, oc, i / ow % oh, i % ow, &want.magnitude[i]);
        want.value[i] = relu && value < 0 ? 0 : value;
        want.largest = fmax(want.largest, want.magnitude[i]);
    }
    return want;
}

/* Every term is rounded at most once per addition. Winograd's sums cancel, and mix what
 * a tile holds: relative to the largest sum of magnitudes, some 30 roundings. */
static void expect(const struct shape *s, const struct wanted *want, const struct ecam_tensor *t,
                   bool is_winograd)
{
    const size_t terms = s->c / s->groups * s->kh * s->kw + 1;
    for (size_t i = 0; i < t->n * t->c * t->h * t->w; i++) {
        const double bound = is_winograd ? 30 * (double)FLT_EPSILON * want->largest
                                         : (double)terms * (double)FLT_EPSILON * want->magnitude[i];
        const double diff = fabs((double)t->data[i] - want->value[i]);
        tu_assert_msg(diff <= bound, "%zu channels to %zu, %zux%zu by %zux%zu: [%zu] %.9g, %.9g",
                      s->c, s->oc, s->h, s->w, s->kh, s->kw, i, (double)t->data[i], want->value[i]);
    }
}

/* One plan, on 1 to 3 threads: right, and the same bits. */
static void check_plan(const struct tnet *net, const struct shape *s, const float *in, bool relu,
                       struct ecam_session_options options)
{
    float *first = NULL;
    options.n = s->n;
    options.h = s->h;
    options.w = s->w;
    for (options.threads = 1; options.threads <= 3; options.threads++) {
        struct ecam_error err;
        struct ecam_session *session = NULL;
        const enum ecam_status status = ecam_session_new(net->model, &options, &session, &err);
        ck_assert_msg(status == ECAM_OK, "%s", err.text);
        struct ecam_tensor t;
        ck_assert_int_eq(ecam_session_run(session, in, NULL), ECAM_OK);
        ck_assert_int_eq(ecam_session_output(session, &t, NULL), ECAM_OK);
        const size_t count = t.n * t.c * t.h * t.w;
        if (first == NULL) {
            struct wanted want = wanted_of(net, s, in, t.h, t.w, relu);
            expect(s, &want, &t, see(session));
            ecam_free(want.value);
            ecam_free(want.magnitude);
            first = ecam_alloc_floats(count);
            memcpy(first, t.data, count * sizeof *first);
        }
        ck_assert_int_eq(memcmp(first, t.data, count * sizeof *first), 0);
        ecam_session_free(session);
    }
    ecam_free(first);
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
    const enum ecam_status status = tnet_finish(&net, out, out, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    const size_t count = s->n * s->c * s->h * s->w;
    float *in = ecam_alloc_floats(count);
    for (size_t i = 0; i < count; i++)
        in[i] = tnet_random(&net);
    check_plan(&net, s, in, relu, (struct ecam_session_options){ .goal = ECAM_GOAL_ONCE });
    check_plan(&net, s, in, relu, (struct ecam_session_options){ .goal = ECAM_GOAL_MANY });
    ecam_free(in);
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

/* Winograd's tiles whole and cut at both borders, in bands of their own and shared, more
 * channels than one block, blocks not full, several images. */
START_TEST(winograd_follows_the_formula)
{
    const struct shape shapes[] = {
        { 1, 32, 24, 24, 32, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 2, 35, 23, 31, 41, 3, 3, 1, { 1, 1 }, { 0, 1, 2, 0 }, { 1, 1 } },
        { 2, 96, 12, 12, 100, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 64, 14, 14, 80, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 33, 50, 53, 17, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 32, 27, 27, 48, 5, 5, 1, { 1, 1 }, { 2, 2, 2, 2 }, { 1, 1 } },
        { 2, 30, 17, 22, 35, 5, 5, 1, { 1, 1 }, { 0, 2, 1, 3 }, { 1, 1 } },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check(&shapes[i], i % 2 == 0);
}
END_TEST

/* More weights than stay in a cache: chunk by chunk, in one band of positions and in
 * several, the last chunk not full. */
START_TEST(streamed_weights_follow_the_formula)
{
    const struct shape shapes[] = {
        { 2, 500, 5, 7, 340, 1, 1, 1, { 1, 1 }, { 0, 0, 0, 0 }, { 1, 1 } },
        { 1, 64, 9, 9, 300, 3, 3, 1, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 40, 46, 46, 460, 3, 3, 1, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 512, 9, 8, 352, 1, 1, 1, { 2, 2 }, { 0, 0, 0, 0 }, { 1, 1 } },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check(&shapes[i], i % 2 == 0);
}
END_TEST

/* Each test may be a process of its own, so that here are shapes that choose each. */
START_TEST(every_algorithm_is_chosen_somewhere)
{
    const struct shape shapes[] = {
        { 1, 16, 6, 6, 16, 1, 1, 1, { 1, 1 }, { 0, 0, 0, 0 }, { 1, 1 } },
        { 1, 16, 6, 6, 16, 3, 3, 1, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 3, 9, 9, 16, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 8, 6, 6, 8, 3, 3, 8, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 8, 3, 3, 8, 3, 3, 1, { 1, 1 }, { 0, 0, 0, 0 }, { 1, 1 } },
        { 1, 64, 14, 14, 64, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
        { 1, 64, 48, 48, 64, 3, 3, 1, { 1, 1 }, { 1, 1, 1, 1 }, { 1, 1 } },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check(&shapes[i], false);
    for (size_t i = 0; i < N_ALGORITHMS; i++)
        ck_assert_msg(is_seen[i], "no shape here is computed by '%s'", algorithms[i]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        shapes_around_block_edges_follow_the_formula,
        strides_dilations_and_uneven_padding_follow_the_formula,
        groups_and_depthwise_follow_the_formula,
        a_window_as_large_as_the_input_is_a_dense_layer,
        winograd_follows_the_formula,
        streamed_weights_follow_the_formula,
        every_algorithm_is_chosen_somewhere,
    };
    return tu_main("conv2d", tests, sizeof tests / sizeof *tests);
}
