/* SPDX-License-Identifier: BSD-2-Clause
 * EXIF: a TIFF directory inside JPEG's APP1 marker or PNG's eXIf chunk, in either
 * byte order. Only the orientation is read. Damage means "no orientation". */
#include "tools/exif.h"

#include <string.h>

#include "tools/image.h"
#include "weights/reader.h"

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3
#define TYPE_LONG 4
#define ENTRY_BYTES 12
#define MAX_CODES 256 /* of a JPEG's Huffman table */
#define PNG_SIGNATURE "\x89PNG\r\n\x1a\n"
#define EXIF_SIGNATURE "Exif\0" /* and a second zero, which the literal ends with */

static uint16_t read_u16be(struct reader *r)
{
    const unsigned high = reader_u8(r);
    return (uint16_t)(high << 8 | reader_u8(r));
}

static uint32_t read_u32be(struct reader *r)
{
    const uint32_t high = read_u16be(r);
    return high << 16 | read_u16be(r);
}

static uint16_t read_u16(struct reader *r, bool is_big)
{
    return is_big ? read_u16be(r) : reader_u16le(r);
}

static uint32_t read_u32(struct reader *r, bool is_big)
{
    return is_big ? read_u32be(r) : reader_u32le(r);
}

/* The orientation in a TIFF structure's first directory, or 1. */
static unsigned tiff_orientation(const uint8_t *bytes, size_t size)
{
    struct reader r = reader_new(bytes, size);
    const uint8_t *order = reader_take(&r, 2);
    if (order == NULL || (memcmp(order, "II", 2) != 0 && memcmp(order, "MM", 2) != 0))
        return 1;
    const bool is_big = order[0] == 'M';
    if (read_u16(&r, is_big) != 42)
        return 1;
    reader_seek(&r, read_u32(&r, is_big));
    const size_t n = read_u16(&r, is_big); /* at most 65535, each read is bounded */
    for (size_t i = 0; i < n && reader_left(&r) >= ENTRY_BYTES; i++) {
        const unsigned tag = read_u16(&r, is_big), type = read_u16(&r, is_big);
        const uint32_t count = read_u32(&r, is_big);
        struct reader value = r;
        reader_take(&r, 4);
        if (tag != TAG_ORIENTATION)
            continue;
        const uint32_t told = type == TYPE_SHORT  ? read_u16(&value, is_big)
                              : type == TYPE_LONG ? read_u32(&value, is_big)
                                                  : 0;
        return count == 1 && told >= 1 && told <= 8 ? (unsigned)told : 1;
    }
    return 1;
}

/* The next marker's code, or 0 at the end. Like the decoders it passes over what
 * stands between markers. */
static unsigned next_marker(struct reader *r)
{
    unsigned code = 0;
    while (code == 0 && !r->failed) {
        while (code != 0xff && !r->failed)
            code = reader_u8(r);
        while (code == 0xff && !r->failed)
            code = reader_u8(r);
    }
    return code; /* a failed read gives 0 */
}

/* Whether a segment of Huffman tables is whole: for each table a byte, 16 counts of
 * codes, 256 in all at most, the codes' values. */
static bool is_huffman_sane(const uint8_t *body, size_t n)
{
    struct reader r = reader_new(body, n);
    while (reader_left(&r) > 0) {
        unsigned codes = 0;
        reader_u8(&r);
        for (int length = 1; length <= 16; length++)
            codes += reader_u8(&r);
        reader_take(&r, codes);
        if (r.failed || codes > MAX_CODES)
            return false;
    }
    return true;
}

enum {
    SOF0 = 0xc0, /* frames, to SOF15 but for the next three */
    DHT = 0xc4,
    JPG = 0xc8,
    DAC = 0xcc,
    SOF15 = 0xcf,
    RST0 = 0xd0, /* to RST7, then SOI: no length */
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    APP1 = 0xe1,
    APP14 = 0xee,
    TEM = 0x01 /* no length */
};

static void read_segment(unsigned code, const uint8_t *body, size_t n, bool *has_exif,
                         struct jpeg_facts *facts)
{
    if (code == SOS) {
        facts->has_scan = true;
    } else if (code == DHT) {
        facts->is_huffman_sane = facts->is_huffman_sane && is_huffman_sane(body, n);
    } else if (code == APP1 && !*has_exif && n >= 6 && memcmp(body, EXIF_SIGNATURE, 6) == 0) {
        *has_exif = true;
        facts->orientation = tiff_orientation(body + 6, n - 6);
    } else if (code == APP14 && n >= 12 && memcmp(body, "Adobe", 5) == 0) {
        facts->has_adobe = true;
    } else if (code >= SOF0 && code <= SOF15 && code != JPG && code != DAC && n >= 6) {
        facts->process = code - SOF0;
        facts->components = body[5];
    }
}

struct jpeg_facts jpeg_facts(const uint8_t *bytes, size_t size)
{
    struct jpeg_facts facts = { .orientation = 1, .is_whole = true, .is_huffman_sane = true };
    struct reader r = reader_new(bytes, size);
    bool has_exif = false;
    if (next_marker(&r) != SOI)
        return facts;
    for (;;) {
        const unsigned code = next_marker(&r); /* passes over a scan's data, too */
        if (code == 0 || code == EOI)
            return facts;
        if (code == TEM || (code >= RST0 && code <= SOI))
            continue;
        const size_t length = read_u16be(&r);
        const uint8_t *body = length >= 2 ? reader_take(&r, length - 2) : NULL;
        facts.is_whole = body != NULL;
        if (!facts.is_whole)
            return facts;
        read_segment(code, body, length - 2, &has_exif, &facts);
    }
}

static unsigned png_orientation(const uint8_t *bytes, size_t size)
{
    struct reader r = reader_new(bytes, size);
    reader_take(&r, 8);
    while (reader_left(&r) >= 12) {
        const uint32_t length = read_u32be(&r);
        const uint8_t *type = reader_take(&r, 4);
        const uint8_t *body = reader_take(&r, length);
        reader_take(&r, 4); /* CRC */
        if (body != NULL && memcmp(type, "eXIf", 4) == 0)
            return tiff_orientation(body, length);
    }
    return 1;
}

unsigned exif_orientation(const uint8_t *bytes, size_t size)
{
    if (size >= 8 && memcmp(bytes, PNG_SIGNATURE, 8) == 0)
        return png_orientation(bytes, size);
    return jpeg_facts(bytes, size).orientation;
}
