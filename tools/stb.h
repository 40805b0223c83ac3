/* SPDX-License-Identifier: BSD-2-Clause
 * The one place where stb_image and stb_image_write are compiled: JPEG, PNG, BMP and
 * TGA in, PNG and JPEG out. The decoders trust their input more than we do: files from
 * outside reach them only through tools/fence.h. */
#ifndef ECAM_TOOLS_STB_H
#define ECAM_TOOLS_STB_H

#include "tools/image.h"

/* The size that the header tells; nothing is decoded. */
enum ecam_status stb_size(const uint8_t *bytes, size_t size, uint64_t *h, uint64_t *w,
                          struct ecam_error *err);

/* The pixels as 8-bit RGB. The decoder may hold budget_bytes at a time. A file that
 * ends before its pixels do is an error. */
enum ecam_status stb_decode(const uint8_t *bytes, size_t size, uint64_t budget_bytes,
                            struct image *out, struct ecam_error *err);

/* A PNG in memory, freed with free(). */
enum ecam_status stb_png(const uint8_t *pixels, size_t h, size_t w, size_t channels, uint8_t **out,
                         size_t *size, struct ecam_error *err);

/* The same as a JPEG, of RGB and with a quality of 1 to 100. */
enum ecam_status stb_jpeg(const uint8_t *rgb, size_t h, size_t w, int quality, uint8_t **out,
                          size_t *size, struct ecam_error *err);

#endif /* ECAM_TOOLS_STB_H */
