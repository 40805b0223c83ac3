/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes loaded as a pickle give an error with a text, or values in which the
 * search for a state dict ends; its tensors lie inside the storages given to it. */
#include "tests/fuzz/fuzz_weights.h"
#include "weights/torch.h"

/* Each id that names a storage of up to 256 bytes gets one. */
static enum ecam_status storage(void *context, const struct ecam_pickle_value *value,
                                struct ecam_torch_storage *out, struct ecam_error *err)
{
    struct ecam_torch_id id;
    const enum ecam_status status = ecam_torch_id_read(value, &id, err);
    if (status != ECAM_OK)
        return status;
    if (id.bytes > 256)
        id.bytes = 256;
    return ecam_torch_storage_of(&id, context, out, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = fuzz_limits();
    struct ecam_error err = { .text = "" };
    struct ecam_pickle *pickle = NULL;
    uint8_t *bytes = fuzz_copy(data, size), *elements = calloc(1, 256);
    const struct ecam_torch_source source = { .context = elements, .storage = storage };
    struct ecam_weight_set *set = ecam_weight_set_new();
    struct reader r = reader_new(bytes, size);
    if (elements == NULL || set == NULL)
        exit(2);
    if (ecam_pickle_load(&r, "input", &limits, &pickle, &err) != ECAM_OK) {
        if (pickle != NULL || err.text[0] == '\0')
            abort();
    } else if (ecam_torch_collect(ecam_pickle_root(pickle), &source, &limits, set, &err) ==
                   ECAM_OK &&
               ecam_weight_set_seal(set, &err) == ECAM_OK) {
        fuzz_touch(set);
    }
    ecam_pickle_free(pickle);
    ecam_weight_set_free(set);
    free(elements);
    free(bytes);
    return 0;
}
