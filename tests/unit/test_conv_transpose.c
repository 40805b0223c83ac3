/* SPDX-License-Identifier: BSD-2-Clause
 * The transposed convolution against its definition: every input spreads its window. */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

struct shape {
    size_t n, c, h, w, oc, kh, kw, groups;
    int64_t stride[2], pad[4], dilation[2], output_pad[2];
    bool has_bias;
};

static struct tlayer layer(const struct shape *s)
{
    const struct ecam_shape in = SHAPE(s->n, s->c, s->h, s->w);
    struct tlayer t = tlayer_new("conv_transpose2d", 1, &in,
                                 ATTRS(INTS("stride", s->stride[0], s->stride[1]),
                                       INTS("pad", s->pad[0], s->pad[1], s->pad[2], s->pad[3]),
                                       INTS("dilation", s->dilation[0], s->dilation[1]),
                                       INTS("groups", (int64_t)s->groups),
                                       INTS("output_pad", s->output_pad[0], s->output_pad[1])));
    tnet_weight(&t.net, t.node, "weight", 0, 4,
                (size_t[]){ s->c, s->oc / s->groups, s->kh, s->kw });
    if (s->has_bias)
        tnet_weight(&t.net, t.node, "bias", 0, 1, &s->oc);
    return t;
}

/* Spreads one input; values and magnitudes of terms. */
static void spread(const struct shape *s, const float *weight, const struct ecam_shape *out,
                   const size_t *at, double x, double *want, double *magnitude)
{
    const size_t per_group = s->oc / s->groups, group = at[1] / (s->c / s->groups);
    for (size_t oc = 0; oc < per_group; oc++)
        for (size_t ky = 0; ky < s->kh; ky++)
            for (size_t kx = 0; kx < s->kw; kx++) {
                const int64_t y =
                    (int64_t)at[2] * s->stride[0] - s->pad[0] + (int64_t)ky * s->dilation[0];
                const int64_t col =
                    (int64_t)at[3] * s->stride[1] - s->pad[1] + (int64_t)kx * s->dilation[1];
                if (y < 0 || col < 0 || y >= (int64_t)out->dim[2] || col >= (int64_t)out->dim[3])
                    continue;
                const size_t place = tplace(
                    out, (size_t[]){ at[0], group * per_group + oc, (size_t)y, (size_t)col });
                const double term =
                    x * (double)weight[((at[1] * per_group + oc) * s->kh + ky) * s->kw + kx];
                want[place] += term;
                magnitude[place] += fabs(term);
            }
}

static void check(struct shape s, size_t out_h, size_t out_w)
{
    struct tlayer t = layer(&s);
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &(struct ecam_shape)SHAPE(s.n, s.oc, out_h, out_w)));
    const float *weight = tlayer_weight(&t, "weight");
    double *want = ecam_calloc(got.n, sizeof *want), *magnitude = ecam_calloc(got.n, sizeof *want);
    for (size_t i = 0; i < got.n && s.has_bias; i++) {
        want[i] = (double)tlayer_weight(&t, "bias")[i / (out_h * out_w) % s.oc];
        magnitude[i] = fabs(want[i]);
    }
    for (size_t i = 0; i < tcount(&t.in[0]); i++) {
        size_t at[ECAM_MAX_RANK] = { 0 };
        tindex(&t.in[0], i, at);
        spread(&s, weight, &got.shape, at, (double)t.x[i], want, magnitude);
    }
    const double terms = (double)(s.c / s.groups * s.kh * s.kw + 1);
    for (size_t i = 0; i < got.n; i++)
        ck_assert_msg(fabs((double)got.data[i] - want[i]) <=
                          terms * (double)FLT_EPSILON * magnitude[i],
                      "%zux%zu by %zux%zu: [%zu] %.9g, %.9g", s.h, s.w, s.kh, s.kw, i,
                      (double)got.data[i], want[i]);
    ecam_free(want);
    ecam_free(magnitude);
    ecam_free(got.data);
    tlayer_free(&t);
}

#define NO_PAD     \
    {              \
        0, 0, 0, 0 \
    }

