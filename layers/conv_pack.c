/* SPDX-License-Identifier: BSD-2-Clause
 * A convolution's weights in the order in which tiles read them, folded norms
 * multiplied in. One panel of output channels is one task. */
#include <assert.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "layers/affine.h"
#include "layers/conv.h"

enum part { PART_WEIGHT, PART_BIAS };

#define CHUNK_FLOATS 144 /* of one output channel, read at once: 16 channels of 3x3 taps */
#define MAX_TAPS 25      /* of a convolution by Winograd */
#define BLOCK_FLOATS (ECAM_BLOCK * MAX_TAPS)
#define MAX_PANEL 64 /* output channels of a panel, at most */

struct fill {
    const struct ecam_step *step;
    const struct ecam_conv *p;
    size_t panels, panel_blocks, group_blocks, terms;
    size_t bias_lanes; /* of all groups, those without a channel too */
};

/* The factor that folded norms put before the weights of a channel. */
static double scale_of(const struct ecam_step *step, size_t oc)
{
    double scale, shift;
    ecam_norms_affine(&step->norms, oc, &scale, &shift);
    return scale;
}

/* n floats of a weight from `first` on, scaled. */
static void read_scaled(const struct ecam_weight *weight, size_t first, size_t n, double scale,
                        float *out)
{
    ecam_weight_read(weight, first, n, out);
    if (scale != 1.0)
        for (size_t i = 0; i < n; i++)
            out[i] = (float)((double)out[i] * scale);
}

/* n floats each of up to 16 output channels, `stride` elements of the weight apart, as
 * [n][16] with zeros in lanes without a channel; scaled. n <= BLOCK_FLOATS. */
static void read_block(const struct fill *f, size_t first, size_t stride, size_t lanes, size_t n,
                       const double *scale, float *block)
{
    const struct ecam_weight *weight = f->p->weight;
    const float *plain = ecam_weight_in_place(weight);
    float rows[ECAM_BLOCK * BLOCK_FLOATS];
    if (plain != NULL) {
        f->step->kernels->to_blocked(plain + first, stride, lanes, n, block);
    } else {
        for (size_t l = 0; l < lanes; l++)
            ecam_weight_read(weight, first + l * stride, n, rows + l * BLOCK_FLOATS);
        f->step->kernels->to_blocked(rows, BLOCK_FLOATS, lanes, n, block);
    }
    if (f->step->norms.node[0] != NULL)
        for (size_t i = 0; i < n; i++)
            for (size_t l = 0; l < ECAM_BLOCK; l++)
                block[i * ECAM_BLOCK + l] = (float)((double)block[i * ECAM_BLOCK + l] * scale[l]);
}

/* ---- Tiles ---- */

/* Where term (ic, tap) of a merged group lies. */
static size_t term_of(const struct ecam_conv *p, unsigned algorithm, size_t ic, size_t tap)
{
    const size_t taps = ecam_conv_taps(p);
    if (algorithm == ECAM_CONV_IMAGE)
        return tap * p->in_c + ic;
    if (algorithm == ECAM_CONV_GATHER)
        return (ic / ECAM_BLOCK * taps + tap) * ECAM_BLOCK + ic % ECAM_BLOCK;
    return ic;
}

/* Terms [at, at + count) of 16 output channels, [count][16], into a block of lanes. */
static void fill_lanes(const struct fill *f, const float *block, size_t at, size_t count,
                       float *panel, size_t width)
{
    const size_t taps = ecam_conv_taps(f->p);
    size_t ic = at / taps, tap = at % taps;
    for (size_t i = 0; i < count; i++, block += ECAM_BLOCK) {
        const size_t term = term_of(f->p, f->step->algorithm, ic, tap);
        memcpy(panel + term * width, block, ECAM_BLOCK * sizeof *block);
        if (++tap == taps) {
            tap = 0;
            ic++;
        }
    }
}

/* One output channel, which shares no input channels with its neighbours. */
static void fill_lane(const struct fill *f, size_t first, const float *row, size_t at, size_t count,
                      float *panel, size_t width)
{
    const size_t taps = ecam_conv_taps(f->p);
    for (size_t i = at; i < at + count; i++)
        panel[term_of(f->p, f->step->algorithm, first + i / taps, i % taps) * width] = row[i - at];
}

