/* SPDX-License-Identifier: BSD-2-Clause
 * Functions of one element, against their formulas in double; tests/kernels bounds their
 * errors, here is asked whether the right one runs on all of a value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static double leaky(double x, double a, double b)
{
    (void)b;
    return x < 0 ? a * x : x;
}

static double elu(double x, double a, double b)
{
    (void)b;
    return x < 0 ? a * expm1(x) : x;
}

static double clip(double x, double a, double b)
{
    return x < a ? a : x > b ? b : x;
}

static double sigmoid(double x, double a, double b)
{
    (void)a, (void)b;
    return 1 / (1 + exp(-x));
}

static double hyperbolic(double x, double a, double b)
{
    (void)a, (void)b;
    return tanh(x);
}

static double error(double x, double a, double b)
{
    (void)a, (void)b;
    return erf(x);
}

static double silu(double x, double a, double b)
{
    return x * sigmoid(x, a, b);
}

static double hard_sigmoid(double x, double a, double b)
{
    return clip(a * x + b, 0, 1);
}

static double hard_swish(double x, double a, double b)
{
    (void)a, (void)b;
    return x * hard_sigmoid(x, 1.0 / 6.0, 0.5);
}

static double gelu(double x, double a, double b)
{
    (void)a, (void)b;
    return x * erfc(-x / sqrt(2.0)) / 2;
}

static double gelu_tanh(double x, double a, double b)
{
    return x * sigmoid(2 * sqrt(2 / acos(-1.0)) * (x + 0.044715 * x * x * x), a, b);
}

struct function {
    const char *kind;
    struct tattr attrs[3];
    double (*formula)(double x, double a, double b);
    double a, b, low, high; /* constants; limits at -infinity and infinity */
};

#define INF ((double)INFINITY)
static const struct function functions[] = {
    { "leaky_relu", { { 0 } }, leaky, 0.01, 0, -INF, INF },
    { "leaky_relu", { REAL("alpha", 0.25) }, leaky, 0.25, 0, -INF, INF },
    { "leaky_relu", { INTS("alpha", -2) }, leaky, -2, 0, INF, INF },
    { "elu", { { 0 } }, elu, 1, 0, -1, INF },
    { "elu", { REAL("alpha", 0.5) }, elu, 0.5, 0, -0.5, INF },
    { "clip", { { 0 } }, clip, -INF, INF, -INF, INF },
    { "clip", { REAL("min", -0.5) }, clip, -0.5, INF, -0.5, INF },
    { "clip", { REAL("max", 0.5) }, clip, -INF, 0.5, -INF, 0.5 },
    { "clip", { REAL("min", 0), INTS("max", 6) }, clip, 0, 6, 0, 6 },
    { "sigmoid", { { 0 } }, sigmoid, 0, 0, 0, 1 },
    { "tanh", { { 0 } }, hyperbolic, 0, 0, -1, 1 },
    { "erf", { { 0 } }, error, 0, 0, -1, 1 },
    { "silu", { { 0 } }, silu, 0, 0, 0, INF },
    { "hard_swish", { { 0 } }, hard_swish, 0, 0, 0, INF },
    { "hard_sigmoid", { { 0 } }, hard_sigmoid, 0.2, 0.5, 0, 1 },
    { "hard_sigmoid", { REAL("alpha", 1), REAL("beta", 0.25) }, hard_sigmoid, 1, 0.25, 0, 1 },
    { "gelu", { { 0 } }, gelu, 0, 0, 0, INF },
    { "gelu", { INTS("tanh", 0) }, gelu, 0, 0, 0, INF },
    { "gelu", { INTS("tanh", 1) }, gelu_tanh, 0, 0, 0, INF },
};
#define N_FUNCTIONS (sizeof functions / sizeof *functions)

static void check(const struct function *f, struct ecam_shape in)
{
    struct tlayer t = tlayer_new(f->kind, 1, &in, f->attrs);
    for (size_t i = 0; i < t.n_floats; i++)
        t.x[i] *= 9;
    /* Where a sum near 0 is what counts, its terms' rounding is left. */
    const double least = strncmp(f->kind, "hard_", 5) == 0 ? 1e-6 : 1e-30;
    struct tvalue got = tlayer_run(&t);
    ck_assert(ecam_shape_equal(&got.shape, &in));
    for (size_t i = 0; i < got.n; i++) {
        const double want = f->formula((double)t.x[i], f->a, f->b);
        tu_assert_msg(fabs((double)got.data[i] - want) <= 2e-5 * fabs(want) + least,
                      "%s(%.9g) is %.9g, not %.9g", f->kind, (double)t.x[i], (double)got.data[i],
                      want);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(each_follows_its_formula_on_any_rank)
{
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        check(&functions[i], (struct ecam_shape)SHAPE(1));
        check(&functions[i], (struct ecam_shape)SHAPE(37));
        check(&functions[i], (struct ecam_shape)SHAPE(2, 3, 4, 5));
        check(&functions[i], (struct ecam_shape)SHAPE(2, 3, 2, 2, 5));
        check(&functions[i], (struct ecam_shape)SHAPE(3, 1, 130, 131));
    }
}
END_TEST

START_TEST(nan_stays_and_infinities_give_limits)
{
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        const struct function *f = &functions[i];
        struct tlayer t = tlayer_new(f->kind, 1, &(struct ecam_shape)SHAPE(19), f->attrs);
        for (size_t j = 0; j < 19; j++)
            t.x[j] = j % 5 == 0   ? NAN
                     : j % 5 == 1 ? INFINITY
                     : j % 5 == 2 ? -INFINITY
                     : j % 5 == 3 ? 1e38f
                                  : -1e38f;
        struct tvalue got = tlayer_run(&t);
        for (size_t j = 0; j < 19; j++) {
            const double y = (double)got.data[j];
            tu_assert_msg(isnan(y) == (j % 5 == 0), "%s of %g is %g", f->kind, (double)t.x[j], y);
            if (j % 5 == 1 || (j % 5 == 3 && isfinite(f->high)))
                tu_assert_msg(y == f->high, "%s of %g is %g", f->kind, (double)t.x[j], y);
            if (j % 5 == 2 || (j % 5 == 4 && isfinite(f->low)))
                tu_assert_msg(y == f->low, "%s of %g is %g", f->kind, (double)t.x[j], y);
        }
        ecam_free(got.data);
        tlayer_free(&t);
    }
}
END_TEST

