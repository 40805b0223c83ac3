/* SPDX-License-Identifier: BSD-2-Clause
 * Convolutions as products of tiles: some positions times some output channels, with
 * bias, sum and ReLU in the same pass.
 *
 * A tile wants its terms as runs of floats at a fixed distance from position to
 * position. 1x1 convolutions have them where the input lies. A photo has them in rows
 * of interleaved pixels, which each task makes for the rows it needs. Everything
 * else is gathered: 16 channels of one tap are one copy.
 *
 * Small weights stay in the second-level cache: a task takes some tiles of positions,
 * gathers each, and multiplies it with all of them. Large weights come from memory,
 * once, if all positions (a band of them, gathered before by all threads) are done
 * with one chunk before the next is touched; while tiles work with one chunk, the
 * next is on its way. */
#include <assert.h>
#include <string.h>

#include "layers/conv.h"
#include "layers/elementwise.h"

/* Weights that serve tile after tile: half of a second-level cache of 1 MiB, and some. */
#define RESIDENT_BYTES (640u * 1024u)
/* Multiply-adds of one task: a sixteenth of the layer, but no less than 4 us of one
 * core, long beside the taking of a task, and no more than 40. */
#define MIN_TASK_MACS 400000u
#define MAX_TASK_MACS 4000000u
/* Rows of interleaved pixels of one task. */
#define IMAGE_BYTES (96u * 1024u)
/* Gathered input of one band; input of one task, which all its panels read again. */
#define BAND_BYTES (1024u * 1024u)
#define PART_BYTES (512u * 1024u)
/* Terms of one chunk: 16 KiB of weights for two blocks of channels. Each chunk has a sum of
 * its own, and short sums round less: GoogLeNet's worst tap is 8.7e-6 from PyTorch's with
 * 128 terms, 1.3e-5 with 512, and a network 1 % slower. */
#define CHUNK_TERMS 128
#define MIN_TASKS 16

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
    size_t positions;            /* of one image; IMAGE: of one output row */
    size_t tiles;                /* of the positions */
    size_t part_tiles, parts;    /* tiles of one task; IMAGE: output rows of one task */
    bool is_streamed;            /* weights come from memory, chunk by chunk */
    size_t slice_panels, slices; /* output channels of one task; all, unless streamed */
    size_t band;                 /* tiles that are gathered together; 0: nothing is */
    /* While running streamed bands: the one at work. */
    size_t image, group, first_tile, end_tile;
};

static bool needs_gather(const struct ecam_step *step)
{
    return step->algorithm == ECAM_CONV_GATHER || step->pre.node[0] != NULL || step->pool != NULL;
}

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

/* Floats of the gathered input of n positions. */
static size_t gathered_floats(const struct cut *cut, size_t n)
{
    return n * ecam_ceil_div(cut->terms, ECAM_BLOCK) * ECAM_BLOCK;
}

static void cut_resident(struct cut *cut)
{
    const struct ecam_step *step = cut->step;
    const bool is_image = step->algorithm == ECAM_CONV_IMAGE;
    const size_t units = is_image ? step->out_shape.dim[2] : cut->tiles;
    assert(units > 0);
    const size_t unit_macs =
        cut->positions * cut->group_blocks * ECAM_BLOCK * cut->terms / (is_image ? 1 : cut->tiles);
    const size_t task_macs = ecam_min_size(
        MAX_TASK_MACS, ecam_max_size(MIN_TASK_MACS, unit_macs * units * cut->p->n_merged / 16));
    cut->part_tiles =
        ecam_min_size(units, ecam_max_size(1, task_macs / ecam_max_size(1, unit_macs)));
    if (is_image)
        while (cut->part_tiles > 1 &&
               rows_under(cut->p, cut->part_tiles) * row_floats(step) * sizeof(float) > IMAGE_BYTES)
            cut->part_tiles--;
    cut->parts = ecam_ceil_div(units, cut->part_tiles);
    cut->slice_panels = cut->panels;
    cut->slices = 1;
}

static void cut_streamed(struct cut *cut)
{
    const size_t tile_bytes = gathered_floats(cut, cut->step->kernels->conv_m) * sizeof(float);
    cut->band = ecam_min_size(cut->tiles, ecam_max_size(1, BAND_BYTES / tile_bytes));
    cut->part_tiles = ecam_min_size(cut->band, ecam_max_size(1, PART_BYTES / tile_bytes));
    cut->parts = ecam_ceil_div(cut->band, cut->part_tiles);
    const size_t panel_bytes = cut->terms * cut->panel_blocks * ECAM_BLOCK * sizeof(float);
    cut->slices = ecam_max_size(ecam_ceil_div(cut->panels * panel_bytes, RESIDENT_BYTES),
                                ecam_ceil_div(MIN_TASKS, cut->parts));
    cut->slices = ecam_min_size(cut->slices, cut->panels);
    cut->slice_panels = ecam_ceil_div(cut->panels, cut->slices);
    cut->slices = ecam_ceil_div(cut->panels, cut->slice_panels);
    if (!needs_gather(cut->step))
        cut->band = cut->tiles;
}