static void fill_panel(const void *arg, const struct ecam_weight_set *set, size_t number,
                       float *out)
{
    const struct fill *f = arg;
    const struct ecam_conv *p = f->p;
    const size_t group = number / f->panels, first_block = number % f->panels * f->panel_blocks;
    const size_t blocks =
        ecam_min_size(f->panel_blocks, ecam_sub_size(ecam_conv_blocks_of(p, group), first_block));
    const size_t width = blocks * ECAM_BLOCK;
    float *panel = out + (group * f->group_blocks + first_block) * f->terms * ECAM_BLOCK;
    const size_t begin = group * p->merged_out + first_block * ECAM_BLOCK;
    const size_t end =
        ecam_min_size(ecam_min_size(begin + width, p->out_c), (group + 1) * p->merged_out);
    const size_t taps = ecam_conv_taps(p), group_in = p->in_c / p->groups, n = group_in * taps;
    double scale[MAX_PANEL] = { 0.0 }; /* also for lanes without a channel */
    float row[CHUNK_FLOATS], block[CHUNK_FLOATS * ECAM_BLOCK];
    (void)set;
    assert(width <= MAX_PANEL);
    if (end < begin + width || p->groups > 1 || f->terms != p->in_c * taps)
        memset(panel, 0, f->terms * width * sizeof *panel);
    for (size_t oc = begin; oc < end; oc++)
        scale[oc - begin] = scale_of(f->step, oc);
    /* A chunk of terms for all lanes before the next: what is written stays near. */
    for (size_t at = 0; at < n; at += CHUNK_FLOATS) {
        const size_t count = ecam_min_size(CHUNK_FLOATS, n - at);
        for (size_t oc = begin; oc < end; oc += ECAM_BLOCK) {
            const size_t lanes = ecam_min_size(ECAM_BLOCK, end - oc);
            if (p->groups == 1) {
                read_block(f, oc * n + at, n, lanes, count, scale + (oc - begin), block);
                fill_lanes(f, block, at, count, panel + (oc - begin), width);
                continue;
            }
            for (size_t l = 0; l < lanes; l++) {
                read_scaled(p->weight, (oc + l) * n + at, count, scale[oc + l - begin], row);
                fill_lane(f, (oc + l) / (p->out_c / p->groups) * group_in - group * p->merged_in,
                          row, at, count, panel + (oc + l - begin), width);
            }
        }
    }
}

/* ---- Winograd ---- */

/* [elements][in_c][blocks * 16] */
static void fill_winograd(const void *arg, const struct ecam_weight_set *set, size_t number,
                          float *out)
{
    const struct fill *f = arg;
    const struct ecam_conv *p = f->p;
    const int variant = (int)(f->step->algorithm - ECAM_CONV_WINOGRAD);
    const struct ecam_winograd_kernels kernels = ecam_winograd_kernels(f->step->kernels, variant);
    const size_t t = ecam_winograd_variants[variant].t, taps = ecam_conv_taps(p);
    const size_t first_block = number * f->panel_blocks;
    const size_t blocks = ecam_min_size(f->panel_blocks, f->group_blocks - first_block);
    const size_t width = blocks * ECAM_BLOCK;
    float *panel = out + first_block * ECAM_BLOCK * t * t * p->in_c;
    float g[BLOCK_FLOATS * ECAM_BLOCK];
    double scale[ECAM_BLOCK] = { 0.0 };
    (void)set;
    for (size_t b = 0; b < blocks; b++) {
        const size_t first = (first_block + b) * ECAM_BLOCK;
        const size_t lanes = ecam_min_size(ECAM_BLOCK, p->out_c - first);
        for (size_t l = 0; l < lanes; l++)
            scale[l] = scale_of(f->step, first + l);
        for (size_t ic0 = 0; ic0 < p->in_c; ic0 += ECAM_BLOCK) {
            const size_t n = ecam_min_size(ECAM_BLOCK, p->in_c - ic0);
            read_block(f, (first * p->in_c + ic0) * taps, p->in_c * taps, lanes, n * taps, scale,
                       g);
            for (size_t i = 0; i < n; i++)
                kernels.weight(g + i * taps * ECAM_BLOCK,
                               panel + (ic0 + i) * width + b * ECAM_BLOCK, p->in_c * width);
        }
    }
}

