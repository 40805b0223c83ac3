/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/exif.h"
#include "tools/image.h"

/* SOI, APP1 with a directory of one entry, SOF0 of three components, SOS. */
static const uint8_t little[] = {
    0xff, 0xd8, 0xff, 0xe1, 0,    34, 'E',  'x',  'i', 'f',  0,    0, 'I', 'I', 42, 0,
    8,    0,    0,    0,    1,    0,  0x12, 0x01, 3,   0,    1,    0, 0,   0,   6,  0,
    0,    0,    0,    0,    0,    0,  0xff, 0xc0, 0,   17,   8,    0, 1,   0,   1,  3,
    1,    0x11, 0,    2,    0x11, 0,  3,    0x11, 0,   0xff, 0xda, 0, 2,
};
static const uint8_t big[] = {
    0xff, 0xd8, 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0,    0,    8, 0,
    1,    0x01, 0x12, 0,    3, 0,  0,   0,   1,   0,   8, 0, 0,   0,   0, 0,  0, 0xff, 0xda, 0, 2,
};
#define AT_ORDER 12
#define AT_OFFSET 16
#define AT_COUNT 20
#define AT_TAG 22
#define AT_TYPE 24
#define AT_ITEMS 26
#define AT_VALUE 30

/* The orientation with one byte changed. */
static unsigned changed(size_t at, uint8_t value)
{
    uint8_t bytes[sizeof little];
    memcpy(bytes, little, sizeof little);
    bytes[at] = value;
    return exif_orientation(bytes, sizeof bytes);
}

START_TEST(both_byte_orders_are_read)
{
    ck_assert_uint_eq(exif_orientation(little, sizeof little), 6);
    ck_assert_uint_eq(exif_orientation(big, sizeof big), 8);
}
END_TEST

START_TEST(all_eight_orientations_and_no_other)
{
    for (unsigned v = 0; v < 256; v++)
        ck_assert_uint_eq(changed(AT_VALUE, (uint8_t)v), v >= 1 && v <= 8 ? v : 1);
    ck_assert_uint_eq(changed(AT_VALUE + 1, 1), 1); /* 262 */
}
END_TEST

START_TEST(a_long_is_taken_and_other_types_are_not)
{
    for (unsigned type = 0; type < 14; type++)
        ck_assert_uint_eq(changed(AT_TYPE, (uint8_t)type), type == 3 || type == 4 ? 6 : 1);
    ck_assert_uint_eq(changed(AT_ITEMS, 2), 1);
}
END_TEST

START_TEST(damage_means_no_orientation)
{
    ck_assert_uint_eq(changed(AT_ORDER, 'X'), 1);
    ck_assert_uint_eq(changed(AT_ORDER + 2, 43), 1);
    ck_assert_uint_eq(changed(AT_TAG, 0x13), 1);
    ck_assert_uint_eq(changed(AT_OFFSET, 200), 1);
    ck_assert_uint_eq(changed(AT_OFFSET + 3, 0xff), 1);
    ck_assert_uint_eq(changed(AT_COUNT, 0), 1);
    ck_assert_uint_eq(changed(AT_COUNT + 1, 0xff), 6); /* more entries than there are */
    ck_assert_uint_eq(changed(5, 1), 1);               /* a marker shorter than its length */
    ck_assert_uint_eq(changed(6, 'e'), 1);
}
END_TEST

START_TEST(every_cut_and_every_changed_byte_is_survived)
{
    for (size_t n = 0; n <= sizeof little; n++) {
        uint8_t *cut = malloc(n != 0 ? n : 1); /* exact, so that ASan sees over-reads */
        memcpy(cut, little, n);
        const unsigned got = exif_orientation(cut, n);
        ck_assert_uint_eq(got, n >= 38 ? 6 : 1);
        for (size_t at = 0; at < n; at++) {
            for (unsigned v = 0; v < 256; v += 5) {
                cut[at] = (uint8_t)v;
                const unsigned orientation = exif_orientation(cut, n);
                ck_assert(orientation >= 1 && orientation <= 8);
            }
            cut[at] = little[at];
        }
        free(cut);
    }
}
END_TEST

