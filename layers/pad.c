/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/pad.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/elementwise.h"

#define MAX_PAD 65536

struct params {
    size_t pad[6]; /* channels before, after; top, bottom; left, right */
    float value;
};

static enum ecam_status init(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const none[] = { NULL }, *const attrs[] = { "pad", "value", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct params *p = ecam_calloc(1, sizeof *p);
    if (p == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = p;
    double value = 0;
    status = ecam_node_ints(node, "pad", 6, 0, MAX_PAD, 0, p->pad, err);
    if (status == ECAM_OK)
        status = ecam_node_real(node, "value", 0.0, &value, err);
    p->value = (float)value;
    return status;
}

static enum ecam_status infer(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err)
{
    const struct params *p = node->params;
    if (in->rank != 4)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': pad of rank %u, 4 expected", node->name,
                         in->rank);
    *out = *in;
    for (size_t axis = 0; axis < 3; axis++)
        if (!ecam_add_size(out->dim[axis + 1], p->pad[2 * axis] + p->pad[2 * axis + 1],
                           &out->dim[axis + 1]))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    return ECAM_OK;
}

/* One output plane a task. */
static void task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const struct params *p = step->node->params;
    const size_t channels = step->out_shape.dim[1], h = step->out_shape.dim[2],
                 w = step->out_shape.dim[3];
    const size_t in_c = step->in_shape[0].dim[1], in_h = step->in_shape[0].dim[2],
                 in_w = step->in_shape[0].dim[3];
    const size_t n = number / channels, c = number % channels;
    float *out = step->out + number * h * w;
    (void)worker;
    for (size_t i = 0; i < h * w; i++)
        out[i] = p->value;
    if (c < p->pad[0] || c - p->pad[0] >= in_c)
        return;
    const float *in = step->in[0] + (n * in_c + c - p->pad[0]) * in_h * in_w;
    for (size_t y = 0; y < in_h; y++)
        memcpy(out + (y + p->pad[2]) * w + p->pad[4], in + y * in_w, in_w * sizeof(float));
}

static void run(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    ecam_pool_run(pool, s.out_shape.dim[0] * s.out_shape.dim[1], task, &s);
}

const struct ecam_layer_ops ecam_layer_pad = {
    .kind = "pad",
    .min_inputs = 1,
    .max_inputs = 1,
    .init = init,
    .infer = infer,
    .run = run,
};