/* ---- Depthwise, bias ---- */

/* [blocks][taps][16] */
static void fill_depthwise(const void *arg, const struct ecam_weight_set *set, size_t block,
                           float *out)
{
    const struct fill *f = arg;
    const struct ecam_conv *p = f->p;
    const size_t taps = ecam_conv_taps(p), first = block * ECAM_BLOCK;
    const size_t end = ecam_min_size(first + ECAM_BLOCK, p->out_c);
    (void)set;
    out += first * taps;
    memset(out, 0, taps * ECAM_BLOCK * sizeof *out);
    for (size_t c = first; c < end; c++) {
        const double scale = scale_of(f->step, c);
        for (size_t k = 0; k < taps; k++) {
            float value;
            read_scaled(p->weight, c * taps + k, 1, scale, &value);
            out[k * ECAM_BLOCK + c - first] = value;
        }
    }
}

static void fill_bias(const void *arg, const struct ecam_weight_set *set, size_t task, float *out)
{
    const struct fill *f = arg;
    const struct ecam_conv *p = f->p;
    (void)set, (void)task;
    for (size_t i = 0; i < f->bias_lanes; i++) {
        double scale = 1.0, shift = 0.0;
        float bias = 0.0f;
        if (i < p->out_c && p->bias != NULL)
            ecam_weight_read(p->bias, i, 1, &bias);
        if (i < p->out_c)
            ecam_norms_affine(&f->step->norms, i, &scale, &shift);
        out[i] = (float)((double)bias * scale + shift);
    }
}

enum ecam_status ecam_conv_pack(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    struct fill f = { .step = step, .p = step->node->params };
    const struct ecam_conv *p = f.p;
    const bool is_depthwise = step->algorithm == ECAM_CONV_DEPTHWISE;
    f.panel_blocks = step->kernels->conv_n;
    f.group_blocks = is_depthwise ? ecam_ceil_div(p->out_c, ECAM_BLOCK) : ecam_conv_group_blocks(p);
    f.panels = ecam_ceil_div(f.group_blocks, f.panel_blocks);
    const size_t groups = is_depthwise ? 1 : p->n_merged;
    f.bias_lanes = groups * f.group_blocks * ECAM_BLOCK;
    size_t per_lane = f.terms = ecam_conv_terms(p, (enum ecam_conv_algorithm)step->algorithm);
    if (is_depthwise)
        per_lane = ecam_conv_taps(p);
    if (step->algorithm >= ECAM_CONV_WINOGRAD) {
        const size_t t = ecam_winograd_variants[step->algorithm - ECAM_CONV_WINOGRAD].t;
        per_lane = p->in_c * t * t;
    }
    size_t floats;
    if (!ecam_mul_size(f.bias_lanes, per_lane, &floats))
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': packed weights are too large",
                         step->node->name);
    step->weight_bytes = floats * sizeof(float);
    struct ecam_pack_job job = {
        .key = { .node = step->node,
                 .norms = step->norms,
                 .isa = step->kernels->isa,
                 .algorithm = step->algorithm,
                 .part = PART_WEIGHT },
        .n = floats,
        .n_tasks = groups * f.panels,
        .fill = fill_panel,
        .arg = &f,
        .arg_bytes = sizeof f,
        .source = p->weight,
    };
    if (step->algorithm >= ECAM_CONV_WINOGRAD)
        job.fill = fill_winograd;
    if (is_depthwise) {
        job.fill = fill_depthwise;
        job.n_tasks = f.group_blocks;
    }
    const enum ecam_status status = ecam_packs_get(packs, &job, &step->weight, err);
    if (status != ECAM_OK)
        return status;
    job.key.part = PART_BIAS;
    job.n = f.bias_lanes;
    job.n_tasks = 1;
    job.fill = fill_bias;
    job.source = NULL;
    return ecam_packs_get(packs, &job, &step->bias, err);
}
