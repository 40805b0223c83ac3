/* SPDX-License-Identifier: BSD-2-Clause
 * Winograd's convolution: transform tiles of the input, multiply element by element of
 * the tile as a product of matrices (tiles x input channels x output channels), and
 * transform back. docs/winograd.md has the algebra and the error.
 *
 * Where the transformed input of a few dozen tiles fits into the second-level cache, a
 * task takes such a band of tiles from input to output and nothing leaves the cache but
 * the result: weights stream by, from the third level. Where there are many channels,
 * and weights are what is large, the whole image is transformed first, and a task
 * takes some output channels: weights are read once, from memory. */
#include <assert.h>

#include "layers/conv.h"
#include "layers/elementwise.h"

/* Transformed input and products of one task: what a thread's part of the second-level
 * cache holds. */
#define TASK_FLOATS ((size_t)3 << 16)
/* Transformed input that all tasks share: it passes through the third level. */
#define SHARED_FLOATS ((size_t)1 << 20)
/* A band of fewer tiles would read the weights too often. */
#define MIN_BAND 12
/* One cache line between the elements of a transformed tile, lest they all fall into
 * the same set of the cache. */
#define SKEW ECAM_BLOCK

struct cut {
    const struct ecam_step *step;
    const struct ecam_conv *p;
    struct ecam_winograd_variant v;
    struct ecam_winograd_kernels kernels;
    size_t elements, in_blocks, out_blocks, panel_blocks, panels;
    size_t rows, cols, tiles; /* of tiles, of one image */
    bool is_shared;           /* the transformed input is */
    size_t band, bands;       /* tiles that are transformed together */
    size_t slice_panels, slices;
    /* While running shared bands: the one at work. */
    size_t image, first, count;
};

static size_t input_floats(const struct cut *cut, size_t tiles)
{
    return cut->elements * (cut->in_blocks * tiles * ECAM_BLOCK + SKEW);
}

static size_t product_floats(const struct cut *cut, size_t panels, size_t tiles)
{
    return cut->elements * (panels * cut->panel_blocks * tiles * ECAM_BLOCK + SKEW);
}

static struct cut cut_of(const struct ecam_step *step)
{
    const int variant = (int)(step->algorithm - ECAM_CONV_WINOGRAD);
    struct cut cut = { .step = step,
                       .p = step->node->params,
                       .v = ecam_winograd_variants[variant],
                       .kernels = ecam_winograd_kernels(step->kernels, variant) };
    cut.elements = cut.v.t * cut.v.t;
    cut.in_blocks = ecam_ceil_div(cut.p->in_c, ECAM_BLOCK);
    cut.out_blocks = ecam_ceil_div(cut.p->out_c, ECAM_BLOCK);
    cut.panel_blocks = step->kernels->conv_n;
    cut.panels = ecam_ceil_div(cut.out_blocks, cut.panel_blocks);
    cut.rows = ecam_ceil_div(step->out_shape.dim[2], cut.v.m);
    cut.cols = ecam_ceil_div(step->out_shape.dim[3], cut.v.m);
    cut.tiles = cut.rows * cut.cols;

    /* A band of its own for each task, if enough tiles fit beside one panel's products
     * and there are bands to share out. */
    const size_t per_tile = cut.elements * ECAM_BLOCK * (cut.in_blocks + cut.panel_blocks);
    const size_t fit = TASK_FLOATS / per_tile;
    cut.is_shared = fit < MIN_BAND || cut.tiles < 8 * ecam_min_size(fit, 4 * MIN_BAND);
    if (cut.is_shared)
        cut.band = ecam_max_size(MIN_BAND, SHARED_FLOATS / input_floats(&cut, 1));
    else
        cut.band = ecam_min_size(fit, 4 * MIN_BAND);
    cut.bands = ecam_ceil_div(cut.tiles, cut.band);
    cut.band = ecam_ceil_div(cut.tiles, cut.bands);
    cut.bands = ecam_ceil_div(cut.tiles, cut.band);

