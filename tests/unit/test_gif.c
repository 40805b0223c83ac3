/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tu.h"
#include "tools/gif.h"

/* A canvas of 4 x 2 with four colours; then extensions, a frame, its data. */
#define HEAD "GIF89a\4\0\2\0\x81\0\0" COLOURS
#define COLOURS "\12\12\12\24\24\24\36\36\36\50\50\50"
#define TRANSPARENT_2 "!\xf9\4\1\0\0\2\0"
#define WHOLE ",\0\0\0\0\4\0\2\0\0"

static enum ecam_status decode(const char *text, size_t n, struct image *out)
{
    uint8_t *bytes = malloc(n); /* exact, so that ASan sees over-reads */
    memcpy(bytes, text, n);
    uint64_t h, w;
    enum ecam_status status = gif_size(bytes, n, &h, &w, NULL);
    if (status == ECAM_OK)
        status = gif_decode(bytes, n, 0, out, NULL);
    free(bytes);
    return status;
}

/* Packs codes of given widths into one data block. */
struct packer {
    uint8_t bytes[512];
    size_t n;
    uint32_t held;
    unsigned n_held;
};

static void pack(struct packer *p, unsigned code, unsigned width)
{
    p->held |= code << p->n_held;
    for (p->n_held += width; p->n_held >= 8; p->n_held -= 8, p->held >>= 8)
        p->bytes[p->n++] = (uint8_t)p->held;
}

/* A GIF of these pieces and these codes (width after each), 2-bit indexes. */
static enum ecam_status decode_codes(const char *head, size_t head_n, const unsigned (*codes)[2],
                                     size_t n, struct image *out)
{
    struct packer p = { .n = 0 };
    char text[1024];
    for (size_t i = 0; i < n; i++)
        pack(&p, codes[i][0], codes[i][1]);
    pack(&p, 0, 7); /* the last bits */
    memcpy(text, head, head_n);
    text[head_n] = 2;
    text[head_n + 1] = (char)p.n;
    memcpy(text + head_n + 2, p.bytes, p.n);
    text[head_n + 2 + p.n] = 0;
    return decode(text, head_n + 3 + p.n, out);
}

#define CODES(head, codes, out) \
    decode_codes(head, sizeof head - 1, codes, sizeof codes / sizeof *codes, out)

static void expect(const struct image *got, size_t h, size_t w, const char *indexes)
{
    ck_assert_uint_eq(got->h, h);
    ck_assert_uint_eq(got->w, w);
    for (size_t i = 0; i < h * w; i++)
        ck_assert_msg(got->rgb[3 * i] == 10 * (indexes[i] - '0' + 1), "[%zu]: %d", i,
                      got->rgb[3 * i]);
}

static const unsigned plain[][2] = { { 4, 3 }, { 0, 3 }, { 1, 3 }, { 2, 3 }, { 3, 4 },
                                     { 0, 4 }, { 1, 4 }, { 2, 4 }, { 3, 4 }, { 5, 4 } };

START_TEST(literals_come_out_in_order)
{
    struct image got = { 0 };
    ck_assert_int_eq(CODES(HEAD WHOLE, plain, &got), ECAM_OK);
    expect(&got, 2, 4, "01230123");
    image_free(&got);
}
END_TEST

START_TEST(a_code_may_be_used_while_it_is_made)
{
    /* 1, then 6 = "11" (made now), then 7 = "111", then 0 and 1. */
    const unsigned codes[][2] = { { 4, 3 }, { 1, 3 }, { 6, 3 }, { 7, 3 }, { 0, 4 }, { 1, 4 } };
    struct image got = { 0 };
    ck_assert_int_eq(CODES(HEAD WHOLE, codes, &got), ECAM_OK);
    expect(&got, 2, 4, "11111101");
    image_free(&got);
}
END_TEST

START_TEST(a_clear_code_begins_anew)
{
    const unsigned codes[][2] = { { 4, 3 }, { 1, 3 }, { 6, 3 }, { 4, 3 }, { 2, 3 },
                                  { 6, 3 }, { 3, 3 }, { 0, 4 }, { 0, 4 } };
    struct image got = { 0 };
    ck_assert_int_eq(CODES(HEAD WHOLE, codes, &got), ECAM_OK);
    expect(&got, 2, 4, "11122230");
    image_free(&got);
}
END_TEST

START_TEST(a_frame_has_its_place_on_the_canvas)
{
#define PART ",\1\0\1\0\2\0\1\0\0"
    const unsigned codes[][2] = { { 4, 3 }, { 3, 3 }, { 1, 3 } };
    struct image got = { 0 };
    ck_assert_int_eq(CODES(HEAD PART, codes, &got), ECAM_OK);
    expect(&got, 2, 4, "00000310");
    image_free(&got);
    /* What is left free has the transparent colour, if there is one. */
    ck_assert_int_eq(CODES(HEAD TRANSPARENT_2 PART, codes, &got), ECAM_OK);
    expect(&got, 2, 4, "22222312");
    image_free(&got);
}
END_TEST

