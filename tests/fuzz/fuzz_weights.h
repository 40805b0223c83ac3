/* SPDX-License-Identifier: BSD-2-Clause
 * What the fuzz targets of the weight containers share. */
#ifndef ECAM_FUZZ_WEIGHTS_H
#define ECAM_FUZZ_WEIGHTS_H

#include <stdlib.h>
#include <string.h>

#include "weights/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small enough that an input which is allowed to take much stays quick. */
static inline struct ecam_limits fuzz_limits(void)
{
    return (struct ecam_limits){ .max_file_bytes = 1 << 26,
                                 .max_inflated_bytes = 1 << 22,
                                 .max_header_bytes = 1 << 20,
                                 .max_macs = 1 << 30,
                                 .max_arena_bytes = 1 << 26,
                                 .max_tensors = 1024,
                                 .max_nesting = 64 };
}

/* A heap block of exactly the input's size, so that ASan sees over-reads. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size != 0 ? size : 1);
    if (bytes == NULL)
        exit(2);
    if (size != 0)
        memcpy(bytes, data, size);
    return bytes;
}

/* Reads every element of every array in pieces. */
static inline void fuzz_touch(const struct ecam_weight_set *set)
{
    for (size_t k = 0; k < set->n_items; k++) {
        const struct ecam_weight *w = &set->items[k];
        float piece[61];
        size_t n = 0, step = sizeof piece / sizeof *piece;
        if (!ecam_shape_count(&w->shape, &n) || ecam_weight_set_find(set, w->name) == NULL)
            abort();
        for (size_t i = 0; ecam_weight_is_float(w) && i < n; i += step)
            ecam_weight_read(w, i, n - i < step ? n - i : step, piece);
    }
}

/* The body of a target: an error with a text, or a set whose arrays can be read. */
static inline int fuzz_reader(ecam_weights_reader_fn *read, const uint8_t *data, size_t size)
{
    const struct ecam_limits limits = fuzz_limits();
    struct ecam_weight_set *set = NULL;
    struct ecam_error err = { .text = "" };
    uint8_t *bytes = fuzz_copy(data, size);
    const enum ecam_status status = read(bytes, size, &limits, &set, &err);
    if (status == ECAM_OK)
        fuzz_touch(set);
    else if (set != NULL || err.status != status || err.text[0] == '\0')
        abort();
    ecam_weight_set_free(set);
    free(bytes);
    return 0;
}

#endif /* ECAM_FUZZ_WEIGHTS_H */
