/* SPDX-License-Identifier: BSD-2-Clause
 * A sheet of the best, the median and the worst images, so that a person sees what the
 * number hides: the map over the photo, the true boxes dashed, the found one solid. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eigencam/font.h"
#include "engine/alloc.h"
#include "engine/error.h"
#include "tools/evaluate.h"

#define TILE 240 /* pixels, both sides of the room for a picture */
#define GAP 12
#define CAPTION 26 /* two lines of text */
#define TITLE 34
#define DASH 6
#define ALPHA 0.5f

static const uint8_t paper[3] = { 255, 255, 255 }, dark[3] = { 34, 34, 34 };
static const uint8_t true_colour[3] = { 40, 200, 90 }, found_colour[3] = { 255, 140, 0 };

struct pick {
    size_t line; /* of the results */
    double iou;
    struct eval_box found;
    bool has_box;
};

/* Where a photo lies on the sheet. */
struct tile {
    size_t x, y, h, w;
    double scale; /* sheet pixels a photo pixel */
};

static int by_iou(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;
    if (x->iou != y->iou)
        return x->iou < y->iou ? 1 : -1;
    return (x->line > y->line) - (x->line < y->line);
}

/* ---- Choosing ---- */

static enum ecam_status read_pick(struct results *results, size_t i, const struct evaluator *e,
                                  const struct evaluate_images *images, struct pick *out,
                                  struct ecam_error *err)
{
    const double origin = strcmp(e->what, "proposal") == 0 ? 1 : 0; /* VOC counts from 1 */
    const struct eval_truth_image *image =
        eval_truth_find(&images->truth, results_image(results, i));
    cJSON *line = NULL;
    double v[4];
    *out = (struct pick){ .line = i };
    enum ecam_status status = results_line(results, i, &line, err);
    if (status != ECAM_OK)
        return status;
    const cJSON *map = cJSON_GetArrayItem(evaluate_member(line, "maps"), 0);
    out->has_box = evaluate_numbers(evaluate_member(map, "box"), v, 4);
    if (out->has_box)
        out->found = (struct eval_box){ v[0], v[1], v[2], v[3] };
    for (size_t k = 0; out->has_box && image != NULL && k < image->n; k++) {
        struct eval_box box = images->truth.object[image->first + k].box;
        box =
            (struct eval_box){ box.x0 - origin, box.y0 - origin, box.x1 - origin, box.y1 - origin };
        const double iou = eval_iou(&out->found, &box);
        out->iou = iou > out->iou ? iou : out->iou;
    }
    cJSON_Delete(line);
    return ECAM_OK;
}

/* ---- Drawing ---- */

static void put_pixel(const struct ecam_canvas *canvas, ptrdiff_t x, ptrdiff_t y,
                      const uint8_t colour[3])
{
    if (x >= 0 && y >= 0 && x < (ptrdiff_t)canvas->w && y < (ptrdiff_t)canvas->h)
        memcpy(canvas->rgb + 3 * ((size_t)y * canvas->w + (size_t)x), colour, 3);
}

/* A frame two pixels thick, its dashes (0: none) so long as their gaps. */
static void draw_frame(const struct ecam_canvas *canvas, const struct tile *tile,
                       const struct eval_box *box, int dash, const uint8_t colour[3])
{
    const ptrdiff_t x0 = (ptrdiff_t)((double)tile->x + box->x0 * tile->scale);
    const ptrdiff_t y0 = (ptrdiff_t)((double)tile->y + box->y0 * tile->scale);
    const ptrdiff_t x1 = (ptrdiff_t)((double)tile->x + (box->x1 + 1) * tile->scale) - 1;
    const ptrdiff_t y1 = (ptrdiff_t)((double)tile->y + (box->y1 + 1) * tile->scale) - 1;
    for (ptrdiff_t thick = 0; thick < 2; thick++) {
        for (ptrdiff_t x = x0; x <= x1; x++) {
            if (dash > 0 && (x - x0) / dash % 2 == 1)
                continue;
            put_pixel(canvas, x, y0 + thick, colour);
            put_pixel(canvas, x, y1 - thick, colour);
        }
        for (ptrdiff_t y = y0; y <= y1; y++) {
            if (dash > 0 && (y - y0) / dash % 2 == 1)
                continue;
            put_pixel(canvas, x0 + thick, y, colour);
            put_pixel(canvas, x1 - thick, y, colour);
        }
    }
}

/* The mean of the photo's pixels under each pixel of the tile. */
static void draw_photo(const struct ecam_canvas *canvas, const struct tile *tile,
                       const uint8_t *rgb, size_t h, size_t w)
{
    for (size_t y = 0; y < tile->h; y++) {
        const size_t y0 = y * h / tile->h;
        const size_t y1 = ecam_max_size((y + 1) * h / tile->h, y0 + 1);
        for (size_t x = 0; x < tile->w; x++) {
            const size_t x0 = x * w / tile->w;
            const size_t x1 = ecam_max_size((x + 1) * w / tile->w, x0 + 1);
            size_t sum[3] = { 0 };
            for (size_t v = y0; v < y1; v++)
                for (size_t u = x0; u < x1; u++)
                    for (int c = 0; c < 3; c++)
                        sum[c] += rgb[3 * (v * w + u) + (size_t)c];
            uint8_t *to = canvas->rgb + 3 * ((tile->y + y) * canvas->w + tile->x + x);
            for (int c = 0; c < 3; c++)
                to[c] = (uint8_t)(sum[c] / ((y1 - y0) * (x1 - x0)));
        }
    }
}

