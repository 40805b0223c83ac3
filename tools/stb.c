/* SPDX-License-Identifier: BSD-2-Clause
 * stb_image behind a memory budget and an end-of-file watch; stb_image_write with
 * zlib's deflate. The build passes stb's folder as a system one, so that our warning
 * flags end at its headers. */
#include "tools/stb.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define DEFLATE_LEVEL 6

/* ---- The budget: what the decoder holds at a time ---- */

static _Thread_local struct {
    uint64_t left;
    bool is_spent; /* an allocation was refused */
} budget;

/* Before each block, its size. Alignment is that of malloc. */
union head {
    size_t bytes;
    max_align_t align;
};

static void *budget_alloc(size_t bytes)
{
    if (bytes > budget.left || bytes > SIZE_MAX - sizeof(union head)) {
        budget.is_spent = true;
        return NULL;
    }
    /* Zeroed: stb shows what it never wrote, as pixels of scans that are missing. */
    union head *head = calloc(1, sizeof *head + bytes);
    if (head == NULL)
        return NULL;
    budget.left -= bytes;
    head->bytes = bytes;
    return head + 1;
}

static void budget_free(void *p)
{
    if (p == NULL)
        return;
    union head *head = (union head *)p - 1;
    budget.left += head->bytes;
    free(head);
}

static void *budget_realloc(void *p, size_t old_bytes, size_t bytes)
{
    void *grown = budget_alloc(bytes);
    if (grown != NULL && p != NULL) {
        memcpy(grown, p, old_bytes < bytes ? old_bytes : bytes);
        budget_free(p);
    }
    return grown;
}

static unsigned char *deflate_all(unsigned char *bytes, int size, int *out_size, int level)
{
    (void)level; /* stb's own default, which means nothing to zlib */
    uLongf room = compressBound((uLong)size);
    unsigned char *out = room <= INT_MAX ? malloc(room) : NULL;
    if (out != NULL && compress2(out, &room, bytes, (uLong)size, DEFLATE_LEVEL) != Z_OK) {
        free(out);
        out = NULL;
    }
    *out_size = (int)room;
    return out;
}

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_TGA
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_MALLOC budget_alloc
#define STBI_FREE budget_free
#define STBI_REALLOC_SIZED budget_realloc
#include <stb_image.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#define STBIW_ZLIB_COMPRESS deflate_all
#include <stb_image_write.h>

/* ---- The file, with a note of reads past its end ---- */

struct source {
    const uint8_t *bytes;
    size_t size, at;
    bool is_short; /* more was wanted than there is */
};

static int source_read(void *user, char *to, int n)
{
    struct source *s = user;
    const size_t left = s->size - s->at, now = (size_t)n < left ? (size_t)n : left;
    memcpy(to, s->bytes + s->at, now);
    s->at += now;
    s->is_short = s->is_short || now == 0;
    return (int)now;
}

/* A negative n gives bytes back. */
static void source_skip(void *user, int n)
{
    struct source *s = user;
    if (n < 0) {
        const size_t back = (size_t) - (long)n;
        s->at -= back < s->at ? back : s->at;
    } else if ((size_t)n > s->size - s->at) {
        s->at = s->size;
        s->is_short = true;
    } else {
        s->at += (size_t)n;
    }
}

static int source_eof(void *user)
{
    const struct source *s = user;
    return s->at == s->size;
}

static const stbi_io_callbacks callbacks = { source_read, source_skip, source_eof };

/* stb tells its reasons in words. */
static enum ecam_status fail_reason(struct ecam_error *err)
{
    static const char *const unsupported[] = { "only 8-bit", "BMP RLE", "BMP JPEG/PNG",
                                               "unknown BMP", "no header height" };
    /* Some failures tell no reason; then one is left from asking "is it a ...?". */
    static const char *const stale[] = { "", "bad png sig", "no SOI", "unknown image type" };
    const char *reason = stbi_failure_reason();
    for (size_t i = 0; i < ECAM_ARRAY_LEN(stale) && reason != NULL; i++)
        if (strcmp(reason, stale[i]) == 0)
            reason = NULL;
    if (budget.is_spent)
        return ecam_fail(err, ECAM_ERR_LIMIT, "decoding takes more memory than its size explains");
    if (reason == NULL)
        return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: cut or broken in its header");
    if (strcmp(reason, "outofmem") == 0)
        return ecam_fail(err, ECAM_ERR_NOMEM, "decoding is out of memory");
    if (strcmp(reason, "too large") == 0)
        return ecam_fail(err, ECAM_ERR_LIMIT, "too large for the decoder");
    for (size_t i = 0; i < ECAM_ARRAY_LEN(unsupported); i++)
        if (strcmp(reason, unsupported[i]) == 0)
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "not implemented by the decoder: %s",
                             reason);
    return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: %s", reason);
}

#define HEADER_BUDGET (1u << 20)

