/* SPDX-License-Identifier: BSD-2-Clause
 * Property: whatever the bytes of a .caffemodel, reading gives arrays that lie inside it
 * or an error with a text, and its graph gives a sound network or an error. */
#include "layers/registry.h"
#include "tests/fuzz/fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = fuzz_limits();
    struct ecam_weight_set *set = NULL;
    struct ecam_network *network = NULL;
    struct ecam_error err = { .text = "" };
    uint8_t *bytes = fuzz_copy(data, size);
    (void)ecam_caffe_sniff(bytes, size);
    enum ecam_status status = ecam_read_caffe(bytes, size, &limits, &set, &err);
    if (status == ECAM_OK) {
        fuzz_touch(set);
        status = ecam_network_import(set, "x", &limits, ecam_layer_find, &network, &err);
    }
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
