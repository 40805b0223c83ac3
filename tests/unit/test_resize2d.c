/* SPDX-License-Identifier: BSD-2-Clause
 * Positions as fractions of whole numbers, so that no half is a matter of rounding. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tlayer.h"

enum { HALF_PIXEL, ASYMMETRIC, CORNERS, HALF_PIXEL_OR_0, PIXEL_MIDDLE, COORDS };

struct fraction {
    int64_t up, down; /* down > 0 */
};

/* An axis of `in` pixels at the scale out / in, or at a scale that was given. */
static struct fraction position(int64_t i, int64_t in, int64_t out, struct fraction scale,
                                int64_t coords)
{
    if (coords == ASYMMETRIC)
        return (struct fraction){ i * scale.down, scale.up };
    if (coords == PIXEL_MIDDLE)
        return (struct fraction){ (2 * i + 1) * scale.down, 2 * scale.up };
    if (coords == CORNERS && out > 1) /* of the size that is not rounded */
        return (struct fraction){ i * (in - 1) * scale.down, in * scale.up - scale.down };
    if (coords == CORNERS || (coords == HALF_PIXEL_OR_0 && out == 1))
        return (struct fraction){ 0, 1 };
    return (struct fraction){ (2 * i + 1) * scale.down - scale.up, 2 * scale.up };
}

static int64_t down(struct fraction x)
{
    return x.up >= 0 ? x.up / x.down : -((-x.up + x.down - 1) / x.down);
}

static int64_t nearest(struct fraction x, int64_t rounding)
{
    const struct fraction half_more = { 2 * x.up + x.down, 2 * x.down };
    const struct fraction minus = { -x.up, x.down };
    const struct fraction half_less = { x.down - 2 * x.up, 2 * x.down }; /* of -(x - 1/2) */
    switch (rounding) {
    case 0:
        return -down(half_less);
    case 1:
        return down(half_more);
    case 2:
        return down(x);
    default:
        return -down(minus);
    }
}

static int64_t inside(int64_t at, int64_t size)
{
    return at < 0 ? 0 : at >= size ? size - 1 : at;
}

struct job {
    struct ecam_shape in;
    size_t size[2];
    struct fraction scale[2]; /* up 0: by size */
    int64_t is_linear, coords, rounding;
};

/* Rows (axis 0) or columns that output i is made of, and the weight of the second. */
static double sources(const struct job *j, size_t axis, size_t i, int64_t from[2])
{
    const int64_t in = (int64_t)j->in.dim[axis + 2], out = (int64_t)j->size[axis];
    const struct fraction scale =
        j->scale[axis].up != 0 ? j->scale[axis] : (struct fraction){ out, in };
    const struct fraction x = position((int64_t)i, in, out, scale, j->coords);
    if (j->is_linear == 0) {
        from[0] = from[1] = inside(nearest(x, j->rounding), in);
        return 0;
    }
    from[0] = inside(down(x), in);
    from[1] = inside(down(x) + 1, in);
    const double part = (double)x.up / (double)x.down - (double)down(x);
    return from[0] == from[1] ? 0 : part;
}

static void check(const struct job *j)
{
    const bool by_size = j->scale[0].up == 0;
    const struct tattr size = INTS("size", (int64_t)j->size[0], (int64_t)j->size[1]);
    const struct tattr linear = INTS("linear", j->is_linear), coords = INTS("coords", j->coords),
                       rounding = INTS("round", j->rounding);
    const struct tattr scale_h = REAL("scale_h", (double)j->scale[0].up / (double)j->scale[0].down);
    const struct tattr scale_w = REAL("scale_w", (double)j->scale[1].up / (double)j->scale[1].down);
    struct tlayer t =
        by_size
            ? tlayer_new("resize2d", 1, &j->in, ATTRS(size, linear, coords, rounding))
            : tlayer_new("resize2d", 1, &j->in, ATTRS(scale_h, scale_w, linear, coords, rounding));
    struct tvalue got = tlayer_run(&t);
    ck_assert_uint_eq(got.shape.dim[2], j->size[0]);
    ck_assert_uint_eq(got.shape.dim[3], j->size[1]);
    for (size_t at = 0; at < got.n; at++) {
        size_t index[ECAM_MAX_RANK] = { 0 };
        int64_t row[2], column[2];
        tindex(&got.shape, at, index);
        const double v = sources(j, 0, index[2], row), u = sources(j, 1, index[3], column);
        const float *plane =
            t.x + (index[0] * j->in.dim[1] + index[1]) * j->in.dim[2] * j->in.dim[3];
        const int64_t w = (int64_t)j->in.dim[3];
        const double top = (double)plane[row[0] * w + column[0]] * (1 - u) +
                           (double)plane[row[0] * w + column[1]] * u;
        const double bottom = (double)plane[row[1] * w + column[0]] * (1 - u) +
                              (double)plane[row[1] * w + column[1]] * u;
        const double want = top * (1 - v) + bottom * v;
        /* Values are below 1; each weight, product and sum is rounded. */
        tu_assert_msg(fabs((double)got.data[at] - want) <=
                          (j->is_linear != 0 ? 6 * (double)FLT_EPSILON : 0),
                      "coords %d, round %d: [%zu] %.9g, %.9g", (int)j->coords, (int)j->rounding, at,
                      (double)got.data[at], want);
    }
    ecam_free(got.data);
    tlayer_free(&t);
}

