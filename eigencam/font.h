/* SPDX-License-Identifier: BSD-2-Clause
 *
 * font.h - text in pictures: printable ASCII in cells of 6 x 10 pixels, and whole
 * multiples of that. A character beyond ASCII (one of UTF-8, however many bytes) and
 * a control character are shown as '?'. */
#ifndef ECAM_FONT_H
#define ECAM_FONT_H

#include <stddef.h>
#include <stdint.h>

#define ECAM_FONT_CELL_W 6
#define ECAM_FONT_CELL_H 10

/* RGB, row-major; what would lie outside is not drawn. */
struct ecam_canvas {
    uint8_t *rgb;
    size_t h, w;
};

/* Characters, as shown. */
size_t ecam_font_count(const char *text);

/* One line with its upper left corner at (x, y). More than max_chars characters are
 * cut, the last three shown then being dots. */
void ecam_font_draw(const struct ecam_canvas *canvas, size_t x, size_t y, size_t scale,
                    const char *text, size_t max_chars, const uint8_t colour[3]);

#endif /* ECAM_FONT_H */
