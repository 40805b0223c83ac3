/* SPDX-License-Identifier: BSD-2-Clause
 * The only way to touch bytes that came from a file. Failure is sticky, so that
 * straight-line parsing is safe and `failed` is asked once per record. */
#ifndef ECAM_READER_H
#define ECAM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *base, *at, *end;
    bool failed; /* once set, every read gives 0 and moves nothing */
};

static inline struct reader reader_new(const uint8_t *bytes, size_t size)
{
    return (struct reader){ .base = bytes, .at = bytes, .end = bytes + size };
}

static inline size_t reader_left(const struct reader *r)
{
    return r->failed ? 0 : (size_t)(r->end - r->at);
}

static inline size_t reader_at(const struct reader *r)
{
    return (size_t)(r->at - r->base);
}

/* n bytes in place, or NULL. n comes straight from the file: any value is safe. */
static inline const uint8_t *reader_take(struct reader *r, uint64_t n)
{
    if (r->failed || n > (uint64_t)(r->end - r->at)) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *p = r->at;
    r->at += n;
    return p;
}

/* Moves to a byte of the file; past the end is a failure. */
static inline void reader_seek(struct reader *r, uint64_t at)
{
    if (r->failed || at > (uint64_t)(r->end - r->base))
        r->failed = true;
    else
        r->at = r->base + at;
}

static inline uint8_t reader_u8(struct reader *r)
{
    const uint8_t *p = reader_take(r, 1);
    return p == NULL ? 0 : p[0];
}

static inline uint16_t reader_u16le(struct reader *r)
{
    const uint8_t *p = reader_take(r, 2);
    return p == NULL ? 0 : (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t reader_u32le(struct reader *r)
{
    const uint8_t *p = reader_take(r, 4);
    return p == NULL
               ? 0
               : (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t reader_u64le(struct reader *r)
{
    const uint64_t lo = reader_u32le(r);
    return lo | (uint64_t)reader_u32le(r) << 32;
}

#endif /* ECAM_READER_H */
