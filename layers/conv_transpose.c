/* SPDX-License-Identifier: BSD-2-Clause
 * With groups row by row of the output: it gathers the input rows that reach it. Columns that are a
 * stride apart get their terms from neighbours in the input, so that a row is computed
 * as that many rows, one a phase, and put together at the end.
 * Without groups conv_transpose_tiles.c does it, on blocked values. */
#include "layers/conv_transpose.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/activation.h"
#include "layers/elementwise.h"
#include "layers/packing.h"
#include "layers/window.h"

#define MAX_PAD 65536

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = {
        "stride", "pad", "dilation", "groups", "output_pad", NULL
    };
    static const char *const roles[] = { "weight", "bias", NULL };
    static const char *const required[] = { "weight", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, roles, required, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_conv_transpose *p = ecam_calloc(1, sizeof *p);
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
    if (count > SIZE_MAX / 64 / ECAM_BLOCK) /* packed, few channels become whole blocks */
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': '%s' is too large", node->name,
                         p->weight->name);
    status = ecam_window_read(node, true, &p->window, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "groups", 1, 1, (int64_t)shape->dim[0], 1, &p->groups, err);
    if (status == ECAM_OK)
        status = ecam_node_ints(node, "output_pad", 2, 0, MAX_PAD, 0, p->output_pad, err);
    if (status != ECAM_OK)
        return status;
    p->in_c = shape->dim[0];
    p->window.k_h = shape->dim[2];
    p->window.k_w = shape->dim[3];
    if (p->in_c % p->groups != 0 || !ecam_mul_size(shape->dim[1], p->groups, &p->out_c))
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %zu input channels in %zu groups",
                         node->name, p->in_c, p->groups);
    return ecam_node_vector(node, "bias", p->out_c, &p->bias, err);
}

/* (in - 1) stride + (k - 1) dilation + 1 + output_pad - before - after: false where that
 * overflows or nothing is left. */
static bool size_of(size_t in, size_t k, size_t stride, size_t dilation, size_t output_pad,
                    size_t padding, size_t *out)
{
    size_t spread, reach;
    if (!ecam_mul_size(in - 1, stride, &spread) || !ecam_mul_size(k - 1, dilation, &reach) ||
        !ecam_add_size(spread, reach, &spread) || !ecam_add_size(spread, output_pad + 1, &spread) ||
        spread <= padding)
        return false;
    *out = spread - padding;
    return true;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_conv_transpose *p = node->params;
    const struct ecam_window *win = &p->window;
    char text[ECAM_SHAPE_TEXT];
    if (in->rank != 4 || in->dim[1] != p->in_c)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': input %s, Nx%zuxHxW is expected",
                         node->name, ecam_shape_text(in, text), p->in_c);
    struct ecam_shape shape = *in;
    shape.dim[1] = p->out_c;
    if (!size_of(in->dim[2], win->k_h, win->stride_h, win->dilation_h, p->output_pad[0],
                 win->pad_t + win->pad_b, &shape.dim[2]) ||
        !size_of(in->dim[3], win->k_w, win->stride_w, win->dilation_w, p->output_pad[1],
                 win->pad_l + win->pad_r, &shape.dim[3]))
        return ecam_fail(err, ECAM_ERR_SHAPE,
                         "layer '%s': nothing is left of %s without the padding, or its size "
                         "overflows",
                         node->name, ecam_shape_text(in, text));
    *out = shape;
    return ECAM_OK;
}

/* No kernel and no stride: here they do not widen what an output sees, as the table of
 * layers takes them. */
static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    const struct ecam_conv_transpose *p = node->params;
    info->groups = (uint32_t)p->groups;
    info->parameters = ecam_node_parameters(node);
    info->macs = ecam_macs(ecam_shape_floats(&info->in),
                           ecam_macs(p->out_c / p->groups, p->window.k_h * p->window.k_w));
}

static bool has_groups(const struct ecam_step *step)
{
    return ((const struct ecam_conv_transpose *)step->node->params)->groups > 1;
}

static enum ecam_layout layout(const struct ecam_step *step, enum ecam_layout given,
                               enum ecam_layout *out)
{
    (void)given;
    *out = has_groups(step) ? ECAM_PLAIN : ECAM_BLOCKED;
    return *out;
}

static const char *algorithm(const struct ecam_step *step)
{
    return has_groups(step) ? "rows" : "tiles";
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    const struct ecam_conv_transpose *p = step->node->params;
    if (!has_groups(step))
        return ecam_conv_transpose_tiles_prepare(step, packs, err);
    size_t count = 0;
    ecam_shape_count(&p->weight->shape, &count);
    step->weight_bytes = count * sizeof(float);
    const enum ecam_status status = ecam_pack_floats(step, p->weight, 0, packs, &step->weight, err);
    return status == ECAM_OK ? ecam_pack_floats(step, p->bias, 1, packs, &step->bias, err) : status;
}

/* ---- Running ---- */

/* One phase of a row at its widest: output columns x = phase + stride q. */
static size_t phase_floats(const struct ecam_step *step)
{
    const struct ecam_conv_transpose *p = step->node->params;
    return ecam_ceil_div(step->out_shape.dim[3], p->window.stride_w);
}

static enum ecam_status choose(struct ecam_step *step, struct ecam_error *err)
{
    const struct ecam_conv_transpose *p = step->node->params;
    if (!has_groups(step)) {
        ecam_conv_transpose_tiles_choose(step);
        return ECAM_OK;
    }
    /* Phases beyond the last column are never touched. */
    const size_t phases = ecam_min_size(p->window.stride_w, step->out_shape.dim[3]);
    if (!ecam_mul_size(phases, phase_floats(step), &step->scratch_floats))
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", step->node->name);
    return ECAM_OK;
}

