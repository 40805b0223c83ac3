/* SPDX-License-Identifier: BSD-2-Clause
 * How the floats of a value lie in memory.
 *
 * Plain is NCHW, what callers give and get. Blocked is [N][ceil(C/16)][H][W][16]: 16
 * channels of one position side by side, one cache line. A convolution reads and
 * writes it with whole vectors, whatever the size of the plane; and channels from a
 * multiple of 16 on are one stretch of memory, so that a concatenation can be
 * written in place. It is the same at every ISA level. Lanes past the last channel
 * hold anything: nothing mixes them into other lanes. */
#ifndef ECAM_LAYOUT_H
#define ECAM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/ecam.h"

#define ECAM_BLOCK 16 /* channels side by side in a blocked value */

enum ecam_layout { ECAM_PLAIN, ECAM_BLOCKED };
#define ECAM_LAYOUTS 2

/* Floats of one image of a value; only values of rank 4 can be blocked. False where
 * the product overflows. */
bool ecam_layout_image(const struct ecam_shape *shape, enum ecam_layout layout, size_t *floats);

#endif /* ECAM_LAYOUT_H */
