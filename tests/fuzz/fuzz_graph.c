/* SPDX-License-Identifier: BSD-2-Clause
 * Property: whatever text stands for the graph of a model file, over a few weights
 * that are there, it becomes a network that can be resolved and given shapes, or an
 * error; a network that was read is written as a text that reads as the same. */
#include <stdlib.h>
#include <string.h>

#include "layers/registry.h"
#include "weights/model_file.h"
#include "weights/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const float zeros[4 * 3 * 3 * 3];

static void add(struct ecam_weight_set *set, const char *name, struct ecam_shape shape)
{
    if (ecam_weight_set_add(set, name, ECAM_DTYPE_F32, &shape, NULL, (const uint8_t *)zeros,
                            sizeof zeros, 0, NULL) != ECAM_OK)
        abort();
}

static struct ecam_weight_set *few_weights(void)
{
    struct ecam_weight_set *set = ecam_weight_set_new();
    if (set == NULL)
        abort();
    add(set, "conv", (struct ecam_shape){ .rank = 4, .dim = { 4, 3, 3, 3 } });
    add(set, "point", (struct ecam_shape){ .rank = 4, .dim = { 4, 4, 1, 1 } });
    add(set, "depth", (struct ecam_shape){ .rank = 4, .dim = { 4, 1, 3, 3 } });
    add(set, "dense", (struct ecam_shape){ .rank = 2, .dim = { 5, 4 } });
    add(set, "v4", (struct ecam_shape){ .rank = 1, .dim = { 4 } });
    add(set, "v5", (struct ecam_shape){ .rank = 1, .dim = { 5 } });
    if (ecam_weight_set_seal(set, NULL) != ECAM_OK)
        abort();
    return set;
}

/* What was written reads again, and is written the same. */
static void check_round_trip(const struct ecam_graph *graph, const struct ecam_weight_set *set,
                             const struct ecam_limits *limits)
{
    struct ecam_text first = { 0 }, second = { 0 };
    struct ecam_graph *again = NULL;
    ecam_model_file_put_graph(&first, graph);
    if (first.status == ECAM_OK) {
        if (ecam_model_file_read_graph(first.data, set, limits, &again, NULL) != ECAM_OK)
            abort();
        ecam_model_file_put_graph(&second, again);
        if (strcmp(first.data, second.data) != 0)
            abort();
    }
    ecam_graph_free(again);
    ecam_text_free(&first);
    ecam_text_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    const struct ecam_shape input = { .rank = 4, .dim = { 1, 3, 17, 19 } };
    struct ecam_weight_set *set = few_weights();
    struct ecam_graph *graph = NULL;
    struct ecam_error err;
    char *text = calloc(size + 1, 1);
    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    if (ecam_model_file_read_graph(text, set, &limits, &graph, &err) == ECAM_OK) {
        graph->last = graph->output;
        check_round_trip(graph, set, &limits);
        if (ecam_graph_check(graph, &err) == ECAM_OK &&
            ecam_graph_resolve(graph, ecam_layer_find, &err) == ECAM_OK) {
            struct ecam_shape *shapes = calloc(graph->n_nodes, sizeof *shapes);
            if (shapes != NULL)
                ecam_graph_infer(graph, &input, NULL, (uint32_t)graph->n_nodes - 1, shapes, &err);
            free(shapes);
        }
    }
    ecam_graph_free(graph);
    ecam_weight_set_free(set);
    free(text);
    return 0;
}
