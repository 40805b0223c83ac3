/* SPDX-License-Identifier: BSD-2-Clause
 * GIF 87a and 89a: header, extensions up to the first image, its LZW-coded indexes.
 * Ours instead of stb's, which recurses once per code and draws no transparent pixel. */
#include "tools/gif.h"

#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "weights/reader.h"

#define MAX_CODES 4096 /* of 12 bits */

struct gif {
    struct reader r; /* at the LZW data */
    size_t h, w;     /* canvas */
    size_t top, left, frame_h, frame_w;
    bool is_interlaced;
    uint8_t fill; /* index of what the frame leaves free */
    uint8_t palette[256][3];
};

/* A colour table replaces the beginning of the grey ramp. */
static void read_palette(struct reader *r, unsigned flags, uint8_t palette[256][3])
{
    const size_t n = (size_t)2 << (flags & 7);
    const uint8_t *table = reader_take(r, 3 * n);
    if (table != NULL)
        memcpy(palette, table, 3 * n);
}

static void skip_blocks(struct reader *r)
{
    for (size_t n = reader_u8(r); n != 0; n = reader_u8(r)) /* 0 at the end of the file too */
        reader_take(r, n);
}

static void read_extension(struct gif *g)
{
    const unsigned graphic_control = 0xf9;
    if (reader_u8(&g->r) != graphic_control) {
        skip_blocks(&g->r);
        return;
    }
    struct reader block = g->r;
    const size_t n = reader_u8(&block);
    const unsigned flags = reader_u8(&block);
    reader_take(&block, 2); /* the delay */
    const uint8_t index = reader_u8(&block);
    if (n >= 4 && !block.failed && (flags & 1) != 0)
        g->fill = index;
    skip_blocks(&g->r);
}

static enum ecam_status read_head(const uint8_t *bytes, size_t size, struct gif *g,
                                  struct ecam_error *err)
{
    *g = (struct gif){ .r = reader_new(bytes, size) };
    for (int i = 0; i < 256; i++)
        memset(g->palette[i], i, 3);
    reader_take(&g->r, 6); /* the signature that brought us here */
    g->w = reader_u16le(&g->r);
    g->h = reader_u16le(&g->r);
    unsigned flags = reader_u8(&g->r);
    reader_take(&g->r, 2); /* background, aspect */
    if ((flags & 0x80) != 0)
        read_palette(&g->r, flags, g->palette);
    for (;;) {
        const unsigned block = reader_u8(&g->r);
        if (g->r.failed || block == ';')
            return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: no image in it");
        if (block == ',')
            break;
        if (block == '!')
            read_extension(g);
        else if (block != 0) /* stray terminators occur */
            return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: block of kind 0x%02x at byte %zu",
                             block, reader_at(&g->r) - 1);
    }
    g->left = reader_u16le(&g->r);
    g->top = reader_u16le(&g->r);
    g->frame_w = reader_u16le(&g->r);
    g->frame_h = reader_u16le(&g->r);
    flags = reader_u8(&g->r);
    g->is_interlaced = (flags & 0x40) != 0;
    if ((flags & 0x80) != 0) {
        for (int i = 0; i < 256; i++)
            memset(g->palette[i], i, 3);
        read_palette(&g->r, flags, g->palette);
    }
    if (g->r.failed)
        return ecam_fail(err, ECAM_ERR_FORMAT, "ends before its pixels do");
    if (g->left + g->frame_w > g->w)
        g->w = g->left + g->frame_w;
    if (g->top + g->frame_h > g->h)
        g->h = g->top + g->frame_h;
    return ECAM_OK;
}

enum ecam_status gif_size(const uint8_t *bytes, size_t size, uint64_t *h, uint64_t *w,
                          struct ecam_error *err)
{
    struct gif g;
    const enum ecam_status status = read_head(bytes, size, &g, err);
    if (status == ECAM_OK) {
        *h = g.h;
        *w = g.w;
    }
    return status;
}

/* ---- Codes ---- */

/* Bits of the data blocks, least significant first. */
struct bits {
    struct reader *r;
    size_t left; /* bytes of the current block */
    uint32_t held;
    unsigned n_held;
};

/* The next code of n bits, or -1 where the blocks end. */
static int next_code(struct bits *b, unsigned n)
{
    while (b->n_held < n) {
        if (b->left == 0) {
            b->left = reader_u8(b->r);
            if (b->left == 0)
                return -1;
        }
        b->held |= (uint32_t)reader_u8(b->r) << b->n_held;
        if (b->r->failed)
            return -1;
        b->n_held += 8;
        b->left--;
    }
    const int code = (int)(b->held & ((1u << n) - 1));
    b->held >>= n;
    b->n_held -= n;
    return code;
}

