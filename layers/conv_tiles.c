/* SPDX-License-Identifier: BSD-2-Clause
 * Convolutions as products of tiles: some positions times some output channels, all
 * terms in one pass, so that an output is written once, with bias, sum and ReLU.
 *
 * A tile wants its terms as runs of floats at a fixed distance from position to
 * position. 1x1 convolutions have them where the input lies. A photo has them in rows
 * of interleaved pixels, which each task makes for the rows it needs. Everything
 * else is gathered: 16 channels of one tap are one copy, and each serves all output
 * channels of the task, so that the copies hide behind the products.
 *
 * Weights that fit beside the input in the second-level cache serve one tile of
 * positions after the other; larger ones are cut into slices of output channels. */
#include <string.h>

#include "layers/conv.h"
#include "layers/elementwise.h"

/* Weights of one task: half of a second-level cache of 1 MiB, and a little. */
#define SLICE_BYTES (640u * 1024u)
/* Multiply-adds of one task: a sixteenth of the layer, but no less than 4 us of one
 * core, long beside the taking of a task, and no more than 40. */
#define MIN_TASK_MACS 400000u
#define MAX_TASK_MACS 4000000u
/* Rows of interleaved pixels of one task. */
#define IMAGE_BYTES (96u * 1024u)

size_t ecam_conv_terms(const struct ecam_conv *p, enum ecam_conv_algorithm algorithm)
{
    if (algorithm == ECAM_CONV_GATHER)
        return ecam_ceil_div(p->merged_in, ECAM_BLOCK) * ECAM_BLOCK * ecam_conv_taps(p);
    return p->in_c * ecam_conv_taps(p);
}

size_t ecam_conv_group_blocks(const struct ecam_conv *p)
{
    return ecam_ceil_div(p->merged_out, ECAM_BLOCK);
}

size_t ecam_conv_blocks_of(const struct ecam_conv *p, size_t group)
{
    const size_t blocks = ecam_conv_group_blocks(p);
    return ecam_min_size(blocks, ecam_ceil_div(p->out_c, ECAM_BLOCK) - group * blocks);
}

/* How a step is cut. */
struct cut {
    const struct ecam_step *step;
    const struct ecam_conv *p;
    size_t terms, panels, panel_blocks, group_blocks;
    size_t slice_panels, slices; /* of output channels */
    size_t positions;            /* of one image; IMAGE: of one output row */
    size_t tiles;                /* of the positions */
    size_t part_tiles, parts;    /* tiles of one task; IMAGE: output rows of one task */
};

static size_t row_floats(const struct ecam_step *step)
{
    const struct ecam_conv *p = step->node->params;
    return ((step->out_shape.dim[3] - 1) * p->window.stride_w + p->window.k_w) * p->in_c;
}

/* Input rows under `rows` output rows. */
static size_t rows_under(const struct ecam_conv *p, size_t rows)
{
    return (rows - 1) * p->window.stride_h + (p->window.k_h - 1) * p->window.dilation_h + 1;
}

static struct cut cut_of(const struct ecam_step *step)
{
    struct cut cut = { .step = step, .p = step->node->params };
    const struct ecam_conv *p = cut.p;
    const bool is_image = step->algorithm == ECAM_CONV_IMAGE;
    cut.terms = ecam_conv_terms(p, (enum ecam_conv_algorithm)step->algorithm);
    cut.panel_blocks = step->kernels->conv_n;
    cut.group_blocks = ecam_conv_group_blocks(p);
    cut.panels = ecam_ceil_div(cut.group_blocks, cut.panel_blocks);
    const size_t panel_floats = cut.terms * cut.panel_blocks * ECAM_BLOCK;
    cut.slice_panels = ecam_max_size(1, SLICE_BYTES / sizeof(float) / panel_floats);
    cut.slices = ecam_ceil_div(cut.panels, ecam_min_size(cut.panels, cut.slice_panels));
    cut.slice_panels = ecam_ceil_div(cut.panels, cut.slices);
    cut.slices = ecam_ceil_div(cut.panels, cut.slice_panels);

