/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From 0..1 to colour, in 256 steps. */
#include <math.h>
#include <stddef.h>

#include "eigencam/colormap_tables.h"
#include "eigencam/eigencam.h"
#include "engine/common.h"

#define STEPS 256

/* A colour channel as straight lines between corners. */
struct corner {
    float at, value;
};

static const struct corner jet_red[] = {
    { 0.0f, 0.0f }, { 0.35f, 0.0f }, { 0.66f, 1.0f }, { 0.89f, 1.0f }, { 1.0f, 0.5f },
};
static const struct corner jet_green[] = {
    { 0.0f, 0.0f },  { 0.125f, 0.0f }, { 0.375f, 1.0f },
    { 0.64f, 1.0f }, { 0.91f, 0.0f },  { 1.0f, 0.0f },
};
static const struct corner jet_blue[] = {
    { 0.0f, 0.5f }, { 0.11f, 1.0f }, { 0.34f, 1.0f }, { 0.65f, 0.0f }, { 1.0f, 0.0f },
};

static uint8_t to_byte(float value)
{
    return (uint8_t)(value * 255.0f + 0.5f);
}

static uint8_t along(const struct corner *corner, size_t n, float at)
{
    size_t i = 1;
    while (i + 1 < n && corner[i].at < at)
        i++;
    const struct corner *a = &corner[i - 1], *b = &corner[i];
    return to_byte(a->value + (b->value - a->value) * (at - a->at) / (b->at - a->at));
}

static void from_table(const uint8_t table[STEPS][3], size_t step, uint8_t rgb[3])
{
    rgb[0] = table[step][0];
    rgb[1] = table[step][1];
    rgb[2] = table[step][2];
}

const char *ecam_colormap_name(enum ecam_colormap map)
{
    static const char *const names[ECAM_COLORMAP_COUNT] = {
        [ECAM_COLORMAP_VIRIDIS] = "viridis", [ECAM_COLORMAP_TURBO] = "turbo",
        [ECAM_COLORMAP_JET] = "jet",         [ECAM_COLORMAP_INFERNO] = "inferno",
        [ECAM_COLORMAP_MAGMA] = "magma",     [ECAM_COLORMAP_GREY] = "grey",
    };
    return (unsigned)map < ECAM_COLORMAP_COUNT ? names[map] : "unknown colour map";
}

void ecam_colormap_rgb(enum ecam_colormap map, float value, uint8_t rgb[3])
{
    const float clipped = value > 0.0f ? fminf(value, 1.0f) : 0.0f; /* NaN to 0 */
    const size_t step = ecam_min_size((size_t)(clipped * STEPS), STEPS - 1);
    const float at = (float)step / (STEPS - 1);
    switch (map) {
    case ECAM_COLORMAP_VIRIDIS:
        from_table(ecam_colormap_viridis, step, rgb);
        return;
    case ECAM_COLORMAP_TURBO:
        from_table(ecam_colormap_turbo, step, rgb);
        return;
    case ECAM_COLORMAP_INFERNO:
        from_table(ecam_colormap_inferno, step, rgb);
        return;
    case ECAM_COLORMAP_MAGMA:
        from_table(ecam_colormap_magma, step, rgb);
        return;
    case ECAM_COLORMAP_JET:
        rgb[0] = along(jet_red, ECAM_ARRAY_LEN(jet_red), at);
        rgb[1] = along(jet_green, ECAM_ARRAY_LEN(jet_green), at);
        rgb[2] = along(jet_blue, ECAM_ARRAY_LEN(jet_blue), at);
        return;
    case ECAM_COLORMAP_GREY:
    case ECAM_COLORMAP_COUNT:
        break;
    }
    rgb[0] = rgb[1] = rgb[2] = to_byte(at);
}
