/* SPDX-License-Identifier: BSD-2-Clause
 * The transposed convolution by the tiles of the convolution, on blocked values. For one
 * tap it is a product of matrices: positions of the input times output channels. What a
 * tile gives is added where the tap puts it. */
#include "layers/conv_transpose.h"

#include <string.h>

#include "engine/packs.h"
#include "layers/elementwise.h"

/* Input positions that a panel of weights is used for in one task, about: enough that
 * fetching it does not count. */
#define POSITIONS 128

#define READ_FLOATS 256 /* of the file at once, while packing */

/* ---- Weights: [panels][taps][in_c][blocks of the panel * 16] ---- */

struct pack_arg {
    const struct ecam_conv_transpose *p;
    size_t panel_blocks; /* conv_n */
};

static size_t taps_of(const struct ecam_conv_transpose *p)
{
    return p->window.k_h * p->window.k_w;
}

static size_t blocks_of(const struct ecam_conv_transpose *p)
{
    return ecam_ceil_div(p->out_c, ECAM_BLOCK);
}

/* Floats of `blocks` blocks of output channels. */
static size_t panel_floats(const struct ecam_conv_transpose *p, size_t blocks)
{
    return taps_of(p) * p->in_c * blocks * ECAM_BLOCK;
}

static void pack_panel(const void *arg, const struct ecam_weight_set *set, size_t panel, float *out)
{
    const struct pack_arg *a = arg;
    const struct ecam_conv_transpose *p = a->p;
    const size_t taps = taps_of(p), first = panel * a->panel_blocks;
    const size_t blocks = ecam_min_size(a->panel_blocks, blocks_of(p) - first);
    const size_t width = blocks * ECAM_BLOCK, first_oc = first * ECAM_BLOCK;
    const size_t n = ecam_min_size(width, p->out_c - first_oc) * taps; /* of an input channel */
    float part[READ_FLOATS];
    (void)set;
    out += panel_floats(p, first);
    memset(out, 0, panel_floats(p, blocks) * sizeof *out);
    for (size_t ic = 0; ic < p->in_c; ic++)
        for (size_t at = 0; at < n; at += READ_FLOATS) {
            const size_t n_part = ecam_min_size(READ_FLOATS, n - at);
            ecam_weight_read(p->weight, (ic * p->out_c + first_oc) * taps + at, n_part, part);
            for (size_t i = 0; i < n_part; i++) {
                const size_t oc = (at + i) / taps, tap = (at + i) % taps;
                out[(tap * p->in_c + ic) * width + oc] = part[i];
            }
        }
}

static void pack_bias(const void *arg, const struct ecam_weight_set *set, size_t task, float *out)
{
    const struct ecam_conv_transpose *p = ((const struct pack_arg *)arg)->p;
    (void)set;
    (void)task;
    memset(out, 0, blocks_of(p) * ECAM_BLOCK * sizeof *out);
    if (p->bias != NULL)
        ecam_weight_read(p->bias, 0, p->out_c, out);
}

enum ecam_status ecam_conv_transpose_tiles_prepare(struct ecam_step *step, struct ecam_packs *packs,
                                                   struct ecam_error *err)
{
    const struct ecam_conv_transpose *p = step->node->params;
    const struct pack_arg arg = { .p = p, .panel_blocks = step->kernels->conv_n };
    struct ecam_pack_job job = {
        .key = { .node = step->node, .isa = step->kernels->isa },
        .n = panel_floats(p, blocks_of(p)),
        .n_tasks = ecam_ceil_div(blocks_of(p), arg.panel_blocks),
        .fill = pack_panel,
        .arg = &arg,
        .arg_bytes = sizeof arg,
        .source = p->weight,
    };
    step->weight_bytes = job.n * sizeof(float);
    const enum ecam_status status = ecam_packs_get(packs, &job, &step->weight, err);
    if (status != ECAM_OK)
        return status;
    job.key.part = 1;
    job.n = blocks_of(p) * ECAM_BLOCK;
    job.n_tasks = 1;
    job.fill = pack_bias;
    job.source = NULL;
    return ecam_packs_get(packs, &job, &step->bias, err);
}

/* ---- Running ---- */

void ecam_conv_transpose_tiles_choose(struct ecam_step *step)
{
    step->scratch_floats = step->kernels->conv_m * step->kernels->conv_n * ECAM_BLOCK;
}

/* Some output rows of one panel of one image a task. */
struct tiles_run {
    const struct ecam_step *step;
    const struct ecam_conv_transpose *p;
    size_t panels, bands, rows; /* rows of a band */
};

struct part {
    const float *in;
    float *out;
    size_t blocks, first, last; /* output rows first .. last - 1 */
};