static struct tile fit(size_t x, size_t y, size_t h, size_t w)
{
    const double by = (double)TILE / (double)ecam_max_size(h, w);
    struct tile tile = { .scale = by,
                         .h = ecam_max_size((size_t)((double)h * by), 1),
                         .w = ecam_max_size((size_t)((double)w * by), 1) };
    tile.x = x + (TILE - tile.w) / 2;
    tile.y = y + (TILE - tile.h) / 2;
    return tile;
}

/* Runs the network once more on a picked image: only 3 N of them are ever held. */
static enum ecam_status draw_pick(struct evaluator *e, const struct evaluate_images *images,
                                  const struct results *results, const struct pick *pick, size_t x,
                                  size_t y, const struct ecam_canvas *canvas,
                                  struct ecam_error *err)
{
    const char *name = results_image(results, pick->line);
    const struct eval_truth_image *image = eval_truth_find(&images->truth, name);
    const char *path = evaluate_images_path(images, name);
    const double origin = strcmp(e->what, "proposal") == 0 ? 1 : 0;
    const struct ecam_draw_options draw = { .alpha = ALPHA };
    struct run_input input = { 0 };
    struct ecam_session *session = NULL;
    struct evaluate_map map = { 0 };
    char text[64];
    ecam_font_draw(canvas, x, y + TILE + 3, 1, name, TILE / ECAM_FONT_CELL_W, dark);
    snprintf(text, sizeof text, pick->has_box ? "IoU %.3f" : "no box", pick->iou);
    ecam_font_draw(canvas, x, y + TILE + 14, 1, text, TILE / ECAM_FONT_CELL_W, dark);
    if (path == NULL || image == NULL)
        return ECAM_OK; /* a line with an error: the caption tells it */
    enum ecam_status status = run_input_read(&e->runner, path, &input, err);
    if (status != ECAM_OK)
        return pick->has_box ? status : ECAM_OK;
    status = runner_run(&e->runner, &input, &session, err);
    if (status == ECAM_OK)
        status = evaluate_map(e, &e->row[0], session, name, &map, err);
    if (status == ECAM_OK)
        status = evaluate_place(e, &map, &input.geometry, err);
    if (status == ECAM_OK) {
        const size_t h = input.photo.h, w = input.photo.w;
        const struct tile tile = fit(x, y, h, w);
        ecam_draw_overlay(input.photo.rgb, e->room.map, e->room.seen, h, w, &draw, input.photo.rgb);
        draw_photo(canvas, &tile, input.photo.rgb, h, w);
        for (size_t k = 0; k < image->n; k++) {
            struct eval_box box = images->truth.object[image->first + k].box;
            box = (struct eval_box){ box.x0 - origin, box.y0 - origin, box.x1 - origin,
                                     box.y1 - origin };
            draw_frame(canvas, &tile, &box, DASH, true_colour);
        }
        if (pick->has_box)
            draw_frame(canvas, &tile, &pick->found, 0, found_colour);
    }
    evaluate_map_free(&map);
    run_input_free(&input);
    return status;
}

enum ecam_status evaluate_gallery(struct evaluator *evaluator, const struct evaluate_images *images,
                                  struct results *results, struct ecam_error *err)
{
    static const char *const titles[] = { "best", "median", "worst" };
    const size_t n = results_count(results),
                 columns = ecam_min_size(evaluator->options->gallery, n);
    enum ecam_status status = ECAM_OK;
    struct ecam_canvas canvas = { .h = 3 * (TITLE + TILE + CAPTION) + GAP,
                                  .w = columns * (TILE + GAP) + GAP };
    struct pick *pick = ecam_calloc(ecam_max_size(n, 1), sizeof *pick);
    canvas.rgb = ecam_alloc(3 * canvas.h * canvas.w);
    if (pick == NULL || canvas.rgb == NULL)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "a gallery of %zux%zu", canvas.w, canvas.h);
    for (size_t i = 0; i < n && status == ECAM_OK; i++)
        status = read_pick(results, i, evaluator, images, &pick[i], err);
    if (status != ECAM_OK)
        goto out;
    for (size_t i = 0; i < canvas.h * canvas.w; i++)
        memcpy(canvas.rgb + 3 * i, paper, 3);
    if (n > 0)
        qsort(pick, n, sizeof *pick, by_iou);
    const size_t first[3] = { 0, (n - columns) / 2, n - columns };
    for (size_t row = 0; row < 3; row++) {
        const size_t y = row * (TITLE + TILE + CAPTION);
        char title[160];
        snprintf(title, sizeof title, "%s   %s   threshold %zu %%", titles[row],
                 evaluator->row[0].name, evaluator->options->threshold);
        ecam_font_draw(&canvas, GAP, y + GAP, 2, title, (canvas.w - GAP) / (2 * ECAM_FONT_CELL_W),
                       dark);
        for (size_t c = 0; c < columns && status == ECAM_OK; c++)
            status = draw_pick(evaluator, images, results, &pick[first[row] + c],
                               GAP + c * (TILE + GAP), y + TITLE, &canvas, err);
    }
    if (status == ECAM_OK)
        status = image_write_png(evaluator->options->gallery_file, canvas.rgb, canvas.h, canvas.w,
                                 3, err);
out:
    ecam_free(pick);
    ecam_free(canvas.rgb);
    return status;
}
