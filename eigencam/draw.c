/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Heat map, overlay, mask and box. */
#include <math.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "eigencam/peak.h"
#include "engine/common.h"

#define HATCH_DARK 120 /* the two greys of what was not seen */
#define HATCH_LIGHT 150
#define HATCH_PART 60 /* stripes a short side */
#define PHOTO_PART 3  /* eighths: how much of the photo shows through the hatching */
#define BOX_PART 250  /* of the short side: thickness of one line of the frame */

/* Stripes from lower left to upper right, as wide for a photo of any size. */
static int hatch(size_t y, size_t x, size_t h, size_t w)
{
    const size_t width = ecam_max_size(ecam_min_size(h, w) / HATCH_PART, 3);
    return (x + y) / width % 2 == 0 ? HATCH_DARK : HATCH_LIGHT;
}

static void set_grey(uint8_t rgb[3], int grey)
{
    rgb[0] = rgb[1] = rgb[2] = (uint8_t)grey;
}

static int luma(const uint8_t rgb[3])
{
    return (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000;
}

void ecam_draw_heat(const float *map, const uint8_t *seen, size_t h, size_t w,
                    const struct ecam_draw_options *options, uint8_t *rgb)
{
    for (size_t y = 0; y < h; y++) {
        for (size_t x = 0; x < w; x++) {
            const size_t i = y * w + x;
            if (seen == NULL || seen[i] != 0)
                ecam_colormap_rgb(options->colormap, map[i], rgb + 3 * i);
            else
                set_grey(rgb + 3 * i, hatch(y, x, h, w));
        }
    }
}

/* One pixel: colour of `value` over the photo. */
static void blend(const uint8_t photo[3], float value, const struct ecam_draw_options *options,
                  uint8_t rgb[3])
{
    const float clipped = value > 0.0f ? fminf(value, 1.0f) : 0.0f;
    const float weight = options->alpha > 0.0f ? fminf(options->alpha, 1.0f) : 0.0f;
    const float alpha = options->alpha_by_value ? weight * clipped : weight;
    uint8_t colour[3];
    ecam_colormap_rgb(options->colormap, clipped, colour);
    for (size_t c = 0; c < 3; c++) {
        const float mixed = (1.0f - alpha) * (float)photo[c] + alpha * (float)colour[c];
        rgb[c] = (uint8_t)(mixed + 0.5f);
    }
}

void ecam_draw_overlay(const uint8_t *photo, const float *map, const uint8_t *seen, size_t h,
                       size_t w, const struct ecam_draw_options *options, uint8_t *rgb)
{
    for (size_t y = 0; y < h; y++) {
        for (size_t x = 0; x < w; x++) {
            const size_t i = y * w + x;
            if (seen == NULL || seen[i] != 0)
                blend(photo + 3 * i, map[i], options, rgb + 3 * i);
            else
                set_grey(rgb + 3 * i,
                         (PHOTO_PART * luma(photo + 3 * i) + (8 - PHOTO_PART) * hatch(y, x, h, w)) /
                             8);
        }
    }
}

void ecam_draw_mask(const float *map, const uint8_t *seen, size_t h, size_t w, double threshold,
                    uint8_t *grey)
{
    const double limit = ecam_map_limit(map, seen, h * w, threshold);
    for (size_t i = 0; i < h * w; i++)
        grey[i] = ecam_map_is_above(map, seen, i, limit) ? 255 : 0;
}

/* A rectangle that may reach beyond the picture. */
struct frame {
    ptrdiff_t x0, y0, x1, y1; /* inclusive */
};

/* The border of a frame, `thick` pixels inwards. */
static void draw_frame(uint8_t *rgb, size_t h, size_t w, const struct frame *frame, ptrdiff_t thick,
                       int grey)
{
    for (ptrdiff_t y = frame->y0; y <= frame->y1; y++) {
        if (y < 0 || y >= (ptrdiff_t)h)
            continue;
        const bool is_edge = y < frame->y0 + thick || y > frame->y1 - thick;
        for (ptrdiff_t x = frame->x0; x <= frame->x1; x++) {
            if (!is_edge && x == frame->x0 + thick && x < frame->x1 - thick + 1)
                x = frame->x1 - thick + 1; /* over the inside */
            if (x >= 0 && x < (ptrdiff_t)w)
                set_grey(rgb + 3 * ((size_t)y * w + (size_t)x), grey);
        }
    }
}

void ecam_draw_box(uint8_t *rgb, size_t h, size_t w, const struct ecam_box *box)
{
    const ptrdiff_t thick = (ptrdiff_t)ecam_max_size(ecam_min_size(h, w) / BOX_PART, 1);
    const struct frame inner = {
        .x0 = (ptrdiff_t)box->x0,
        .y0 = (ptrdiff_t)box->y0,
        .x1 = (ptrdiff_t)box->x1,
        .y1 = (ptrdiff_t)box->y1,
    };
    const struct frame outer = {
        .x0 = inner.x0 - thick,
        .y0 = inner.y0 - thick,
        .x1 = inner.x1 + thick,
        .y1 = inner.y1 + thick,
    };
    /* Black, three lines thick, and the middle one of them, on the box's edge, white. */
    draw_frame(rgb, h, w, &outer, 3 * thick, 0);
    draw_frame(rgb, h, w, &inner, thick, 255);
}
