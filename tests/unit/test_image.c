/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tfolder.h"
#include "tests/unit/tpicture.h"
#include "tools/file.h"

static const char *const lossless[] = {
    "rgb.png",
    "rgba.png",
    "grey.png",
    "grey_alpha.png",
    "palette.png",
    "palette_4bit.png",
    "palette_1bit.png",
    "bits.png",
    "palette_transparent.png",
    "rgb_transparent.png",
    "rgb_16bit.png",
    "grey_16bit.png",
    "turned_6.png",
    "rgb.bmp",
    "rgba.bmp",
    "grey.bmp",
    "palette.bmp",
    "bits.bmp",
    "rgb.tga",
    "rgba.tga",
    "grey.tga",
    "palette.tga",
    "grey_alpha.tga",
    "rgb_rle.tga",
    "rgba_rle.tga",
    "grey_rle.tga",
    "palette_rle.tga",
    "grey_alpha_rle.tga",
    "top_down.tga",
    "palette.gif",
    "interlaced.gif",
    "transparent.gif",
    "animated.gif",
    "rgb_raw.ppm",
    "grey_raw.pgm",
    "bits_raw.pbm",
    "bits_text.pbm",
    "grey_text.pgm",
    "rgb_text.ppm",
    "grey_100_levels.pgm",
    "rgb_1000_levels.ppm",
    "grey_65536_levels.pgm",
};
static const char *const jpegs[] = {
    "rgb.jpg",      "grey.jpg",     "cmyk.jpg",     "progressive.jpg", "subsampled.jpg",
    "turned_1.jpg", "turned_2.jpg", "turned_3.jpg", "turned_4.jpg",    "turned_5.jpg",
    "turned_6.jpg", "turned_7.jpg", "turned_8.jpg",
};
/* stb's inverse DCT and colour conversion round otherwise than libjpeg's. */
#define JPEG_DIFFERENCE 3

static void load(const char *path, uint8_t **bytes, size_t *size)
{
    ck_assert_int_eq(file_read(path, 1 << 20, bytes, size, NULL), ECAM_OK);
}

static void check_picture(const char *name, int most)
{
    struct image want, got = { 0 };
    struct ecam_error err = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    tpicture_expected(name, &want);
    ck_assert_msg(image_read(tpicture_path(name), NULL, &got, &err) == ECAM_OK, "%s", err.text);
    tpicture_close(name, &got, &want, most);
    image_free(&got);
    load(tpicture_path(name), &bytes, &size);
    ck_assert_msg(image_decode(bytes, size, NULL, &got, &err) == ECAM_OK, "%s", err.text);
    tpicture_close(name, &got, &want, most);
    image_free(&got);
    image_free(&want);
    free(bytes);
}

START_TEST(lossless_pictures_are_pillows_to_the_bit)
{
    for (size_t i = 0; i < sizeof lossless / sizeof *lossless; i++)
        check_picture(lossless[i], 0);
}
END_TEST

START_TEST(jpegs_are_pillows_but_for_rounding)
{
    for (size_t i = 0; i < sizeof jpegs / sizeof *jpegs; i++)
        check_picture(jpegs[i], JPEG_DIFFERENCE);
}
END_TEST

START_TEST(a_picture_cut_anywhere_is_refused)
{
    static const char *const names[] = { "rgb.png",        "palette.bmp", "rgb_rle.tga",
                                         "interlaced.gif", "rgb_raw.ppm", "rgb.jpg",
                                         "progressive.jpg" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint8_t *bytes = NULL;
        size_t size = 0;
        load(tpicture_path(names[i]), &bytes, &size);
        /* What stb and Pillow leave unread: PNG's last CRC, TGA's footer, the blocks that
         * end a GIF. */
        const size_t unread = strstr(names[i], ".tga") != NULL   ? 26
                              : strstr(names[i], ".gif") != NULL ? 4
                                                                 : 0;
        for (size_t n = 0; n + unread < size; n++) {
            uint8_t *cut = malloc(n != 0 ? n : 1); /* exact, so that ASan sees over-reads */
            struct image got = { 0 };
            memcpy(cut, bytes, n);
            ck_assert_msg(image_decode(cut, n, NULL, &got, NULL) != ECAM_OK, "%s, %zu bytes",
                          names[i], n);
            ck_assert_ptr_null(got.rgb);
            free(cut);
        }
        free(bytes);
    }
}
END_TEST

START_TEST(too_many_pixels_are_refused_before_decoding)
{
    const struct image_limits limits = { .max_pixels = 13 * 9 - 1 };
    const struct image_limits enough = { .max_pixels = 13 * 9 };
    static const char *const names[] = { "rgb.png", "rgb.jpg",     "rgb.bmp",
                                         "rgb.tga", "palette.gif", "rgb_raw.ppm" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct image got = { 0 };
        struct ecam_error err;
        ck_assert_int_eq(image_read(tpicture_path(names[i]), &limits, &got, &err), ECAM_ERR_LIMIT);
        ck_assert_ptr_nonnull(strstr(err.text, "9 x 13 pixels, the limit is 116"));
        ck_assert_int_eq(image_read(tpicture_path(names[i]), &enough, &got, &err), ECAM_OK);
        image_free(&got);
    }
}
END_TEST

