/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/lrn.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"

#define MAX_SIZE 4095

struct params {
    struct ecam_lrn lrn; /* what the kernel takes */
    bool within;         /* a window of pixels, not of channels */
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    static const char *const attrs[] = { "size", "alpha", "beta", "k", "within", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    double alpha = 0, beta = 0, k = 0;
    size_t within = 0;
    status = ecam_node_ints(node, "size", 1, 1, MAX_SIZE, 5, &p->lrn.size, err);
    if (status == ECAM_OK && p->lrn.size % 2 == 0)
        status = ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                           "layer '%s': LRN over a size of %zu, odd only", node->name, p->lrn.size);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "alpha", 1e-4, &alpha, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "beta", 0.75, &beta, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "k", 1.0, &k, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "within", 1, 0, 1, 0, &within, err);
    p->lrn.alpha = (float)alpha;
    p->lrn.beta = (float)beta;
    p->lrn.k = (float)k;
    p->within = within != 0;
    return status;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    if (in->rank != 4)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': LRN of rank %u, 4 expected", node->name,
                         in->rank);
    *out = *in;
    return ECAM_OK;
}

static enum ecam_status choose(struct ecam_step *step, struct ecam_error *err)
{
    const struct params *p = step->node->params;
    if (p->within && !ecam_mul_size(step->out_shape.dim[3], sizeof(double) / sizeof(float),
                                    &step->scratch_floats))
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", step->node->name);
    return ECAM_OK;
}

/* ---- Across channels ---- */

static void channels_task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const struct params *p = step->node->params;
    const size_t channels = step->out_shape.dim[1], plane = ecam_shape_plane(&step->out_shape);
    const size_t per_task = ecam_items_per_task(plane);
    const size_t tasks = ecam_ceil_div(channels, per_task);
    const size_t n = number / tasks, first = number % tasks * per_task;
    const size_t base = n * channels * plane;
    (void)worker;
    step->kernels->lrn(step->in[0] + base, step->out + base, channels, plane, first,
                       ecam_min_size(first + per_task, channels), &p->lrn);
}

/* ---- Within a channel ---- */

/* One row: sums of squares of each column of the window, then of their neighbours. */
static void within_row(const struct params *p, const float *in, size_t h, size_t w, size_t y,
                       double *columns, float *out)
{
    const size_t half = p->lrn.size / 2;
    const double scale = (double)p->lrn.alpha / ((double)p->lrn.size * (double)p->lrn.size);
    for (size_t x = 0; x < w; x++)
        columns[x] = 0.0;
    for (size_t near = ecam_sub_size(y, half); near < ecam_min_size(y + half + 1, h); near++)
        for (size_t x = 0; x < w; x++) {
            const double v = (double)in[near * w + x];
            columns[x] += v * v;
        }
    for (size_t x = 0; x < w; x++) {
        double sum = 0.0;
        for (size_t near = ecam_sub_size(x, half); near < ecam_min_size(x + half + 1, w); near++)
            sum += columns[near];
        const double base = (double)p->lrn.k + scale * sum;
        out[x] = (float)((double)in[y * w + x] / pow(base, (double)p->lrn.beta));
    }
}

struct rows_run {
    const struct ecam_step *step;
    size_t rows, per_task;
};

static void rows_task(void *arg, size_t number, unsigned worker)
{
    const struct rows_run *run = arg;
    const struct ecam_step *step = run->step;
    const size_t h = step->out_shape.dim[2], w = step->out_shape.dim[3];
    const size_t first = number * run->per_task;
    double *const columns = (void *)ecam_step_scratch(step, worker);
    for (size_t row = first; row < ecam_min_size(first + run->per_task, run->rows); row++)
        within_row(step->node->params, step->in[0] + row / h * h * w, h, w, row % h, columns,
                   step->out + row * w);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct params *p = step->node->params;
    struct ecam_step s = *step;
    if (p->within) {
        struct rows_run rows = { .step = step };
        rows.rows = s.out_shape.dim[0] * s.out_shape.dim[1] * s.out_shape.dim[2];
        rows.per_task = ecam_items_per_task(s.out_shape.dim[3] * p->lrn.size);
        ecam_pool_run(pool, ecam_ceil_div(rows.rows, rows.per_task), rows_task, &rows);
        return;
    }
    const size_t per_task = ecam_items_per_task(ecam_shape_plane(&s.out_shape));
    ecam_pool_run(pool, s.out_shape.dim[0] * ecam_ceil_div(s.out_shape.dim[1], per_task),
                  channels_task, &s);
}

const struct ecam_layer_ops ecam_layer_lrn = {
    .kind = "lrn",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .choose = choose,
    .run = run,
};
