/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/affine.h"

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
    const struct ecam_weight *mean, *var;    /* likewise zeros, ones */
};

static enum ecam_status init_with(struct ecam_node *node, const char *const *attrs,
                                  const char *const *roles, const char *const *required,
                                  const char *first, struct ecam_error *err)
{
    enum ecam_status status = ecam_node_allow(node, attrs, roles, required, err);
    if (status != ECAM_OK)
        return status;
    const struct ecam_weight *vector = ecam_node_weight(node, first);
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    p->channels = vector->shape.rank == 1 ? vector->shape.dim[0] : 0;
    if (p->channels == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' is not a vector", node->name,
                         vector->name);
    status = ecam_node_vector(node, "mean", p->channels, &p->mean, err);
    if (status == ECAM_OK)
        status = ecam_node_vector(node, "var", p->channels, &p->var, err);
    if (status == ECAM_OK)
        status = ecam_node_vector(node, "weight", p->channels, &p->weight, err);
    if (status == ECAM_OK)
        status = ecam_node_vector(node, "bias", p->channels, &p->bias, err);
    return status;
}

static enum ecam_status init_batchnorm(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "eps", NULL };
    static const char *const roles[] = { "weight", "bias", "mean", "var", NULL };
    static const char *const required[] = { "mean", "var", NULL };
    const enum ecam_status status = init_with(node, attrs, roles, required, "mean", err);
    if (status != ECAM_OK)
        return status;
    struct params *p = node->params;
    return ecam_node_real(node, "eps", 1e-5, &p->eps, err);
}

static enum ecam_status init_scale(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const roles[] = { "weight", "bias", NULL };
    if (ecam_node_weight(node, "weight") != NULL)
        return init_with(node, none, roles, none, "weight", err);
    static const char *const required[] = { "bias", NULL };
    return init_with(node, none, roles, required, "bias", err);
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

/* ---- Norms in a row ---- */

static size_t channels_of(const struct ecam_node *node)
{
    return ((const struct params *)node->params)->channels;
}

static size_t rounded_channels(const struct ecam_node *node)
{
    return ecam_ceil_div(channels_of(node), ECAM_BLOCK) * ECAM_BLOCK;
}

bool ecam_absorb_norm(struct ecam_norms *norms, size_t channels, const struct ecam_node *next)
{
    size_t n = 0;
    while (n < ECAM_MAX_NORMS && norms->node[n] != NULL)
        n++;
    if (n == ECAM_MAX_NORMS ||
        (next->ops != &ecam_layer_batchnorm && next->ops != &ecam_layer_scale) ||
        channels_of(next) != channels)
        return false;
    norms->node[n] = next;
    return true;
}

static double element(const struct ecam_weight *w, size_t c, double fallback)
{
    float value;
    if (w == NULL)
        return fallback;
    ecam_weight_read(w, c, 1, &value);
    return (double)value;
}

void ecam_norms_affine(const struct ecam_norms *norms, size_t c, double *scale, double *shift)
{
    *scale = 1.0;
    *shift = 0.0;
    for (size_t i = 0; i < ECAM_MAX_NORMS && norms->node[i] != NULL; i++) {
        const struct params *p = norms->node[i]->params;
        const double factor = element(p->weight, c, 1.0) / sqrt(element(p->var, c, 1.0) + p->eps);
        *shift = (*shift - element(p->mean, c, 0.0)) * factor + element(p->bias, c, 0.0);
        *scale *= factor;
    }
}

/* [2][rounded channels]: scales, then shifts, zeros for lanes without a channel. */
static void fill(const void *arg, const struct ecam_weight_set *set, size_t task, float *out)
{
    const struct ecam_norms *norms = arg;
    const size_t channels = channels_of(norms->node[0]), rounded = rounded_channels(norms->node[0]);
    (void)set, (void)task;
    for (size_t c = 0; c < rounded; c++) {
        double scale = 0.0, shift = 0.0;
        if (c < channels)
            ecam_norms_affine(norms, c, &scale, &shift);
        out[c] = (float)scale;
        out[rounded + c] = (float)shift;
    }
}

enum ecam_status ecam_norms_pack(const struct ecam_norms *norms, struct ecam_packs *packs,
                                 const float **out, struct ecam_error *err)
{
    /* The same floats at every level: one pack for all. */
    const struct ecam_pack_job job = {
        .key = { .node = norms->node[0], .norms = *norms, .isa = ECAM_ISA_SCALAR },
        .n = 2 * rounded_channels(norms->node[0]),
        .n_tasks = 1,
        .fill = fill,
        .arg = norms,
        .arg_bytes = sizeof *norms,
    };
    return ecam_packs_get(packs, &job, out, err);
}

/* ---- A step of its own ---- */

/* The norms of a step that is this layer's: its own node, and one absorbed. */
static struct ecam_norms norms_of(const struct ecam_step *step)
{
    return (struct ecam_norms){ { step->node, step->norms.node[0] } };
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    const struct ecam_norms norms = norms_of(step);
    return ecam_norms_pack(&norms, packs, &step->weight, err);
}

/* A norm behind is one with this; a convolution that can take its input through this
 * layer becomes the step. */
static bool absorb(struct ecam_step *step, const struct ecam_node *next)
{
    if (!step->relu && step->norms.node[0] == NULL &&
        ecam_absorb_norm(&step->norms, channels_of(step->node), next))
        return true;
    if (!ecam_conv2d_takes_norm(next))
        return ecam_absorb_relu(step, next);
    step->pre = norms_of(step);
    step->pre_relu = step->relu;
    step->norms = (struct ecam_norms){ { NULL } };
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

/* Not of rank 4, one image a task: nothing large has so few axes. Images are counted
 * by the shape: a view of what has other images is plain, and so one stretch. */
static void plain_task(void *arg, size_t image, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t channels = step->out_shape.dim[1], plane = ecam_shape_plane(&step->out_shape);
    const size_t rounded = rounded_channels(step->node);
    (void)worker;
    for (size_t c = 0; c < channels; c++) {
        const float *in = step->in[0] + (image * channels + c) * plane;
        float *out = step->out + (image * channels + c) * plane;
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

#define AFFINE(name)                                  \
    const struct ecam_layer_ops ecam_layer_##name = { \
        .kind = #name,                                \
        .min_inputs = 1,                              \
        .max_inputs = 1,                              \
        .traits = ECAM_LAYER_IN_PLACE,                \
        .init = init_##name,                          \
        .infer = infer,                               \
        .describe = describe,                         \
        .absorb = absorb,                             \
        .layout = ecam_layout_blocked,                \
        .prepare = prepare,                           \
        .run = run,                                   \
    }

AFFINE(batchnorm);
AFFINE(scale);