START_TEST(too_large_a_file_is_refused)
{
    const struct image_limits limits = { .max_file_bytes = 100 };
    struct image got = { 0 };
    ck_assert_int_eq(image_read(tpicture_path("rgb.png"), &limits, &got, NULL), ECAM_ERR_LIMIT);
}
END_TEST

START_TEST(what_is_not_read_is_named)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *name;
        enum ecam_status status;
    } cases[] = {
        { "RIFF\0\0\0\0WEBPVP8 ", 16, "WebP", ECAM_ERR_UNSUPPORTED },
        { "II*\0\0\0\0\0", 8, "TIFF", ECAM_ERR_UNSUPPORTED },
        { "\0\0\0\x18"
          "ftypheic",
          12, "HEIF", ECAM_ERR_UNSUPPORTED },
        { "\x93NUMPY\1\0", 8, "NumPy", ECAM_ERR_UNSUPPORTED },
        { "", 0, "empty", ECAM_ERR_FORMAT },
        { "hello, world: a text that is no picture", 39, "not a picture", ECAM_ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image got;
        struct ecam_error err;
        ck_assert_int_eq(
            image_decode((const uint8_t *)cases[i].bytes, cases[i].size, NULL, &got, &err),
            cases[i].status);
        ck_assert_ptr_nonnull(strstr(err.text, cases[i].name));
    }
}
END_TEST

START_TEST(messages_begin_with_the_path_and_the_format)
{
    tfolder_new();
    struct image got;
    struct ecam_error err;
    struct file_writer *w = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    load(tpicture_path("rgb.jpg"), &bytes, &size);
    ck_assert_int_eq(file_writer_open(tfolder_path("half.jpg"), &w, NULL), ECAM_OK);
    file_writer_put(w, bytes, size / 2);
    ck_assert_int_eq(file_writer_commit(w, NULL), ECAM_OK);
    ck_assert_int_eq(image_read(tfolder_path("half.jpg"), NULL, &got, &err), ECAM_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "/half.jpg: JPEG: ends before"));
    ck_assert_int_eq(image_read("/no/such.jpg", NULL, &got, &err), ECAM_ERR_IO);
    ck_assert_int_eq(image_read("/no/such.jpg", NULL, &got, NULL), ECAM_ERR_IO);
    free(bytes);
    tfolder_free();
}
END_TEST

START_TEST(a_written_png_is_read_back)
{
    tfolder_new();
    uint8_t pixels[7 * 5 * 4];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 37);
    static const size_t channels[] = { 1, 3, 4 };
    for (size_t k = 0; k < 3; k++) {
        const size_t c = channels[k];
        struct image got;
        ck_assert_int_eq(image_write_png(tfolder_path("a.png"), pixels, 7, 5, c, NULL), ECAM_OK);
        ck_assert_int_eq(image_read(tfolder_path("a.png"), NULL, &got, NULL), ECAM_OK);
        ck_assert_uint_eq(got.h, 7);
        ck_assert_uint_eq(got.w, 5);
        for (size_t i = 0; i < 7 * 5 * 3; i++)
            ck_assert_uint_eq(got.rgb[i], pixels[i / 3 * c + (c == 1 ? 0 : i % 3)]);
        image_free(&got);
    }
    ck_assert_uint_eq(tfolder_count(), 1);
    tfolder_free();
}
END_TEST

START_TEST(a_png_that_cannot_be_written_is_an_error)
{
    const uint8_t pixels[3] = { 0 };
    struct ecam_error err;
    ck_assert_int_eq(image_write_png("/no/such/a.png", pixels, 1, 1, 3, &err), ECAM_ERR_IO);
    ck_assert_int_eq(image_write_png("/dev/null", pixels, 1, 1, 2, &err), ECAM_ERR_ARG);
    ck_assert_int_eq(image_write_png("/dev/null", pixels, 0, 1, 3, &err), ECAM_ERR_ARG);
    ck_assert_int_eq(
        image_write_png("/dev/null", pixels, (size_t)1 << 40, (size_t)1 << 30, 3, &err),
        ECAM_ERR_LIMIT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lossless_pictures_are_pillows_to_the_bit,
        jpegs_are_pillows_but_for_rounding,
        a_picture_cut_anywhere_is_refused,
        too_many_pixels_are_refused_before_decoding,
        too_large_a_file_is_refused,
        what_is_not_read_is_named,
        messages_begin_with_the_path_and_the_format,
        a_written_png_is_read_back,
        a_png_that_cannot_be_written_is_an_error,
    };
    return tu_main("image", tests, sizeof tests / sizeof *tests);
}
