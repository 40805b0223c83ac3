/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes opened as a zip archive give an error with a text, or members that lie
 * inside the bytes, are found by name, and inflate to their size or not at all. */
#include "engine/alloc.h"
#include "tests/fuzz/fuzz_weights.h"
#include "weights/zip.h"

static void check_member(struct ecam_zip *zip, const struct ecam_zip_member *m,
                         const uint8_t *bytes, size_t size)
{
    struct ecam_storage contents;
    if (m->data < bytes || m->packed > size - (size_t)(m->data - bytes) ||
        ecam_zip_find(zip, m->name) != m)
        abort();
    if (ecam_zip_contents(zip, m, true, &contents, NULL) != ECAM_OK)
        return;
    if (contents.bytes != m->bytes)
        abort();
    volatile uint8_t last = contents.bytes > 0 ? contents.base[contents.bytes - 1] : 0;
    (void)last;
    if (contents.kind == ECAM_STORAGE_HEAP)
        ecam_free(contents.base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = fuzz_limits();
    struct ecam_zip *zip = NULL;
    struct ecam_error err = { .text = "" };
    uint8_t *bytes = fuzz_copy(data, size);
    if (ecam_zip_open(bytes, size, &limits, &zip, &err) != ECAM_OK) {
        if (zip != NULL || err.text[0] == '\0')
            abort();
    } else {
        for (size_t i = 0; i < zip->n_members; i++)
            check_member(zip, &zip->members[i], bytes, size);
    }
    ecam_zip_free(zip);
    free(bytes);
    return 0;
}