enum ecam_status stb_size(const uint8_t *bytes, size_t size, uint64_t *h, uint64_t *w,
                          struct ecam_error *err)
{
    int told_w = 0, told_h = 0, channels = 0;
    if (size > INT_MAX)
        return ecam_fail(err, ECAM_ERR_LIMIT, "%zu bytes, the decoder takes %d", size, INT_MAX);
    budget.left = HEADER_BUDGET;
    budget.is_spent = false;
    if (stbi_info_from_memory(bytes, (int)size, &told_w, &told_h, &channels) == 0) {
        /* All formats were tried, and the last one's reason is left; decoding picks the
         * format first and so fails with the right one. */
        stbi_image_free(stbi_load_from_memory(bytes, (int)size, &told_w, &told_h, &channels, 3));
        return fail_reason(err);
    }
    /* A BMP from top to bottom has a negative height. */
    *h = told_h < 0 ? (uint64_t) - (int64_t)told_h : (uint64_t)told_h;
    *w = told_w < 0 ? 0 : (uint64_t)told_w;
    return ECAM_OK;
}

enum ecam_status stb_decode(const uint8_t *bytes, size_t size, uint64_t budget_bytes,
                            struct image *out, struct ecam_error *err)
{
    struct source source = { .bytes = bytes, .size = size };
    int w = 0, h = 0, channels = 0;
    budget.left = budget_bytes;
    budget.is_spent = false;
    uint8_t *pixels = stbi_load_from_callbacks(&callbacks, &source, &w, &h, &channels, 3);
    enum ecam_status status = ECAM_OK;
    uint8_t *rgb = NULL;
    if (source.is_short && !budget.is_spent) { /* stb reads zeros there, and may succeed */
        status = ecam_fail(err, ECAM_ERR_FORMAT, "ends before its pixels do");
        goto out;
    }
    if (pixels == NULL) {
        status = fail_reason(err);
        goto out;
    }
    const size_t n = 3 * (size_t)w * (size_t)h;
    rgb = malloc(n);
    if (rgb == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu bytes of pixels", n);
        goto out;
    }
    memcpy(rgb, pixels, n);
    *out = (struct image){ .rgb = rgb, .h = (size_t)h, .w = (size_t)w };
out:
    stbi_image_free(pixels);
    return status;
}

enum ecam_status stb_png(const uint8_t *pixels, size_t h, size_t w, size_t channels, uint8_t **out,
                         size_t *size, struct ecam_error *err)
{
    size_t row, total;
    int png_size = 0;
    if (h == 0 || w == 0 || (channels != 1 && channels != 3 && channels != 4))
        return ecam_fail(err, ECAM_ERR_ARG, "PNG of %zu x %zu pixels, %zu channels", h, w,
                         channels);
    if (!ecam_mul_size(w, channels, &row) || row == SIZE_MAX ||
        !ecam_mul_size(row + 1, h, &total) || total > INT_MAX)
        return ecam_fail(err, ECAM_ERR_LIMIT, "PNG of %zu x %zu pixels: more than %d bytes", h, w,
                         INT_MAX);
    *out = stbi_write_png_to_mem(pixels, (int)row, (int)w, (int)h, (int)channels, &png_size);
    if (*out == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "PNG of %zu x %zu pixels", h, w);
    *size = (size_t)png_size;
    return ECAM_OK;
}

/* A file that grows in memory. */
struct sink {
    uint8_t *bytes;
    size_t n, cap;
    bool failed;
};

static void sink_put(void *context, void *bytes, int n)
{
    struct sink *sink = context;
    if (!sink->failed && (size_t)n > sink->cap - sink->n) {
        const size_t cap = 2 * sink->cap + (size_t)n;
        uint8_t *grown = realloc(sink->bytes, cap);
        sink->failed = grown == NULL;
        if (grown != NULL) {
            sink->bytes = grown;
            sink->cap = cap;
        }
    }
    if (sink->failed)
        return;
    memcpy(sink->bytes + sink->n, bytes, (size_t)n);
    sink->n += (size_t)n;
}

enum ecam_status stb_jpeg(const uint8_t *rgb, size_t h, size_t w, int quality, uint8_t **out,
                          size_t *size, struct ecam_error *err)
{
    struct sink sink = { .cap = 1 << 14 };
    if (h == 0 || w == 0 || h > UINT16_MAX || w > UINT16_MAX)
        return ecam_fail(err, ECAM_ERR_ARG, "JPEG of %zu x %zu pixels", h, w);
    sink.bytes = malloc(sink.cap);
    sink.failed = sink.bytes == NULL;
    if (stbi_write_jpg_to_func(sink_put, &sink, (int)w, (int)h, 3, rgb, quality) == 0 ||
        sink.failed) {
        free(sink.bytes);
        return ecam_fail(err, ECAM_ERR_NOMEM, "JPEG of %zu x %zu pixels", h, w);
    }
    *out = sink.bytes;
    *size = sink.n;
    return ECAM_OK;
}
