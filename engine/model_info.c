/* SPDX-License-Identifier: BSD-2-Clause
 * What can be asked of a model that is loaded. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/model.h"
#include "layers/kernels/kernels.h"
#include "layers/reorder.h"

#define STRINGIFY(x) #x
#define TEXT(x) STRINGIFY(x)
#define FALLBACK_SIZE 224 /* where the preprocessing leaves the photo's own size */

const char *ecam_version(void)
{
    return TEXT(ECAM_VERSION_MAJOR) "." TEXT(ECAM_VERSION_MINOR) "." TEXT(ECAM_VERSION_PATCH);
}

const struct ecam_kernels *ecam_model_kernels(enum ecam_isa isa)
{
    return ecam_kernels_get(isa);
}

const struct ecam_layer_ops *ecam_model_reorder(void)
{
    return &ecam_layer_reorder;
}

void ecam_model_free(struct ecam_model *model)
{
    if (model == NULL)
        return;
    ecam_packs_free(model->packs);
    ecam_network_free(model->network);
    ecam_free(model->path);
    ecam_free(model);
}

const struct ecam_preprocess *ecam_model_preprocess(const struct ecam_model *model)
{
    return &model->network->preprocess;
}

const char *ecam_model_label(const struct ecam_model *model, size_t index)
{
    return index < model->network->n_labels ? model->network->labels[index] : NULL;
}

size_t ecam_model_n_labels(const struct ecam_model *model)
{
    return model->network->n_labels;
}

const char *ecam_model_last_name(const struct ecam_model *model)
{
    const struct ecam_graph *graph = model->network->graph;
    const char *last = ecam_network_fact(model->network, "last");
    return last != NULL && ecam_graph_find(graph, last) != ECAM_NO_NODE
               ? last
               : graph->nodes[graph->last].name;
}

const char *ecam_model_fact(const struct ecam_model *model, const char *key)
{
    if (strcmp(key, "path") == 0)
        return model->path;
    if (strcmp(key, "last") == 0)
        return ecam_model_last_name(model);
    return ecam_network_fact(model->network, key);
}

void ecam_model_input(const struct ecam_model *model, size_t *c, size_t *h, size_t *w)
{
    const struct ecam_shape shape = ecam_model_input_shape(model, 0, 0, 0);
    *c = shape.dim[1];
    *h = shape.dim[2];
    *w = shape.dim[3];
}

size_t ecam_model_n_classes(const struct ecam_model *model)
{
    const struct ecam_graph *graph = model->network->graph;
    const struct ecam_shape input = ecam_model_input_shape(model, 0, 0, 0);
    struct ecam_shape *shapes = ecam_calloc(graph->n_nodes, sizeof *shapes);
    size_t n = 0;
    if (shapes != NULL &&
        ecam_graph_infer(graph, &input, NULL, graph->output, shapes, NULL) == ECAM_OK) {
        const struct ecam_shape *out = &shapes[graph->output];
        const bool is_row = out->rank == 2 || (out->rank == 4 && out->dim[2] * out->dim[3] == 1);
        n = is_row && out->dim[0] == 1 ? out->dim[1] : 0;
    }
    ecam_free(shapes);
    return n;
}

struct ecam_shape ecam_model_input_shape(const struct ecam_model *model, size_t n, size_t h,
                                         size_t w)
{
    const struct ecam_preprocess *p = &model->network->preprocess;
    const struct ecam_attr *channels = ecam_node_attr(&model->network->graph->nodes[0], "channels");
    size_t own_h = FALLBACK_SIZE, own_w = FALLBACK_SIZE;
    if (p->crop_h != 0 && p->crop_w != 0) {
        own_h = p->crop_h;
        own_w = p->crop_w;
    } else if (p->resize != ECAM_RESIZE_NONE) {
        own_h = p->resize_h;
        own_w = p->resize == ECAM_RESIZE_SQUASH ? p->resize_w : p->resize_h;
    }
    return (struct ecam_shape){ .rank = 4,
                                .dim = { n != 0 ? n : 1,
                                         channels != NULL ? (size_t)channels->value[0] : 3,
                                         h != 0 ? h : own_h, w != 0 ? w : own_w } };
}
