/* SPDX-License-Identifier: BSD-2-Clause
 * Property: whatever the text of a graph beside some weights, it gives a sound network
 * or an error with a text. */
#include "layers/registry.h"
#include "tests/fuzz/fuzz_weights.h"

/* Arrays that layers "c", "b" and "f" find. */
static void add_weights(struct ecam_weight_set *set)
{
    static const float zeros[8 * 3 * 3 * 3];
    static const struct {
        const char *name;
        struct ecam_shape shape;
    } arrays[] = {
        { "c.0", { .rank = 4, .dim = { 8, 3, 3, 3 } } }, { "c.1", { .rank = 1, .dim = { 8 } } },
        { "b.0", { .rank = 1, .dim = { 8 } } },          { "b.1", { .rank = 1, .dim = { 8 } } },
        { "b.2", { .rank = 1, .dim = { 1 } } },          { "f.0", { .rank = 2, .dim = { 5, 8 } } },
        { "f.1", { .rank = 1, .dim = { 5 } } },
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (ecam_weight_set_add(set, arrays[i].name, ECAM_DTYPE_F32, &arrays[i].shape, NULL,
                                (const uint8_t *)zeros, sizeof zeros, 0, NULL) != ECAM_OK)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = fuzz_limits();
    struct ecam_network *network = NULL;
    struct ecam_error err = { .text = "" };
    struct ecam_weight_set *set = ecam_weight_set_new();
    uint8_t *bytes = fuzz_copy(data, size);
    if (set == NULL)
        exit(2);
    add_weights(set);
    set->graph = bytes;
    set->graph_bytes = size;
    set->graph_is_text = true;
    const enum ecam_status status =
        ecam_network_import(set, "x", &limits, ecam_layer_find, &network, &err);
    if (status == ECAM_OK && ecam_graph_check(network->graph, &err) != ECAM_OK)
        abort();
    if (status != ECAM_OK && (err.status != status || err.text[0] == '\0'))
        abort();
    if (network == NULL)
        ecam_weight_set_free(set);
    ecam_network_free(network);
    free(bytes);
    return 0;
}
