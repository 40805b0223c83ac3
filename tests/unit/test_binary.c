/* SPDX-License-Identifier: BSD-2-Clause
 * Arithmetic of two values: every way in which NumPy stretches them, element by element. */
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

static const char *const kinds[] = { "add", "sub", "mul", "div", "max" };
#define N_KINDS (sizeof kinds / sizeof *kinds)

static float result(size_t kind, float a, float b)
{
    switch (kind) {
    case 0:
        return a + b;
    case 1:
        return a - b;
    case 2:
        return a * b;
    case 3:
        return a / b;
    default:
        return isnan(a) || a > b ? a : b;
    }
}

/* The element of an operand that belongs to one of the output. */
static float element(const float *x, const struct ecam_shape *shape, const size_t *index,
                     uint32_t rank)
{
    size_t at = 0;
    for (uint32_t i = 0; i < shape->rank; i++) {
        const size_t from = index[i + rank - shape->rank];
        at = at * shape->dim[i] + (shape->dim[i] == 1 ? 0 : from);
    }
    return x[at];
}

/* Which of the inputs come through a pool of one pixel, which only writes blocks. */
enum through { NONE, FIRST, SECOND, BOTH };

static void check(size_t kind, struct ecam_shape a, struct ecam_shape b, enum through through,
                  bool relu)
{
    const struct ecam_shape in[] = { a, b };
    struct tlayer t = tlayer_new("concat", 2, in, NULL); /* a node that is left unused */
    struct ecam_graph *graph = t.net.model->network->graph;
    uint32_t inputs[2] = { graph->nodes[t.node].inputs[0], graph->nodes[t.node].inputs[1] };
    ecam_graph_truncate(graph, t.node);
    for (size_t j = 0; j < 2; j++) {
        if ((through & (1u << j)) == 0)
            continue;
        inputs[j] = tnet_add(&t.net, "maxpool2d", j == 0 ? "pool0" : "pool1", 1, &inputs[j]);
        tnet_ints(&t.net, inputs[j], "kernel", 2, (int64_t[]){ 1, 1 });
    }
    t.node = tnet_add(&t.net, kinds[kind], "layer", 2, inputs);
    if (relu)
        t.node = tnet_add(&t.net, "relu", "relu", 1, &t.node);
    struct tvalue got = tlayer_run(&t);
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        tindex(&got.shape, at, index);
        float want = result(kind, element(tlayer_in(&t, 0), &a, index, got.shape.rank),
                            element(tlayer_in(&t, 1), &b, index, got.shape.rank));
        if (relu && want < 0)
            want = 0;
        tu_assert_msg(got.data[at] == want, "%s, through %d: [%zu] %.9g, %.9g is expected",
                      kinds[kind], (int)through, at, (double)got.data[at], (double)want);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

/* Either operand first, in either layout; one operation that is not symmetric stands for
 * all where only the way through the values matters. */
static void check_way(size_t kind, struct ecam_shape a, struct ecam_shape b)
{
    for (int through = NONE; through <= BOTH; through++) {
        if (((through & FIRST) != 0 && a.rank != 4) || ((through & SECOND) != 0 && b.rank != 4))
            continue;
        const int other = through == FIRST ? SECOND : through == SECOND ? FIRST : through;
        check(kind, a, b, (enum through)through, kind == 2);
        check(kind, b, a, (enum through)other, kind == 4);
    }
}

static void check_kinds(struct ecam_shape a, struct ecam_shape b)
{
    for (size_t kind = 0; kind < N_KINDS; kind++)
        check_way(kind, a, b);
}

START_TEST(equal_shapes)
{
    check_way(1, (struct ecam_shape)SHAPE(1), (struct ecam_shape)SHAPE(1));
    check_way(1, (struct ecam_shape)SHAPE(7), (struct ecam_shape)SHAPE(7));
    check_kinds((struct ecam_shape)SHAPE(2, 19, 3, 5), (struct ecam_shape)SHAPE(2, 19, 3, 5));
    check_way(1, (struct ecam_shape)SHAPE(2, 3, 2, 2, 3, 4),
              (struct ecam_shape)SHAPE(2, 3, 2, 2, 3, 4));
    check_way(1, (struct ecam_shape)SHAPE(1, 20, 60, 61), (struct ecam_shape)SHAPE(1, 20, 60, 61));
}
END_TEST

START_TEST(a_number_for_each_channel)
{
    const struct ecam_shape boxes[] = { SHAPE(2, 19, 3, 5), SHAPE(3, 32, 1, 2), SHAPE(2, 5, 1, 1),
                                        SHAPE(1, 33, 34, 31) };
    check_kinds(boxes[0], (struct ecam_shape)SHAPE(2, 19, 1, 1));
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        const size_t n = boxes[i].dim[0], c = boxes[i].dim[1];
        check_way(1, boxes[i], (struct ecam_shape)SHAPE(n, c, 1, 1));
        check_way(1, boxes[i], (struct ecam_shape)SHAPE(1, c, 1, 1));
        check_way(1, boxes[i], (struct ecam_shape)SHAPE(c, 1, 1));
    }
}
END_TEST

