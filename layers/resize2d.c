/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/resize2d.h"

#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/reorder.h"

#define MAX_SIZE 65536
#define MAX_SCALE 65536.0

enum coords { HALF_PIXEL, ASYMMETRIC, CORNERS, HALF_PIXEL_OR_0, PIXEL_MIDDLE, COORDS };
enum rounding { HALF_DOWN, HALF_UP, DOWN, UP, ROUNDINGS };

struct params {
    bool has_size, is_linear;
    size_t size[2];
    double scale[2]; /* where not has_size */
    enum coords coords;
    enum rounding rounding;
};

static enum ecam_status read_scale(const struct ecam_node *node, const char *key, double *out,
                                   struct ecam_error *err)
{
    const enum ecam_status status = ecam_node_real(node, key, 0.0, out, err);
    if (status == ECAM_OK && !(*out > 0.0 && *out <= MAX_SCALE))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': attribute '%s' is %g, above 0 to %g is allowed", node->name,
                         key, *out, MAX_SCALE);
    return status;
}

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    static const char *const attrs[] = { "size",   "scale_h", "scale_w", "linear",
                                         "coords", "round",   NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    size_t linear = 0, coords = 0, rounding = 0;
    p->has_size = ecam_node_attr(node, "size") != NULL;
    const bool has_h = ecam_node_attr(node, "scale_h") != NULL;
    const bool has_w = ecam_node_attr(node, "scale_w") != NULL;
    if (has_h != has_w || has_h == p->has_size)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "layer '%s': either 'size' or both of 'scale_h' and 'scale_w' is expected",
                         node->name);
    if (p->has_size)
        status = ecam_node_ints(node, "size", 2, 1, MAX_SIZE, 1, p->size, err);
    else
        status = read_scale(node, "scale_h", &p->scale[0], err);
    if (status == ECAM_OK && !p->has_size)
        status = read_scale(node, "scale_w", &p->scale[1], err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "linear", 1, 0, 1, 0, &linear, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "coords", 1, 0, COORDS - 1, HALF_PIXEL, &coords, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "round", 1, 0, ROUNDINGS - 1, HALF_DOWN, &rounding, err);
    p->is_linear = linear != 0;
    p->coords = (enum coords)coords;
    p->rounding = (enum rounding)rounding;
    return status;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    char text[ECAM_SHAPE_TEXT];
    if (in->rank != 4)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': resizing of rank %u, 4 expected",
                         node->name, in->rank);
    struct ecam_shape shape = *in;
    for (size_t axis = 0; axis < 2; axis++) {
        const double size = floor((double)in->dim[axis + 2] * p->scale[axis]);
        if (in->dim[axis + 2] > UINT32_MAX || (!p->has_size && size > (double)UINT32_MAX))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': %s is too large to be resized",
                             node->name, ecam_shape_text(in, text));
        if (!p->has_size && size < 1.0)
            return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': nothing is left of %s at %g x %g",
                             node->name, ecam_shape_text(in, text), p->scale[0], p->scale[1]);
        shape.dim[axis + 2] = p->has_size ? p->size[axis] : (size_t)size;
    }
    *out = shape;
    return ECAM_OK;
}

/* ---- Running ---- */

/* Where an output row or column comes from: pixel low, and with `high` its neighbour. */
struct source {
    uint32_t low, high;
    float high_part; /* weight of high; the rest is low's */
    float low_part;
};

static enum ecam_status choose(struct ecam_step *step, struct ecam_error *err)
{
    size_t n;
    if (!ecam_add_size(step->out_shape.dim[2], step->out_shape.dim[3], &n) ||
        !ecam_mul_size(n, sizeof(struct source) / sizeof(float), &step->work_floats))
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", step->node->name);
    return ECAM_OK;
}

/* Position of output i in the input. A size that was given makes the scale a fraction: it is
 * not rounded, so that positions that are whole numbers, or halves, are exactly that. */
static double position(const struct params *p, size_t axis, size_t i, size_t in, size_t out)
{
    const double up = p->has_size ? (double)in : 1.0;
    const double down = p->has_size ? (double)out : p->scale[axis];
    if (p->coords == ASYMMETRIC)
        return (double)i * up / down;
    if (p->coords == PIXEL_MIDDLE)
        return ((double)i + 0.5) * up / down;
    if (p->coords != HALF_PIXEL && out == 1)
        return 0.0;
    if (p->coords == CORNERS) { /* the last corner is that of the size before it was rounded */
        const double size = p->has_size ? (double)out : (double)in * p->scale[axis];
        return (double)i * (double)(in - 1) / (size - 1.0);
    }
    return ((double)i + 0.5) * up / down - 0.5;
}

static double nearest(enum rounding rounding, double x)
{
    if (rounding == HALF_DOWN)
        return ceil(x - 0.5);
    if (rounding == HALF_UP)
        return floor(x + 0.5);
    return rounding == DOWN ? floor(x) : ceil(x);
}

