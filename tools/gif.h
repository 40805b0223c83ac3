/* SPDX-License-Identifier: BSD-2-Clause
 * The first frame of a GIF on its canvas. */
#ifndef ECAM_TOOLS_GIF_H
#define ECAM_TOOLS_GIF_H

#include "tools/image.h"

/* The canvas, which grows to hold the frame; nothing is decoded. */
enum ecam_status gif_size(const uint8_t *bytes, size_t size, uint64_t *h, uint64_t *w,
                          struct ecam_error *err);

/* The pixels as Pillow's convert("RGB") gives them: transparent ones have their
 * palette colour, what the frame leaves free the transparent one's or the first.
 * The caller has bounded the size. */
enum ecam_status gif_decode(const uint8_t *bytes, size_t size, uint64_t budget_bytes,
                            struct image *out, struct ecam_error *err);

#endif /* ECAM_TOOLS_GIF_H */
