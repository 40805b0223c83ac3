/* SPDX-License-Identifier: BSD-2-Clause
 * Which format, how large, decode, turn. */
#include "tools/image.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/exif.h"
#include "tools/fence.h"
#include "tools/file.h"
#include "tools/gif.h"
#include "tools/pnm.h"
#include "tools/stb.h"

#define MAX_PIXELS (1ull << 28)
#define MAX_FILE (1ull << 30)
/* stb holds most for an interlaced 16-bit RGBA PNG: deflated stream, raw lines (a
 * buffer that doubles), pixels, their 8-bit copy. */
#define BUDGET_PER_PIXEL 40
#define BUDGET_BASE (16u << 20)
#define TURN_PER_PIXEL 9 /* the picture, its copy for us, and the turned one */

/* ---- Formats ---- */

struct format {
    const char *name;    /* "JPEG" */
    const char *decoder; /* "JPEG decoder"; NULL: known by sight only */
    size_t at;           /* of the signature */
    const char *signature;
    size_t signature_bytes;
    enum ecam_status (*size)(const uint8_t *bytes, size_t size, uint64_t *h, uint64_t *w,
                             struct ecam_error *err);
    enum ecam_status (*decode)(const uint8_t *bytes, size_t size, uint64_t budget_bytes,
                               struct image *out, struct ecam_error *err);
};

#define SIGNATURE(at, text) (at), (text), sizeof(text) - 1

/* The first that fits counts. What cannot be read is named all the same. */
static const struct format formats[] = {
    { "JPEG", "JPEG decoder", SIGNATURE(0, "\xff\xd8\xff"), stb_size, stb_decode },
    { "PNG", "PNG decoder", SIGNATURE(0, "\x89PNG\r\n\x1a\n"), stb_size, stb_decode },
    { "BMP", "BMP decoder", SIGNATURE(0, "BM"), stb_size, stb_decode },
    { "GIF", "GIF decoder", SIGNATURE(0, "GIF87a"), gif_size, gif_decode },
    { "GIF", "GIF decoder", SIGNATURE(0, "GIF89a"), gif_size, gif_decode },
    { "PNM", "PNM decoder", SIGNATURE(0, "P1"), pnm_size, pnm_decode },
    { "PNM", "PNM decoder", SIGNATURE(0, "P2"), pnm_size, pnm_decode },
    { "PNM", "PNM decoder", SIGNATURE(0, "P3"), pnm_size, pnm_decode },
    { "PNM", "PNM decoder", SIGNATURE(0, "P4"), pnm_size, pnm_decode },
    { "PNM", "PNM decoder", SIGNATURE(0, "P5"), pnm_size, pnm_decode },
    { "PNM", "PNM decoder", SIGNATURE(0, "P6"), pnm_size, pnm_decode },
    { "PAM", NULL, SIGNATURE(0, "P7\n"), NULL, NULL },
    { "WebP", NULL, SIGNATURE(8, "WEBP"), NULL, NULL },
    { "TIFF", NULL, SIGNATURE(0, "II*\0"), NULL, NULL },
    { "TIFF", NULL, SIGNATURE(0, "MM\0*"), NULL, NULL },
    { "HEIF or AVIF", NULL, SIGNATURE(4, "ftyp"), NULL, NULL },
    { "JPEG XL", NULL, SIGNATURE(0, "\xff\x0a"), NULL, NULL },
    { "JPEG 2000", NULL, SIGNATURE(4, "jP  "), NULL, NULL },
    { "Photoshop", NULL, SIGNATURE(0, "8BPS"), NULL, NULL },
    { "PDF", NULL, SIGNATURE(0, "%PDF"), NULL, NULL },
    { "a NumPy array", NULL, SIGNATURE(0, "\x93NUMPY"), NULL, NULL },
};
static const struct format tga = { "TGA", "TGA decoder", SIGNATURE(0, ""), stb_size, stb_decode };

/* TGA has no signature: every field must be one that is decoded, and the file long
 * enough for its pixels. */