static void fill_sources(const struct params *p, size_t axis, size_t in, size_t out,
                         struct source *sources)
{
    const double last = (double)(in - 1);
    for (size_t i = 0; i < out; i++) {
        double x = position(p, axis, i, in, out);
        if (!p->is_linear)
            x = nearest(p->rounding, x);
        x = x < 0.0 ? 0.0 : x > last ? last : x;
        const uint32_t low = (uint32_t)x;
        const float part = (float)(x - (double)low);
        sources[i] = (struct source){ .low = low,
                                      .high = low + 1 < in ? low + 1 : low,
                                      .high_part = part,
                                      .low_part = 1.0f - part };
    }
}

/* Planes of pixels of one float, or of a block of channels. */
struct resize_run {
    const struct ecam_step *step;
    const struct source *rows, *columns;
    size_t lanes, planes; /* of an image */
    size_t n_rows, per_task;
};

static void linear_row(const float *top, const float *bottom, const struct source *row,
                       const struct source *columns, float *out, size_t w)
{
    for (size_t x = 0; x < w; x++) {
        const struct source c = columns[x];
        const float above = top[c.low] * c.low_part + top[c.high] * c.high_part;
        const float below = bottom[c.low] * c.low_part + bottom[c.high] * c.high_part;
        out[x] = above * row->low_part + below * row->high_part;
    }
}

/* The same arithmetic for each channel of a block. */
static void linear_blocks(const float *top, const float *bottom, const struct source *row,
                          const struct source *columns, float *restrict out, size_t w)
{
    for (size_t x = 0; x < w; x++, out += ECAM_BLOCK) {
        const struct source c = columns[x];
        const float *a = top + c.low * ECAM_BLOCK, *b = top + c.high * ECAM_BLOCK;
        const float *d = bottom + c.low * ECAM_BLOCK, *e = bottom + c.high * ECAM_BLOCK;
        for (size_t l = 0; l < ECAM_BLOCK; l++) {
            const float above = a[l] * c.low_part + b[l] * c.high_part;
            const float below = d[l] * c.low_part + e[l] * c.high_part;
            out[l] = above * row->low_part + below * row->high_part;
        }
    }
}

static void nearest_row(const float *in, const struct source *columns, float *out, size_t w,
                        size_t lanes)
{
    if (lanes == 1) {
        for (size_t x = 0; x < w; x++)
            out[x] = in[columns[x].low];
        return;
    }
    for (size_t x = 0; x < w; x++)
        memcpy(out + x * ECAM_BLOCK, in + columns[x].low * ECAM_BLOCK, ECAM_BLOCK * sizeof *out);
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct resize_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct params *p = step->node->params;
    const size_t in_row = step->in_shape[0].dim[3] * run->lanes;
    const size_t in_plane = step->in_shape[0].dim[2] * in_row;
    const size_t h = step->out_shape.dim[2], w = step->out_shape.dim[3];
    const size_t first = number * run->per_task;
    (void)worker;
    for (size_t r = first; r < ecam_min_size(first + run->per_task, run->n_rows); r++) {
        const size_t image = r / h / run->planes, plane = r / h % run->planes;
        const struct source *row = &run->rows[r % h];
        const float *in = step->in[0] + plane * in_plane;
        float *out = step->out + (plane * h + r % h) * w * run->lanes;
        if (run->lanes == 1) { /* an image of a plain value is all of its planes */
            in += image * run->planes * in_plane;
            out += image * run->planes * h * w;
        } else {
            in += image * step->in_image[0];
            out += image * step->out_image;
        }
        const float *top = in + row->low * in_row, *bottom = in + row->high * in_row;
        if (!p->is_linear)
            nearest_row(top, run->columns, out, w, run->lanes);
        else if (run->lanes == 1)
            linear_row(top, bottom, row, run->columns, out, w);
        else
            linear_blocks(top, bottom, row, run->columns, out, w);
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct params *p = step->node->params;
    const struct ecam_shape *in = &step->in_shape[0], *out = &step->out_shape;
    const bool is_blocked = step->out_layout == ECAM_BLOCKED;
    struct source *const rows = (void *)step->work, *const columns = rows + out->dim[2];
    fill_sources(p, 0, in->dim[2], out->dim[2], rows);
    fill_sources(p, 1, in->dim[3], out->dim[3], columns);
    struct resize_run run = { .step = step, .rows = rows, .columns = columns };
    run.lanes = is_blocked ? ECAM_BLOCK : 1;
    run.planes = is_blocked ? ecam_ceil_div(out->dim[1], ECAM_BLOCK) : out->dim[1];
    run.n_rows = out->dim[0] * run.planes * out->dim[2];
    run.per_task = ecam_items_per_task(out->dim[3] * run.lanes);
    ecam_pool_run(pool, ecam_ceil_div(run.n_rows, run.per_task), task, &run);
}

const struct ecam_layer_ops ecam_layer_resize2d = {
    .kind = "resize2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .layout = ecam_layout_same,
    .choose = choose,
    .run = run,
};