static void fill_bias(const struct ecam_step *step, const struct part *part, const float *bias)
{
    const size_t w = step->out_shape.dim[3], plane = ecam_shape_plane(&step->out_shape);
    for (size_t b = 0; b < part->blocks; b++)
        for (size_t i = part->first * w; i < part->last * w; i++)
            memcpy(part->out + (b * plane + i) * ECAM_BLOCK, bias + b * ECAM_BLOCK,
                   ECAM_BLOCK * sizeof *bias);
}

/* Adds a tile to columns `stride` apart. */
static void spread_tile(const float *c, size_t c_block, size_t m, size_t blocks, float *out,
                        size_t out_block, size_t stride)
{
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < m; i++) {
            const float *from = c + b * c_block + i * ECAM_BLOCK;
            float *to = out + b * out_block + i * stride * ECAM_BLOCK;
            for (size_t l = 0; l < ECAM_BLOCK; l++)
                to[l] += from[l];
        }
}

/* What one input row gives one output row by one tap. */
static void add_row(const struct ecam_step *step, const struct ecam_spread *spread,
                    const struct part *part, size_t iy, size_t oy, const float *w, float *scratch)
{
    const struct ecam_conv_transpose *p = step->node->params;
    const struct ecam_kernels *kernels = step->kernels;
    const size_t in_plane = ecam_shape_plane(&step->in_shape[0]), in_w = step->in_shape[0].dim[3];
    const size_t out_block = ecam_shape_plane(&step->out_shape) * ECAM_BLOCK;
    const size_t stride = p->window.stride_w;
    const bool is_direct = stride == 1; /* a tile's columns are neighbours in the output */
    const size_t steps = ecam_ceil_div(p->in_c, ECAM_BLOCK);
    struct ecam_tile tile = { .steps = steps,
                              .depth = ECAM_BLOCK,
                              .tail = p->in_c - (steps - 1) * ECAM_BLOCK,
                              .a_step = in_plane * ECAM_BLOCK,
                              .a_pos = ECAM_BLOCK,
                              .w = w,
                              .c = scratch,
                              .c_block = is_direct ? out_block : kernels->conv_m * ECAM_BLOCK,
                              .add_block = out_block };
    for (size_t ix = spread->first; ix < spread->last; ix += kernels->conv_m) {
        const size_t m = ecam_min_size(kernels->conv_m, spread->last - ix);
        const size_t q = (size_t)((ptrdiff_t)ix + spread->ahead);
        float *out =
            part->out + (oy * step->out_shape.dim[3] + spread->phase + q * stride) * ECAM_BLOCK;
        tile.a = part->in + (iy * in_w + ix) * ECAM_BLOCK;
        if (is_direct)
            tile.add = tile.c = out;
        kernels->conv(&tile, m, part->blocks);
        if (!is_direct)
            spread_tile(scratch, tile.c_block, m, part->blocks, out, out_block, stride);
    }
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct tiles_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct ecam_conv_transpose *p = run->p;
    const size_t panel = number / run->bands % run->panels, n = step->kernels->conv_n;
    const size_t image = number / run->bands / run->panels, first = number % run->bands * run->rows;
    const size_t w = step->out_shape.dim[3], plane = ecam_shape_plane(&step->out_shape);
    const struct part part = {
        .in = step->in[0] + image * step->in_image[0],
        .out = step->out + image * step->out_image + panel * n * plane * ECAM_BLOCK,
        .blocks = ecam_min_size(n, blocks_of(p) - panel * n),
        .first = first,
        .last = ecam_min_size(first + run->rows, step->out_shape.dim[2]),
    };
    const float *weight = step->weight + panel_floats(p, panel * n);
    fill_bias(step, &part, step->bias + panel * n * ECAM_BLOCK);
    for (size_t ky = 0; ky < p->window.k_h; ky++)
        for (size_t kx = 0; kx < p->window.k_w; kx++) {
            const struct ecam_spread spread = ecam_conv_transpose_spread(step, kx);
            for (size_t oy = part.first; oy < part.last; oy++) {
                const size_t iy = ecam_conv_transpose_row(step, oy, ky);
                if (iy != SIZE_MAX)
                    add_row(step, &spread, &part, iy, oy, weight, ecam_step_scratch(step, worker));
            }
            weight += p->in_c * part.blocks * ECAM_BLOCK;
        }
    for (size_t b = 0; b < part.blocks && step->relu; b++) {
        float *out = part.out + (b * plane + part.first * w) * ECAM_BLOCK;
        step->kernels->relu(out, out, (part.last - part.first) * w * ECAM_BLOCK);
    }
}

void ecam_conv_transpose_tiles_run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct tiles_run run = { .step = step, .p = step->node->params };
    const size_t in_rows = ecam_ceil_div(POSITIONS, step->in_shape[0].dim[3]);
    run.rows = in_rows * run.p->window.stride_h;
    run.bands = ecam_ceil_div(step->out_shape.dim[2], run.rows);
    run.panels = ecam_ceil_div(blocks_of(run.p), step->kernels->conv_n);
    ecam_pool_run(pool, step->out_shape.dim[0] * run.panels * run.bands, task, &run);
}