struct ecam_spread ecam_conv_transpose_spread(const struct ecam_step *step, size_t kx)
{
    const struct ecam_conv_transpose *p = step->node->params;
    const ptrdiff_t stride = (ptrdiff_t)p->window.stride_w;
    const ptrdiff_t shift = (ptrdiff_t)(kx * p->window.dilation_w) - (ptrdiff_t)p->window.pad_l;
    const ptrdiff_t phase = (shift % stride + stride) % stride;
    const ptrdiff_t ahead = (shift - phase) / stride, out_w = (ptrdiff_t)step->out_shape.dim[3];
    /* Columns of this phase: those q with phase + stride q < out_w. */
    const ptrdiff_t columns = phase < out_w ? (out_w - phase + stride - 1) / stride : 0;
    const ptrdiff_t in_w = (ptrdiff_t)step->in_shape[0].dim[3];
    const ptrdiff_t first = ahead < 0 ? -ahead : 0;
    const ptrdiff_t last = columns - ahead < in_w ? columns - ahead : in_w;
    return (struct ecam_spread){ (size_t)phase, (size_t)first,
                                 (size_t)(last > first ? last : first), ahead };
}

static void add_row(float *restrict out, const float *restrict in, float weight, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += weight * in[i];
}

size_t ecam_conv_transpose_row(const struct ecam_step *step, size_t oy, size_t ky)
{
    const struct ecam_window *win =
        &((const struct ecam_conv_transpose *)step->node->params)->window;
    const size_t at = oy + win->pad_t, tap = ky * win->dilation_h;
    if (at < tap || (at - tap) % win->stride_h != 0)
        return SIZE_MAX;
    const size_t row = (at - tap) / win->stride_h;
    return row < step->in_shape[0].dim[2] ? row : SIZE_MAX;
}

/* Row oy of channel oc of an image, as phases. */
static void gather_row(const struct ecam_step *step, size_t image, size_t oc, size_t oy, float *row)
{
    const struct ecam_conv_transpose *p = step->node->params;
    const struct ecam_shape *in = &step->in_shape[0];
    const size_t group_out = p->out_c / p->groups, group_in = p->in_c / p->groups;
    const size_t taps = p->window.k_h * p->window.k_w, first = oc / group_out * group_in;
    const size_t width = phase_floats(step);
    for (size_t ky = 0; ky < p->window.k_h; ky++) {
        const size_t iy = ecam_conv_transpose_row(step, oy, ky);
        if (iy == SIZE_MAX)
            continue;
        for (size_t kx = 0; kx < p->window.k_w; kx++) {
            const struct ecam_spread tap = ecam_conv_transpose_spread(step, kx);
            if (tap.first == tap.last)
                continue;
            float *to = row + tap.phase * width + ((ptrdiff_t)tap.first + tap.ahead);
            for (size_t ic = first; ic < first + group_in; ic++)
                add_row(to,
                        step->in[0] + ((image * p->in_c + ic) * in->dim[2] + iy) * in->dim[3] +
                            tap.first,
                        step->weight[(ic * group_out + oc % group_out) * taps + ky * p->window.k_w +
                                     kx],
                        tap.last - tap.first);
        }
    }
}

struct rows_run {
    const struct ecam_step *step;
    size_t rows, per_task;
};

static void task(void *arg, size_t number, unsigned worker)
{
    const struct rows_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct ecam_conv_transpose *p = step->node->params;
    const size_t out_h = step->out_shape.dim[2], out_w = step->out_shape.dim[3];
    const size_t width = phase_floats(step), stride = p->window.stride_w;
    const size_t first = number * run->per_task;
    float *const phases = ecam_step_scratch(step, worker);
    for (size_t r = first; r < ecam_min_size(first + run->per_task, run->rows); r++) {
        const size_t oc = r / out_h % p->out_c;
        float *const out = step->out + r * out_w;
        for (size_t i = 0; i < step->scratch_floats; i++)
            phases[i] = step->bias != NULL ? step->bias[oc] : 0.0f;
        gather_row(step, r / out_h / p->out_c, oc, r % out_h, phases);
        for (size_t phase = 0; phase < ecam_min_size(stride, out_w); phase++)
            for (size_t x = phase, q = 0; x < out_w; x += stride, q++)
                out[x] = phases[phase * width + q];
        if (step->relu)
            step->kernels->relu(out, out, out_w);
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    const struct ecam_conv_transpose *p = step->node->params;
    if (!has_groups(step)) {
        ecam_conv_transpose_tiles_run(step, pool);
        return;
    }
    struct rows_run run = { .step = step };
    run.rows = step->out_shape.dim[0] * p->out_c * step->out_shape.dim[2];
    /* What a row takes is a multiple of its floats: channels and taps. */
    run.per_task = ecam_items_per_task(step->out_shape.dim[3] * (p->in_c / p->groups));
    ecam_pool_run(pool, ecam_ceil_div(run.rows, run.per_task), task, &run);
}

const struct ecam_layer_ops ecam_layer_conv_transpose2d = {
    .kind = "conv_transpose2d",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .describe = describe,
    .absorb = ecam_absorb_relu,
    .layout = layout,
    .choose = choose,
    .algorithm = algorithm,
    .prepare = prepare,
    .run = run,
};
