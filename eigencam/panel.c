/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Photo, heat map and overlay side by side:
 *
 *     title
 *     subtitle
 *     +-------+  +-------+  +-------+  +-+- high
 *     | photo |  | heat  |  |overlay|  | |-
 *     +-------+  +-------+  +-------+  +-+- low
 *       photo     heat map   overlay
 *
 * Everything but the pictures is measured in a unit that grows with them, so that
 * text takes the same part of a panel of any size. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "eigencam/font.h"
#include "engine/common.h"

#define PICTURES 3
#define UNIT_PIXELS 150 /* of the short side to one unit: a line of text is 10 units */
#define MARGIN 10       /* all in units from here on */
#define GAP 8           /* between pictures, between blocks */
#define LEADING 4       /* under a line of text */
#define CELL_MIN 50     /* room for a caption */
#define AREA_MIN 36     /* room for three labels */
#define BAR 12
#define TICK 3
#define LABEL_GAP 2
#define TICKS_MAX 5
#define LABEL_SIZE 32 /* bytes; "-1.23e-05" is a long one */

static const uint8_t paper[3] = { 255, 255, 255 };
static const uint8_t dark[3] = { 34, 34, 34 };
static const uint8_t soft[3] = { 96, 96, 96 };

/* Where everything lies, in pixels, and what is written at the bar. */
struct layout {
    size_t unit, h, w;
    size_t top;            /* of the pictures' area */
    size_t area_h, cell_w; /* at least as large as a picture */
    size_t bar_x;
    size_t n_ticks;
    char label[TICKS_MAX][LABEL_SIZE]; /* from below */
};

static bool has_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* Three digits, with a point in any locale; "0" for what is only rounding. */
static void format_value(double value, double range, char *text, size_t size)
{
    if (fabs(value) < 1e-6 * range)
        value = 0;
    snprintf(text, size, "%.3g", value);
    for (char *c = text; *c != '\0'; c++)
        if (strchr("+-0123456789einfa", *c) == NULL)
            *c = '.';
}

/* Writes the labels; returns the characters of the longest. */
static size_t label_ticks(struct layout *l, const struct ecam_panel *panel)
{
    const size_t room = l->area_h / (2 * ECAM_FONT_CELL_H * l->unit) + 1;
    const double range = (double)panel->high - (double)panel->low;
    size_t longest = 0;
    l->n_ticks = room < TICKS_MAX ? 3 : TICKS_MAX;
    for (size_t i = 0; i < l->n_ticks; i++) {
        const double part = (double)i / (double)(l->n_ticks - 1);
        format_value((double)panel->low + part * range, fabs(range), l->label[i], LABEL_SIZE);
        longest = ecam_max_size(longest, strlen(l->label[i]));
    }
    return longest;
}

static struct layout plan(const struct ecam_panel *panel)
{
    struct layout l = { 0 };
    const size_t shorter = ecam_min_size(panel->h, panel->w);
    l.unit = ecam_max_size((shorter + UNIT_PIXELS / 2) / UNIT_PIXELS, 1);
    const size_t line = (ECAM_FONT_CELL_H + LEADING) * l.unit;
    const size_t lines = (has_text(panel->title) ? 1u : 0u) + (has_text(panel->subtitle) ? 1u : 0u);
    l.top = MARGIN * l.unit + lines * line + (lines != 0 ? LEADING * l.unit : 0);
    l.area_h = ecam_max_size(panel->h, AREA_MIN * l.unit);
    l.cell_w = ecam_max_size(panel->w, CELL_MIN * l.unit);
    l.bar_x = MARGIN * l.unit + PICTURES * (l.cell_w + GAP * l.unit);
    l.h = l.top + l.area_h + LEADING * l.unit + line + (MARGIN - LEADING) * l.unit;
    const size_t chars = label_ticks(&l, panel);
    l.w = l.bar_x + (BAR + TICK + LABEL_GAP + chars * ECAM_FONT_CELL_W + MARGIN) * l.unit;
    return l;
}

