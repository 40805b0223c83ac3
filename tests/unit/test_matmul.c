/* SPDX-License-Identifier: BSD-2-Clause */
#include <float.h>
#include <math.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

/* The place of a matrix in an operand, for an index of the leading axes of the product:
 * axes are counted from the last, and an axis of size 1 is the same everywhere. */
static size_t matrix_at(const struct ecam_shape *in, const struct ecam_shape *out,
                        const size_t *index)
{
    size_t at[ECAM_MAX_RANK] = { 0 };
    for (size_t i = 0; i + 2 < in->rank; i++) {
        const size_t of_out = out->rank - in->rank + i;
        at[i] = in->dim[i] == 1 ? 0 : index[of_out];
    }
    return tplace(in, at);
}

static void check(struct ecam_shape a, struct ecam_shape b)
{
    struct tlayer t = tlayer_new("matmul", 2, (struct ecam_shape[]){ a, b }, NULL);
    struct tvalue got = tlayer_run(&t);
    const struct ecam_shape *out = &got.shape;
    const size_t n = out->dim[out->rank - 1], terms = a.dim[a.rank - 1];
    ck_assert_uint_eq(out->rank, a.rank > b.rank ? a.rank : b.rank);
    ck_assert_uint_eq(out->dim[out->rank - 2], a.dim[a.rank - 2]);
    ck_assert_uint_eq(n, b.dim[b.rank - 1]);
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        tindex(out, at, index);
        const float *x =
            tlayer_in(&t, 0) + matrix_at(&a, out, index) + index[out->rank - 2] * terms;
        const float *y = tlayer_in(&t, 1) + matrix_at(&b, out, index) + index[out->rank - 1];
        double sum = 0, magnitude = 0;
        for (size_t k = 0; k < terms; k++) {
            sum += (double)x[k] * (double)y[k * n];
            magnitude += fabs((double)x[k] * (double)y[k * n]);
        }
        ck_assert_double_le(fabs((double)got.data[at] - sum),
                            (double)FLT_EPSILON * (double)terms * magnitude);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

START_TEST(sizes_around_tiles_and_panels)
{
    static const size_t sizes[] = { 1, 2, 15, 16, 17, 31, 33, 85 };
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            check((struct ecam_shape)SHAPE(sizes[i], sizes[(i + j) % 8]),
                  (struct ecam_shape)SHAPE(sizes[(i + j) % 8], sizes[j]));
    check((struct ecam_shape)SHAPE(3, 256), (struct ecam_shape)SHAPE(256, 5));
    check((struct ecam_shape)SHAPE(100, 257), (struct ecam_shape)SHAPE(257, 40));
    check((struct ecam_shape)SHAPE(171, 600), (struct ecam_shape)SHAPE(600, 65));
    check((struct ecam_shape)SHAPE(300, 600), (struct ecam_shape)SHAPE(600, 1));
}
END_TEST

START_TEST(leading_axes_broadcast)
{
    check((struct ecam_shape)SHAPE(3, 5, 7), (struct ecam_shape)SHAPE(3, 7, 4));
    check((struct ecam_shape)SHAPE(3, 5, 7), (struct ecam_shape)SHAPE(7, 4));
    check((struct ecam_shape)SHAPE(5, 7), (struct ecam_shape)SHAPE(3, 7, 4));
    check((struct ecam_shape)SHAPE(2, 1, 5, 7), (struct ecam_shape)SHAPE(3, 7, 4));
    check((struct ecam_shape)SHAPE(2, 3, 5, 7), (struct ecam_shape)SHAPE(2, 1, 7, 4));
    check((struct ecam_shape)SHAPE(2, 3, 5, 7), (struct ecam_shape)SHAPE(1, 1, 7, 4));
    check((struct ecam_shape)SHAPE(2, 1, 3, 1, 5, 7), (struct ecam_shape)SHAPE(1, 4, 1, 2, 7, 4));
    check((struct ecam_shape)SHAPE(2, 3, 5, 7), (struct ecam_shape)SHAPE(3, 7, 1));
    check((struct ecam_shape)SHAPE(1, 1, 5, 7), (struct ecam_shape)SHAPE(7, 4));
}
END_TEST

START_TEST(an_infinity_in_a_column_stays_there)
{
    struct tlayer t =
        tlayer_new("matmul", 2, (struct ecam_shape[]){ SHAPE(4, 3), SHAPE(3, 5) }, NULL);
    for (size_t i = 0; i < 12; i++)
        t.x[i] = 1;
    tlayer_in(&t, 1)[7] = INFINITY; /* row 1, column 2 */
    struct tvalue got = tlayer_run(&t);
    for (size_t i = 0; i < got.n; i++)
        ck_assert(isfinite(got.data[i]) == (i % 5 != 2));
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(the_cost_is_told)
{
    struct tlayer t =
        tlayer_new("matmul", 2, (struct ecam_shape[]){ SHAPE(2, 5, 7), SHAPE(2, 7, 4) }, NULL);
    ck_assert_int_eq(tnet_finish(&t.net, t.node, t.node, NULL), ECAM_OK);
    struct ecam_layer_info info = { .in = t.in[0], .out = SHAPE(2, 5, 4) };
    const struct ecam_node *node = &t.net.model->network->graph->nodes[t.node];
    node->ops->describe(node, &info);
    ck_assert_uint_eq(info.macs, 2 * 5 * 7 * 4);
    tlayer_free(&t);
}
END_TEST

static void refused(struct ecam_shape a, struct ecam_shape b, const char *text)
{
    tlayer_refused(tlayer_new("matmul", 2, (struct ecam_shape[]){ a, b }, NULL), ECAM_ERR_SHAPE,
                   text);
}

START_TEST(what_does_not_fit_is_refused)
{
    refused((struct ecam_shape)SHAPE(3), (struct ecam_shape)SHAPE(3, 2), "rank 2 or more");
    refused((struct ecam_shape)SHAPE(2, 3), (struct ecam_shape)SHAPE(3), "rank 2 or more");
    refused((struct ecam_shape)SHAPE(2, 3), (struct ecam_shape)SHAPE(2, 3),
            "2x3 cannot be multiplied by 2x3");
    refused((struct ecam_shape)SHAPE(2, 2, 3), (struct ecam_shape)SHAPE(3, 3, 2),
            "2x2x3 cannot be multiplied by 3x3x2");
    tlayer_refused(tlayer_new("matmul", 2, (struct ecam_shape[]){ SHAPE(2, 3), SHAPE(3, 2) },
                              ATTRS(INTS("axis", 1))),
                   ECAM_ERR_UNSUPPORTED, "'axis'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sizes_around_tiles_and_panels,       leading_axes_broadcast,
        an_infinity_in_a_column_stays_there, the_cost_is_told,
        what_does_not_fit_is_refused,
    };
    return tu_main("matmul", tests, sizeof tests / sizeof *tests);
}
