/* SPDX-License-Identifier: BSD-2-Clause
 * The lesson of a report: which layers it works out by hand, and what they gave. */
#include <string.h>

#include "engine/error.h"
#include "engine/model.h"
#include "engine/network.h"
#include "tools/report_lesson.h"

#define MAX_TAPS 8

const struct ecam_layer_info *lesson_info(const struct lesson *lesson, uint32_t node)
{
    return ecam_layers_get(lesson->layers, node - 1);
}

/* ---- What is worked out ---- */

static bool is_kind(const struct ecam_node *node, const char *kind)
{
    return strcmp(node->kind, kind) == 0;
}

/* The one node that reads a node's value and changes it value by value, or none. */
static uint32_t follower(const struct lesson *lesson, uint32_t node)
{
    uint32_t found = ECAM_NO_NODE;
    for (uint32_t i = node + 1; i < lesson->graph->n_nodes; i++) {
        const struct ecam_node *n = &lesson->graph->nodes[i];
        for (size_t k = 0; k < n->n_inputs; k++) {
            if (n->inputs[k] != node)
                continue;
            if (found != ECAM_NO_NODE)
                return ECAM_NO_NODE;
            found = i;
        }
    }
    if (found == ECAM_NO_NODE)
        return found;
    const struct ecam_node *n = &lesson->graph->nodes[found];
    return n->n_inputs == 1 &&
                   (is_kind(n, "batchnorm") || is_kind(n, "scale") || is_kind(n, "relu"))
               ? found
               : ECAM_NO_NODE;
}

static void find_nodes(struct lesson *lesson)
{
    const struct ecam_graph *graph = lesson->graph;
    lesson->conv = lesson->pool = lesson->dense = ECAM_NO_NODE;
    for (uint32_t i = 1; i < graph->n_nodes; i++) {
        const struct ecam_node *node = &graph->nodes[i];
        const struct ecam_layer_info *info = lesson_info(lesson, i);
        if (lesson->conv == ECAM_NO_NODE && is_kind(node, "conv2d") && node->inputs[0] == 0 &&
            info->groups == 1)
            lesson->conv = i;
        if (lesson->pool == ECAM_NO_NODE && is_kind(node, "maxpool2d") && node->inputs[0] != 0)
            lesson->pool = i;
        if (lesson->reporter->options->predicts && is_kind(node, "dense") && info->out.rank == 2 &&
            info->out.dim[1] == ecam_model_n_classes(lesson->reporter->runner.model))
            lesson->dense = i;
    }
    lesson->after[0] = lesson->conv == ECAM_NO_NODE ? ECAM_NO_NODE : follower(lesson, lesson->conv);
    lesson->after[1] =
        lesson->after[0] == ECAM_NO_NODE ? ECAM_NO_NODE : follower(lesson, lesson->after[0]);
}

static enum ecam_status run(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_graph *graph = lesson->graph;
    const struct run_options *options = &lesson->reporter->options->run;
    const uint32_t nodes[] = {
        lesson->conv,
        lesson->after[0],
        lesson->after[1],
        lesson->pool,
        lesson->pool == ECAM_NO_NODE ? ECAM_NO_NODE : graph->nodes[lesson->pool].inputs[0],
        lesson->dense,
        lesson->dense == ECAM_NO_NODE ? ECAM_NO_NODE : graph->nodes[lesson->dense].inputs[0],
        ecam_graph_find(graph, lesson->photo->layer[0].facts.layer),
    };
    const char *taps[MAX_TAPS] = { NULL };
    size_t n = 0;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(nodes); i++) {
        bool is_new = nodes[i] != ECAM_NO_NODE;
        for (size_t k = 0; k < n && is_new; k++)
            is_new = strcmp(taps[k], graph->nodes[nodes[i]].name) != 0;
        if (is_new)
            taps[n++] = graph->nodes[nodes[i]].name;
    }
    const struct ecam_session_options session_options = {
        .isa = lesson->reporter->runner.isa,
        .goal = (enum ecam_goal)options->goal,
        .threads = (unsigned)options->threads,
        .stop_after_taps = !lesson->reporter->options->predicts,
        .h = lesson->photo->input.h,
        .w = lesson->photo->input.w,
        .taps = taps,
        .n_taps = n,
    };
    const enum ecam_status status =
        ecam_session_new(lesson->reporter->runner.model, &session_options, &lesson->session, err);
    return status == ECAM_OK ? ecam_session_run(lesson->session, lesson->photo->input.values, err)
                             : status;
}

enum ecam_status lesson_value(const struct lesson *lesson, uint32_t node, struct ecam_tensor *out,
                              struct ecam_error *err)
{
    return ecam_session_tap(lesson->session, lesson->graph->nodes[node].name, out, err);
}

/* ---- The lesson ---- */

static void find_hot(struct lesson *lesson)
{
    const struct report_layer *layer = &lesson->photo->layer[0];
    size_t best = 0;
    for (size_t i = 1; i < layer->facts.h * layer->facts.w; i++)
        best = layer->map[i] > layer->map[best] ? i : best;
    lesson->hot[0] = ((double)(best / layer->facts.w) + 0.5) / (double)layer->facts.h;
    lesson->hot[1] = ((double)(best % layer->facts.w) + 0.5) / (double)layer->facts.w;
}

enum ecam_status report_lesson(const struct reporter *reporter, const struct report_photo *photo,
                               cJSON **out, struct ecam_error *err)
{
    const struct ecam_model *model = reporter->runner.model;
    struct lesson lesson = {
        .reporter = reporter,
        .photo = photo,
        .graph = model->network->graph,
        .tree = cJSON_CreateObject(),
    };
    struct ecam_tensor act;
    enum ecam_status status =
        ecam_layers_new(model, photo->input.h, photo->input.w, &lesson.layers, err);
    if (status == ECAM_OK) {
        find_nodes(&lesson);
        find_hot(&lesson);
        status = run(&lesson, err);
    }
    if (status == ECAM_OK)
        status = ecam_session_tap(lesson.session, photo->layer[0].facts.layer, &act, err);
    if (status == ECAM_OK && lesson.conv != ECAM_NO_NODE)
        status = lesson_put_filters(&lesson, err);
    if (status == ECAM_OK)
        status = lesson_put_features(&lesson, &act, err);
    if (status == ECAM_OK && lesson.conv != ECAM_NO_NODE)
        status = lesson_put_conv(&lesson, err);
    if (status == ECAM_OK && lesson.pool != ECAM_NO_NODE)
        status = lesson_put_pool(&lesson, err);
    if (status == ECAM_OK && lesson.dense != ECAM_NO_NODE && photo->n_top > 0)
        status = lesson_put_dense(&lesson, err);
    if (status == ECAM_OK)
        status = lesson_put_power(&lesson, &act, err);
    if (status == ECAM_OK && lesson.failed)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "a page");
    ecam_session_free(lesson.session);
    ecam_layers_free(lesson.layers);
    if (status == ECAM_OK)
        *out = lesson.tree;
    else
        cJSON_Delete(lesson.tree);
    return status;
}