static bool is_tga(const uint8_t *b, size_t size)
{
    if (size < 18)
        return false;
    const unsigned has_map = b[1], type = b[2] & 7u, depth = b[16];
    const bool is_rle = b[2] >= 8, is_mapped = type == 1;
    if (b[2] != type + (is_rle ? 8u : 0u) || type < 1 || type > 3 || has_map != is_mapped)
        return false;
    const size_t pixels = (size_t)(b[12] | b[13] << 8) * (size_t)(b[14] | b[15] << 8);
    const unsigned map_depth = is_mapped ? b[7] : 24;
    const bool has_depth = type == 2 ? depth == 15 || depth == 16 || depth == 24 || depth == 32
                                     : depth == 8 || depth == 16;
    const bool has_map_depth =
        map_depth == 15 || map_depth == 16 || map_depth == 24 || map_depth == 32;
    const size_t bytes = (depth + 7u) / 8;
    const size_t least = is_rle ? ecam_ceil_div(pixels, 128) * (1 + bytes) : pixels * bytes;
    return has_depth && has_map_depth && pixels != 0 && (b[17] & 0xc0) == 0 && least <= size - 18;
}

static enum ecam_status find_format(const uint8_t *bytes, size_t size, const struct format **out,
                                    struct ecam_error *err)
{
    const struct format *found = NULL;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(formats) && found == NULL; i++) {
        const struct format *f = &formats[i];
        if (size >= f->at + f->signature_bytes &&
            memcmp(bytes + f->at, f->signature, f->signature_bytes) == 0)
            found = f;
    }
    if (found == NULL && is_tga(bytes, size))
        found = &tga;
    if (found == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         size == 0 ? "empty"
                                   : "not a picture: JPEG, PNG, BMP, GIF, PNM and TGA are read");
    if (found->decoder == NULL)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         "this is %s; JPEG, PNG, BMP, GIF, PNM and TGA are read", found->name);
    *out = found;
    return ECAM_OK;
}

/* What stb would get wrong, or refuse in odd words. */
static enum ecam_status refuse_unsupported(const uint8_t *bytes, size_t size,
                                           const struct format *format, struct ecam_error *err)
{
    if (strcmp(format->name, "JPEG") == 0) {
        const struct jpeg_facts facts = jpeg_facts(bytes, size);
        if (facts.process > 2)
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                             "JPEG of process %u (lossless, arithmetic or hierarchical), "
                             "baseline and progressive are read",
                             facts.process);
        if (facts.components == 4 && !facts.has_adobe)
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                             "JPEG of 4 channels without Adobe's marker: colours unknown");
        if (!facts.is_whole)
            return ecam_fail(err, ECAM_ERR_FORMAT, "JPEG: ends before its pixels do");
        if (!facts.is_huffman_sane) /* stb would write past its table */
            return ecam_fail(err, ECAM_ERR_FORMAT, "JPEG: damaged: Huffman table");
        if (facts.components != 0 && !facts.has_scan)
            return ecam_fail(err, ECAM_ERR_FORMAT, "JPEG: damaged: no scan after its header");
    } else if (format == &tga) {
        if ((bytes[17] & 0x10) != 0)
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "TGA from right to left");
        if (bytes[1] == 1 && (bytes[3] | bytes[4]) != 0)
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "TGA whose palette begins at %d",
                             bytes[3] | bytes[4] << 8);
    }
    return ECAM_OK;
}

/* ---- Turning ---- */

/* EXIF's eight orientations: rows and columns swapped from 5 on, after a mirroring
 * of either. */
