/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes read as class names give names, all of them strings, or an error with a
 * text. */
#include <stdlib.h>
#include <string.h>

#include "tools/labels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct labels labels = { 0 };
    struct ecam_error err = { 0 };
    size_t letters = 0;
    char *bytes = malloc(size != 0 ? size : 1); /* exact, so that ASan sees over-reads */
    if (bytes == NULL)
        return 0;
    if (size != 0)
        memcpy(bytes, data, size);
    if (labels_parse(bytes, size, &labels, &err) == ECAM_OK) {
        for (size_t i = 0; i < labels.n; i++)
            letters += strlen(labels.name[i]);
        if (labels.n == 0 || letters > size)
            abort();
    } else if (err.text[0] == '\0') {
        abort();
    }
    labels_free(&labels);
    free(bytes);
    return 0;
}
