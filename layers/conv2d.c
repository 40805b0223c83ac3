/* SPDX-License-Identifier: BSD-2-Clause
 *
 * GEMM       everything general. The input's windows are the columns of a matrix,
 *            gathered block by block (im2col.h); weights are packed as row panels
 *            once per model. A task is a block of output positions times a range
 *            of output channels, cut by shape alone.
 * DEPTHWISE  one input channel a group: no matrix worth the name.
 * DENSE      the window is the whole input: a matrix times a vector, weights read
 *            where they lie (VGG's first dense layer as a convolution). */
#include "layers/conv2d.h"

#include <assert.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "engine/packs.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/dense.h"
#include "layers/elementwise.h"
#include "layers/im2col.h"
#include "layers/packing.h"
#include "layers/window.h"

enum algorithm { CONV_GEMM, CONV_DEPTHWISE, CONV_DENSE };
enum part { PART_WEIGHT, PART_BIAS };

/* Rows of the right-hand matrix in one pass: a panel of weights (8 x 256 floats)
 * stays in the first-level cache, a block of columns (256 x 64) in the second. */
#define BLOCK_K 256
#define BLOCK_COLUMNS 64
/* Fewer position blocks than this, and output channels are split as well. */
#define MIN_TASKS 16

struct params {
    struct ecam_window window;
    size_t groups, out_c, in_c; /* in_c: of the whole input */
    const struct ecam_weight *weight, *bias;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "stride", "pad", "dilation", "groups", NULL };
    static const char *const roles[] = { "weight", "bias", NULL };
    static const char *const required[] = { "weight", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, roles, required, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    p->weight = ecam_node_weight(node, "weight");
    const struct ecam_shape *shape = &p->weight->shape;
    size_t count = 0;
    char text[ECAM_SHAPE_TEXT];
    if (shape->rank != 4 || !ecam_shape_count(shape, &count) || count == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' has shape %s, 4 axes are expected",
                         node->name, p->weight->name, ecam_shape_text(shape, text));
    status = ecam_window_read(node, true, &p->window, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "groups", 1, 1, (int64_t)shape->dim[0], 1, &p->groups, err);
    if (status != ECAM_OK)
        return status;
    p->out_c = shape->dim[0];
    p->window.k_h = shape->dim[2];
    p->window.k_w = shape->dim[3];
    if (p->out_c % p->groups != 0 || !ecam_mul_size(shape->dim[1], p->groups, &p->in_c))
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %zu output channels in %zu groups",
                         node->name, p->out_c, p->groups);
    return ecam_node_vector(node, "bias", p->out_c, &p->bias, err);
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    struct ecam_shape shape = *in;
    if (in->rank != 4 || in->dim[1] != p->in_c) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': input %s, Nx%zuxHxW is expected",
                         node->name, ecam_shape_text(in, text), p->in_c);
    }
    const enum ecam_status status =
        ecam_window_infer(node, &p->window, ECAM_ROUND_DOWN, in, &shape.dim[2], &shape.dim[3], err);
    if (status != ECAM_OK)
        return status;
    shape.dim[1] = p->out_c;
    *out = shape;
    return ECAM_OK;
}

static size_t terms(const struct params *p)
{
    return p->in_c / p->groups * p->window.k_h * p->window.k_w;
}

static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    const struct params *p = node->params;
    ecam_window_describe(&p->window, info);
    info->groups = (uint32_t)p->groups;
    info->parameters = ecam_node_parameters(node);
    info->macs = ecam_macs(ecam_shape_floats(&info->out), terms(p));
}

static bool absorb(struct ecam_step *step, const struct ecam_node *next)
{
    const struct params *p = step->node->params;
    if (next->ops != &ecam_layer_batchnorm)
        return ecam_absorb_relu(step, next);
    if (step->relu || step->norm != NULL || ecam_batchnorm_channels(next) != p->out_c)
        return false;
    step->norm = next;
    return true;
}

/* ---- Packing ---- */

/* Weights of output channel oc times the folded scale, terms(p) floats. */
static void read_row(const struct ecam_step *step, size_t oc, float *out)
{
    const struct params *p = step->node->params;
    const size_t n = terms(p);
    ecam_weight_read(p->weight, oc * n, n, out);
    if (step->norm == NULL)
        return;
    double scale, shift;
    ecam_batchnorm_affine(step->norm, oc, &scale, &shift);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)((double)out[i] * scale);
}

/* Channels of a group, rounded up to whole panels. */
static size_t padded_rows(const struct params *p, size_t mr)
{
    return ecam_ceil_div(p->out_c / p->groups, mr) * mr;
}