static struct cut cut_of(const struct ecam_step *step)
{
    struct cut cut = { .step = step, .p = step->node->params };
    const size_t out_h = step->out_shape.dim[2], out_w = step->out_shape.dim[3];
    cut.terms = ecam_conv_terms(cut.p, (enum ecam_conv_algorithm)step->algorithm);
    cut.panel_blocks = step->kernels->conv_n;
    cut.group_blocks = ecam_conv_group_blocks(cut.p);
    cut.panels = ecam_ceil_div(cut.group_blocks, cut.panel_blocks);
    cut.positions = step->algorithm == ECAM_CONV_IMAGE ? out_w : out_h * out_w;
    cut.tiles = ecam_ceil_div(cut.positions, step->kernels->conv_m);
    cut.is_streamed = step->algorithm != ECAM_CONV_IMAGE &&
                      cut.terms * cut.group_blocks * ECAM_BLOCK * sizeof(float) > RESIDENT_BYTES;
    assert(cut.tiles > 0 && cut.panels > 0);
    if (cut.is_streamed)
        cut_streamed(&cut);
    else
        cut_resident(&cut);
    return cut;
}

/* Floats of what lies under the windows of a tile's positions, one block. */
static size_t pooled_floats(const struct ecam_step *step)
{
    return step->pool == NULL
               ? 0
               : step->kernels->conv_m * step->pool->k_h * step->pool->k_w * ECAM_BLOCK;
}

void ecam_conv_tiles_choose(struct ecam_step *step)
{
    const struct cut cut = cut_of(step);
    if (step->algorithm == ECAM_CONV_IMAGE)
        step->scratch_floats = rows_under(cut.p, cut.part_tiles) * row_floats(step);
    else if (needs_gather(step) && cut.is_streamed)
        step->work_floats = gathered_floats(&cut, cut.band * step->kernels->conv_m);
    else if (needs_gather(step))
        step->scratch_floats = gathered_floats(&cut, step->kernels->conv_m);
    step->scratch_floats += pooled_floats(step);
}

/* ---- Tiles ---- */

/* All output channels of a group for one tile of positions, whose place in the planes of
 * the group is c. */
