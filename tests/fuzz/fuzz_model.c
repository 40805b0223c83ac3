/* SPDX-License-Identifier: BSD-2-Clause
 * Property: whatever the bytes of a file, loading it gives a model or an error, and
 * neither telling its shapes nor verifying it does harm. */
#include <stdlib.h>
#include <string.h>

#include "engine/ecam.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = { .max_inflated_bytes = 1 << 20,
                                        .max_header_bytes = 1 << 20,
                                        .max_tensors = 4096,
                                        .max_arena_bytes = 1 << 24 };
    struct ecam_model *model = NULL;
    struct ecam_layers *layers = NULL;
    struct ecam_error err;
    uint8_t *copy = malloc(size != 0 ? size : 1); /* exact, so that over-reads are seen */
    if (copy == NULL)
        return 0;
    if (size > 0)
        memcpy(copy, data, size);
    if (ecam_model_load_mem(copy, size, "fuzz", &limits, &model, &err) == ECAM_OK) {
        if (ecam_layers_new(model, 0, 0, &layers, &err) == ECAM_OK)
            ecam_layers_free(layers);
        ecam_model_verify(model, &err);
        ecam_model_free(model);
    }
    free(copy);
    return 0;
}