/* Behind a pool of one pixel, which changes nothing but writes blocks. */
START_TEST(blocks_give_the_same_bits)
{
    const struct ecam_shape in = SHAPE(2, 21, 6, 5);
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        struct tlayer plain = tlayer_new(functions[i].kind, 1, &in, functions[i].attrs);
        struct tlayer blocked = tlayer_new("maxpool2d", 1, &in, ATTRS(INTS("kernel", 1, 1)));
        blocked.node = tnet_add(&blocked.net, functions[i].kind, "behind", 1, &blocked.node);
        for (const struct tattr *a = functions[i].attrs; a->key != NULL; a++)
            if (a->is_real)
                ck_assert_int_eq(ecam_graph_set_real(blocked.net.model->network->graph,
                                                     blocked.node, a->key, a->real, NULL),
                                 ECAM_OK);
            else
                tnet_ints(&blocked.net, blocked.node, a->key, a->n, a->value);
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

/* An input that is not read in whole images of its own: cut anew by a view. */
START_TEST(a_view_with_other_images_is_read_as_it_lies)
{
    const struct ecam_shape in = SHAPE(1, 6, 5, 7);
    static const char *const kinds[] = { "relu", "sigmoid", "leaky_relu" };
    for (size_t i = 0; i < 3; i++) {
        struct tlayer t = tlayer_new("reshape", 1, &in, ATTRS(INTS("shape", 3, 70)));
        const uint32_t view = t.node;
        t.node = tnet_add(&t.net, kinds[i], "behind", 1, &view);
        struct tvalue got = tlayer_run(&t);
        for (size_t j = 0; j < got.n; j++) {
            const double x = (double)t.x[j];
            const double want = i == 0 ? fmax(x, 0) : i == 1 ? sigmoid(x, 0, 0) : leaky(x, 0.01, 0);
            tu_assert(fabs((double)got.data[j] - want) < 1e-6);
        }
        ecam_free(got.data);
        tlayer_free(&t);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    const struct ecam_shape box = SHAPE(2, 3, 4);
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        const char *kind = functions[i].kind;
        tlayer_refused(tlayer_new(kind, 1, &box, ATTRS(REAL("gamma", 1))), ECAM_ERR_UNSUPPORTED,
                       "has no attribute 'gamma'");
        struct tlayer t = tlayer_new(kind, 1, &box, NULL);
        tnet_weight(&t.net, t.node, "weight", 0, 1, (size_t[]){ 3 });
        tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "has no weight 'weight'");
        tlayer_refused(tlayer_new(kind, 2, (struct ecam_shape[]){ box, box }, NULL),
                       ECAM_ERR_FORMAT, "2 inputs");
    }
    static const char *const plain[] = { "sigmoid", "tanh", "erf", "silu", "hard_swish", "gelu" };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        tlayer_refused(tlayer_new(plain[i], 1, &box, ATTRS(REAL("alpha", 1))), ECAM_ERR_UNSUPPORTED,
                       "'alpha'");
    tlayer_refused(tlayer_new("elu", 1, &box, ATTRS(REAL("beta", 1))), ECAM_ERR_UNSUPPORTED,
                   "'beta'");
    tlayer_refused(tlayer_new("elu", 1, &box, ATTRS(INTS("alpha", 1, 2))), ECAM_ERR_FORMAT,
                   "'alpha' is not one number");
    tlayer_refused(tlayer_new("leaky_relu", 1, &box, ATTRS(INTS("alpha", 1, 2))), ECAM_ERR_FORMAT,
                   "'alpha' is not one number");
    tlayer_refused(tlayer_new("clip", 1, &box, ATTRS(REAL("min", 1), REAL("max", 0.5))),
                   ECAM_ERR_FORMAT, "from 1 to 0.5");
    tlayer_refused(tlayer_new("gelu", 1, &box, ATTRS(INTS("tanh", 2))), ECAM_ERR_FORMAT,
                   "0 to 1 are allowed");
    tlayer_refused(tlayer_new("gelu", 1, &box, ATTRS(REAL("tanh", 1))), ECAM_ERR_FORMAT, "'tanh'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_follows_its_formula_on_any_rank,
        nan_stays_and_infinities_give_limits,
        blocks_give_the_same_bits,
        a_view_with_other_images_is_read_as_it_lies,
        what_does_not_fit_is_refused,
    };
    return tu_main("unary", tests, sizeof tests / sizeof *tests);
}
