/* SPDX-License-Identifier: BSD-2-Clause
 * The table of layers at one input size: shapes, cost, receptive field. */
#include "engine/alloc.h"
#include "engine/error.h"
#include "engine/layer.h"
#include "engine/model.h"

struct ecam_layers {
    struct ecam_layer_info *items; /* without the input node */
    size_t n;
};

void ecam_layers_free(struct ecam_layers *layers)
{
    if (layers == NULL)
        return;
    ecam_free(layers->items);
    ecam_free(layers);
}

size_t ecam_layers_count(const struct ecam_layers *layers)
{
    return layers->n;
}

const struct ecam_layer_info *ecam_layers_get(const struct ecam_layers *layers, size_t i)
{
    return i < layers->n ? &layers->items[i] : NULL;
}

/* Receptive field and jump of one axis behind a window, in input pixels: a window of
 * k taps, d apart, sees (k - 1) d jumps more; every stride multiplies the jump. */
static void widen(struct ecam_layer_info *info, size_t axis)
{
    if (info->field[axis] == 0)
        return; /* the whole input is seen already */
    info->field[axis] += (info->kernel[axis] - 1) * info->dilation[axis] * info->jump[axis];
    info->jump[axis] *= info->stride[axis];
}

static void trace_field(const struct ecam_node *node, const struct ecam_layer_info *all,
                        struct ecam_layer_info *info)
{
    for (size_t axis = 0; axis < 2; axis++) {
        bool is_whole = (node->ops->traits & ECAM_LAYER_GLOBAL) != 0;
        info->field[axis] = info->jump[axis] = node->n_inputs > 0 && node->inputs[0] == 0 ? 1 : 0;
        for (size_t j = 0; j < node->n_inputs; j++) {
            if (node->inputs[j] == 0)
                continue;
            const struct ecam_layer_info *in = &all[node->inputs[j] - 1];
            is_whole = is_whole || in->field[axis] == 0;
            if (in->field[axis] > info->field[axis])
                info->field[axis] = in->field[axis];
            if (in->jump[axis] > info->jump[axis])
                info->jump[axis] = in->jump[axis];
        }
        if (is_whole)
            info->field[axis] = info->jump[axis] = 0;
        else if (info->kernel[axis] != 0)
            widen(info, axis);
    }
}

enum ecam_status ecam_layers_new(const struct ecam_model *model, size_t h, size_t w,
                                 struct ecam_layers **out, struct ecam_error *err)
{
    const struct ecam_graph *graph = model->network->graph;
    const struct ecam_shape input = ecam_model_input_shape(model, 0, h, w);
    enum ecam_status status;
    struct ecam_shape *shapes = ecam_calloc(graph->n_nodes, sizeof *shapes);
    struct ecam_layers *layers = ecam_calloc(1, sizeof *layers);
    if (layers != NULL)
        layers->items = ecam_calloc(graph->n_nodes, sizeof *layers->items);
    if (shapes == NULL || layers == NULL || layers->items == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "table of %zu layers", graph->n_nodes);
        goto out;
    }
    status = ecam_graph_infer_known(graph, &input, shapes, err);
    if (status != ECAM_OK)
        goto out;
    for (size_t i = 1; i < graph->n_nodes; i++) {
        const struct ecam_node *node = &graph->nodes[i];
        struct ecam_layer_info *info = &layers->items[layers->n++];
        *info = (struct ecam_layer_info){
            .name = node->name, .kind = node->kind, .out = shapes[i], .is_last = i == graph->last
        };
        if (node->n_inputs > 0)
            info->in = shapes[node->inputs[0]];
        if (node->ops->describe != NULL && info->out.rank != 0)
            node->ops->describe(node, info);
        trace_field(node, layers->items, info);
        size_t count = 0;
        if (info->out.rank != 0)
            ecam_shape_count(&shapes[i], &count);
        info->out_bytes = (uint64_t)count * sizeof(float);
    }
    *out = layers; /* handed over */
    layers = NULL;
out:
    ecam_free(shapes);
    ecam_layers_free(layers);
    return status;
}