    const size_t out_h = step->out_shape.dim[2], out_w = step->out_shape.dim[3];
    cut.positions = is_image ? out_w : out_h * out_w;
    cut.tiles = ecam_ceil_div(cut.positions, step->kernels->conv_m);
    const size_t units = is_image ? out_h : cut.tiles;
    const size_t unit_macs =
        cut.positions * cut.slice_panels * panel_floats / (is_image ? 1 : cut.tiles);
    const size_t layer_macs = unit_macs * units * cut.slices * p->n_merged;
    const size_t task_macs =
        ecam_min_size(MAX_TASK_MACS, ecam_max_size(MIN_TASK_MACS, layer_macs / 16));
    cut.part_tiles =
        ecam_min_size(units, ecam_max_size(1, task_macs / ecam_max_size(1, unit_macs)));
    if (is_image)
        while (cut.part_tiles > 1 &&
               rows_under(p, cut.part_tiles) * row_floats(step) * sizeof(float) > IMAGE_BYTES)
            cut.part_tiles--;
    cut.parts = ecam_ceil_div(units, cut.part_tiles);
    return cut;
}

void ecam_conv_tiles_choose(struct ecam_step *step)
{
    const struct cut cut = cut_of(step);
    if (step->algorithm == ECAM_CONV_IMAGE)
        step->scratch_floats = rows_under(cut.p, cut.part_tiles) * row_floats(step);
    else if (step->algorithm == ECAM_CONV_GATHER || step->pre != NULL)
        step->scratch_floats =
            step->kernels->conv_m * ecam_ceil_div(cut.terms, ECAM_BLOCK) * ECAM_BLOCK;
}

/* ---- Tiles ---- */

/* One slice of output channels for one tile of positions; position 0 is the first of
 * the tile. c is the beginning of the group's planes at that position. */
static void run_slice(const struct cut *cut, struct ecam_tile tile, size_t m, size_t group,
                      size_t slice, float *c, const float *add)
{
    const struct ecam_step *step = cut->step;
    const size_t plane = ecam_shape_plane(&step->out_shape) * ECAM_BLOCK;
    const size_t blocks = ecam_conv_blocks_of(cut->p, group);
    const size_t last_panel = ecam_min_size((slice + 1) * cut->slice_panels, cut->panels);
    const float *weight = step->weight + group * cut->group_blocks * cut->terms * ECAM_BLOCK;
    const float *bias = step->bias + group * cut->group_blocks * ECAM_BLOCK;
    tile.c_block = tile.add_block = plane;
    tile.relu = step->relu;
    for (size_t panel = slice * cut->slice_panels; panel < last_panel; panel++) {
        const size_t block = panel * cut->panel_blocks;
        if (block >= blocks)
            return;
        tile.w = weight + block * cut->terms * ECAM_BLOCK;
        tile.bias = bias + block * ECAM_BLOCK;
        tile.c = c + block * plane;
        tile.add = add != NULL ? add + block * plane : NULL;
        step->kernels->conv(&tile, m, ecam_min_size(cut->panel_blocks, blocks - block));
    }
}

/* ---- 1x1 and gathered windows ---- */

/* m positions of one output row from (oy, ox) on, seen through one tap, 16 channels. */
static void gather_row(const struct ecam_step *step, const float *in, size_t ky, size_t kx,
                       size_t oy, size_t ox, size_t m, float *out)
{
    const struct ecam_conv *p = step->node->params;
    const struct ecam_window *win = &p->window;
    const size_t in_h = step->in_shape[0].dim[2], in_w = step->in_shape[0].dim[3];
    const size_t y = oy * win->stride_h + ky * win->dilation_h - win->pad_t;
    size_t x = ox * win->stride_w + kx * win->dilation_w - win->pad_l;
    if (y >= in_h) { /* a row of padding; above the plane y has wrapped round */
        memset(out, 0, m * ECAM_BLOCK * sizeof *out);
        return;
    }
    in += y * in_w * ECAM_BLOCK;
    for (size_t i = 0; i < m; i++, x += win->stride_w, out += ECAM_BLOCK) {
        if (x < in_w)
            memcpy(out, in + x * ECAM_BLOCK, ECAM_BLOCK * sizeof *out);
        else
            memset(out, 0, ECAM_BLOCK * sizeof *out);
    }
}

