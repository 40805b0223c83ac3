/* SPDX-License-Identifier: BSD-2-Clause
 * The output is walked in rows of its last axis; axes that all operands walk as one are
 * joined first, so that equal shapes become one row, and a channel's plane another. A
 * blocked value is walked as [images][blocks][floats of a block], and an operand of one
 * float a channel repeats its 16 lanes along the last axis. */
#include "layers/broadcast.h"

#include <assert.h>
#include <string.h>

#include "engine/error.h"
#include "layers/elementwise.h"

/* Size of axis i of `rank` of a shape, missing axes in front counting as 1. */
static size_t size_at(const struct ecam_shape *shape, size_t rank, size_t i)
{
    return i + shape->rank < rank ? 1 : shape->dim[i + shape->rank - rank];
}

enum ecam_status ecam_broadcast_infer(const struct ecam_node *node, const struct ecam_shape *in,
                                      struct ecam_shape *out, struct ecam_error *err)
{
    struct ecam_shape shape = { .rank = in[0].rank > in[1].rank ? in[0].rank : in[1].rank };
    for (size_t i = 0; i < shape.rank; i++) {
        const size_t a = size_at(&in[0], shape.rank, i), b = size_at(&in[1], shape.rank, i);
        if (a != b && a != 1 && b != 1) {
            char first[ECAM_SHAPE_TEXT], second[ECAM_SHAPE_TEXT];
            return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %s and %s do not go together",
                             node->name, ecam_shape_text(&in[0], first),
                             ecam_shape_text(&in[1], second));
        }
        shape.dim[i] = a == 1 ? b : a;
    }
    *out = shape;
    return ECAM_OK;
}

/* ---- Blocks ---- */

static bool is_channels(const struct ecam_shape *operand, const struct ecam_shape *out)
{
    const size_t images = size_at(operand, 4, 0);
    return (images == 1 || images == out->dim[0]) && size_at(operand, 4, 1) == out->dim[1] &&
           size_at(operand, 4, 2) == 1 && size_at(operand, 4, 3) == 1;
}

bool ecam_broadcast_in_blocks(const struct ecam_shape *operand, const struct ecam_shape *out)
{
    return out->rank == 4 && operand->rank <= 4 &&
           (ecam_shape_equal(operand, out) || is_channels(operand, out) ||
            ecam_shape_floats(operand) == 1);
}

/* ---- The walk ---- */

enum { SIDE_A, SIDE_B, OUTPUT, WALKED };

struct walk {
    const struct ecam_step *step;
    enum ecam_binary_op op;
    size_t rank, dim[ECAM_MAX_RANK];
    size_t stride[WALKED][ECAM_MAX_RANK]; /* 0: does not move along the axis */
    bool has_lanes[2];                    /* the last axis repeats 16 floats */
    size_t channels[2]; /* of a plain operand with lanes, whose last block is short; or 0 */
    const float *p[2];
    float one[2]; /* the float of an operand that has one, which the output may lie over */
    size_t rows, per_task, cuts; /* rows in all, of a task; tasks of a row */
};

static void plain_side(struct walk *w, size_t s, const struct ecam_shape *shape)
{
    size_t stride = 1;
    for (size_t i = w->rank; i-- > 0;) {
        const size_t size = size_at(shape, w->rank, i);
        w->stride[s][i] = size == 1 ? 0 : stride;
        stride *= size;
    }
}

static void blocked_side(struct walk *w, size_t s, const struct ecam_side *side)
{
    const struct ecam_shape *out = &w->step->out_shape;
    const bool is_plain = side->is_weight || side->shape->rank != 4;
    size_t *stride = w->stride[s];
    if (ecam_shape_floats(side->shape) == 1)
        return;
    stride[0] = size_at(side->shape, 4, 0) == 1 ? 0 : side->image;
    if (!is_plain && ecam_shape_equal(side->shape, out)) {
        stride[1] = w->dim[2];
        stride[2] = 1;
        return;
    }
    stride[1] = ECAM_BLOCK;
    w->has_lanes[s] = true;
    w->channels[s] = is_plain ? out->dim[1] : 0;
}

static bool is_joined(const struct walk *w, size_t last, size_t i)
{
    if (i + 1 == w->rank && (w->has_lanes[SIDE_A] || w->has_lanes[SIDE_B]))
        return false;
    for (size_t s = 0; s < WALKED; s++)
        if (w->stride[s][last] != w->stride[s][i] * w->dim[i])
            return false;
    return true;
}

/* Without axes of size 1, and with those joined that are walked as one; the last axis
 * stays where lanes repeat along it. */