START_TEST(the_canvas_grows_to_hold_the_frame)
{
    struct image got = { 0 };
    const unsigned codes[][2] = { { 4, 3 }, { 3, 3 }, { 1, 3 } };
    ck_assert_int_eq(CODES(HEAD ",\3\0\2\0\2\0\1\0\0", codes, &got), ECAM_OK);
    expect(&got, 3, 5, "000000000000031");
    image_free(&got);
}
END_TEST

START_TEST(interlaced_rows_find_their_places)
{
    /* One column of 9 rows: passes 0 8, 4, 2 6, 1 3 5 7. */
    const unsigned codes[][2] = { { 4, 3 }, { 0, 3 }, { 1, 3 }, { 2, 3 }, { 3, 4 },
                                  { 3, 4 }, { 0, 4 }, { 1, 4 }, { 2, 4 }, { 0, 4 } };
    struct image got = { 0 };
    ck_assert_int_eq(CODES("GIF87a\1\0\1\0\x81\0\0" COLOURS ",\0\0\0\0\1\0\11\0\x40", codes, &got),
                     ECAM_OK);
    expect(&got, 9, 1, "003122301");
    image_free(&got);
}
END_TEST

START_TEST(without_colours_indexes_are_grey)
{
    struct image got = { 0 };
    ck_assert_int_eq(CODES("GIF89a\4\0\2\0\0\0\0" WHOLE, plain, &got), ECAM_OK);
    for (size_t i = 0; i < 8; i++)
        ck_assert_uint_eq(got.rgb[3 * i], i % 4);
    image_free(&got);
}
END_TEST

START_TEST(damage_is_refused)
{
    struct image got = { 0 };
    const unsigned future[][2] = { { 4, 3 }, { 1, 3 }, { 7, 3 } };
    const unsigned first[][2] = { { 4, 3 }, { 6, 3 } };
    const unsigned early[][2] = { { 4, 3 }, { 1, 3 }, { 5, 3 } };
    ck_assert_int_eq(CODES(HEAD WHOLE, future, &got), ECAM_ERR_FORMAT);
    ck_assert_int_eq(CODES(HEAD WHOLE, first, &got), ECAM_ERR_FORMAT);
    ck_assert_int_eq(CODES(HEAD WHOLE, early, &got), ECAM_ERR_FORMAT);
    ck_assert_int_eq(CODES(HEAD ",\0\0\0\0\0\0\2\0\0", plain, &got), ECAM_ERR_FORMAT);
#define REFUSED(text) ck_assert_int_eq(decode(text, sizeof text - 1, &got), ECAM_ERR_FORMAT)
    REFUSED("GIF89a");
    REFUSED(HEAD);
    REFUSED(HEAD ";");
    REFUSED(HEAD "?");
    REFUSED(HEAD "!\xfe\5hello");
    REFUSED(HEAD WHOLE);
    REFUSED(HEAD WHOLE "\0\1\1\0");
    REFUSED(HEAD WHOLE "\11\1\1\0");
    REFUSED(HEAD WHOLE "\2\xff\1\0");
    ck_assert_ptr_null(got.rgb);
}
END_TEST

START_TEST(the_table_fills_up_and_stays)
{
    /* 100 x 60 pixels of index 1, one code each: the table is full after 4090. */
    const size_t pixels = 6000;
    struct packer p = { .n = 0 };
    uint8_t *bytes = malloc(20000);
    size_t n = 0;
    const char head[] = "GIF89a\144\0\74\0\x81\0\0" COLOURS ",\0\0\0\0\144\0\74\0\0\2";
    memcpy(bytes, head, sizeof head - 1);
    n = sizeof head - 1;
    pack(&p, 4, 3);
    unsigned made = 5, width = 3;
    for (size_t i = 0; i <= pixels; i++) {
        pack(&p, 1, width);
        made += made < 4095 && i > 0;
        if (made + 1 == 1u << width && width < 12)
            width++;
        if (p.n >= 200 || i == pixels) {
            bytes[n++] = (uint8_t)p.n;
            memcpy(bytes + n, p.bytes, p.n);
            n += p.n;
            p.n = 0;
        }
    }
    struct image got = { 0 };
    ck_assert_int_eq(decode((const char *)bytes, n, &got), ECAM_OK);
    for (size_t i = 0; i < 3 * pixels; i++)
        ck_assert_uint_eq(got.rgb[i], 20);
    image_free(&got);
    free(bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        literals_come_out_in_order,         a_code_may_be_used_while_it_is_made,
        a_clear_code_begins_anew,           a_frame_has_its_place_on_the_canvas,
        the_canvas_grows_to_hold_the_frame, interlaced_rows_find_their_places,
        without_colours_indexes_are_grey,   damage_is_refused,
        the_table_fills_up_and_stays,
    };
    return tu_main("gif", tests, sizeof tests / sizeof *tests);
}
