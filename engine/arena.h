/* SPDX-License-Identifier: BSD-2-Clause
 * Lifetimes -> places in one block of memory. A pure function. */
#ifndef ECAM_ARENA_H
#define ECAM_ARENA_H

#include "engine/ecam.h"

/* A buffer that is alive from step `first` to step `last`, both inclusive. */
struct ecam_buffer {
    size_t floats;
    size_t first, last;
    size_t offset; /* in floats, a multiple of 16; out */
};

/* Places n buffers so that no two that are alive together overlap: largest first,
 * each into the smallest gap that fits. *floats: the size of the whole. */
enum ecam_status ecam_arena_place(struct ecam_buffer *buffers, size_t n, size_t *floats,
                                  struct ecam_error *err);

#endif /* ECAM_ARENA_H */
