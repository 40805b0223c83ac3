/* SPDX-License-Identifier: BSD-2-Clause
 * Any bytes read as an annotation give objects with names and boxes that are in order, or an
 * error with a text that tells the line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/eval/annotation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eval_annotation a = { 0 };
    struct ecam_error err = { 0 };
    uint8_t *bytes = malloc(size != 0 ? size : 1); /* exact, so that ASan sees over-reads */
    if (bytes == NULL)
        return 0;
    if (size != 0)
        memcpy(bytes, data, size);
    if (eval_annotation_parse(bytes, size, &a, &err) == ECAM_OK) {
        for (size_t i = 0; i < a.n; i++) {
            const struct eval_box *b = &a.object[i].box;
            if (a.object[i].name[0] == '\0' || !(b->x0 <= b->x1) || !(b->y0 <= b->y1) ||
                !isfinite(b->x0) || !isfinite(b->y0) || !isfinite(b->x1) || !isfinite(b->y1))
                abort();
        }
    } else if (strncmp(err.text, "line ", 5) != 0) {
        abort();
    }
    eval_annotation_free(&a);
    free(bytes);
    return 0;
}
