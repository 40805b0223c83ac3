/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/view.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "layers/axes.h"
#include "layers/elementwise.h"

static const char *const none[] = { NULL };

static enum ecam_status init_plain(struct ecam_node *node, struct ecam_error *err)
{
    return ecam_node_allow(node, none, none, none, err);
}

static enum ecam_status infer_same(const struct ecam_node *node, const struct ecam_shape *in,
                                   struct ecam_shape *out, struct ecam_error *err)
{
    (void)node;
    (void)err;
    *out = in[0];
    return ECAM_OK;
}

/* ---- Input ---- */

static enum ecam_status init_input(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "channels", NULL };
    size_t channels;
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    return status != ECAM_OK ? status
                             : ecam_node_ints(node, "channels", 1, 1, 65536, 3, &channels, err);
}

/* in[0] is the shape that the session asks for. */
static enum ecam_status infer_input(const struct ecam_node *node, const struct ecam_shape *in,
                                    struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_attr *attr = ecam_node_attr(node, "channels");
    const size_t channels = attr != NULL ? (size_t)attr->value[0] : 3;
    if (in->rank != 4 || in->dim[1] != channels || in->dim[0] == 0 || in->dim[2] == 0 ||
        in->dim[3] == 0) {
        char text[ECAM_SHAPE_TEXT];
        return ecam_fail(err, ECAM_ERR_SHAPE, "input of shape %s, the network takes Nx%zuxHxW",
                         ecam_shape_text(in, text), channels);
    }
    *out = *in;
    return ECAM_OK;
}

const struct ecam_layer_ops ecam_layer_input = {
    .kind = "input",
    .traits = ECAM_LAYER_VIEW,
    .init = init_input,
    .infer = infer_input,
};

/* ---- Other shapes for the same floats ---- */

/* For where a view cannot be, and the output does not lie where the input does. */
static void copy_task(void *arg, size_t number, unsigned worker)
{
    const struct ecam_step *step = arg;
    const size_t first = number * ECAM_CHUNK_FLOATS;
    const size_t n = ecam_min_size(ECAM_CHUNK_FLOATS, ecam_shape_floats(&step->out_shape) - first);
    (void)worker;
    memcpy(step->out + first, step->in[0] + first, n * sizeof(float));
}

static void run_copy(const struct ecam_step *step, struct ecam_pool *pool)
{
    struct ecam_step s = *step;
    const size_t chunks = ecam_ceil_div(ecam_shape_floats(&s.out_shape), ECAM_CHUNK_FLOATS);
    if (s.out != s.in[0])
        ecam_pool_run(pool, chunks, copy_task, &s);
}

/* The axes before one become one axis, those from it on another. */
static enum ecam_status init_flatten(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "axis", NULL };
    int64_t axis;
    const enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    return status != ECAM_OK ? status : ecam_node_axis(node, 1, &axis, err);
}

static enum ecam_status infer_flatten(const struct ecam_node *node, const struct ecam_shape *in,
                                      struct ecam_shape *out, struct ecam_error *err)
{
    int64_t axis = 1;
    size_t split = in->rank; /* which is an axis here, too: all before it, and one */
    enum ecam_status status = ecam_node_axis(node, 1, &axis, err);
    if (status == ECAM_OK && axis != (int64_t)in->rank)
        status = ecam_axis_find(node, axis, in, &split, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_shape shape = { .rank = 2, .dim = { 1, 1 } };
    for (size_t i = 0; i < in->rank; i++) {
        size_t *to = &shape.dim[i < split ? 0 : 1];
        if (!ecam_mul_size(*to, in->dim[i], to))
            return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': size overflows", node->name);
    }
    *out = shape;
    return ECAM_OK;
}

const struct ecam_layer_ops ecam_layer_flatten = {
    .kind = "flatten",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_VIEW,
    .init = init_flatten,
    .infer = infer_flatten,
};

static enum ecam_status init_reshape(struct ecam_node *node, struct ecam_error *err)
{
    static const char *const attrs[] = { "shape", NULL };
    enum ecam_status status = ecam_node_allow(node, attrs, none, none, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_list *shape = ecam_calloc(1, sizeof *shape);
    if (shape == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "layer '%s'", node->name);
    node->params = shape;
    status = ecam_node_list(node, "shape", true, -1, INT64_MAX, shape, err);
    size_t n_open = 0;
    for (size_t i = 0; i < shape->n; i++)
        n_open += shape->value[i] == -1;
    if (status == ECAM_OK && n_open > 1)
        return ecam_fail(err, ECAM_ERR_FORMAT, "layer '%s': %zu sizes are -1, at most 1 can be",
                         node->name, n_open);
    return status;
}

static enum ecam_status infer_reshape(const struct ecam_node *node, const struct ecam_shape *in,
                                      struct ecam_shape *out, struct ecam_error *err)
{
    const struct ecam_list *wanted = node->params;
    struct ecam_shape shape = { .rank = (uint32_t)wanted->n };
    size_t count = 0, known = 1, open = SIZE_MAX;
    char a[ECAM_SHAPE_TEXT], b[ECAM_SHAPE_TEXT];
    bool fits = ecam_shape_count(in, &count);
    for (size_t i = 0; i < wanted->n && fits; i++) {
        if (wanted->value[i] == 0 && i >= in->rank)
            return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': size %zu is that of %s, which ends",
                             node->name, i, ecam_shape_text(in, a));
        shape.dim[i] = wanted->value[i] == 0 ? in->dim[i] : (size_t)wanted->value[i];
        if (wanted->value[i] == -1) {
            shape.dim[i] = 1;
            open = i;
        }
        fits = (uint64_t)shape.dim[i] == (uint64_t)wanted->value[i] || wanted->value[i] <= 0;
        fits = fits && ecam_mul_size(known, shape.dim[i], &known);
    }
    if (fits && open != SIZE_MAX) {
        fits = known != 0 && count % known == 0;
        shape.dim[open] = fits ? count / known : 1;
        known *= shape.dim[open];
    }
    if (!fits || known != count)
        return ecam_fail(err, ECAM_ERR_SHAPE, "layer '%s': %s cannot become %s", node->name,
                         ecam_shape_text(in, a), ecam_shape_text(&shape, b));
    *out = shape;
    return ECAM_OK;
}

const struct ecam_layer_ops ecam_layer_reshape = {
    .kind = "reshape",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_VIEW | ECAM_LAYER_IN_PLACE,
    .init = init_reshape,
    .infer = infer_reshape,
    .run = run_copy,
};

const struct ecam_layer_ops ecam_layer_dropout = {
    .kind = "dropout", /* dropout at inference is the identity */
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_VIEW,
    .init = init_plain,
    .infer = infer_same,
};

const struct ecam_layer_ops ecam_layer_identity = {
    .kind = "identity",
    .min_inputs = 1,
    .max_inputs = 1,
    .traits = ECAM_LAYER_VIEW,
    .init = init_plain,
    .infer = infer_same,
};