static void simplify(struct walk *w)
{
    const bool has_lanes = w->has_lanes[SIDE_A] || w->has_lanes[SIDE_B];
    size_t rank = 0;
    for (size_t i = 0; i < w->rank; i++) {
        if (w->dim[i] == 1 && !(has_lanes && i + 1 == w->rank))
            continue;
        const bool is_new = rank == 0 || !is_joined(w, rank - 1, i);
        const size_t to = is_new ? rank++ : rank - 1;
        w->dim[to] = is_new ? w->dim[i] : w->dim[to] * w->dim[i];
        for (size_t s = 0; s < WALKED; s++)
            w->stride[s][to] = w->stride[s][i];
    }
    if (rank == 0) { /* one element */
        w->dim[rank++] = 1;
        w->stride[SIDE_A][0] = w->stride[SIDE_B][0] = w->stride[OUTPUT][0] = 0;
    }
    w->rank = rank;
}

/* What operand s is along the last axis, `at` floats from its beginning; `first` is the
 * place on that axis. A short block goes through `lanes`. */
static struct ecam_operand operand_of(const struct walk *w, size_t s, size_t at, size_t first,
                                      float lanes[ECAM_BLOCK])
{
    if (w->has_lanes[s]) {
        const float *p = w->p[s] + at;
        if (w->channels[s] != 0 && at % w->channels[s] + ECAM_BLOCK > w->channels[s]) {
            memset(lanes, 0, ECAM_BLOCK * sizeof *lanes);
            memcpy(lanes, p, (w->channels[s] - at % w->channels[s]) * sizeof *lanes);
            p = lanes;
        }
        return (struct ecam_operand){ p, ECAM_REPEAT_LANES };
    }
    if (w->stride[s][w->rank - 1] != 0)
        return (struct ecam_operand){ w->p[s] + at + first, ECAM_REPEAT_NONE };
    return (struct ecam_operand){ w->p[s] != NULL ? w->p[s] + at : &w->one[s], ECAM_REPEAT_ONE };
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct walk *w = arg;
    const struct ecam_step *step = w->step;
    const size_t last = w->rank - 1, begin = number / w->cuts * w->per_task;
    const size_t first = w->cuts == 1 ? 0 : number % w->cuts * ECAM_CHUNK_FLOATS;
    const size_t n =
        w->cuts == 1 ? w->dim[last] : ecam_min_size(ECAM_CHUNK_FLOATS, w->dim[last] - first);
    float lanes[2][ECAM_BLOCK];
    (void)worker;
    for (size_t row = begin; row < ecam_min_size(begin + w->per_task, w->rows); row++) {
        size_t at[WALKED] = { 0 }, rest = row;
        for (size_t i = last; i-- > 0; rest /= w->dim[i])
            for (size_t s = 0; s < WALKED; s++)
                at[s] += rest % w->dim[i] * w->stride[s][i];
        float *y = step->out + at[OUTPUT] + first;
        step->kernels->binary(w->op, operand_of(w, SIDE_A, at[SIDE_A], first, lanes[SIDE_A]),
                              operand_of(w, SIDE_B, at[SIDE_B], first, lanes[SIDE_B]), y, n);
        if (step->relu)
            step->kernels->relu(y, y, n);
    }
}

void ecam_broadcast_run(const struct ecam_step *step, enum ecam_binary_op op,
                        const struct ecam_side side[2], struct ecam_pool *pool)
{
    const struct ecam_shape *out = &step->out_shape;
    struct walk w = { .step = step, .op = op, .rank = out->rank };
    if (step->out_layout == ECAM_BLOCKED) {
        w.rank = 3;
        w.dim[0] = out->dim[0];
        w.dim[1] = ecam_ceil_div(out->dim[1], ECAM_BLOCK);
        w.dim[2] = ecam_shape_plane(out) * ECAM_BLOCK;
        w.stride[OUTPUT][0] = step->out_image;
        w.stride[OUTPUT][1] = w.dim[2];
        w.stride[OUTPUT][2] = 1;
    } else {
        memcpy(w.dim, out->dim, w.rank * sizeof *w.dim);
        plain_side(&w, OUTPUT, out);
    }
    for (size_t s = 0; s < 2; s++) {
        if (step->out_layout == ECAM_BLOCKED)
            blocked_side(&w, s, &side[s]);
        else
            plain_side(&w, s, side[s].shape);
        const bool is_one = ecam_shape_floats(side[s].shape) == 1;
        w.one[s] = is_one ? *side[s].p : 0.0f;
        w.p[s] = is_one ? NULL : side[s].p;
    }
    simplify(&w);
    w.rows = 1;
    for (size_t i = 0; i + 1 < w.rank; i++)
        w.rows *= w.dim[i];
    w.cuts = ecam_ceil_div(w.dim[w.rank - 1], ECAM_CHUNK_FLOATS);
    w.per_task = ecam_items_per_task(w.dim[w.rank - 1]);
    ecam_pool_run(pool, ecam_ceil_div(w.rows, w.per_task) * w.cuts, task, &w);
}
