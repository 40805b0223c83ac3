/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The bounding box of the largest 8-connected component above a threshold.
 *
 * Rows are read as runs of pixels. A run that touches runs of the row above joins
 * their parts (union-find), else it starts a part of its own. Memory follows the
 * number of parts, not of pixels, and nothing recurses. */
#include <assert.h>
#include <math.h>

#include "eigencam/eigencam.h"
#include "eigencam/peak.h"
#include "engine/alloc.h"
#include "engine/error.h"

struct part {
    size_t parent; /* itself: a root. Always the older part, so that a root's number
                      tells where in raster order the whole began */
    struct ecam_box box;
};

struct run {
    size_t x0, x1, part;
};

struct runs {
    struct run *item;
    size_t n, cap;
};

struct labels {
    struct part *part;
    size_t n, cap;
    struct runs above, here;
};

double ecam_map_limit(const float *map, const uint8_t *seen, size_t n, double threshold)
{
    double max = 0;
    for (size_t i = 0; i < n; i++)
        if (ecam_map_is_above(map, seen, i, max))
            max = (double)map[i];
    return max > 0 ? threshold * max : HUGE_VAL;
}

static size_t find_root(struct part *part, size_t i)
{
    while (part[i].parent != i) {
        part[i].parent = part[part[i].parent].parent; /* halves the way for the next */
        i = part[i].parent;
    }
    return i;
}

static void grow_box(struct ecam_box *box, const struct ecam_box *by)
{
    box->x0 = by->x0 < box->x0 ? by->x0 : box->x0;
    box->y0 = by->y0 < box->y0 ? by->y0 : box->y0;
    box->x1 = by->x1 > box->x1 ? by->x1 : box->x1;
    box->y1 = by->y1 > box->y1 ? by->y1 : box->y1;
    box->pixels += by->pixels;
}

static size_t unite(struct part *part, size_t a, size_t b)
{
    a = find_root(part, a);
    b = find_root(part, b);
    if (a == b)
        return a;
    const size_t older = a < b ? a : b, newer = a < b ? b : a;
    part[newer].parent = older;
    grow_box(&part[older].box, &part[newer].box);
    return older;
}

/* Adds run [x0, x1] of row y. *next: the first run above that can touch this one or
 * a later one. */
static bool add_run(struct labels *labels, size_t x0, size_t x1, size_t y, size_t *next)
{
    const struct runs *above = &labels->above;
    if (!ecam_reserve((void **)&labels->part, &labels->cap, labels->n, sizeof *labels->part) ||
        !ecam_reserve((void **)&labels->here.item, &labels->here.cap, labels->here.n,
                      sizeof *labels->here.item))
        return false;
    const struct ecam_box box = { .x0 = x0, .y0 = y, .x1 = x1, .y1 = y, .pixels = x1 - x0 + 1 };
    while (*next < above->n && above->item[*next].x1 + 1 < x0)
        ++*next;
    size_t root = SIZE_MAX;
    for (size_t i = *next; i < above->n && above->item[i].x0 <= x1 + 1; i++)
        root = root == SIZE_MAX ? find_root(labels->part, above->item[i].part)
                                : unite(labels->part, root, above->item[i].part);
    if (root != SIZE_MAX) {
        grow_box(&labels->part[root].box, &box);
    } else {
        root = labels->n++;
        labels->part[root] = (struct part){ .parent = root, .box = box };
    }
    labels->here.item[labels->here.n++] = (struct run){ .x0 = x0, .x1 = x1, .part = root };
    return true;
}

static bool add_row(struct labels *labels, const float *row, const uint8_t *seen, size_t w,
                    size_t y, double limit)
{
    size_t next = 0;
    for (size_t x = 0; x < w; x++) {
        if (!ecam_map_is_above(row, seen, x, limit))
            continue;
        const size_t x0 = x;
        while (x + 1 < w && ecam_map_is_above(row, seen, x + 1, limit))
            x++;
        if (!add_run(labels, x0, x, y, &next))
            return false;
    }
    const struct runs done = labels->above;
    labels->above = labels->here;
    labels->here = done;
    labels->here.n = 0;
    return true;
}

enum ecam_status ecam_map_box(const float *map, const uint8_t *seen, size_t h, size_t w,
                              double threshold, bool *found, struct ecam_box *out,
                              struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct labels labels = { 0 };
    size_t best = SIZE_MAX;
    const double limit = ecam_map_limit(map, seen, h * w, threshold);
    for (size_t y = 0; y < h; y++) {
        if (!add_row(&labels, map + y * w, seen != NULL ? seen + y * w : NULL, w, y, limit)) {
            status = ecam_fail(err, ECAM_ERR_NOMEM, "box: %zu parts", labels.n);
            goto out;
        }
    }
    for (size_t i = 0; i < labels.n; i++) {
        const bool is_root = labels.part[i].parent == i;
        if (is_root &&
            (best == SIZE_MAX || labels.part[i].box.pixels > labels.part[best].box.pixels))
            best = i;
    }
    *found = best != SIZE_MAX;
    if (*found)
        *out = labels.part[best].box;
out:
    ecam_free(labels.part);
    ecam_free(labels.above.item);
    ecam_free(labels.here.item);
    return status;
}