START_TEST(a_frame_tells_its_components)
{
    ck_assert_uint_eq(jpeg_facts(little, sizeof little).components, 3);
    ck_assert_uint_eq(jpeg_facts(big, sizeof big).components, 0);
    ck_assert(!jpeg_facts(little, sizeof little).has_adobe);
    const uint8_t adobe[] = { 0xff, 0xd8, 0xff, 0xff, 0xee, 0, 14, 'A',  'd',  'o', 'b', 'e',
                              0,    100,  0,    0,    0,    0, 2,  0xff, 0xda, 0,   2 };
    ck_assert(jpeg_facts(adobe, sizeof adobe).has_adobe);
}
END_TEST

START_TEST(what_stands_between_markers_is_passed_over)
{
    uint8_t padded[sizeof little + 5];
    memcpy(padded, little, 2);
    memcpy(padded + 2, "\x07\xff\x00\x55\xff", 5);
    memcpy(padded + 7, little + 2, sizeof little - 2);
    ck_assert_uint_eq(exif_orientation(padded, sizeof padded), 6);
    ck_assert(jpeg_facts(padded, sizeof padded).has_scan);
    ck_assert(!jpeg_facts(padded, sizeof padded - 1).has_scan);
}
END_TEST

/* A JPEG whose Huffman segment tells `length` and one table of so many codes of 8
 * and of 9 bits, with values behind. */
static bool is_sane(size_t length, unsigned codes_8, unsigned codes_9, size_t values)
{
    uint8_t bytes[1024] = { 0xff, 0xd8, 0xff, 0xc4, (uint8_t)(length >> 8), (uint8_t)length };
    bytes[6 + 8] = (uint8_t)codes_8;
    bytes[6 + 9] = (uint8_t)codes_9;
    return jpeg_facts(bytes, 6 + 17 + values).is_huffman_sane;
}

START_TEST(huffman_tables_are_whole_and_hold_256_codes)
{
    ck_assert(is_sane(19 + 256, 128, 128, 256));
    ck_assert(!is_sane(19 + 257, 128, 129, 257));
    ck_assert(!is_sane(19 + 510, 255, 255, 510));
    ck_assert(!is_sane(19 + 255, 128, 128, 256)); /* values beyond the segment */
    ck_assert(!is_sane(19 + 257, 128, 128, 257)); /* a second table, cut */
    ck_assert(!is_sane(18, 0, 0, 20));
    /* After a scan's data, too. */
    uint8_t late[200] = { 0xff, 0xd8, 0xff, 0xda, 0,    3, 0, 1, 2, 0xff, 0,
                          0xff, 0xd0, 3,    0xff, 0xc4, 0, 5, 1, 2, 3 };
    ck_assert(!jpeg_facts(late, sizeof late).is_huffman_sane);
    late[14] = 0;
    ck_assert(jpeg_facts(late, sizeof late).is_huffman_sane);
}
END_TEST

START_TEST(a_png_has_it_in_a_chunk)
{
    uint8_t png[8 + 12 + 26 + 12] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0,
                                      0,    0,   't', 'E', 'X',  't',  0,    0,    0, 0,
                                      0,    0,   0,   26,  'e',  'X',  'I',  'f' };
    memcpy(png + 28, big + AT_ORDER, 26);
    ck_assert_uint_eq(exif_orientation(png, sizeof png), 8);
    for (size_t n = 0; n < 58; n++)
        ck_assert_uint_eq(exif_orientation(png, n), n < 54 ? 1 : 8);
    png[20] = 0x7f; /* a chunk beyond the end */
    ck_assert_uint_eq(exif_orientation(png, sizeof png), 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        both_byte_orders_are_read,
        all_eight_orientations_and_no_other,
        a_long_is_taken_and_other_types_are_not,
        damage_means_no_orientation,
        every_cut_and_every_changed_byte_is_survived,
        a_frame_tells_its_components,
        what_stands_between_markers_is_passed_over,
        huffman_tables_are_whole_and_hold_256_codes,
        a_png_has_it_in_a_chunk,
    };
    return tu_main("exif", tests, sizeof tests / sizeof *tests);
}