    const size_t room =
        cut.is_shared ? TASK_FLOATS
                      : TASK_FLOATS - ecam_min_size(TASK_FLOATS, input_floats(&cut, cut.band));
    cut.slice_panels = room / product_floats(&cut, 1, cut.band);
    cut.slice_panels = ecam_min_size(ecam_max_size(cut.slice_panels, 1), cut.panels);
    if (cut.is_shared) /* slices are the tasks */
        cut.slice_panels = ecam_min_size(cut.slice_panels, ecam_max_size(1, cut.panels / 8));
    assert(cut.slice_panels > 0);
    cut.slices = ecam_ceil_div(cut.panels, cut.slice_panels);
    return cut;
}

void ecam_conv_winograd_choose(struct ecam_step *step)
{
    const struct cut cut = cut_of(step);
    step->scratch_floats = product_floats(&cut, cut.slice_panels, cut.band);
    if (cut.is_shared)
        step->work_floats = input_floats(&cut, cut.band);
    else
        step->scratch_floats += input_floats(&cut, cut.band);
}

/* ---- Parts ---- */

/* `count` tiles from `first` on, one block of channels: [elements][in_blocks][count][16],
 * elements `stride` floats apart. */
static void transform_input(const struct cut *cut, size_t image, size_t block, size_t first,
                            size_t count, float *out, size_t stride)
{
    const struct ecam_step *step = cut->step;
    const size_t in_h = step->in_shape[0].dim[2], in_w = step->in_shape[0].dim[3];
    const float *in = step->in[0] + image * step->in_image[0] + block * in_h * in_w * ECAM_BLOCK;
    out += block * count * ECAM_BLOCK;
    for (size_t i = 0; i < count; i++) {
        const size_t row = (first + i) / cut->cols, col = (first + i) % cut->cols;
        cut->kernels.input(in, in_h, in_w,
                           (ptrdiff_t)(row * cut->v.m) - (ptrdiff_t)cut->p->window.pad_t,
                           (ptrdiff_t)(col * cut->v.m) - (ptrdiff_t)cut->p->window.pad_l,
                           out + i * ECAM_BLOCK, stride);
    }
}

/* Products of all elements with the panels of a slice. */
static void multiply(const struct cut *cut, size_t slice, size_t count, const float *input,
                     size_t in_stride, float *products, size_t out_stride)
{
    const struct ecam_step *step = cut->step;
    const size_t first_panel = slice * cut->slice_panels;
    const size_t last_panel = ecam_min_size(first_panel + cut->slice_panels, cut->panels);
    const size_t parts = ecam_ceil_div(count, step->kernels->conv_m);
    struct ecam_tile tile = { .steps = cut->in_blocks,
                              .depth = ECAM_BLOCK,
                              .tail = cut->p->in_c - (cut->in_blocks - 1) * ECAM_BLOCK,
                              .a_step = count * ECAM_BLOCK,
                              .a_pos = ECAM_BLOCK,
                              .c_block = count * ECAM_BLOCK };
    for (size_t panel = first_panel; panel < last_panel; panel++) {
        const size_t block = panel * cut->panel_blocks;
        const size_t blocks = ecam_min_size(cut->panel_blocks, cut->out_blocks - block);
        const size_t panel_floats = cut->p->in_c * blocks * ECAM_BLOCK;
        const float *weight = step->weight + block * ECAM_BLOCK * cut->elements * cut->p->in_c;
        float *out = products + (panel - first_panel) * cut->panel_blocks * count * ECAM_BLOCK;
        for (size_t e = 0; e < cut->elements; e++) {
            tile.w = weight + e * panel_floats;
            tile.next_step = ecam_ceil_div(blocks * ECAM_BLOCK, parts);
            for (size_t part = 0; part < parts; part++) {
                const size_t at = ecam_share(count, parts, part);
                tile.a = input + e * in_stride + at * ECAM_BLOCK;
                tile.c = out + e * out_stride + at * ECAM_BLOCK;
                tile.next = tile.w + panel_floats + part * tile.next_step * cut->p->in_c;
                step->kernels->conv(&tile, ecam_share(count, parts, part + 1) - at, blocks);
            }
        }
    }
}

