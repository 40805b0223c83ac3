/* SPDX-License-Identifier: BSD-2-Clause */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static struct tlayer layer(struct ecam_shape in, size_t channels, double eps)
{
    struct tlayer t = tlayer_new("instance_norm", 1, &in, ATTRS(REAL("eps", eps)));
    tnet_weight(&t.net, t.node, "weight", 1, 1, &channels);
    tnet_weight(&t.net, t.node, "bias", 0, 1, &channels);
    return t;
}

static void check(struct ecam_shape in, double eps, float shift)
{
    struct tlayer t = layer(in, in.dim[1], eps);
    for (size_t i = 0; i < tcount(&in); i++)
        t.x[i] += shift;
    struct tvalue got = tlayer_run(&t);
    const size_t plane = tcount(&in) / in.dim[0] / in.dim[1];
    for (size_t p = 0; p < in.dim[0] * in.dim[1]; p++) {
        const float *x = t.x + p * plane;
        long double mean = 0, var = 0;
        for (size_t i = 0; i < plane; i++)
            mean += (long double)x[i] / (long double)plane;
        for (size_t i = 0; i < plane; i++)
            var += ((long double)x[i] - mean) * ((long double)x[i] - mean) / (long double)plane;
        const double w = (double)tlayer_weight(&t, "weight")[p % in.dim[1]];
        const double b = (double)tlayer_weight(&t, "bias")[p % in.dim[1]];
        for (size_t i = 0; i < plane; i++) {
            const double y = (double)(((long double)x[i] - mean) / sqrtl(var + (long double)eps));
            ck_assert_double_le(fabs((double)got.data[p * plane + i] - (y * w + b)),
                                (double)FLT_EPSILON * (fabs(y * w) + fabs(b)) + 1e-9);
        }
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(every_channel_of_every_image_by_itself)
{
    check((struct ecam_shape)SHAPE(2, 5, 7, 9), 1e-5, 0);
    check((struct ecam_shape)SHAPE(1, 3, 1, 1), 1e-3, 0);
    check((struct ecam_shape)SHAPE(2, 3, 11), 1e-5, 0);
    check((struct ecam_shape)SHAPE(2, 3, 4, 5, 6), 0.1, 0);
    check((struct ecam_shape)SHAPE(1, 3, 150, 200), 1e-5, 0);
    check((struct ecam_shape)SHAPE(1, 3, 50, 40), 1e-5, 1000); /* mean far above deviation */
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    const struct ecam_shape in = SHAPE(1, 3, 4, 4);
    tlayer_refused(layer((struct ecam_shape)SHAPE(2, 3), 3, 1), ECAM_ERR_SHAPE, "rank 3 or more");
    tlayer_refused(layer(in, 4, 1), ECAM_ERR_SHAPE, "4 channels");
    tlayer_refused(tlayer_new("instance_norm", 1, &in, NULL), ECAM_ERR_FORMAT, "'weight'");
    tlayer_refused(tlayer_new("instance_norm", 1, &in, ATTRS(REAL("alpha", 1))),
                   ECAM_ERR_UNSUPPORTED, "'alpha'");
    struct tlayer t = tlayer_new("instance_norm", 1, &in, NULL);
    tnet_weight(&t.net, t.node, "weight", 1, 1, (size_t[]){ 3 });
    tlayer_refused(t, ECAM_ERR_FORMAT, "'bias'");
    t = tlayer_new("instance_norm", 1, &in, NULL);
    tnet_weight(&t.net, t.node, "weight", 1, 1, (size_t[]){ 3 });
    tnet_weight(&t.net, t.node, "bias", 1, 1, (size_t[]){ 2 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "3 is expected");
    t = tlayer_new("instance_norm", 1, &in, NULL);
    tnet_weight(&t.net, t.node, "weight", 1, 2, (size_t[]){ 3, 1 });
    tnet_weight(&t.net, t.node, "bias", 1, 1, (size_t[]){ 3 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "is not a vector");
    t = layer(in, 3, 1);
    tnet_ints(&t.net, t.node, "eps", 2, (int64_t[]){ 1, 2 });
    tlayer_refused(t, ECAM_ERR_FORMAT, "'eps'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { every_channel_of_every_image_by_itself,
                                   what_does_not_fit_is_refused };
    return tu_main("instance_norm", tests, sizeof tests / sizeof *tests);
}
