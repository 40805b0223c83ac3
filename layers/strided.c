/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/strided.h"

#include <string.h>

#include "engine/common.h"
#include "layers/elementwise.h"

/* Side of the squares in which a matrix is turned round: a cache line of each row. */
#define SIDE 16

void ecam_walk_steps(const struct ecam_shape *shape, ptrdiff_t *step)
{
    ptrdiff_t floats = 1;
    for (size_t i = shape->rank; i-- > 0;) {
        step[i] = floats;
        floats *= (ptrdiff_t)shape->dim[i];
    }
}

/* Without axes of size 1, and with those joined that are walked as one. */
static struct ecam_walk simplify(const struct ecam_walk *walk)
{
    struct ecam_walk out = { .base = walk->base };
    for (size_t i = 0; i < walk->rank; i++) {
        if (walk->dim[i] == 1)
            continue;
        const size_t last = out.rank - 1; /* where there is one */
        if (out.rank > 0 && out.step[last] == walk->step[i] * (ptrdiff_t)walk->dim[i]) {
            out.dim[last] *= walk->dim[i];
            out.step[last] = walk->step[i];
        } else {
            out.dim[out.rank] = walk->dim[i];
            out.step[out.rank++] = walk->step[i];
        }
    }
    if (out.rank == 0) { /* one element */
        out.rank = out.dim[0] = 1;
        out.step[0] = 1;
    }
    return out;
}

struct walk_run {
    struct ecam_walk walk;
    size_t across; /* the axis whose neighbours are neighbours in the input */
    size_t rows;   /* of the last axis, or squares' rows, in all */
    size_t per_task;
    const float *in;
    float *out;
};

/* Where row `number` begins in the input; the axis `skip` stands still. */
static const float *row_in(const struct walk_run *run, size_t number, size_t skip)
{
    const struct ecam_walk *w = &run->walk;
    ptrdiff_t at = (ptrdiff_t)w->base;
    for (size_t i = w->rank - 1; i-- > 0;) {
        if (i == skip)
            continue;
        at += (ptrdiff_t)(number % w->dim[i]) * w->step[i];
        number /= w->dim[i];
    }
    return run->in + at;
}

/* Rows of the output, one after the other. */
static void rows_task(void *arg, size_t task, unsigned worker)
{
    const struct walk_run *run = arg;
    const size_t last = run->walk.rank - 1, n = run->walk.dim[last];
    const ptrdiff_t step = run->walk.step[last];
    const size_t end = ecam_min_size((task + 1) * run->per_task, run->rows);
    (void)worker;
    for (size_t row = task * run->per_task; row < end; row++) {
        const float *in = row_in(run, row, SIZE_MAX);
        float *out = run->out + row * n;
        if (step == 1) {
            memcpy(out, in, n * sizeof *out);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            out[i] = in[(ptrdiff_t)i * step];
    }
}

/* One square or what is left of it: h rows of the output, w columns. */
static void turn(const float *in, ptrdiff_t in_step, float *out, size_t out_step, size_t h,
                 size_t w)
{
    if (h == SIDE && w == SIDE) { /* sizes that the compiler knows */
        for (size_t y = 0; y < SIDE; y++)
            for (size_t x = 0; x < SIDE; x++)
                out[y * out_step + x] = in[(ptrdiff_t)x * in_step + (ptrdiff_t)y];
        return;
    }
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            out[y * out_step + x] = in[(ptrdiff_t)x * in_step + (ptrdiff_t)y];
}

/* Bands of SIDE rows of a matrix whose columns lie in the input as rows. */
static void squares_task(void *arg, size_t task, unsigned worker)
{
    const struct walk_run *run = arg;
    const struct ecam_walk *w = &run->walk;
    const size_t last = w->rank - 1, n = w->dim[last], height = w->dim[run->across];
    const size_t bands = ecam_ceil_div(height, SIDE);
    size_t out_step = n;
    for (size_t i = run->across + 1; i < last; i++)
        out_step *= w->dim[i];
    const size_t inner = out_step / n; /* matrices that lie side by side in the output */
    const size_t end = ecam_min_size((task + 1) * run->per_task, run->rows);
    (void)worker;
    for (size_t number = task * run->per_task; number < end; number++) {
        const size_t matrix = number / bands, top = number % bands * SIDE;
        const float *in = row_in(run, matrix, run->across) + top;
        float *out =
            run->out + matrix / inner * height * out_step + matrix % inner * n + top * out_step;
        const size_t h = ecam_min_size(SIDE, height - top);
        for (size_t x = 0; x < n; x += SIDE)
            turn(in + (ptrdiff_t)x * w->step[last], w->step[last], out + x, out_step, h,
                 ecam_min_size(SIDE, n - x));
    }
}

void ecam_walk_run(const struct ecam_walk *walk, const struct ecam_step *step,
                   struct ecam_pool *pool)
{
    struct walk_run run = { .walk = simplify(walk), .in = step->in[0], .out = step->out };
    const struct ecam_walk *w = &run.walk;
    const size_t last = w->rank - 1;
    run.across = last;
    run.rows = 1;
    for (size_t i = 0; i < last; i++) {
        run.rows *= w->dim[i];
        if (w->step[i] == 1)
            run.across = i;
    }
    if (run.across == last || w->step[last] == 1) {
        run.per_task = ecam_items_per_task(w->dim[last]);
        ecam_pool_run(pool, ecam_ceil_div(run.rows, run.per_task), rows_task, &run);
        return;
    }
    run.rows = run.rows / w->dim[run.across] * ecam_ceil_div(w->dim[run.across], SIDE);
    run.per_task = ecam_items_per_task(w->dim[last] * SIDE);
    ecam_pool_run(pool, ecam_ceil_div(run.rows, run.per_task), squares_task, &run);
}