static void transform_output(const struct cut *cut, size_t image, size_t slice, size_t first,
                             size_t count, const float *products, size_t stride)
{
    const struct ecam_step *step = cut->step;
    const size_t out_h = step->out_shape.dim[2], out_w = step->out_shape.dim[3], m = cut->v.m;
    const size_t first_block = slice * cut->slice_panels * cut->panel_blocks;
    const size_t last_block =
        ecam_min_size(first_block + cut->slice_panels * cut->panel_blocks, cut->out_blocks);
    for (size_t block = first_block; block < last_block; block++) {
        for (size_t i = 0; i < count; i++) {
            const size_t y = (first + i) / cut->cols * m, x = (first + i) % cut->cols * m;
            const size_t at = (block * out_h * out_w + y * out_w + x) * ECAM_BLOCK;
            cut->kernels.output(products + ((block - first_block) * count + i) * ECAM_BLOCK, stride,
                                step->bias + block * ECAM_BLOCK,
                                step->add != NULL ? step->add + image * step->add_image + at : NULL,
                                step->out + image * step->out_image + at, out_w,
                                ecam_min_size(m, out_h - y), ecam_min_size(m, out_w - x),
                                step->relu);
        }
    }
}

/* ---- Tasks ---- */

/* A band of tiles, from input to output. */
static void band_task(void *arg, size_t number, unsigned worker)
{
    const struct cut *cut = arg;
    const size_t image = number / cut->bands, band = number % cut->bands;
    const size_t first = ecam_share(cut->tiles, cut->bands, band);
    const size_t count = ecam_share(cut->tiles, cut->bands, band + 1) - first;
    const size_t in_stride = cut->in_blocks * count * ECAM_BLOCK + SKEW;
    const size_t out_stride = cut->slice_panels * cut->panel_blocks * count * ECAM_BLOCK + SKEW;
    float *input = ecam_step_scratch(cut->step, worker);
    float *products = input + input_floats(cut, cut->band);
    for (size_t block = 0; block < cut->in_blocks; block++)
        transform_input(cut, image, block, first, count, input, in_stride);
    for (size_t slice = 0; slice < cut->slices; slice++) {
        multiply(cut, slice, count, input, in_stride, products, out_stride);
        transform_output(cut, image, slice, first, count, products, out_stride);
    }
}

static void input_task(void *arg, size_t block, unsigned worker)
{
    const struct cut *cut = arg;
    (void)worker;
    transform_input(cut, cut->image, block, cut->first, cut->count, cut->step->work,
                    cut->in_blocks * cut->count * ECAM_BLOCK + SKEW);
}

static void slice_task(void *arg, size_t slice, unsigned worker)
{
    const struct cut *cut = arg;
    const size_t in_stride = cut->in_blocks * cut->count * ECAM_BLOCK + SKEW;
    const size_t out_stride =
        cut->slice_panels * cut->panel_blocks * cut->count * ECAM_BLOCK + SKEW;
    float *products = ecam_step_scratch(cut->step, worker);
    multiply(cut, slice, cut->count, cut->step->work, in_stride, products, out_stride);
    transform_output(cut, cut->image, slice, cut->first, cut->count, products, out_stride);
}

void ecam_conv_winograd_run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct cut cut = cut_of(step);
    const size_t images = step->out_shape.dim[0];
    if (!cut.is_shared) {
        ecam_pool_run(pool, images * cut.bands, band_task, &cut);
        return;
    }
    for (cut.image = 0; cut.image < images; cut.image++) {
        for (size_t band = 0; band < cut.bands; band++) {
            cut.first = ecam_share(cut.tiles, cut.bands, band);
            cut.count = ecam_share(cut.tiles, cut.bands, band + 1) - cut.first;
            ecam_pool_run(pool, cut.in_blocks, input_task, &cut);
            ecam_pool_run(pool, cut.slices, slice_task, &cut);
        }
    }
}
