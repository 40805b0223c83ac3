/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Maps: from the layer's grid back onto the photo, and from raw values to 0..1. */
#include <assert.h>
#include <math.h>

#include "eigencam/eigencam.h"
#include "engine/common.h"

#define COLUMNS 256 /* of the photo at a time: where they fall is found once for all rows */

/* One axis of the way back. A photo pixel's centre, in pixels of the network's
 * input, is (2 at + 1) resized / (2 photo) - crop. */
struct axis {
    double photo, resized, crop, input;
    size_t cells; /* of the map */
};

/* Where a pixel falls between two cells of the map. */
struct spot {
    size_t low, high;
    double part; /* weight of high */
};

/* False where the pixel's centre lies outside the input. The test is exact: only
 * whole numbers, below 2^53, are compared. */
static bool locate(const struct axis *axis, size_t at, struct spot *out)
{
    const double twice = (2 * (double)at + 1) * axis->resized;
    const double begin = 2 * axis->photo * axis->crop;
    const double end = 2 * axis->photo * (axis->crop + axis->input);
    if (twice < begin || twice >= end)
        return false;
    const double centre = (twice - begin) / (2 * axis->photo); /* 0 .. input */
    const double last = (double)(axis->cells - 1);
    const double cell = centre * (double)axis->cells / axis->input - 0.5;
    const double clamped = fmin(fmax(cell, 0), last);
    out->low = (size_t)clamped;
    out->high = out->low + 1 < axis->cells ? out->low + 1 : out->low;
    out->part = clamped - (double)out->low;
    return true;
}

void ecam_map_to_photo(const float *map, size_t h, size_t w, const struct ecam_geometry *geometry,
                       float *out, uint8_t *seen)
{
    assert(h > 0 && w > 0);
    const struct axis ay = {
        .photo = (double)geometry->photo_h,
        .resized = (double)geometry->resized_h,
        .crop = (double)geometry->crop_y,
        .input = (double)geometry->input_h,
        .cells = h,
    };
    const struct axis ax = {
        .photo = (double)geometry->photo_w,
        .resized = (double)geometry->resized_w,
        .crop = (double)geometry->crop_x,
        .input = (double)geometry->input_w,
        .cells = w,
    };
    for (size_t x0 = 0; x0 < geometry->photo_w; x0 += COLUMNS) {
        struct spot sx[COLUMNS];
        bool is_seen[COLUMNS];
        const size_t n = ecam_min_size(COLUMNS, geometry->photo_w - x0);
        for (size_t i = 0; i < n; i++)
            is_seen[i] = locate(&ax, x0 + i, &sx[i]);
        for (size_t y = 0; y < geometry->photo_h; y++) {
            struct spot sy = { 0 };
            const bool is_row_seen = locate(&ay, y, &sy);
            const float *upper = map + sy.low * w, *lower = map + sy.high * w;
            float *to = out + y * geometry->photo_w + x0;
            uint8_t *seen_to = seen + y * geometry->photo_w + x0;
            for (size_t i = 0; i < n; i++) {
                const struct spot *s = &sx[i];
                to[i] = 0;
                seen_to[i] = is_row_seen && is_seen[i];
                if (!seen_to[i])
                    continue;
                const double u =
                    (1 - s->part) * (double)upper[s->low] + s->part * (double)upper[s->high];
                const double l =
                    (1 - s->part) * (double)lower[s->low] + s->part * (double)lower[s->high];
                to[i] = (float)((1 - sy.part) * u + sy.part * l);
            }
        }
    }
}

/* [low, high] to 0..1, what lies outside to the ends; low == high: all zeros. */
static void stretch(float *map, size_t n, double low, double high)
{
    const double range = high - low;
    for (size_t i = 0; i < n; i++) {
        const double part = range > 0 ? ((double)map[i] - low) / range : 0;
        map[i] = part > 0 ? (float)fmin(part, 1) : 0.0f; /* NaN to 0 */
    }
}

void ecam_map_scale(float *map, size_t n, enum ecam_scale rule)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(map[i])) {
            low = fmin(low, (double)map[i]);
            high = fmax(high, (double)map[i]);
        }
    }
    switch (rule) {
    case ECAM_SCALE_MAX: /* one formula: they differ in what they are the default of */
    case ECAM_SCALE_CLAMP:
        low = low < high ? 0 : high; /* a flat map shows nothing, however high it lies */
        break;
    case ECAM_SCALE_MINMAX:
        break;
    }
    stretch(map, n, low, high);
}
