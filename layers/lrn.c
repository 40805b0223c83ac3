/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/lrn.h"

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"
#include "layers/kernels/kernels.h"

#define MAX_SIZE 4095

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL };
    static const char *const attrs[] = { "size", "alpha", "beta", "k", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_lrn *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    double alpha = 0, beta = 0, k = 0;
    status = ecam_node_ints(node, "size", 1, 1, MAX_SIZE, 5, &p->size, err);
    if (status == ECAM_OK && p->size % 2 == 0)
        status = ecam_fail(err, ECAM_ERR_UNSUPPORTED, "layer '%s': LRN over %zu channels, odd only",
                           node->name, p->size);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "alpha", 1e-4, &alpha, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "beta", 0.75, &beta, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "k", 1.0, &k, err);
    p->alpha = (float)alpha;
    p->beta = (float)beta;
    p->k = (float)k;
    return status;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    if (in->rank != 4)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': LRN of rank %u, 4 expected", node->name,
                         in->rank);
    *out = *in;
    return ECAM_OK;
}

static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t channels = step->out_shape.dim[1], plane = ecam_shape_plane(&step->out_shape);
    const size_t per_task = ecam_items_per_task(plane);
    const size_t tasks = ecam_ceil_div(channels, per_task);
    const size_t n = number / tasks, first = number % tasks * per_task;
    const size_t base = n * channels * plane;
    (void)worker;
    step->kernels->lrn(step->in[0] + base, step->out + base, channels, plane, first,
                       ecam_min_size(first + per_task, channels), step->node->params);
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    const size_t per_task = ecam_items_per_task(ecam_shape_plane(&s.out_shape));
    ecam_pool_run(pool, s.out_shape.dim[0] * ecam_ceil_div(s.out_shape.dim[1], per_task), task, &s);
}

const struct ecam_layer_ops ecam_layer_lrn = {
    .kind = "lrn",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .run = run,
};
