/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/unary.h"

#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"
#include "layers/reorder.h"

/* The real attributes that become a and b of a struct ecam_unary; "" where there is none. */
struct rule {
    const char *kind;
    enum ecam_unary_op op;
    const char *a, *b;
    double a_default, b_default;
};

static const struct rule rules[] = {
    { "clip", ECAM_UNARY_CLIP, "min", "max", -(double)INFINITY, (double)INFINITY },
    { "elu", ECAM_UNARY_ELU, "alpha", "", 1.0, 0.0 },
    { "erf", ECAM_UNARY_ERF, "", "", 0.0, 0.0 },
    { "gelu", ECAM_UNARY_GELU, "", "", 0.0, 0.0 },
    { "hard_sigmoid", ECAM_UNARY_HARD_SIGMOID, "alpha", "beta", 0.2, 0.5 },
    { "hard_swish", ECAM_UNARY_HARD_SWISH, "", "", 0.0, 0.0 },
    { "sigmoid", ECAM_UNARY_SIGMOID, "", "", 0.0, 0.0 },
    { "silu", ECAM_UNARY_SILU, "", "", 0.0, 0.0 },
    { "tanh", ECAM_UNARY_TANH, "", "", 0.0, 0.0 },
};

static const struct rule *rule_of(const struct ecam_node *node)
{
    size_t i = 0;
    while (strcmp(rules[i].kind, node->kind) != 0) /* the registry found the kind */
        i++;
    return &rules[i];
}

static enum ecam_status read_attrs(const struct ecam_node *node, const struct rule *rule,
                                   struct ecam_unary *f, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    const bool is_gelu = rule->op == ECAM_UNARY_GELU;
    const char *const attrs[] = { is_gelu ? "tanh" : rule->a, rule->b, NULL };
    double a = 0.0, b = 0.0;
    size_t by_tanh = 0;
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status == ECAM_OK && is_gelu)
        status = ecam_node_ints(node, "tanh", 1, 0, 1, 0, &by_tanh, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, rule->a, rule->a_default, &a, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, rule->b, rule->b_default, &b, err);
    if (status == ECAM_OK && rule->op == ECAM_UNARY_CLIP && a > b)
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': values from %g to %g", node->name, a,
                         b);
    f->op = by_tanh != 0 ? ECAM_UNARY_GELU_TANH : rule->op;
    f->a = (float)a;
    f->b = (float)b;
    return status;
}

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    struct ecam_unary f = { .op = ECAM_UNARY_CLIP };
    const enum ecam_status status = read_attrs(node, rule_of(node), &f, err);
    if (status != ECAM_OK)
        return status;
    node->params = ecam_calloc(1, sizeof f);
    if (node->params == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    memcpy(node->params, &f, sizeof f);
    return ECAM_OK;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    (void)node, (void)err;
    *out = in[0];
    return ECAM_OK;
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const struct ecam_stretch part = ecam_stretch(step, number);
    (void)worker;
    step->kernels->unary(step->node->params,
                         step->in[0] + part.image * step->in_image[0] + part.first,
                         step->out + part.image * step->out_image + part.first, part.n);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, ecam_stretches(&s), task, &s);
}

#define UNARY(name)                                   \
    const struct ecam_layer_ops ecam_layer_##name = { \
        .kind = #name,                                \
        .min_inputs = 1,                              \
        .max_inputs = 1,                              \
        .traits = ECAM_LAYER_IN_PLACE,                \
        .init = init,                                 \
        .infer = infer,                               \
        .layout = ecam_layout_same,                   \
        .run = run,                                   \
    }

UNARY(clip);
UNARY(elu);
UNARY(erf);
UNARY(gelu);
UNARY(hard_sigmoid);
UNARY(hard_swish);
UNARY(sigmoid);
UNARY(silu);
UNARY(tanh);
