/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/reduce.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"

/* Outputs side by side that are summed together. */
#define TILE 64
/* Sums that a row is shared out to, so that additions need not wait for each other. */
#define LANES 8

struct params {
    struct ecam_list axes;
    bool keep;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const attrs[] = { "axes", "keep", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    size_t keep = 1;
    status = ecam_node_list(node, "axes", true, -ECAM_MAX_RANK, ECAM_MAX_RANK - 1, &p->axes, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "keep", 1, 0, 1, 1, &keep, err);
    p->keep = keep != 0;
    return status;
}

static enum ecam_status find_axes(const struct ecam_node *node, const struct ecam_shape *in,
                                  bool is_reduced[ECAM_MAX_RANK], struct ecam_error *err)
{
    const struct params *p = node->params;
    for (size_t i = 0; i < ECAM_MAX_RANK; i++)
        is_reduced[i] = false;
    for (size_t i = 0; i < p->axes.n; i++) {
        size_t axis = 0;
        const enum ecam_status status = ecam_axis_find(node, p->axes.value[i], in, &axis, err);
        if (status != ECAM_OK)
            return status;
        if (is_reduced[axis])
            return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': axis %zu stands twice", node->name,
                             axis);
        is_reduced[axis] = true;
    }
    return ECAM_OK;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    bool is_reduced[ECAM_MAX_RANK];
    const enum ecam_status status = find_axes(node, in, is_reduced, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_shape shape = { 0 };
    for (size_t i = 0; i < in->rank; i++)
        if (p->keep || !is_reduced[i])
            shape.dim[shape.rank++] = is_reduced[i] ? 1 : in->dim[i];
    if (shape.rank == 0)
        shape.dim[shape.rank++] = 1;
    *out = shape;
    return ECAM_OK;
}

/* ---- Running ---- */

/* Axes that are walked, the last one fastest. */
struct walk {
    size_t rank, total;
    size_t dim[ECAM_MAX_RANK], step[ECAM_MAX_RANK];
};

enum reduction { MEAN, SUM, MAX };

struct reduce_run {
    const float *in;
    float *out;
    enum reduction reduction;
    /* Of the output; of the rows that make up an output, or TILE outputs side by side. */
    struct walk kept, reduced;
    size_t row;  /* neighbours that go into one output: 1 where outputs lie side by side */
    size_t side; /* outputs that lie side by side: 1 where neighbours go into one */
    size_t per_task;
};

static void walk_add(struct walk *walk, size_t dim, size_t step)
{
    const size_t last = walk->rank - 1;
    if (walk->rank > 0 && walk->step[last] == step * dim) { /* as one */
        walk->dim[last] *= dim;
        walk->step[last] = step;
    } else {
        walk->dim[walk->rank] = dim;
        walk->step[walk->rank++] = step;
    }
}

static size_t walk_at(const struct walk *walk, size_t number)
{
    size_t at = 0;
    for (size_t i = walk->rank; i-- > 0;) {
        at += number % walk->dim[i] * walk->step[i];
        number /= walk->dim[i];
    }
    return at;
}

/* Takes off the last axis where its elements are neighbours. */
static size_t walk_take_row(struct walk *walk)
{
    size_t row = 1;
    if (walk->rank > 0 && walk->step[walk->rank - 1] == 1)
        row = walk->dim[--walk->rank];
    return row;
}

static void count_walk(struct walk *walk)
{
    walk->total = 1;
    for (size_t i = 0; i < walk->rank; i++)
        walk->total *= walk->dim[i];
}

static inline double larger(double a, double b)
{
    return b > a || isnan(b) ? b : a; /* a NaN stays */
}

/* All rows of one output. */
static double reduce_rows(const struct reduce_run *run, const float *in)
{
    double lane[LANES];
    const bool is_max = run->reduction == MAX;
    for (size_t l = 0; l < LANES; l++)
        lane[l] = is_max ? -(double)INFINITY : 0.0;
    for (size_t r = 0; r < run->reduced.total; r++) {
        const float *row = in + walk_at(&run->reduced, r);
        size_t i = 0;
        if (is_max) {
            for (; i < run->row; i++)
                lane[i % LANES] = larger(lane[i % LANES], (double)row[i]);
            continue;
        }
        for (; i + LANES <= run->row; i += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += (double)row[i + l];
        for (; i < run->row; i++)
            lane[i % LANES] += (double)row[i];
    }
    for (size_t l = 1; l < LANES; l++)
        lane[0] = is_max ? larger(lane[0], lane[l]) : lane[0] + lane[l];
    return lane[0];
}

/* n <= TILE outputs whose inputs lie side by side. */
static void reduce_tile(const struct reduce_run *run, const float *in, double *sum, size_t n)
{
    const bool is_max = run->reduction == MAX;
    for (size_t i = 0; i < n; i++)
        sum[i] = is_max ? -(double)INFINITY : 0.0;
    for (size_t r = 0; r < run->reduced.total; r++) {
        const float *row = in + walk_at(&run->reduced, r);
        if (is_max)
            for (size_t i = 0; i < n; i++)
                sum[i] = larger(sum[i], (double)row[i]);
        else
            for (size_t i = 0; i < n; i++)
                sum[i] += (double)row[i];
    }
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct reduce_run *run = arg;
    const size_t tiles = ecam_ceil_div(run->side, TILE), first = number * run->per_task;
    const size_t end = ecam_min_size(first + run->per_task, run->kept.total * tiles);
    const double count = (double)run->reduced.total * (double)run->row;
    (void)worker;
    for (size_t item = first; item < end; item++) {
        const size_t at = item % tiles * TILE, n = ecam_min_size(TILE, run->side - at);
        const float *in = run->in + walk_at(&run->kept, item / tiles) + at;
        float *out = run->out + item / tiles * run->side + at;
        double sum[TILE];
        if (run->side == 1)
            sum[0] = reduce_rows(run, in);
        else
            reduce_tile(run, in, sum, n);
        for (size_t i = 0; i < n; i++)
            out[i] = (float)(run->reduction == MEAN ? sum[i] / count : sum[i]);
    }
}

static void run_reduction(const struct ecam_step *step, struct ecam_pool *pool,
                          enum reduction reduction)
{
    const struct ecam_shape *in = &step->in_shape[0];
    bool is_reduced[ECAM_MAX_RANK];
    struct reduce_run run = { .in = step->in[0], .out = step->out, .reduction = reduction };
    find_axes(step->node, in, is_reduced, NULL); /* infer has seen that they are there */
    for (size_t i = 0; i < in->rank; i++)
        if (in->dim[i] != 1)
            walk_add(is_reduced[i] ? &run.reduced : &run.kept, in->dim[i],
                     ecam_axes_floats(in, i + 1, in->rank));
    run.row = walk_take_row(&run.reduced);
    run.side = walk_take_row(&run.kept);
    count_walk(&run.reduced);
    count_walk(&run.kept);
    run.per_task = ecam_items_per_task(run.reduced.total * run.row * ecam_min_size(TILE, run.side));
    ecam_pool_run(pool, ecam_ceil_div(run.kept.total * ecam_ceil_div(run.side, TILE), run.per_task),
                  task, &run);
}

static void run_mean(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_reduction(step, pool, MEAN);
}

static void run_sum(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_reduction(step, pool, SUM);
}

static void run_max(const struct ecam_step *step, struct ecam_pool *pool)
{
    run_reduction(step, pool, MAX);
}

#define REDUCTION(name, function)                     \
    const struct ecam_layer_ops ecam_layer_##name = { \
        .kind = #name,                                \
        .min_inputs = 1,                              \
        .max_inputs = 1,                              \
        .traits = ECAM_LAYER_GLOBAL,                  \
        .init = init,                                 \
        .infer = infer,                               \
        .run = function,                              \
    }

REDUCTION(reduce_mean, run_mean);
REDUCTION(reduce_sum, run_sum);
REDUCTION(reduce_max, run_max);
