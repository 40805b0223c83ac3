/* SPDX-License-Identifier: BSD-2-Clause
 * Photos in, pictures out. The one user of stb_image and stb_image_write. */
#ifndef ECAM_TOOLS_IMAGE_H
#define ECAM_TOOLS_IMAGE_H

#include "engine/ecam.h"

struct image {
    uint8_t *rgb; /* [h][w][3]; image_free() */
    size_t h, w;
};

/* Defaults in image.c; a command overrides them. */
struct image_limits {
    uint64_t max_pixels;     /* 0: 2^28 */
    uint64_t max_file_bytes; /* 0: 1 GiB */
};

/* Reads JPEG, PNG, BMP, TGA, GIF (first frame) or PNM of 8 or 16 bits, turned as
 * EXIF says, grey as three equal channels, alpha dropped (as Pillow's
 * convert("RGB")). `path` "-" is standard input. Decoding runs in a child process:
 * what crashes there, runs out of memory or does not end is this photo's error.
 * Messages start with the path. */
enum ecam_status image_read(const char *path, const struct image_limits *limits, struct image *out,
                            struct ecam_error *err);
/* The same from bytes; `name` stands for the file in messages. */
enum ecam_status image_read_mem(const char *name, const uint8_t *bytes, size_t size,
                                const struct image_limits *limits, struct image *out,
                                struct ecam_error *err);
/* The most bytes that a photo's file may have; limits may be NULL. */
uint64_t image_max_bytes(const struct image_limits *limits);
/* From bytes, without the child: for the fuzzer and the tests. */
enum ecam_status image_decode(const uint8_t *bytes, size_t size, const struct image_limits *limits,
                              struct image *out, struct ecam_error *err);
void image_free(struct image *image); /* empties it; {0} is fine */

/* 8-bit PNG of 1, 3 or 4 channels, written beside `path` and renamed. */
enum ecam_status image_write_png(const char *path, const uint8_t *pixels, size_t h, size_t w,
                                 size_t channels, struct ecam_error *err);

/* EXIF orientation 1..8 of a JPEG (1 where none is told or it is damaged). */
unsigned exif_orientation(const uint8_t *bytes, size_t size);

#endif /* ECAM_TOOLS_IMAGE_H */