static void check_all(struct job job)
{
    for (job.coords = 0; job.coords < COORDS; job.coords++) {
        job.is_linear = 0;
        for (job.rounding = 0; job.rounding < 4; job.rounding++)
            check(&job);
        job.rounding = 0;
        job.is_linear = 1;
        check(&job);
    }
}

START_TEST(to_any_size)
{
    static const size_t sizes[][2] = { { 10, 14 }, { 3, 4 },  { 1, 1 },  { 5, 7 },
                                       { 15, 1 },  { 4, 21 }, { 2, 13 }, { 1, 14 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_all((struct job){ .in = SHAPE(2, 3, 5, 7), .size = { sizes[i][0], sizes[i][1] } });
    check_all((struct job){ .in = SHAPE(1, 1, 1, 1), .size = { 3, 2 } });
    check_all((struct job){ .in = SHAPE(1, 2, 100, 120), .size = { 200, 240 } });
}
END_TEST

START_TEST(by_a_scale_that_need_not_fit_the_size)
{
    check_all((struct job){
        .in = SHAPE(1, 2, 5, 7), .size = { 10, 10 }, .scale = { { 2, 1 }, { 3, 2 } } });
    check_all(
        (struct job){ .in = SHAPE(1, 2, 5, 7), .size = { 2, 5 }, .scale = { { 1, 2 }, { 3, 4 } } });
    check_all((struct job){
        .in = SHAPE(1, 2, 5, 7), .size = { 11, 1 }, .scale = { { 9, 4 }, { 1, 4 } } });
}
END_TEST

/* Behind a pool of one pixel, which changes nothing but writes blocks. */
START_TEST(blocks_give_the_same_bits)
{
    const struct ecam_shape in = SHAPE(2, 21, 6, 5);
    for (int64_t linear = 0; linear < 2; linear++) {
        const struct tattr attrs[] = { INTS("size", 9, 11), INTS("linear", linear), { 0 } };
        struct tlayer plain = tlayer_new("resize2d", 1, &in, attrs);
        struct tlayer blocked = tlayer_new("maxpool2d", 1, &in, ATTRS(INTS("kernel", 1, 1)));
        blocked.node = tnet_add(&blocked.net, "resize2d", "behind", 1, &blocked.node);
        for (size_t i = 0; i < 2; i++)
            tnet_ints(&blocked.net, blocked.node, attrs[i].key, attrs[i].n, attrs[i].value);
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

START_TEST(what_is_no_size_is_refused)
{
    const struct ecam_shape in = SHAPE(1, 2, 5, 7), cube = SHAPE(2, 5, 7);
    const struct tattr size = INTS("size", 3, 3), h = REAL("scale_h", 0.1), w = REAL("scale_w", 2);
    tlayer_refused(tlayer_new("resize2d", 1, &in, NULL), ECAM_ERR_FORMAT, "either 'size' or both");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(h)), ECAM_ERR_FORMAT, "either 'size'");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(size, h, w)), ECAM_ERR_FORMAT, "either");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(size, h)), ECAM_ERR_FORMAT, "either");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(h, w)), ECAM_ERR_SHAPE,
                   "nothing is left of 1x2x5x7");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(REAL("scale_h", 0), w)), ECAM_ERR_FORMAT,
                   "'scale_h' is 0");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(REAL("scale_w", 1e9), h)), ECAM_ERR_FORMAT,
                   "'scale_w' is 1e+09");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(INTS("size", 3))), ECAM_ERR_FORMAT,
                   "'size'");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(INTS("size", 3, 0))), ECAM_ERR_FORMAT,
                   "'size' is 0");
    tlayer_refused(tlayer_new("resize2d", 1, &cube, ATTRS(size)), ECAM_ERR_SHAPE, "rank 3");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(size, INTS("linear", 2))), ECAM_ERR_FORMAT,
                   "'linear' is 2");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(size, INTS("coords", 5))), ECAM_ERR_FORMAT,
                   "'coords' is 5");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(size, INTS("round", 4))), ECAM_ERR_FORMAT,
                   "'round' is 4");
    tlayer_refused(tlayer_new("resize2d", 1, &in, ATTRS(size, INTS("antialias", 0))),
                   ECAM_ERR_UNSUPPORTED, "'antialias'");
    struct tlayer t = tlayer_new("resize2d", 1, &in, ATTRS(REAL("scale_h", 2), w));
    t.in[0].dim[3] = UINT32_MAX;
    tlayer_refused(t, ECAM_ERR_LIMIT, "too large");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { to_any_size, by_a_scale_that_need_not_fit_the_size,
                                   blocks_give_the_same_bits, what_is_no_size_is_refused };
    return tu_main("resize2d", tests, sizeof tests / sizeof *tests);
}
