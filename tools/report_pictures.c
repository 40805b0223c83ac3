/* SPDX-License-Identifier: BSD-2-Clause
 * Pictures as data URIs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "tools/report.h"
#include "tools/stb.h"

#define QUALITY 85
#define BAR_W 256

char *report_base64(const char *before, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = bytes;
    const size_t len = strlen(before);
    char *text = malloc(len + (n + 2) / 3 * 4 + 1), *to = text;
    if (text == NULL)
        return NULL;
    memcpy(to, before, len);
    to += len;
    for (size_t i = 0; i < n; i += 3) {
        const size_t here = ecam_min_size(n - i, 3);
        uint32_t group = (uint32_t)from[i] << 16;
        group |= here > 1 ? (uint32_t)from[i + 1] << 8 : 0;
        group |= here > 2 ? (uint32_t)from[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            *to++ = k <= here ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    *to = '\0';
    return text;
}

static enum ecam_status encode(const uint8_t *rgb, size_t h, size_t w, bool is_lossless,
                               struct report_picture *out, struct ecam_error *err)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    const enum ecam_status status = is_lossless ? stb_png(rgb, h, w, 3, &bytes, &n, err)
                                                : stb_jpeg(rgb, h, w, QUALITY, &bytes, &n, err);
    if (status != ECAM_OK)
        return status;
    out->uri =
        report_base64(is_lossless ? "data:image/png;base64," : "data:image/jpeg;base64,", bytes, n);
    out->h = h;
    out->w = w;
    free(bytes);
    return out->uri != NULL ? ECAM_OK : ecam_fail(err, ECAM_ERR_NOMEM, "a picture");
}

/* h x w in proportion, no side longer than `side` and none of 0. */
static void fit(size_t *h, size_t *w, size_t side)
{
    const size_t longest = ecam_max_size(*h, *w);
    if (longest <= side)
        return;
    *h = ecam_max_size((2 * *h * side + longest) / (2 * longest), 1);
    *w = ecam_max_size((2 * *w * side + longest) / (2 * longest), 1);
}