static enum ecam_status turn(struct image *image, unsigned orientation, struct ecam_error *err)
{
    if (orientation == 1)
        return ECAM_OK;
    const size_t h = image->h, w = image->w;
    const bool is_swapped = orientation >= 5;
    const bool from_right =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_bottom =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const size_t out_h = is_swapped ? w : h, out_w = is_swapped ? h : w;
    uint8_t *out = malloc(h * w * 3), *to = out;
    if (out == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu bytes of pixels", h * w * 3);
    for (size_t y = 0; y < out_h; y++) {
        for (size_t x = 0; x < out_w; x++, to += 3) {
            const size_t row = is_swapped ? x : y, column = is_swapped ? y : x;
            const size_t from_y = from_bottom ? h - 1 - row : row;
            const size_t from_x = from_right ? w - 1 - column : column;
            memcpy(to, image->rgb + 3 * (from_y * w + from_x), 3);
        }
    }
    free(image->rgb);
    *image = (struct image){ .rgb = out, .h = out_h, .w = out_w };
    return ECAM_OK;
}

/* ---- Decoding ---- */

/* One picture to decode; `allow` is told the size before the pixels are decoded. */
struct job {
    const uint8_t *bytes;
    size_t size;
    const struct format *format;
    uint64_t max_pixels;
    void (*allow)(uint64_t pixels, uint64_t bytes);
};

static enum ecam_status run_job(void *context, struct image *out, struct ecam_error *err)
{
    const struct job *job = context;
    const struct format *format = job->format;
    uint64_t h = 0, w = 0;
    struct image image = { 0 };
    enum ecam_status status = format->size(job->bytes, job->size, &h, &w, err);
    if (status != ECAM_OK)
        goto out;
    if (h == 0 || w == 0) {
        status = ecam_fail(err, ECAM_ERR_FORMAT, "damaged: a picture without pixels");
        goto out;
    }
    if (h > job->max_pixels / w) {
        status = ecam_fail(
            err, ECAM_ERR_LIMIT, "%llu x %llu pixels, the limit is %llu pixels in all",
            (unsigned long long)h, (unsigned long long)w, (unsigned long long)job->max_pixels);
        goto out;
    }
    const uint64_t budget = h * w * BUDGET_PER_PIXEL + BUDGET_BASE;
    if (job->allow != NULL)
        job->allow(h * w, budget + TURN_PER_PIXEL * h * w);
    status = format->decode(job->bytes, job->size, budget, &image, err);
    if (status != ECAM_OK)
        goto out;
    if (image.h != h || image.w != w) { /* the decoder read the header again */
        status = ecam_fail(err, ECAM_ERR_FORMAT, "damaged: two sizes");
        goto out;
    }
    status = turn(&image, exif_orientation(job->bytes, job->size), err);
    if (status != ECAM_OK)
        goto out;
    *out = image;
    image = (struct image){ 0 };
out:
    image_free(&image);
    return status == ECAM_OK ? status : ecam_error_at(err, status, format->name);
}

static enum ecam_status new_job(const uint8_t *bytes, size_t size,
                                const struct image_limits *limits, struct job *job,
                                struct ecam_error *err)
{
    *job = (struct job){ .bytes = bytes, .size = size, .max_pixels = MAX_PIXELS };
    if (limits != NULL && limits->max_pixels != 0)
        job->max_pixels = limits->max_pixels;
    const enum ecam_status status = find_format(bytes, size, &job->format, err);
    return status == ECAM_OK ? refuse_unsupported(bytes, size, job->format, err) : status;
}

enum ecam_status image_decode(const uint8_t *bytes, size_t size, const struct image_limits *limits,
                              struct image *out, struct ecam_error *err)
{
    struct job job;
    const enum ecam_status status = new_job(bytes, size, limits, &job, err);
    return status == ECAM_OK ? run_job(&job, out, err) : status;
}

enum ecam_status image_read_mem(const char *name, const uint8_t *bytes, size_t size,
                                const struct image_limits *limits, struct image *out,
                                struct ecam_error *err)
{
    struct job job;
    enum ecam_status status = new_job(bytes, size, limits, &job, err);
    if (status == ECAM_OK) {
        job.allow = fence_allow;
        status = fence_run(run_job, &job, job.format->decoder, job.max_pixels, out, err);
    }
    return status == ECAM_OK ? status : ecam_error_at(err, status, name);
}

enum ecam_status image_read(const char *path, const struct image_limits *limits, struct image *out,
                            struct ecam_error *err)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum ecam_status status = file_read(path, image_max_bytes(limits), &bytes, &size, err);
    if (status != ECAM_OK)
        return status;
    status = image_read_mem(strcmp(path, "-") == 0 ? "standard input" : path, bytes, size, limits,
                            out, err);
    free(bytes);
    return status;
}

uint64_t image_max_bytes(const struct image_limits *limits)
{
    return limits != NULL && limits->max_file_bytes != 0 ? limits->max_file_bytes : MAX_FILE;
}

void image_free(struct image *image)
{
    free(image->rgb);
    *image = (struct image){ 0 };
}

enum ecam_status image_write_png(const char *path, const uint8_t *pixels, size_t h, size_t w,
                                 size_t channels, struct ecam_error *err)
{
    uint8_t *png = NULL;
    size_t size = 0;
    struct file_writer *writer = NULL;
    enum ecam_status status = stb_png(pixels, h, w, channels, &png, &size, err);
    if (status != ECAM_OK)
        return ecam_error_at(err, status, path);
    status = file_writer_open(path, &writer, err);
    if (status == ECAM_OK) {
        file_writer_put(writer, png, size);
        status = file_writer_commit(writer, err);
    }
    free(png);
    return status;
}