/* [blocks][taps][m][16] */
static void gather(const struct ecam_step *step, const float *in, size_t blocks, size_t first,
                   size_t m, float *out)
{
    const struct ecam_conv *p = step->node->params;
    const size_t out_w = step->out_shape.dim[3];
    const size_t plane = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    for (size_t b = 0; b < blocks; b++, in += plane) {
        for (size_t ky = 0; ky < p->window.k_h; ky++) {
            for (size_t kx = 0; kx < p->window.k_w; kx++, out += m * ECAM_BLOCK) {
                size_t oy = first / out_w, ox = first % out_w;
                for (size_t i = 0; i < m; oy++, ox = 0) {
                    const size_t n = ecam_min_size(m - i, out_w - ox);
                    gather_row(step, in, ky, kx, oy, ox, n, out + i * ECAM_BLOCK);
                    i += n;
                }
            }
        }
    }
}

/* [blocks][m][16], through the batch-norm in front. */
static void gather_normed(const struct ecam_step *step, const float *in, size_t blocks,
                          size_t first, size_t m, float *out)
{
    const size_t plane = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    for (size_t b = 0; b < blocks; b++)
        step->kernels->blockaffine(in + b * plane + first * ECAM_BLOCK,
                                   step->pre_affine + b * ECAM_BLOCK,
                                   step->pre_affine + (blocks + b) * ECAM_BLOCK, step->pre_relu,
                                   out + b * m * ECAM_BLOCK, m);
}

static void position_task(void *arg, size_t number, unsigned worker)
{
    const struct cut *cut = arg;
    const struct ecam_step *step = cut->step;
    const struct ecam_conv *p = cut->p;
    const size_t part = number % cut->parts, slice = number / cut->parts % cut->slices;
    const size_t group = number / cut->parts / cut->slices % p->n_merged;
    const size_t image = number / cut->parts / cut->slices / p->n_merged;
    const size_t in_plane = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    const size_t first_block = group * (p->merged_in / ECAM_BLOCK);
    const size_t blocks = ecam_min_size(ecam_ceil_div(p->merged_in, ECAM_BLOCK),
                                        ecam_ceil_div(p->in_c, ECAM_BLOCK) - first_block);
    const float *in = step->in[0] + image * step->in_image[0] + first_block * in_plane;
    const size_t group_at =
        group * cut->group_blocks * ecam_shape_plane(&step->out_shape) * ECAM_BLOCK;
    float *out = step->out + image * step->out_image + group_at;
    const float *add = step->add != NULL ? step->add + image * step->add_image + group_at : NULL;
    float *panel = ecam_step_scratch(step, worker);
    const size_t last = ecam_min_size((part + 1) * cut->part_tiles, cut->tiles);
    const bool is_pointwise = step->algorithm == ECAM_CONV_POINTWISE;
    for (size_t t = part * cut->part_tiles; t < last; t++) {
        const size_t first = ecam_share(cut->positions, cut->tiles, t);
        const size_t m = ecam_share(cut->positions, cut->tiles, t + 1) - first;
        struct ecam_tile tile = { .a = panel,
                                  .a_step = m * ECAM_BLOCK,
                                  .a_pos = ECAM_BLOCK,
                                  .steps = blocks * ecam_conv_taps(p),
                                  .depth = ECAM_BLOCK,
                                  .tail = ECAM_BLOCK };
        if (is_pointwise)
            tile.tail = p->in_c - (blocks - 1) * ECAM_BLOCK;
        if (step->pre != NULL) {
            gather_normed(step, in, blocks, first, m, panel);
        } else if (!is_pointwise) {
            gather(step, in, blocks, first, m, panel);
        } else {
            tile.a = in + first * ECAM_BLOCK;
            tile.a_step = in_plane;
        }
        run_slice(cut, tile, m, group, slice, out + first * ECAM_BLOCK,
                  add != NULL ? add + first * ECAM_BLOCK : NULL);
    }
}

