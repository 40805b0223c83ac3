/* SPDX-License-Identifier: BSD-2-Clause
 * PBM, PGM and PPM, each as text (P1 to P3) and raw (P4 to P6). Comments run from
 * '#' to the end of the line, wherever there may be space. */
#include "tools/pnm.h"

#include <limits.h>
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/reader.h"

struct pnm {
    struct reader r; /* at the samples */
    size_t h, w;
    size_t channels; /* 1 or 3 */
    uint32_t maxval;
    bool is_bits, is_text;
};

static bool is_space(unsigned c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_space(struct reader *r)
{
    bool in_comment = false;
    for (; reader_left(r) > 0; r->at++) {
        if (*r->at == '\n' || *r->at == '\r')
            in_comment = false;
        else if (*r->at == '#')
            in_comment = true;
        else if (!in_comment && !is_space(*r->at))
            return;
    }
}

/* A decimal number; none, or one beyond 2^31 - 1, is a failure. */
static uint32_t read_number(struct reader *r)
{
    uint32_t value = 0;
    skip_space(r);
    r->failed = r->failed || reader_left(r) == 0 || *r->at < '0' || *r->at > '9';
    for (; reader_left(r) > 0 && *r->at >= '0' && *r->at <= '9'; r->at++) {
        if (value > (INT_MAX - 9) / 10)
            r->failed = true; /* ends the loop */
        else
            value = value * 10 + (uint32_t)(*r->at - '0');
    }
    return r->failed ? 0 : value;
}

static enum ecam_status read_head(const uint8_t *bytes, size_t size, struct pnm *p,
                                  struct ecam_error *err)
{
    *p = (struct pnm){ .r = reader_new(bytes, size) };
    reader_u8(&p->r); /* 'P' */
    const unsigned kind = (unsigned)reader_u8(&p->r) - '0';
    p->is_text = kind <= 3;
    p->is_bits = kind == 1 || kind == 4;
    p->channels = kind % 3 == 0 ? 3 : 1;
    p->w = read_number(&p->r);
    p->h = read_number(&p->r);
    p->maxval = p->is_bits ? 1 : read_number(&p->r);
    if (!p->is_text)
        p->r.failed = p->r.failed || !is_space(reader_u8(&p->r)); /* exactly one */
    if (p->r.failed)
        return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: header at byte %zu", reader_at(&p->r));
    if (p->maxval == 0 || p->maxval > 65535)
        return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: largest sample %u, 1 to 65535 expected",
                         p->maxval);
    return ECAM_OK;
}

enum ecam_status pnm_size(const uint8_t *bytes, size_t size, uint64_t *h, uint64_t *w,
                          struct ecam_error *err)
{
    struct pnm p;
    const enum ecam_status status = read_head(bytes, size, &p, err);
    if (status == ECAM_OK) {
        *h = p.h;
        *w = p.w;
    }
    return status;
}

/* The next sample of text or of raw bytes; any failure is sticky in p->r. */
static uint32_t read_sample(struct pnm *p)
{
    if (p->is_text && p->is_bits) { /* bits need no space between them */
        skip_space(&p->r);
        const unsigned c = reader_u8(&p->r);
        p->r.failed = p->r.failed || (c != '0' && c != '1');
        return c == '0';
    }
    if (p->is_text)
        return read_number(&p->r);
    const unsigned high = reader_u8(&p->r);
    return p->maxval < 256 ? high : high << 8 | reader_u8(&p->r);
}

static uint8_t scale(uint32_t value, uint32_t maxval)
{
    const uint32_t whole = value * 255 / maxval, twice = value * 255 % maxval * 2;
    const bool is_up = twice > maxval || (twice == maxval && whole % 2 != 0);
    return (uint8_t)(whole + is_up);
}

/* Raw bits: eight pixels a byte, rows begin at a byte, 1 is black. */
static void decode_bits(struct pnm *p, uint8_t *to)
{
    for (size_t y = 0; y < p->h; y++) {
        unsigned byte = 0;
        for (size_t x = 0; x < p->w; x++, to += 3) {
            byte = x % 8 == 0 ? reader_u8(&p->r) : byte << 1;
            to[0] = to[1] = to[2] = (byte & 0x80) != 0 ? 0 : 255;
        }
    }
}

static enum ecam_status decode_samples(struct pnm *p, uint8_t *to, struct ecam_error *err)
{
    for (size_t n = p->h * p->w; n > 0; n--, to += 3) {
        for (size_t c = 0; c < p->channels; c++) {
            const uint32_t value = read_sample(p);
            if (value > p->maxval)
                return ecam_fail(err, ECAM_ERR_FORMAT, "damaged: sample %u at byte %zu, at most %u",
                                 value, reader_at(&p->r), p->maxval);
            to[c] = scale(value, p->maxval);
        }
        if (p->channels == 1)
            to[1] = to[2] = to[0];
    }
    return ECAM_OK;
}

/* The least number of bytes that so many samples take. */
static size_t least_bytes(const struct pnm *p)
{
    if (p->is_bits)
        return p->is_text ? p->h * p->w : p->h * ecam_ceil_div(p->w, 8);
    const size_t samples = p->h * p->w * p->channels;
    return samples * (p->is_text || p->maxval > 255 ? 2 : 1) - (p->is_text ? 1 : 0);
}

enum ecam_status pnm_decode(const uint8_t *bytes, size_t size, uint64_t budget_bytes,
                            struct image *out, struct ecam_error *err)
{
    (void)budget_bytes; /* holds the picture alone */
    struct pnm p;
    uint8_t *rgb = NULL;
    enum ecam_status status = read_head(bytes, size, &p, err);
    if (status != ECAM_OK)
        goto out;
    if (least_bytes(&p) > reader_left(&p.r)) {
        status = ecam_fail(err, ECAM_ERR_FORMAT, "ends before its pixels do");
        goto out;
    }
    rgb = malloc(3 * p.h * p.w);
    if (rgb == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu bytes of pixels", 3 * p.h * p.w);
        goto out;
    }
    if (p.is_bits && !p.is_text)
        decode_bits(&p, rgb);
    else
        status = decode_samples(&p, rgb, err);
    if (status == ECAM_OK && p.r.failed)
        status = ecam_fail(err, ECAM_ERR_FORMAT, "damaged: sample at byte %zu", reader_at(&p.r));
    if (status != ECAM_OK)
        goto out;
    *out = (struct image){ .rgb = rgb, .h = p.h, .w = p.w };
    rgb = NULL;
out:
    free(rgb);
    return status;
}