static void run_resident(const struct cut *cut, struct ecam_tile tile, size_t m, size_t group,
                         float *c, const float *add)
{
    const struct ecam_step *step = cut->step;
    const size_t plane = ecam_shape_plane(&step->out_shape) * ECAM_BLOCK;
    const size_t blocks = ecam_conv_blocks_of(cut->p, group);
    const float *weight = step->weight + group * cut->group_blocks * cut->terms * ECAM_BLOCK;
    const float *bias = step->bias + group * cut->group_blocks * ECAM_BLOCK;
    tile.c_block = tile.add_block = plane;
    tile.relu = step->relu;
    for (size_t block = 0; block < blocks; block += cut->panel_blocks) {
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

/* [blocks][m][16], through the norms in front. */
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

/* [blocks][m][16], through the norms in front, and pooled. Positions of one output row
 * at a time: what lies under them is a plane of k_h rows. */
static void gather_pooled(const struct ecam_step *step, const float *in, size_t blocks,
                          size_t first, size_t m, float *out, float *under)
{
    const struct ecam_window *win = step->pool;
    const size_t out_w = step->out_shape.dim[3], in_w = step->in_shape[0].dim[3];
    const size_t plane = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    for (size_t b = 0; b < blocks; b++, in += plane) {
        for (size_t i = 0; i < m;) {
            const size_t oy = (first + i) / out_w, ox = (first + i) % out_w;
            const size_t n = ecam_min_size(m - i, out_w - ox), width = n * win->k_w;
            for (size_t r = 0; r < win->k_h; r++) {
                const float *row = in + ((oy * win->k_h + r) * in_w + ox * win->k_w) * ECAM_BLOCK;
                float *to = under + r * width * ECAM_BLOCK;
                if (step->pre.node[0] != NULL)
                    step->kernels->blockaffine(row, step->pre_affine + b * ECAM_BLOCK,
                                               step->pre_affine + (blocks + b) * ECAM_BLOCK,
                                               step->pre_relu, to, width);
                else
                    memcpy(to, row, width * ECAM_BLOCK * sizeof *to);
            }
            step->kernels->blockavg(under, win->k_h, width, out, 1, n, win, false, 0, 1);
            out += n * ECAM_BLOCK;
            i += n;
        }
    }
}

/* Where a group's channels are in an image of the input, and how many blocks. */
struct source {
    const float *in;
    size_t blocks;
};

static struct source source_of(const struct cut *cut, size_t image, size_t group)
{
    const struct ecam_step *step = cut->step;
    const size_t first = group * (cut->p->merged_in / ECAM_BLOCK);
    const size_t plane = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    return (struct source){
        .in = step->in[0] + image * step->in_image[0] + first * plane,
        .blocks = ecam_min_size(ecam_ceil_div(cut->p->merged_in, ECAM_BLOCK),
                                ecam_ceil_div(cut->p->in_c, ECAM_BLOCK) - first),
    };
}

/* Floats from the output's beginning to a group of an image. */
static size_t group_at(const struct cut *cut, size_t group)
{
    return group * cut->group_blocks * ecam_shape_plane(&cut->step->out_shape) * ECAM_BLOCK;
}

static void gather_tile(const struct cut *cut, const struct source *source, size_t first, size_t m,
                        float *out, float *under)
{
    if (cut->step->pool != NULL)
        gather_pooled(cut->step, source->in, source->blocks, first, m, out, under);
    else if (cut->step->pre.node[0] != NULL)
        gather_normed(cut->step, source->in, source->blocks, first, m, out);
    else
        gather(cut->step, source->in, source->blocks, first, m, out);
}

/* A tile's terms: gathered, or where the input lies. */
static struct ecam_tile tile_of(const struct cut *cut, const struct source *source, size_t first,
                                size_t m, const float *gathered)
{
    const struct ecam_step *step = cut->step;
    struct ecam_tile tile = { .a = gathered,
                              .a_step = m * ECAM_BLOCK,
                              .a_pos = ECAM_BLOCK,
                              .steps = source->blocks * ecam_conv_taps(cut->p),
                              .depth = ECAM_BLOCK,
                              .tail = ECAM_BLOCK };
    if (step->algorithm == ECAM_CONV_POINTWISE)
        tile.tail = cut->p->in_c - (source->blocks - 1) * ECAM_BLOCK;
    if (!needs_gather(step)) {
        tile.a = source->in + first * ECAM_BLOCK;
        tile.a_step = ecam_shape_plane(&step->in_shape[0]) * ECAM_BLOCK;
    }
    return tile;
}

static void resident_task(void *arg, size_t number, unsigned worker)
{
    const struct cut *cut = arg;
    const struct ecam_step *step = cut->step;
    const size_t part = number % cut->parts, group = number / cut->parts % cut->p->n_merged;
    const size_t image = number / cut->parts / cut->p->n_merged;
    const struct source source = source_of(cut, image, group);
    float *out = step->out + image * step->out_image + group_at(cut, group);
    const float *add =
        step->add != NULL ? step->add + image * step->add_image + group_at(cut, group) : NULL;
    float *panel = ecam_step_scratch(step, worker);
    float *under = panel + gathered_floats(cut, step->kernels->conv_m);
    const size_t last = ecam_min_size((part + 1) * cut->part_tiles, cut->tiles);
    for (size_t t = part * cut->part_tiles; t < last; t++) {
        const size_t first = ecam_share(cut->positions, cut->tiles, t);
        const size_t m = ecam_share(cut->positions, cut->tiles, t + 1) - first;
        if (needs_gather(step))
            gather_tile(cut, &source, first, m, panel, under);
        run_resident(cut, tile_of(cut, &source, first, m, panel), m, group,
                     out + first * ECAM_BLOCK, add != NULL ? add + first * ECAM_BLOCK : NULL);
    }
}

/* ---- Streamed weights ---- */

/* Where a tile of the band at work lies in the work memory. */
static float *gathered_at(const struct cut *cut, size_t tile)
{
    const size_t begin = ecam_share(cut->positions, cut->tiles, cut->first_tile);
    const size_t first = ecam_share(cut->positions, cut->tiles, tile);
    return cut->step->work + gathered_floats(cut, first - begin);
}

static void gather_task(void *arg, size_t number, unsigned worker)
{
    const struct cut *cut = arg;
    const struct source source = source_of(cut, cut->image, cut->group);
    const size_t t = cut->first_tile + number;
    const size_t first = ecam_share(cut->positions, cut->tiles, t);
    const size_t m = ecam_share(cut->positions, cut->tiles, t + 1) - first;
    gather_tile(cut, &source, first, m, gathered_at(cut, t), ecam_step_scratch(cut->step, worker));
}

/* One panel of output channels for some tiles, chunk by chunk of its terms. An output is
 * written with each chunk and taken up again with the next. */
static void run_panel(const struct cut *cut, const struct source *source, size_t block, size_t n,
                      size_t first_tile, size_t end_tile)
{
    const struct ecam_step *step = cut->step;
    const size_t plane = ecam_shape_plane(&step->out_shape) * ECAM_BLOCK;
    const size_t at = group_at(cut, cut->group) + block * plane;
    float *out = step->out + cut->image * step->out_image + at;
    const float *add = step->add != NULL ? step->add + cut->image * step->add_image + at : NULL;
    const float *w =
        step->weight + (cut->group * cut->group_blocks + block) * cut->terms * ECAM_BLOCK;
    const size_t steps = source->blocks * ecam_conv_taps(cut->p);
    const size_t chunk = CHUNK_TERMS / ECAM_BLOCK, width = n * ECAM_BLOCK;
    for (size_t s = 0; s < steps; s += chunk, w += CHUNK_TERMS * width) {
        const bool is_last = s + chunk >= steps;
        for (size_t t = first_tile; t < end_tile; t++) {
            const size_t first = ecam_share(cut->positions, cut->tiles, t);
            const size_t m = ecam_share(cut->positions, cut->tiles, t + 1) - first;
            struct ecam_tile tile =
                tile_of(cut, source, first, m, needs_gather(step) ? gathered_at(cut, t) : NULL);
            tile.a += s * tile.a_step;
            if (!is_last)
                tile.tail = ECAM_BLOCK;
            tile.steps = is_last ? steps - s : chunk;
            tile.w = w;
            tile.c = out + first * ECAM_BLOCK;
            tile.c_block = tile.add_block = plane;
            tile.relu = is_last && step->relu;
            if (s == 0) {
                tile.bias = step->bias + (cut->group * cut->group_blocks + block) * ECAM_BLOCK;
                tile.add = add != NULL ? add + first * ECAM_BLOCK : NULL;
            } else {
                tile.add = tile.c;
            }
            tile.next_step = ecam_ceil_div(width, end_tile - first_tile);
            tile.next = w + (CHUNK_TERMS * width) + (t - first_tile) * tile.next_step * CHUNK_TERMS;
            step->kernels->conv(&tile, m, n);
        }
    }
}

static void slice_task(void *arg, size_t number, unsigned worker)
{
    const struct cut *cut = arg;
    const size_t part = number / cut->slices, slice = number % cut->slices;
    const struct source source = source_of(cut, cut->image, cut->group);
    const size_t blocks = ecam_conv_blocks_of(cut->p, cut->group);
    const size_t first = cut->first_tile + part * cut->part_tiles;
    const size_t end = ecam_min_size(first + cut->part_tiles, cut->end_tile);
    const size_t first_block = slice * cut->slice_panels * cut->panel_blocks;
    const size_t end_block =
        ecam_min_size(first_block + cut->slice_panels * cut->panel_blocks, blocks);
    (void)worker;
    for (size_t block = first_block; first < end && block < end_block; block += cut->panel_blocks)
        run_panel(cut, &source, block, ecam_min_size(cut->panel_blocks, blocks - block), first,
                  end);
}

static void run_streamed(struct cut *cut, struct ecam_pool *pool)
{
    const size_t images = cut->step->out_shape.dim[0];
    for (cut->image = 0; cut->image < images; cut->image++)
        for (cut->group = 0; cut->group < cut->p->n_merged; cut->group++)
            for (cut->first_tile = 0; cut->first_tile < cut->tiles;
                 cut->first_tile = cut->end_tile) {
                cut->end_tile = ecam_min_size(cut->first_tile + cut->band, cut->tiles);
                if (needs_gather(cut->step))
                    ecam_pool_run(pool, cut->end_tile - cut->first_tile, gather_task, cut);
                cut->parts = ecam_ceil_div(cut->end_tile - cut->first_tile, cut->part_tiles);
                ecam_pool_run(pool, cut->parts * cut->slices, slice_task, cut);
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
    const size_t part = number % cut->parts, image = number / cut->parts;
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
            run_resident(cut, tile, m, 0, step->out + image * step->out_image + at,
                         step->add != NULL ? step->add + image * step->add_image + at : NULL);
        }
    }
}

void ecam_conv_tiles_run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct cut cut = cut_of(step);
    if (cut.is_streamed)
        run_streamed(&cut, pool);
    else
        ecam_pool_run(pool, step->out_shape.dim[0] * cut.p->n_merged * cut.parts,
                      step->algorithm == ECAM_CONV_IMAGE ? image_task : resident_task, &cut);
}
