/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/batchnorm.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "engine/packs.h"
#include "layers/activation.h"
#include "layers/conv2d.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"
#include "layers/reorder.h"

struct params {
    size_t channels;
    double eps;
    const struct ecam_weight *weight, *bias; /* NULL: ones, zeros */
    const struct ecam_weight *mean, *var;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "eps", NULL };
    static const char *const roles[] = { "weight", "bias", "mean", "var", NULL };
    static const char *const required[] = { "mean", "var", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, roles, required, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    const struct ecam_weight *mean = ecam_node_weight(node, "mean");
    p->channels = mean->shape.rank == 1 ? mean->shape.dim[0] : 0;
    if (p->channels == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' is not a vector", node->name,
                         mean->name);
    status = ecam_node_real(node, "eps", 1e-5, &p->eps, err);
    if (status == ECAM_OK)
        status = ecam_node_vector(node, "mean", p->channels, &p->mean, err);
    if (status == ECAM_OK)
        status = ecam_node_vector(node, "var", p->channels, &p->var, err);
    if (status == ECAM_OK)
        status = ecam_node_vector(node, "weight", p->channels, &p->weight, err);
    if (status == ECAM_OK)
        status = ecam_node_vector(node, "bias", p->channels, &p->bias, err);
    return status;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    if (in->rank < 2 || in->dim[1] != p->channels) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': input %s, %zu channels are expected",
                         node->name, ecam_shape_text(in, text), p->channels);
    }
    *out = in[0];
    return ECAM_OK;
}

static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    const struct params *p = node->params;
    /* Running statistics are no parameters: nothing was trained in them. */
    const uint64_t vectors = (p->weight != NULL ? 1u : 0u) + (p->bias != NULL ? 1u : 0u);
    info->parameters = vectors * p->channels;
}

size_t ecam_batchnorm_channels(const struct ecam_node *node)
{
    return ((const struct params *)node->params)->channels;
}

static size_t rounded_channels(const struct ecam_node *node)
{
    return ecam_ceil_div(ecam_batchnorm_channels(node), ECAM_BLOCK) * ECAM_BLOCK;
}

static double element(const struct ecam_weight *w, size_t c, double fallback)
{
    float value;
    if (w == NULL)
        return fallback;
    ecam_weight_read(w, c, 1, &value);
    return (double)value;
}

void ecam_batchnorm_affine(const struct ecam_node *node, size_t c, double *scale, double *shift)
{
    const struct params *p = node->params;
    *scale = element(p->weight, c, 1.0) / sqrt(element(p->var, c, 1.0) + p->eps);
    *shift = element(p->bias, c, 0.0) - element(p->mean, c, 0.0) * *scale;
}

/* [2][rounded channels]: scales, then shifts, zeros for lanes without a channel. */
static void fill(const void *arg, const struct ecam_weight_set *set, size_t task, float *out)
{
    const struct ecam_node *node = *(const struct ecam_node *const *)arg;
    const size_t channels = ecam_batchnorm_channels(node), rounded = rounded_channels(node);
    (void)set, (void)task;
    for (size_t c = 0; c < rounded; c++) {
        double scale = 0.0, shift = 0.0;
        if (c < channels)
            ecam_batchnorm_affine(node, c, &scale, &shift);
        out[c] = (float)scale;
        out[rounded + c] = (float)shift;
    }
}

enum ecam_status ecam_batchnorm_pack(const struct ecam_node *node, struct ecam_packs *packs,
                                     const float **out, struct ecam_error *err)
{
    /* The same floats at every level: one pack for all. */
    const struct ecam_pack_job job = {
        .key = { .node = node, .isa = ECAM_ISA_SCALAR },
        .n = 2 * rounded_channels(node),
        .n_tasks = 1,
        .fill = fill,
        .arg = &node,
        .arg_bytes = sizeof node, /* the pointer */
    };
    return ecam_packs_get(packs, &job, out, err);
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    return ecam_batchnorm_pack(step->node, packs, &step->weight, err);
}

/* A convolution that can take its input through this layer becomes the step. */
static bool absorb(struct ecam_step *step, const struct ecam_node *next)
{
    if (!ecam_conv2d_takes_norm(next))
        return ecam_absorb_relu(step, next);
    step->pre = step->node;
    step->pre_relu = step->relu;
    step->relu = false;
    step->ops = next->ops;
    step->node = next;
    return true;
}

/* Positions of a block in one task. */
static size_t stretch(const struct ecam_step *step)
{
    return ecam_min_size(ECAM_CHUNK_FLOATS / ECAM_BLOCK, ecam_shape_plane(&step->out_shape));
}

static void block_task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t plane = ecam_shape_plane(&step->out_shape), n = stretch(step);
    const size_t parts = ecam_ceil_div(plane, n), rounded = rounded_channels(step->node);
    const size_t blocks = rounded / ECAM_BLOCK;
    const size_t first = number % parts * n, block = number / parts % blocks;
    const size_t image = number / parts / blocks;
    const size_t at = (block * plane + first) * ECAM_BLOCK;
    const float *affine = step->weight + block * ECAM_BLOCK;
    (void)worker;
    step->kernels->blockaffine(
        step->in[0] + image * step->in_image[0] + at, affine, affine + rounded, step->relu,
        step->out + image * step->out_image + at, ecam_min_size(n, plane - first));
}

/* Rank 2 or 3, one image a task: nothing large has so few axes. */
static void plain_task(void *arg, size_t image, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t channels = step->out_shape.dim[1], plane = ecam_shape_plane(&step->out_shape);
    const size_t rounded = rounded_channels(step->node);
    (void)worker;
    for (size_t c = 0; c < channels; c++) {
        const float *in = step->in[0] + image * step->in_image[0] + c * plane;
        float *out = step->out + image * step->out_image + c * plane;
        for (size_t i = 0; i < plane; i++) {
            const float product = in[i] * step->weight[c];
            out[i] = product + step->weight[rounded + c];
        }
        if (step->relu)
            step->kernels->relu(out, out, plane);
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    if (s.out_layout == ECAM_PLAIN) {
        ecam_pool_run(pool, s.out_shape.dim[0], plain_task, &s);
        return;
    }
    const size_t parts = ecam_ceil_div(ecam_shape_plane(&s.out_shape), stretch(&s));
    ecam_pool_run(pool, s.out_shape.dim[0] * rounded_channels(s.node) / ECAM_BLOCK * parts,
                  block_task, &s);
}

const struct ecam_layer_ops ecam_layer_batchnorm = {
    .kind = "batchnorm",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init,
    .infer = infer,
    .describe = describe,
    .absorb = absorb,
    .layout = ecam_layout_blocked,
    .prepare = prepare,
    .run = run,
};
