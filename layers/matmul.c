/* SPDX-License-Identifier: BSD-2-Clause
 * The tiles of the convolution do the work: rows of the left matrix are positions, columns
 * of the right one are output channels. A task packs a panel of columns, TERMS rows of it
 * at a time, and multiplies up to ROWS rows with it. */
#include "layers/matmul.h"

#include <string.h>

#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"

#define TERMS 256 /* a panel of 32 columns has 32 KiB then */
#define ROWS 84   /* whole tiles at every level */

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    return ecam_node_allow(node, none, none, none, err);
}

/* [m][k] times [k][n] for every index of the leading axes; a step is 0 where a matrix is
 * used again along an axis. */
struct product {
    size_t m, k, n;
    size_t rank, batches;
    size_t dim[ECAM_MAX_RANK], a_step[ECAM_MAX_RANK], b_step[ECAM_MAX_RANK];
};

/* Size of an axis counted from the last, 1 where there is none. */
static size_t dim_from_end(const struct ecam_shape *shape, size_t axis)
{
    return axis < shape->rank ? shape->dim[shape->rank - 1 - axis] : 1;
}

/* False where the shapes do not fit. */
static bool product_of(const struct ecam_shape *a, const struct ecam_shape *b, struct product *p)
{
    if (a->rank < 2 || b->rank < 2 || dim_from_end(a, 0) != dim_from_end(b, 1))
        return false;
    *p = (struct product){ .m = dim_from_end(a, 1),
                           .k = dim_from_end(a, 0),
                           .n = dim_from_end(b, 0),
                           .rank = ecam_max_size(a->rank, b->rank) - 2,
                           .batches = 1 };
    size_t a_step = p->m * p->k, b_step = p->k * p->n;
    for (size_t i = 0; i < p->rank; i++) { /* axis 0 is the last of the leading ones */
        const size_t a_dim = dim_from_end(a, i + 2), b_dim = dim_from_end(b, i + 2);
        if (a_dim != b_dim && a_dim != 1 && b_dim != 1)
            return false;
        p->dim[i] = a_dim != 1 ? a_dim : b_dim;
        p->a_step[i] = a_dim != 1 ? a_step : 0;
        p->b_step[i] = b_dim != 1 ? b_step : 0;
        p->batches *= p->dim[i]; /* infer's caller counts the output */
        a_step *= a_dim;
        b_step *= b_dim;
    }
    if (p->batches * p->m * p->k == a_step && p->k * p->n == b_step) {
        p->m *= p->batches; /* one right matrix for all: a single tall product */
        p->batches = 1;
        p->rank = 0;
    }
    return true;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
    struct product p;
    if (in[0].rank < 2 || in[1].rank < 2)
        return ecam_fail(err, ECAM_ERR_SHAPE,
                         "layer '%s': product of %s and %s, rank 2 or more is expected of both",
                         node->name, ecam_shape_text(&in[0], a), ecam_shape_text(&in[1], b));
    if (!product_of(&in[0], &in[1], &p))
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %s cannot be multiplied by %s",
                         node->name, ecam_shape_text(&in[0], a), ecam_shape_text(&in[1], b));
    struct ecam_shape shape = in[0].rank >= in[1].rank ? in[0] : in[1];
    for (size_t i = 2; i < shape.rank; i++)
        shape.dim[shape.rank - 1 - i] =
            ecam_max_size(dim_from_end(&in[0], i), dim_from_end(&in[1], i));
    shape.dim[shape.rank - 2] = dim_from_end(&in[0], 1);
    shape.dim[shape.rank - 1] = dim_from_end(&in[1], 0);
    *out = shape;
    return ECAM_OK;
}

static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    (void)node;
    info->macs = ecam_macs(ecam_shape_floats(&info->out), info->in.dim[info->in.rank - 1]);
}

/* ---- Running ---- */

static size_t panel_width(const struct ecam_step *step)
{
    return step->kernels->conv_n * ECAM_BLOCK;
}

static enum ecam_status choose(struct ecam_step *step, struct ecam_error *err)
{
    (void)err;
    step->scratch_floats = (TERMS + ROWS) * panel_width(step);
    return ECAM_OK;
}

struct matmul_run {
    const struct ecam_step *step;
    struct product p;
    size_t panels, parts; /* of columns, of rows */
    size_t per_part;      /* rows */
};