START_TEST(every_parameter_follows_the_definition)
{
    check((struct shape){ 1, 3, 4, 5, 2, 3, 3, 1, { 1, 1 }, NO_PAD, { 1, 1 }, { 0, 0 }, true }, 6,
          7);
    check((struct shape){ 2, 8, 6, 7, 4, 2, 2, 1, { 2, 2 }, NO_PAD, { 1, 1 }, { 0, 0 }, true }, 12,
          14);
    check(
        (struct shape){
            1, 20, 9, 5, 17, 4, 4, 1, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 }, { 0, 0 }, false },
        18, 10);
    check(
        (struct shape){
            1, 4, 5, 6, 3, 3, 3, 1, { 2, 3 }, { 1, 0, 2, 1 }, { 1, 1 }, { 1, 2 }, true },
        9, 19);
    check(
        (struct shape){
            2, 6, 4, 5, 8, 3, 2, 2, { 1, 3 }, { 2, 1, 2, 1 }, { 2, 3 }, { 0, 0 }, true },
        4, 14);
    check(
        (struct shape){
            1, 5, 4, 6, 5, 4, 4, 5, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 }, { 0, 0 }, false },
        8, 12);
    check((struct shape){ 1, 2, 3, 4, 3, 1, 1, 1, { 3, 4 }, NO_PAD, { 1, 1 }, { 2, 3 }, true }, 9,
          16);
    check(
        (struct shape){
            1, 2, 3, 4, 3, 5, 5, 1, { 1, 1 }, { 3, 5, 3, 1 }, { 1, 1 }, { 0, 0 }, false },
        1, 2);
    check((struct shape){ 1, 2, 1, 1, 3, 2, 2, 1, { 9, 9 }, NO_PAD, { 1, 1 }, { 7, 9 }, true }, 9,
          11);
    check(
        (struct shape){
            1, 30, 28, 30, 33, 3, 3, 1, { 2, 2 }, { 1, 1, 1, 1 }, { 1, 1 }, { 1, 1 }, false },
        56, 60);
}
END_TEST

static const struct shape plain = { 1, 4,        3,      3,        2,        2,   2,
                                    1, { 1, 1 }, NO_PAD, { 1, 1 }, { 0, 0 }, true };

START_TEST(the_cost_is_told)
{
    struct tlayer t = layer(&plain);
    ck_assert_int_eq(tnet_finish(&t.net, t.node, t.node, NULL), ECAM_OK);
    struct ecam_layer_info info = { .in = t.in[0], .out = SHAPE(1, 2, 4, 4) };
    const struct ecam_node *node = &t.net.model->network->graph->nodes[t.node];
    node->ops->describe(node, &info);
    ck_assert_uint_eq(info.macs, 4 * 3 * 3 * 2 * 2 * 2);
    ck_assert_uint_eq(info.parameters, 4 * 2 * 2 * 2 + 2);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    struct shape s = plain;
    s.pad[0] = s.pad[2] = 2;
    tlayer_refused(layer(&s), ECAM_ERR_SHAPE, "nothing is left");
    s = plain;
    s.groups = 2;
    s.c = 5;
    tlayer_refused(layer(&s), ECAM_ERR_SHAPE, "5 input channels in 2 groups");
    struct tlayer t = layer(&plain);
    tnet_ints(&t.net, t.node, "groups", 1, (int64_t[]){ 5 });
    tlayer_refused(t, ECAM_ERR_FORMAT, "'groups' is 5");
    t = layer(&plain);
    tnet_ints(&t.net, t.node, "output_pad", 2, (int64_t[]){ 0, -1 });
    tlayer_refused(t, ECAM_ERR_FORMAT, "'output_pad' is -1");
    t = layer(&plain);
    tnet_ints(&t.net, t.node, "stride", 2, (int64_t[]){ 0, 1 });
    tlayer_refused(t, ECAM_ERR_FORMAT, "'stride' is 0");
    t = layer(&plain);
    tnet_ints(&t.net, t.node, "kernel", 2, (int64_t[]){ 2, 2 });
    tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "'kernel'");
    t = layer(&plain);
    t.in[0].dim[1] = 3;
    tlayer_refused(t, ECAM_ERR_SHAPE, "Nx4xHxW");
    t = layer(&plain);
    t.in[0].dim[2] = SIZE_MAX;
    tnet_ints(&t.net, t.node, "stride", 2, (int64_t[]){ 2, 1 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "overflows");
}
END_TEST

START_TEST(weights_of_other_shapes_are_refused)
{
    const struct ecam_shape in = SHAPE(1, 4, 3, 3);
    tlayer_refused(tlayer_new("conv_transpose2d", 1, &in, NULL), ECAM_ERR_FORMAT, "'weight'");
    struct tlayer t = tlayer_new("conv_transpose2d", 1, &in, NULL);
    tnet_weight(&t.net, t.node, "weight", 0, 2, (size_t[]){ 4, 2 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "4 axes are expected");
    t = tlayer_new("conv_transpose2d", 1, &in, NULL);
    tnet_weight(&t.net, t.node, "weight", 0, 4, (size_t[]){ 4, 2, 1, 1 });
    tnet_weight(&t.net, t.node, "bias", 0, 1, (size_t[]){ 3 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "2 is expected");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_parameter_follows_the_definition,
        the_cost_is_told,
        what_does_not_fit_is_refused,
        weights_of_other_shapes_are_refused,
    };
    return tu_main("conv_transpose", tests, sizeof tests / sizeof *tests);
}