void ecam_panel_size(const struct ecam_panel *panel, size_t *h, size_t *w)
{
    const struct layout l = plan(panel);
    *h = l.h;
    *w = l.w;
}

static void fill(const struct ecam_canvas *canvas, size_t x0, size_t y0, size_t w, size_t h,
                 const uint8_t colour[3])
{
    for (size_t y = y0; y < ecam_min_size(y0 + h, canvas->h); y++)
        for (size_t x = x0; x < ecam_min_size(x0 + w, canvas->w); x++)
            memcpy(canvas->rgb + 3 * (y * canvas->w + x), colour, 3);
}

static void draw_titles(const struct ecam_canvas *canvas, const struct layout *l,
                        const struct ecam_panel *panel)
{
    const size_t x = MARGIN * l->unit;
    const size_t chars = (l->w - 2 * x) / (ECAM_FONT_CELL_W * l->unit);
    size_t y = MARGIN * l->unit;
    if (has_text(panel->title)) {
        ecam_font_draw(canvas, x, y, l->unit, panel->title, chars, dark);
        y += (ECAM_FONT_CELL_H + LEADING) * l->unit;
    }
    if (has_text(panel->subtitle))
        ecam_font_draw(canvas, x, y, l->unit, panel->subtitle, chars, soft);
}

static void draw_pictures(const struct ecam_canvas *canvas, const struct layout *l,
                          const struct ecam_panel *panel)
{
    const uint8_t *const pictures[PICTURES] = { panel->photo, panel->heat, panel->overlay };
    static const char *const captions[PICTURES] = { "photo", "heat map", "overlay" };
    for (size_t i = 0; i < PICTURES; i++) {
        const size_t cell_x = MARGIN * l->unit + i * (l->cell_w + GAP * l->unit);
        const size_t x = cell_x + (l->cell_w - panel->w) / 2;
        const size_t y0 = l->top + (l->area_h - panel->h) / 2;
        for (size_t y = 0; y < panel->h; y++)
            memcpy(canvas->rgb + 3 * ((y0 + y) * canvas->w + x), pictures[i] + 3 * y * panel->w,
                   3 * panel->w);
        const size_t chars = strlen(captions[i]);
        const size_t text_x = cell_x + (l->cell_w - chars * ECAM_FONT_CELL_W * l->unit) / 2;
        ecam_font_draw(canvas, text_x, l->top + l->area_h + LEADING * l->unit, l->unit, captions[i],
                       chars, soft);
    }
}

static void draw_bar(const struct ecam_canvas *canvas, const struct layout *l,
                     const struct ecam_panel *panel)
{
    for (size_t y = 0; y < l->area_h; y++) {
        uint8_t colour[3];
        ecam_colormap_rgb(panel->colormap, 1.0f - (float)y / (float)(l->area_h - 1), colour);
        fill(canvas, l->bar_x, l->top + y, BAR * l->unit, 1, colour);
    }
    for (size_t i = 0; i < l->n_ticks; i++) {
        const double part = (double)i / (double)(l->n_ticks - 1);
        const size_t from_top = (size_t)((1 - part) * (double)(l->area_h - l->unit) + 0.5);
        const size_t x = l->bar_x + BAR * l->unit;
        fill(canvas, x, l->top + from_top, TICK * l->unit, l->unit, soft);
        /* The middle of the figures, 3.5 units below the line's top, beside the tick. */
        const size_t middle = l->top + from_top + l->unit / 2;
        ecam_font_draw(canvas, x + (TICK + LABEL_GAP) * l->unit,
                       ecam_sub_size(middle, 7 * l->unit / 2), l->unit, l->label[i], LABEL_SIZE,
                       soft);
    }
}

void ecam_draw_panel(const struct ecam_panel *panel, uint8_t *rgb)
{
    const struct layout l = plan(panel);
    const struct ecam_canvas canvas = { .rgb = rgb, .h = l.h, .w = l.w };
    fill(&canvas, 0, 0, l.w, l.h, paper);
    draw_titles(&canvas, &l, panel);
    draw_pictures(&canvas, &l, panel);
    draw_bar(&canvas, &l, panel);
}