/* Where indexes go: rows in file order, four passes where interlaced. */
struct sink {
    const struct gif *g;
    uint8_t *rgb;
    size_t row, column, step, pass;
    bool is_full;
};

static void sink_put(struct sink *s, uint8_t index)
{
    static const size_t start[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };
    if (s->is_full)
        return;
    const struct gif *g = s->g;
    uint8_t *to = s->rgb + 3 * ((g->top + s->row) * g->w + g->left + s->column);
    memcpy(to, g->palette[index], 3);
    if (++s->column < g->frame_w)
        return;
    s->column = 0;
    s->row += g->is_interlaced ? step[s->pass] : 1;
    while (s->row >= g->frame_h && !s->is_full) {
        s->is_full = !g->is_interlaced || s->pass == 3;
        if (!s->is_full)
            s->row = start[++s->pass];
    }
}

/* Entry i stands for the string of entry prefix[i], then last[i]. */
struct table {
    uint16_t prefix[MAX_CODES];
    uint8_t first[MAX_CODES], last[MAX_CODES];
    uint8_t string[MAX_CODES]; /* one entry's, backwards */
};

/* Each prefix is an older entry, so that a string ends within MAX_CODES. */
static void put_string(struct table *t, unsigned code, unsigned n_literals, struct sink *s)
{
    size_t n = 0;
    for (; code >= n_literals; code = t->prefix[code])
        t->string[n++] = t->last[code];
    sink_put(s, (uint8_t)code);
    while (n > 0)
        sink_put(s, t->string[--n]);
}

static enum ecam_status decode_frame(struct gif *g, struct table *t, uint8_t *rgb,
                                     struct ecam_error *err)
{
    const unsigned literal_bits = reader_u8(&g->r);
    if (literal_bits < 1 || literal_bits > 8)
        return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: indexes of %u bits", literal_bits);
    const unsigned n_literals = 1u << literal_bits, clear = n_literals, end = clear + 1;
    for (unsigned i = 0; i < n_literals; i++)
        t->first[i] = t->last[i] = (uint8_t)i;

    struct bits bits = { .r = &g->r };
    struct sink sink = { .g = g, .rgb = rgb };
    unsigned n = end + 1, width = literal_bits + 1;
    int before = -1;
    while (!sink.is_full) {
        const int code = next_code(&bits, width);
        if (code < 0 || (unsigned)code == end)
            return ecam_fail(err, ECAM_ERR_FORMAT, "ends before its pixels do");
        if ((unsigned)code == clear) {
            n = end + 1;
            width = literal_bits + 1;
            before = -1;
            continue;
        }
        /* The one code that may be met before it is made: its string is the string
         * before and that string's first index. */
        if ((unsigned)code > n || ((unsigned)code == n && (before < 0 || n == MAX_CODES)))
            return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: code %d of %u", code, n);
        if (before >= 0 && n < MAX_CODES) {
            t->prefix[n] = (uint16_t)before;
            t->first[n] = t->first[before];
            t->last[n] = (unsigned)code == n ? t->first[before] : t->first[code];
            n++;
            if (n == 1u << width && width < 12)
                width++;
        }
        put_string(t, (unsigned)code, n_literals, &sink);
        before = code;
    }
    return ECAM_OK;
}

enum ecam_status gif_decode(const uint8_t *bytes, size_t size, uint64_t budget_bytes,
                            struct image *out, struct ecam_error *err)
{
    (void)budget_bytes; /* holds the picture and a small table */
    struct gif g;
    struct table *table = NULL;
    uint8_t *rgb = NULL;
    enum ecam_status status = read_head(bytes, size, &g, err);
    if (status != ECAM_OK)
        return status;
    if (g.frame_w == 0 || g.frame_h == 0)
        return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: a frame without pixels");
    const size_t pixels = g.h * g.w;
    rgb = malloc(3 * pixels);
    table = malloc(sizeof *table);
    if (rgb == NULL || table == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu bytes of pixels", 3 * pixels);
        goto out;
    }
    for (size_t i = 0; i < pixels; i++)
        memcpy(rgb + 3 * i, g.palette[g.fill], 3);
    status = decode_frame(&g, table, rgb, err);
    if (status != ECAM_OK)
        goto out;
    *out = (struct image){ .rgb = rgb, .h = g.h, .w = g.w };
    rgb = NULL;
out:
    free(rgb);
    free(table);
    return status;
}