/* [groups][rows / mr][terms][mr], missing rows as zeros. */
static void fill_panels(const void *arg, const struct ecam_weight_set *set, float *out)
{
    const struct ecam_step *step = arg;
    const struct params *p = step->node->params;
    const size_t mr = step->kernels->gemm_mr, n = terms(p), group_rows = p->out_c / p->groups;
    const size_t padded = padded_rows(p, mr);
    for (size_t g = 0; g < p->groups; g++) {
        for (size_t row = 0; row < padded; row += mr, out += n * mr) {
            const size_t rows = ecam_min_size(mr, group_rows - row);
            for (size_t i = 0; i < rows; i++) {
                float part[BLOCK_K];
                double scale = 1.0, shift;
                const size_t oc = g * group_rows + row + i;
                if (step->norm != NULL)
                    ecam_batchnorm_affine(step->norm, oc, &scale, &shift);
                for (size_t k = 0; k < n; k += BLOCK_K) {
                    const size_t count = ecam_min_size(BLOCK_K, n - k);
                    ecam_weight_read(p->weight, oc * n + k, count, part);
                    for (size_t j = 0; j < count; j++)
                        out[(k + j) * mr + i] =
                            step->norm == NULL ? part[j] : (float)((double)part[j] * scale);
                }
            }
            for (size_t i = rows; i < mr; i++)
                for (size_t k = 0; k < n; k++)
                    out[k * mr + i] = 0.0f;
            ecam_weight_drop(set, p->weight, (g * group_rows + row) * n, rows * n);
        }
    }
}

/* [out_c][k_h * k_w] */
static void fill_rows(const void *arg, const struct ecam_weight_set *set, float *out)
{
    const struct ecam_step *step = arg;
    const struct params *p = step->node->params;
    (void)set;
    for (size_t oc = 0; oc < p->out_c; oc++)
        read_row(step, oc, out + oc * terms(p));
}

/* [groups][rows], rows padded to whole panels of `mr`. */
static void write_bias(const struct ecam_step *step, size_t mr, float *out)
{
    const struct params *p = step->node->params;
    const size_t group_rows = p->out_c / p->groups, padded = padded_rows(p, mr);
    for (size_t g = 0; g < p->groups; g++) {
        for (size_t row = 0; row < padded; row++) {
            const size_t oc = g * group_rows + row;
            double scale = 1.0, shift = 0.0;
            float bias = 0.0f;
            if (row < group_rows) {
                if (p->bias != NULL)
                    ecam_weight_read(p->bias, oc, 1, &bias);
                if (step->norm != NULL)
                    ecam_batchnorm_affine(step->norm, oc, &scale, &shift);
            }
            out[g * padded + row] = (float)((double)bias * scale + shift);
        }
    }
}

static void fill_panel_bias(const void *arg, const struct ecam_weight_set *set, float *out)
{
    const struct ecam_step *step = arg;
    (void)set;
    write_bias(step, step->kernels->gemm_mr, out);
}

static void fill_row_bias(const void *arg, const struct ecam_weight_set *set, float *out)
{
    (void)set;
    write_bias(arg, 1, out);
}

/* ---- Choice ---- */

static enum algorithm choose(const struct ecam_step *step)
{
    const struct params *p = step->node->params;
    const struct ecam_window *win = &p->window;
    const struct ecam_shape *in = &step->in_shape[0];
    const bool has_padding = (win->pad_t | win->pad_l | win->pad_b | win->pad_r) != 0;
    if (p->groups > 1 && p->groups == p->in_c)
        return CONV_DEPTHWISE;
    if (p->groups == 1 && !has_padding && win->k_h == in->dim[2] && win->k_w == in->dim[3] &&
        win->dilation_h == 1 && win->dilation_w == 1 && step->norm == NULL)
        return CONV_DENSE;
    return CONV_GEMM;
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    const struct params *p = step->node->params;
    const size_t mr = step->kernels->gemm_mr, nr = step->kernels->gemm_nr;
    const enum algorithm algorithm = choose(step);
    step->algorithm = algorithm;
    if (algorithm == CONV_DENSE)
        return ecam_pack_plain(step, p->weight, p->bias, packs, err);

    const bool is_gemm = algorithm == CONV_GEMM;
    struct ecam_pack_key key = { .node = step->node,
                                 .norm = step->norm,
                                 .isa = step->kernels->isa,
                                 .algorithm = algorithm,
                                 .part = PART_WEIGHT };
    const size_t rows = p->groups * padded_rows(p, is_gemm ? mr : 1);
    size_t floats;
    if (!ecam_mul_size(rows, terms(p), &floats))
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': packed weights are too large",
                         step->node->name);
    enum ecam_status status = ecam_packs_get(packs, &key, floats, is_gemm ? fill_panels : fill_rows,
                                             step, &step->weight, err);
    if (status != ECAM_OK)
        return status;
    key.part = PART_BIAS;
    status = ecam_packs_get(packs, &key, rows, is_gemm ? fill_panel_bias : fill_row_bias, step,
                            &step->bias, err);
    if (is_gemm)
        step->scratch_floats =
            ecam_min_size(BLOCK_K, terms(p)) * ecam_ceil_div(BLOCK_COLUMNS, nr) * nr;
    return status;
}

/* ---- GEMM ---- */

