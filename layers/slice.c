/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/slice.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/strided.h"

struct params {
    struct ecam_list begin, end, step;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    static const char *const attrs[] = { "begin", "end", "step", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    status = ecam_node_list(node, "begin", true, INT64_MIN, INT64_MAX, &p->begin, err);
    if (status == ECAM_OK)
        status = ecam_node_list(node, "end", true, INT64_MIN, INT64_MAX, &p->end, err);
    if (status == ECAM_OK)
        status = ecam_node_list(node, "step", false, INT64_MIN, INT64_MAX, &p->step, err);
    if (status != ECAM_OK)
        return status;
    for (size_t i = p->step.n; i < p->begin.n && p->step.n == 0; i++)
        p->step.value[i] = 1;
    if (p->step.n == 0)
        p->step.n = p->begin.n;
    if (p->end.n != p->begin.n || p->step.n != p->begin.n)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': %zu begins, %zu ends, %zu steps: as many are expected",
                         node->name, p->begin.n, p->end.n, p->step.n);
    for (size_t i = 0; i < p->step.n; i++)
        if (p->step.value[i] == 0)
            return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': step 0 on axis %zu", node->name, i);
    return ECAM_OK;
}

/* Counted from the end where negative, then cut to what a walk in this direction may
 * stand on: 0 to size, or -1 to size - 1 backwards. */
static int64_t cut(int64_t at, int64_t size, bool is_backwards)
{
    const int64_t low = is_backwards ? -1 : 0, high = is_backwards ? size - 1 : size;
    if (at < 0)
        at += size;
    return at < low ? low : at > high ? high : at;
}

/* The first index on an axis, and how many there are. */
static size_t count_of(const struct params *p, size_t axis, size_t size, size_t *first)
{
    const int64_t step = p->step.value[axis];
    const int64_t begin = cut(p->begin.value[axis], (int64_t)size, step < 0);
    const int64_t end = cut(p->end.value[axis], (int64_t)size, step < 0);
    const int64_t way = step < 0 ? begin - end : end - begin;
    /* The lowest step has no positive. */
    const uint64_t stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
    *first = (size_t)begin;
    return way > 0 ? (size_t)((uint64_t)(way - 1) / stride + 1) : 0;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    char text[ECAM_SHAPE_TEXT];
    if (p->begin.n != in->rank)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': a slice of %zu axes for %s", node->name,
                         p->begin.n, ecam_shape_text(in, text));
    struct ecam_shape shape = { .rank = in->rank };
    for (size_t i = 0; i < in->rank; i++) {
        size_t first;
        shape.dim[i] = count_of(p, i, in->dim[i], &first);
        if (shape.dim[i] == 0)
            return ecam_fail(err, ECAM_ERR_SHAPE,
                             "layer '%s': nothing of %s lies between %lld and %lld on axis %zu",
                             node->name, ecam_shape_text(in, text), (long long)p->begin.value[i],
                             (long long)p->end.value[i], i);
    }
    *out = shape;
    return ECAM_OK;
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct params *p = step->node->params;
    const struct ecam_shape *in = &step->in_shape[0];
    ptrdiff_t steps[ECAM_MAX_RANK];
    struct ecam_walk walk = { .rank = in->rank };
    ecam_walk_steps(in, steps);
    for (size_t i = 0; i < walk.rank; i++) {
        size_t first;
        walk.dim[i] = count_of(p, i, in->dim[i], &first);
        /* The step of a single index is never taken, and may be any number. */
        walk.step[i] = walk.dim[i] == 1 ? 0 : steps[i] * (ptrdiff_t)p->step.value[i];
        walk.base += first * (size_t)steps[i];
    }
    ecam_walk_run(&walk, step, pool);
}

const struct ecam_layer_ops ecam_layer_slice = {
    .kind = "slice",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .run = run,
};
