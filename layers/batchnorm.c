/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/batchnorm.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "engine/packs.h"
#include "layers/activation.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"

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

/* [2][channels]: scales, then shifts. */
static void fill(const void *arg, const struct ecam_weight_set *set, float *out)
{
    const struct ecam_step *step = arg;
    const size_t channels = ecam_batchnorm_channels(step->node);
    (void)set;
    for (size_t c = 0; c < channels; c++) {
        double scale, shift;
        ecam_batchnorm_affine(step->node, c, &scale, &shift);
        out[c] = (float)scale;
        out[channels + c] = (float)shift;
    }
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    /* The same floats at every level: one pack for all. */
    const struct ecam_pack_key key = { .node = step->node, .isa = ECAM_ISA_SCALAR };
    return ecam_packs_get(packs, &key, 2 * ecam_batchnorm_channels(step->node), fill, step,
                          &step->weight, err);
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t channels = step->out_shape.dim[1], plane = ecam_shape_plane(&step->out_shape);
    const size_t per_task = ecam_items_per_task(plane), planes = step->out_shape.dim[0] * channels;
    (void)worker;
    for (size_t i = number * per_task; i < ecam_min_size((number + 1) * per_task, planes); i++) {
        const size_t c = i % channels;
        float *out = step->out + i * plane;
        step->kernels->affine(step->in[0] + i * plane, step->weight[c], step->weight[channels + c],
                              out, plane);
        if (step->relu)
            step->kernels->relu(out, out, plane);
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    const size_t planes = s.out_shape.dim[0] * s.out_shape.dim[1];
    ecam_pool_run(pool, ecam_ceil_div(planes, ecam_items_per_task(ecam_shape_plane(&s.out_shape))),
                  task, &s);
}

const struct ecam_layer_ops ecam_layer_batchnorm = {
    .kind = "batchnorm",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE,
    .init = init,
    .infer = infer,
    .describe = describe,
    .absorb = ecam_absorb_relu,
    .prepare = prepare,
    .run = run,
};
