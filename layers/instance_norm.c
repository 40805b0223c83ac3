/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/instance_norm.h"

#include <math.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/packing.h"

#define LANES 8 /* sums side by side, so that additions need not wait for each other */

struct params {
    size_t channels;
    double eps;
    const struct ecam_weight *weight, *bias;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "eps", NULL };
    static const char *const roles[] = { "weight", "bias", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, roles, roles, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    const struct ecam_weight *weight = ecam_node_weight(node, "weight");
    p->channels = weight->shape.rank == 1 ? weight->shape.dim[0] : 0;
    if (p->channels == 0)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': '%s' is not a vector", node->name,
                         weight->name);
    status = ecam_node_real(node, "eps", 1e-5, &p->eps, err);
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
    if (in->rank < 3 || in->dim[1] != p->channels) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE,
                         "layer '%s': input %s, rank 3 or more and %zu channels are expected",
                         node->name, ecam_shape_text(in, text), p->channels);
    }
    *out = in[0];
    return ECAM_OK;
}

static void describe(const struct ecam_node *node, struct ecam_layer_info *info)
{
    info->parameters = ecam_node_parameters(node);
}

static enum ecam_status prepare(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err)
{
    const struct params *p = step->node->params;
    const enum ecam_status status = ecam_pack_floats(step, p->weight, 0, packs, &step->weight, err);
    return status == ECAM_OK ? ecam_pack_floats(step, p->bias, 1, packs, &step->bias, err) : status;
}

/* Sum of (x - shift) ^ power, power 1 or 2. */
static double sum_of(const float *x, size_t n, double shift, bool is_squared)
{
    double lane[LANES] = { 0.0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            const double d = (double)x[i + l] - shift;
            lane[l] += is_squared ? d * d : d;
        }
    for (; i < n; i++) {
        const double d = (double)x[i] - shift;
        lane[i % LANES] += is_squared ? d * d : d;
    }
    for (size_t l = 1; l < LANES; l++)
        lane[0] += lane[l];
    return lane[0];
}

struct planes_run {
    const struct ecam_step *step;
    size_t planes, per_task;
};

static void task(void *arg, size_t number, unsigned worker)
{
    const struct planes_run *run = arg;
    const struct ecam_step *step = run->step;
    const struct params *p = step->node->params;
    const size_t n = ecam_shape_plane(&step->out_shape), first = number * run->per_task;
    (void)worker;
    for (size_t i = first; i < ecam_min_size(first + run->per_task, run->planes); i++) {
        const float *in = step->in[0] + i * n;
        float *out = step->out + i * n;
        const double mean = sum_of(in, n, 0.0, false) / (double)n;
        const double var = sum_of(in, n, mean, true) / (double)n;
        const double scale = (double)step->weight[i % p->channels] / sqrt(var + p->eps);
        const double shift = (double)step->bias[i % p->channels];
        for (size_t j = 0; j < n; j++)
            out[j] = (float)(((double)in[j] - mean) * scale + shift);
    }
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct planes_run run = { .step = step };
    run.planes = step->out_shape.dim[0] * step->out_shape.dim[1];
    run.per_task = ecam_items_per_task(ecam_shape_plane(&step->out_shape));
    ecam_pool_run(pool, ecam_ceil_div(run.planes, run.per_task), task, &run);
}

const struct ecam_layer_ops ecam_layer_instance_norm = {
    .kind = "instance_norm",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_IN_PLACE | ECAM_LAYER_GLOBAL,
    .init = init,
    .infer = infer,
    .describe = describe,
    .prepare = prepare,
    .run = run,
};