struct matrices {
    const float *a, *b;
    float *out;
};

static struct matrices matrices_of(const struct matmul_run *run, size_t batch)
{
    const struct product *p = &run->p;
    size_t a = 0, b = 0, left = batch;
    for (size_t i = 0; i < p->rank; i++) {
        a += left % p->dim[i] * p->a_step[i];
        b += left % p->dim[i] * p->b_step[i];
        left /= p->dim[i];
    }
    return (struct matrices){ run->step->in[0] + a, run->step->in[1] + b,
                              run->step->out + batch * p->m * p->n };
}

/* Rows of the right matrix, `columns` of each, as a panel: the rest is zeros. */
static void pack(const float *b, size_t n, size_t terms, size_t columns, float *panel, size_t width)
{
    for (size_t k = 0; k < terms; k++, panel += width) {
        memcpy(panel, b + k * n, columns * sizeof *panel);
        for (size_t x = columns; x < width; x++)
            panel[x] = 0.0f;
    }
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct matmul_run *run = arg;
    const struct product *p = &run->p;
    const struct ecam_kernels *kernels = run->step->kernels;
    const struct matrices at = matrices_of(run, number / run->panels / run->parts);
    const size_t first = number / run->panels % run->parts * run->per_part;
    const size_t rows = ecam_min_size(run->per_part, p->m - first);
    const size_t column = number % run->panels * panel_width(run->step);
    const size_t columns = ecam_min_size(panel_width(run->step), p->n - column);
    const size_t blocks = ecam_ceil_div(columns, ECAM_BLOCK), width = blocks * ECAM_BLOCK;
    float *const panel = ecam_step_scratch(run->step, worker), *const c = panel + TERMS * width;
    struct ecam_tile tile = { .steps = 1,
                              .a_pos = p->k,
                              .w = panel,
                              .c_block = ROWS * ECAM_BLOCK,
                              .add_block = ROWS * ECAM_BLOCK };
    for (size_t k = 0; k < p->k; k += TERMS) {
        tile.depth = tile.tail = ecam_min_size(TERMS, p->k - k);
        pack(at.b + k * p->n + column, p->n, tile.tail, columns, panel, width);
        for (size_t r = 0; r < rows; r += kernels->conv_m) {
            tile.a = at.a + (first + r) * p->k + k;
            tile.c = c + r * ECAM_BLOCK;
            tile.add = k > 0 ? tile.c : NULL;
            kernels->conv(&tile, ecam_min_size(kernels->conv_m, rows - r), blocks);
        }
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t x = 0; x < columns; x += ECAM_BLOCK)
            memcpy(at.out + (first + r) * p->n + column + x, c + x * ROWS + r * ECAM_BLOCK,
                   ecam_min_size(ECAM_BLOCK, columns - x) * sizeof *c);
}

/* A right matrix of one column is a vector, and the left one a dense layer. */
static void vector_task(void *arg, size_t number, unsigned worker)
{
    const struct matmul_run *run = arg;
    const struct product *p = &run->p;
    const struct matrices at = matrices_of(run, number / run->parts);
    const size_t first = number % run->parts * run->per_part;
    (void)worker;
    run->step->kernels->dense(at.a + first * p->k, NULL, at.b, at.out + first,
                              ecam_min_size(run->per_part, p->m - first), p->k);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct matmul_run run = { .step = step };
    product_of(&step->in_shape[0], &step->in_shape[1], &run.p); /* infer has seen that they fit */
    const bool is_vector = run.p.n == 1;
    run.per_part = is_vector ? ecam_items_per_task(run.p.k) : ROWS;
    run.parts = ecam_ceil_div(run.p.m, run.per_part);
    run.panels = is_vector ? 1 : ecam_ceil_div(run.p.n, panel_width(step));
    ecam_pool_run(pool, run.p.batches * run.parts * run.panels, is_vector ? vector_task : task,
                  &run);
}

const struct ecam_layer_ops ecam_layer_matmul = {
    .kind = "matmul",
    .min_inputs = 2,
    .max_inputs = 2,
    .traits = ECAM_LAYER_GLOBAL,
    .init = init,
    .infer = infer,
    .describe = describe,
    .choose = choose,
    .run = run,
};
