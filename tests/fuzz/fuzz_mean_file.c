/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes read as a file of means give three finite numbers, or an error with a text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mean_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mean_file file;
    struct ecam_error err = { 0 };
    uint8_t *bytes = malloc(size != 0 ? size : 1); /* exact, so that ASan sees over-reads */
    if (bytes == NULL)
        return 0;
    if (size != 0)
        memcpy(bytes, data, size);
    if (mean_file_parse(bytes, size, NULL, &file, &err) == ECAM_OK) {
        for (int i = 0; i < 3; i++)
            if (!isfinite(file.mean[i]))
                abort();
    } else if (err.text[0] == '\0') {
        abort();
    }
    free(bytes);
    return 0;
}
