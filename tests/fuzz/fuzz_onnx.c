/* SPDX-License-Identifier: BSD-2-Clause
 * Property: whatever the bytes of an .onnx, reading gives arrays that lie inside it or an
 * error with a text, and its graph gives a sound network, of which a table can be made, or
 * an error. */
#include "engine/alloc.h"
#include "engine/model.h"
#include "layers/registry.h"
#include "tests/fuzz/fuzz_weights.h"

static void check_network(const struct ecam_network *network)
{
    struct ecam_graph *const graph = network->graph;
    struct ecam_shape *const shapes = ecam_calloc(graph->n_nodes, sizeof *shapes);
    const struct ecam_attr *const channels = ecam_node_attr(&graph->nodes[0], "channels");
    const struct ecam_shape input = { .rank = 4, .dim = { 2, (size_t)channels->value[0], 32, 40 } };
    struct ecam_error err = { .text = "" };
    if (ecam_graph_check(graph, &err) != ECAM_OK ||
        ecam_graph_resolve(graph, ecam_layer_find, &err) != ECAM_OK)
        abort();
    /* The network may be made for another size, but then it says so. */
    if (ecam_graph_infer_known(graph, &input, shapes, &err) != ECAM_OK && err.text[0] == '\0')
        abort();
    ecam_free(shapes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = fuzz_limits();
    struct ecam_weight_set *set = NULL;
    struct ecam_network *network = NULL;
    struct ecam_error err = { .text = "" };
    uint8_t *bytes = fuzz_copy(data, size);
    (void)ecam_onnx_sniff(bytes, size);
    enum ecam_status status = ecam_read_onnx(bytes, size, &limits, &set, &err);
    if (status == ECAM_OK) {
        fuzz_touch(set);
        status = ecam_network_import(set, "x", &limits, ecam_layer_find, &network, &err);
    }
    if (status == ECAM_OK)
        check_network(network);
    else if (err.status != status || err.text[0] == '\0')
        abort();
    if (network == NULL)
        ecam_weight_set_free(set);
    ecam_network_free(network);
    free(bytes);
    return 0;
}