START_TEST(one_number_for_all)
{
    const struct ecam_shape box = SHAPE(2, 19, 3, 5), slim = SHAPE(1, 16, 1, 1);
    check_kinds(box, (struct ecam_shape)SHAPE(1));
    check_way(1, box, (struct ecam_shape)SHAPE(1, 1));
    check_way(1, box, (struct ecam_shape)SHAPE(1, 1, 1, 1));
    check_way(1, slim, (struct ecam_shape)SHAPE(1, 1, 1, 1));
    check_way(1, (struct ecam_shape)SHAPE(30000), (struct ecam_shape)SHAPE(1));
    check_way(1, (struct ecam_shape)SHAPE(2, 3, 2, 2, 3, 4), (struct ecam_shape)SHAPE(1, 1, 1));
    check_way(1, (struct ecam_shape)SHAPE(1), (struct ecam_shape)SHAPE(1, 1, 1, 1, 1));
}
END_TEST

START_TEST(any_axis_of_either_side)
{
    const struct ecam_shape box = SHAPE(2, 19, 3, 5);
    for (size_t mask = 0; mask < 16; mask++) { /* the axes on which the other one has size 1 */
        struct ecam_shape other = box;
        for (size_t i = 0; i < 4; i++)
            other.dim[i] = (mask & (1u << i)) != 0 ? 1 : box.dim[i];
        check_way(1, box, other);
    }
    check_way(1, (struct ecam_shape)SHAPE(2, 1, 3, 1), (struct ecam_shape)SHAPE(1, 19, 1, 5));
    check_way(1, (struct ecam_shape)SHAPE(2, 1, 1, 1), (struct ecam_shape)SHAPE(1, 19, 1, 1));
    check_way(1, (struct ecam_shape)SHAPE(19, 1), (struct ecam_shape)SHAPE(1, 20));
    check_way(1, box, (struct ecam_shape)SHAPE(5));
    check_way(1, box, (struct ecam_shape)SHAPE(3, 1));
    check_way(1, (struct ecam_shape)SHAPE(2, 1, 2, 1, 3, 1),
              (struct ecam_shape)SHAPE(3, 1, 2, 1, 4));
    check_way(1, (struct ecam_shape)SHAPE(70, 1, 300), (struct ecam_shape)SHAPE(70, 3, 1));
}
END_TEST

START_TEST(max_is_nan_where_either_is)
{
    const struct ecam_shape in[] = { SHAPE(20), SHAPE(20) };
    struct tlayer t = tlayer_new("max", 2, in, NULL);
    tlayer_in(&t, 0)[3] = tlayer_in(&t, 1)[5] = tlayer_in(&t, 0)[18] = NAN;
    struct tvalue got = tlayer_run(&t);
    for (size_t i = 0; i < 20; i++)
        ck_assert_int_eq(isnan(got.data[i]), i == 3 || i == 5 || i == 18);
    ecam_free(got.data);
    tlayer_free(&t);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    const struct ecam_shape boxes[] = { SHAPE(2, 3, 4, 5), SHAPE(2, 3, 4, 6) };
    const struct ecam_shape odd[] = { SHAPE(2, 3, 4, 5), SHAPE(3) };
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        tlayer_refused(tlayer_new(kinds[kind], 2, boxes, NULL), ECAM_ERR_SHAPE,
                       "2x3x4x5 and 2x3x4x6 do not go together");
        tlayer_refused(tlayer_new(kinds[kind], 2, odd, NULL), ECAM_ERR_SHAPE, "2x3x4x5 and 3 ");
        tlayer_refused(tlayer_new(kinds[kind], 1, boxes, NULL), ECAM_ERR_FORMAT, "1 inputs");
        tlayer_refused(tlayer_new(kinds[kind], 2, boxes, ATTRS(INTS("axis", 1))),
                       ECAM_ERR_UNSUPPORTED, "has no attribute 'axis'");
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        equal_shapes,
        a_number_for_each_channel,
        one_number_for_all,
        any_axis_of_either_side,
        max_is_nan_where_either_is,
        what_does_not_fit_is_refused,
    };
    return tu_main("binary", tests, sizeof tests / sizeof *tests);
}