/* rgb [h][w][3] at another size, to free(). */
static enum ecam_status resize(const uint8_t *rgb, size_t h, size_t w, size_t to_h, size_t to_w,
                               uint8_t **out, struct ecam_error *err)
{
    const struct ecam_preprocess pre = {
        .resize = ECAM_RESIZE_SQUASH,
        .resize_h = (uint32_t)to_h,
        .resize_w = (uint32_t)to_w,
        .scale = 1,
        .std = { 1, 1, 1 },
    };
    struct ecam_geometry geometry;
    const size_t n = to_h * to_w;
    float *planes = malloc(3 * n * sizeof *planes);
    *out = malloc(3 * n);
    enum ecam_status status =
        planes == NULL || *out == NULL
            ? ecam_fail(err, ECAM_ERR_NOMEM, "a picture of %zux%zu", to_w, to_h)
            : ecam_geometry_plan(&pre, h, w, &geometry, err);
    if (status == ECAM_OK)
        status = ecam_photo_prepare(&pre, rgb, &geometry, planes, err);
    for (size_t i = 0; i < 3 * n && status == ECAM_OK; i++)
        (*out)[i] = (uint8_t)planes[i % 3 * n + i / 3];
    free(planes);
    if (status != ECAM_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

enum ecam_status report_draw_photo(const struct image *photo, size_t side,
                                   struct report_picture *out, struct ecam_error *err)
{
    size_t h = photo->h, w = photo->w;
    uint8_t *rgb = NULL;
    fit(&h, &w, side);
    enum ecam_status status = resize(photo->rgb, photo->h, photo->w, h, w, &rgb, err);
    if (status == ECAM_OK)
        status = encode(rgb, h, w, false, out, err);
    free(rgb);
    return status;
}

/* The geometry's photo at another size: the network's input stays where it is on it. */
static struct ecam_geometry geometry_fit(const struct ecam_geometry *geometry, size_t side)
{
    struct ecam_geometry shown = *geometry;
    fit(&shown.photo_h, &shown.photo_w, side);
    return shown;
}

static struct ecam_draw_options draw_options(const struct reporter *reporter)
{
    return (struct ecam_draw_options){
        .colormap = (enum ecam_colormap)reporter->options->colormap,
        .alpha = 0.5f,
    };
}

enum ecam_status report_draw_heat(const struct reporter *reporter, const float *map, size_t h,
                                  size_t w, const struct ecam_geometry *geometry, size_t side,
                                  struct report_picture *out, double hot[2], struct ecam_error *err)
{
    const struct ecam_geometry shown = geometry_fit(geometry, side);
    const struct ecam_draw_options draw = draw_options(reporter);
    const size_t n = shown.photo_h * shown.photo_w;
    float *scaled = malloc(h * w * sizeof *scaled), *values = malloc(n * sizeof *values);
    uint8_t *seen = malloc(n), *rgb = malloc(3 * n);
    enum ecam_status status = ECAM_OK;
    if (scaled == NULL || values == NULL || seen == NULL || rgb == NULL) {
        status =
            ecam_fail(err, ECAM_ERR_NOMEM, "a picture of %zux%zu", shown.photo_w, shown.photo_h);
        goto out;
    }
    memcpy(scaled, map, h * w * sizeof *scaled);
    ecam_map_scale(scaled, h * w, reporter->scale);
    ecam_map_to_photo(scaled, h, w, &shown, values, seen);
    ecam_draw_heat(values, seen, shown.photo_h, shown.photo_w, &draw, rgb);
    status = encode(rgb, shown.photo_h, shown.photo_w, false, out, err);
    size_t best = 0;
    for (size_t i = 0; i < n; i++)
        best = values[i] > values[best] ? i : best;
    if (hot != NULL) {
        hot[0] = ((double)(best / shown.photo_w) + 0.5) / (double)shown.photo_h;
        hot[1] = ((double)(best % shown.photo_w) + 0.5) / (double)shown.photo_w;
    }
out:
    free(scaled);
    free(values);
    free(seen);
    free(rgb);
    return status;
}

enum ecam_status report_draw_map(const struct reporter *reporter, const float *map, size_t h,
                                 size_t w, const struct ecam_geometry *geometry, size_t side,
                                 struct report_picture *out, struct ecam_error *err)
{
    size_t to_h = side * geometry->input_h, to_w = side * geometry->input_w;
    fit(&to_h, &to_w, side);
    const struct ecam_geometry input = {
        .photo_h = to_h,
        .photo_w = to_w,
        .resized_h = geometry->input_h,
        .resized_w = geometry->input_w,
        .input_h = geometry->input_h,
        .input_w = geometry->input_w,
    };
    return report_draw_heat(reporter, map, h, w, &input, side, out, NULL, err);
}

enum ecam_status report_draw_overlay(const struct reporter *reporter,
                                     const struct report_photo *photo, const float *values,
                                     const struct explain_box *box, size_t side,
                                     struct report_picture *out, struct ecam_error *err)
{
    const struct ecam_draw_options draw = draw_options(reporter);
    const struct image *picture = &photo->input.photo;
    const size_t n = picture->h * picture->w;
    uint8_t *rgb = malloc(3 * n), *small = NULL;
    size_t h = picture->h, w = picture->w;
    if (rgb == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a picture of %zux%zu", w, h);
    ecam_draw_overlay(picture->rgb, values, photo->seen, h, w, &draw, rgb);
    if (box->is_found)
        ecam_draw_box(rgb, h, w, &box->box);
    fit(&h, &w, side);
    enum ecam_status status = resize(rgb, picture->h, picture->w, h, w, &small, err);
    if (status == ECAM_OK)
        status = encode(small, h, w, false, out, err);
    free(rgb);
    free(small);
    return status;
}

enum ecam_status report_draw_pixels(const uint8_t *rgb, size_t h, size_t w,
                                    struct report_picture *out, struct ecam_error *err)
{
    return encode(rgb, h, w, true, out, err);
}

enum ecam_status report_draw_bar(const struct reporter *reporter, struct report_picture *out,
                                 struct ecam_error *err)
{
    uint8_t rgb[BAR_W][3];
    for (size_t i = 0; i < BAR_W; i++)
        ecam_colormap_rgb((enum ecam_colormap)reporter->options->colormap,
                          (float)i / (float)(BAR_W - 1), rgb[i]);
    return encode(rgb[0], 1, BAR_W, true, out, err);
}

void report_put_picture(cJSON *object, struct report_picture *picture, bool *failed)
{
    page_string(object, "picture", picture->uri, failed);
    page_format(object, "w", failed, "%zu", picture->w);
    page_format(object, "h", failed, "%zu", picture->h);
    free(picture->uri);
    *picture = (struct report_picture){ 0 };
}

const char *report_where(double y, double x)
{
    static const char *const names[3][3] = {
        { "upper left", "upper middle", "upper right" },
        { "left", "middle", "right" },
        { "lower left", "lower middle", "lower right" },
    };
    return names[(size_t)fmin(3 * y, 2)][(size_t)fmin(3 * x, 2)];
}