struct gemm_run {
    const struct ecam_step *step;
    const struct params *p;
    size_t columns; /* output positions of one image */
    size_t block;   /* of them in one task */
    size_t column_tasks, row_tasks;
    size_t task_rows; /* output channels of a group in one task, whole panels */
    size_t group_rows, padded;
};

static void gemm_task(void *arg, size_t number, unsigned worker)
{
    const struct gemm_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct params *p = run->p;
    const struct ecam_kernels *kernels = step->kernels;
    const size_t mr = kernels->gemm_mr, nr = kernels->gemm_nr, n_terms = terms(p);
    const size_t row_task = number % run->row_tasks;
    const size_t column_task = number / run->row_tasks % run->column_tasks;
    const size_t group = number / run->row_tasks / run->column_tasks % p->groups;
    const size_t image = number / run->row_tasks / run->column_tasks / p->groups;
    const size_t first_row = row_task * run->task_rows;
    const size_t end_row = ecam_min_size(first_row + run->task_rows, run->group_rows);
    const size_t first_col = column_task * run->block;
    const size_t n = ecam_min_size(run->block, run->columns - first_col);
    const size_t in_plane = step->in_shape[0].dim[2] * step->in_shape[0].dim[3];
    const struct ecam_im2col matrix = {
        .in = step->in[0] + (image * p->in_c + group * (p->in_c / p->groups)) * in_plane,
        .in_h = step->in_shape[0].dim[2],
        .in_w = step->in_shape[0].dim[3],
        .out_h = step->out_shape.dim[2],
        .out_w = step->out_shape.dim[3],
        .window = p->window,
    };
    float *panel = ecam_step_scratch(step, worker);
    float *out =
        step->out + (image * p->out_c + group * run->group_rows) * run->columns + first_col;
    const float *weight = step->weight + group * run->padded * n_terms;
    const float *bias = step->bias + group * run->padded;

    for (size_t k0 = 0; k0 < n_terms; k0 += BLOCK_K) {
        const size_t k = ecam_min_size(BLOCK_K, n_terms - k0);
        const bool is_last = k0 + k == n_terms;
        ecam_im2col_pack(&matrix, k0, k, first_col, n, nr, panel);
        for (size_t row = first_row; row < end_row; row += mr)
            for (size_t j = 0; j < n; j += nr)
                kernels->gemm(k, weight + row * n_terms + k0 * mr, panel + j * k,
                              k0 == 0 ? bias + row : NULL, out + row * run->columns + j,
                              run->columns, ecam_min_size(mr, end_row - row),
                              ecam_min_size(nr, n - j), is_last && step->relu);
    }
}

static void run_gemm(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct params *p = step->node->params;
    const size_t mr = step->kernels->gemm_mr, nr = step->kernels->gemm_nr;
    struct gemm_run run = { .step = step, .p = p };
    run.columns = step->out_shape.dim[2] * step->out_shape.dim[3];
    run.block = ecam_ceil_div(BLOCK_COLUMNS, nr) * nr;
    run.column_tasks = ecam_ceil_div(run.columns, run.block);
    run.group_rows = p->out_c / p->groups;
    run.padded = padded_rows(p, mr);
    const size_t blocks = run.column_tasks * p->groups * step->out_shape.dim[0];
    const size_t panels = run.padded / mr;
    const size_t splits = ecam_min_size(panels, ecam_ceil_div(MIN_TASKS, blocks));
    run.task_rows = ecam_ceil_div(panels, splits) * mr;
    run.row_tasks = ecam_ceil_div(run.group_rows, run.task_rows);
    ecam_pool_run(pool, blocks * run.row_tasks, gemm_task, &run);
}

/* ---- Depthwise ---- */

/* One output plane a task. */
static void depthwise_task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const struct params *p = step->node->params;
    const size_t oc = number % p->out_c, image = number / p->out_c;
    const size_t ic = oc / (p->out_c / p->groups);
    const size_t in_plane = ecam_shape_plane(&step->in_shape[0]);
    (void)worker;
    step->kernels->dwconv(step->in[0] + (image * p->in_c + ic) * in_plane, step->in_shape[0].dim[2],
                          step->in_shape[0].dim[3], step->weight + oc * terms(p), step->bias[oc],
                          step->out + number * ecam_shape_plane(&step->out_shape),
                          step->out_shape.dim[2], step->out_shape.dim[3], &p->window, step->relu);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct params *p = step->node->params;
    struct ecam_step s = *step;
    switch ((enum algorithm)step->algorithm) {
    case CONV_GEMM:
        run_gemm(step, pool);
        break;
    case CONV_DEPTHWISE:
        ecam_pool_run(pool, s.out_shape.dim[0] * p->out_c, depthwise_task, &s);
        break;
    case CONV_DENSE:
        ecam_dense_run(step, p->out_c, terms(p), pool);
        break;
    }
}

const struct ecam_layer_ops ecam_layer_conv2d = {
    .kind = "conv2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .describe = describe,
    .absorb = absorb,
    .prepare = prepare,
    .run = run,
};
