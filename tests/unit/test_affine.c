/* SPDX-License-Identifier: BSD-2-Clause
 * batchnorm and scale by themselves; test_plan.c and test_session.c ask what they do in
 * front of and behind others. */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static const char *const roles[] = { "weight", "bias", "mean", "var" };

static double of(const struct tlayer *t, size_t role, size_t c, double fallback)
{
    const struct ecam_weight *weight =
        ecam_node_weight(&t->net.model->network->graph->nodes[t->node], roles[role]);
    return weight != NULL ? (double)ecam_weight_in_place(weight)[c] : fallback;
}

/* A layer with the roles of a mask. */
static struct tlayer layer(const char *kind, struct ecam_shape in, size_t c, unsigned mask)
{
    struct tlayer t = tlayer_new(kind, 1, &in, NULL);
    for (size_t i = 0; i < 4; i++)
        if ((mask & (1u << i)) != 0)
            tnet_weight(&t.net, t.node, roles[i], i == 3 ? 1.5f : 0.0f, 1, &c);
    return t;
}

static void check(const char *kind, struct ecam_shape in, unsigned mask)
{
    struct tlayer t = layer(kind, in, in.dim[1], mask);
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &in));
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        tindex(&in, at, index);
        const size_t c = index[1];
        const double var = (mask & 8u) != 0 ? of(&t, 3, c, 1) + 1e-5 : 1;
        const double want =
            ((double)t.x[at] - of(&t, 2, c, 0)) / sqrt(var) * of(&t, 0, c, 1) + of(&t, 1, c, 0);
        tu_assert(fabs((double)got.data[at] - want) <= 8 * (double)FLT_EPSILON);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(each_channel_has_its_own)
{
    const struct ecam_shape shapes[] = { SHAPE(3, 19), SHAPE(2, 19, 7), SHAPE(2, 19, 3, 5),
                                         SHAPE(2, 19, 2, 3, 4), SHAPE(1, 35, 40, 39) };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (unsigned mask = 1; mask < 4; mask++)
            check("scale", shapes[i], mask);
        for (unsigned mask = 12; mask < 16; mask++)
            check("batchnorm", shapes[i], mask);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    const struct ecam_shape box = SHAPE(2, 3, 4, 5), row = SHAPE(3);
    tlayer_refused(layer("scale", box, 3, 0), ECAM_ERR_FORMAT, "a scale needs a weight");
    tlayer_refused(layer("scale", box, 3, 4 + 1), ECAM_ERR_UNSUPPORTED, "has no weight 'mean'");
    tlayer_refused(layer("scale", box, 4, 1), ECAM_ERR_SHAPE, "4 channels are expected");
    tlayer_refused(layer("scale", box, 1, 2), ECAM_ERR_SHAPE, "1 channels are expected");
    tlayer_refused(layer("scale", row, 3, 1), ECAM_ERR_SHAPE, "3 channels are expected");
    tlayer_refused(layer("batchnorm", box, 3, 4), ECAM_ERR_FORMAT, "needs a weight 'var'");
    struct tlayer t = layer("scale", box, 3, 1);
    tnet_weight(&t.net, t.node, "bias", 0, 1, (size_t[]){ 4 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "3 is expected");
    t = layer("scale", box, 3, 0);
    tnet_weight(&t.net, t.node, "bias", 0, 2, (size_t[]){ 3, 1 });
    tlayer_refused(t, ECAM_ERR_SHAPE, "is not a vector");
    t = tlayer_new("scale", 1, &box, ATTRS(REAL("eps", 1)));
    tnet_weight(&t.net, t.node, "weight", 0, 1, (size_t[]){ 3 });
    tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "has no attribute 'eps'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_channel_has_its_own,
        what_does_not_fit_is_refused,
    };
    return tu_main("affine", tests, sizeof tests / sizeof *tests);
}