/* ---- Photos ---- */

/* Rows of an image, pixels interleaved, zeros where the window reaches beyond it. */
static void interleave(const struct ecam_step *step, const float *in, size_t first_row, size_t rows,
                       float *out)
{
    const struct ecam_conv *p = step->node->params;
    const struct ecam_window *win = &p->window;
    const size_t in_h = step->in_shape[0].dim[2], in_w = step->in_shape[0].dim[3];
    const size_t length = row_floats(step), pixels = length / p->in_c;
    const size_t end = ecam_min_size(pixels, win->pad_l + in_w);
    for (size_t r = 0; r < rows; r++, out += length) {
        const size_t y = first_row + r - win->pad_t;
        if (y >= in_h || end <= win->pad_l) {
            memset(out, 0, length * sizeof *out);
            continue;
        }
        memset(out, 0, win->pad_l * p->in_c * sizeof *out);
        memset(out + end * p->in_c, 0, (pixels - end) * p->in_c * sizeof *out);
        for (size_t c = 0; c < p->in_c; c++) {
            const float *row = in + (c * in_h + y) * in_w;
            for (size_t x = win->pad_l; x < end; x++)
                out[x * p->in_c + c] = row[x - win->pad_l];
        }
    }
}

static void image_task(void *arg, size_t number, unsigned worker)
{
    const struct cut *cut = arg;
    const struct ecam_step *step = cut->step;
    const struct ecam_conv *p = cut->p;
    const size_t part = number % cut->parts, slice = number / cut->parts % cut->slices;
    const size_t image = number / cut->parts / cut->slices;
    const size_t first_row = part * cut->part_tiles;
    const size_t rows = ecam_min_size(cut->part_tiles, step->out_shape.dim[2] - first_row);
    const size_t length = row_floats(step);
    float *pixels = ecam_step_scratch(step, worker);
    interleave(step, step->in[0] + image * step->in_image[0], first_row * p->window.stride_h,
               rows_under(p, rows), pixels);
    for (size_t r = 0; r < rows; r++) {
        for (size_t t = 0; t < cut->tiles; t++) {
            const size_t first = ecam_share(cut->positions, cut->tiles, t);
            const size_t m = ecam_share(cut->positions, cut->tiles, t + 1) - first;
            const size_t at = ((first_row + r) * cut->positions + first) * ECAM_BLOCK;
            const size_t depth = p->window.k_w * p->in_c;
            const struct ecam_tile tile = {
                .a =
                    pixels + r * p->window.stride_h * length + first * p->window.stride_w * p->in_c,
                .a_step = p->window.dilation_h * length,
                .a_pos = p->window.stride_w * p->in_c,
                .steps = p->window.k_h,
                .depth = depth,
                .tail = depth,
            };
            run_slice(cut, tile, m, 0, slice, step->out + image * step->out_image + at,
                      step->add != NULL ? step->add + image * step->add_image + at : NULL);
        }
    }
}

void ecam_conv_tiles_run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct cut cut = cut_of(step);
    const size_t tasks = step->out_shape.dim[0] * cut.p->n_merged * cut.slices * cut.parts;
    ecam_pool_run(pool, tasks, step->algorithm == ECAM_CONV_IMAGE ? image_task : position_task,
                  &cut);
}
