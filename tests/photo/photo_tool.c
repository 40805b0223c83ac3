/* SPDX-License-Identifier: BSD-2-Clause
 * What the program does to a photo, step by step, for tools/dev/check_photos.py:
 *
 *     photo_tool decode FILE [plain]
 *         "H W\n" and the RGB bytes; plain: without the child process
 *     photo_tool prepare H W none|short|squash bilinear|bicubic RH RW CH CW < RGB
 *         "H W\n" and the input as a picture again (RGB bytes), scale 1, mean 0, std 1
 *
 * A failure prints its status and text to stderr and exits with 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "tools/file.h"
#include "tools/image.h"

static int fail(const struct ecam_error *err)
{
    fprintf(stderr, "%s %s\n", ecam_status_name(err->status), err->text);
    return 1;
}

static void put(size_t h, size_t w, const uint8_t *rgb)
{
    printf("%zu %zu\n", h, w);
    fwrite(rgb, 3, h * w, stdout);
}

static int decode(const char *path, bool is_plain)
{
    struct image image;
    struct ecam_error err;
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (!is_plain) {
        if (image_read(path, NULL, &image, &err) != ECAM_OK)
            return fail(&err);
    } else {
        if (file_read(path, UINT32_MAX, &bytes, &size, &err) != ECAM_OK)
            return fail(&err);
        const enum ecam_status status = image_decode(bytes, size, NULL, &image, &err);
        free(bytes);
        if (status != ECAM_OK)
            return fail(&err);
    }
    put(image.h, image.w, image.rgb);
    image_free(&image);
    return 0;
}

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

static int prepare(char **arg)
{
    struct ecam_preprocess pre = {
        .resize = strcmp(arg[2], "none") == 0    ? ECAM_RESIZE_NONE
                  : strcmp(arg[2], "short") == 0 ? ECAM_RESIZE_SHORT
                                                 : ECAM_RESIZE_SQUASH,
        .filter = strcmp(arg[3], "bicubic") == 0 ? ECAM_FILTER_BICUBIC : ECAM_FILTER_BILINEAR,
        .resize_h = number(arg[4]),
        .resize_w = number(arg[5]),
        .crop_h = number(arg[6]),
        .crop_w = number(arg[7]),
        .scale = 1.0f,
        .std = { 1.0f, 1.0f, 1.0f },
    };
    const size_t h = number(arg[0]), w = number(arg[1]);
    int result = 1;
    struct ecam_error err;
    struct ecam_geometry geometry;
    float *input = NULL;
    uint8_t *seen = NULL, *rgb = malloc(h * w * 3);
    if (rgb == NULL || fread(rgb, 3, h * w, stdin) != h * w)
        goto out;
    if (ecam_geometry_plan(&pre, h, w, &geometry, &err) != ECAM_OK) {
        fail(&err);
        goto out;
    }
    const size_t pixels = geometry.input_h * geometry.input_w;
    input = malloc(pixels * 3 * sizeof *input);
    seen = malloc(pixels * 3);
    if (input == NULL || seen == NULL)
        goto out;
    if (ecam_photo_prepare(&pre, rgb, &geometry, input, &err) != ECAM_OK) {
        fail(&err);
        goto out;
    }
    ecam_input_to_rgb(&pre, input, geometry.input_h, geometry.input_w, seen);
    put(geometry.input_h, geometry.input_w, seen);
    result = 0;
out:
    free(rgb);
    free(input);
    free(seen);
    return result;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "decode") == 0)
        return decode(argv[2], argc == 4);
    if (argc == 10 && strcmp(argv[1], "prepare") == 0)
        return prepare(argv + 2);
    fprintf(stderr, "usage: see the head of photo_tool.c\n");
    return 2;
}
