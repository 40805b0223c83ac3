/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One pass of union-find from the brightest pixel down. When all pixels of grey t + 1 have
 * been added, the components are those of { grey > t }. Components only grow, so the
 * largest is known by looking at those that change: 256 thresholds cost no more than one. */
#include "bench/eval/sweep.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

/* A component, or what was one before it was united with another. Pixels point to their
 * component, never to each other: components are few, and stay in the nearest cache. Sides
 * fit 32 bits: so do the pixels. */
struct eval_part {
    uint32_t x0, y0, x1, y1;
    uint32_t pixels, first; /* first: in raster order */
    uint32_t into;          /* the component that took it; itself where it stands alone */
};

#define NONE UINT32_MAX /* no component's number */

void eval_sweeper_free(struct eval_sweeper *sweeper)
{
    ecam_free(sweeper->order);
    ecam_free(sweeper->label);
    ecam_free(sweeper->there);
    ecam_free(sweeper->part);
    *sweeper = (struct eval_sweeper){ 0 };
}

/* All have a frame of absent pixels round them, so that no neighbour needs a test. */
static bool sweeper_reserve(struct eval_sweeper *sweeper, size_t n)
{
    if (n <= sweeper->cap)
        return true;
    eval_sweeper_free(sweeper);
    sweeper->order = ecam_realloc_array(NULL, n, sizeof *sweeper->order);
    sweeper->label = ecam_realloc_array(NULL, n, sizeof *sweeper->label);
    sweeper->there = ecam_alloc(n);
    if (sweeper->order == NULL || sweeper->label == NULL || sweeper->there == NULL) {
        eval_sweeper_free(sweeper);
        return false;
    }
    sweeper->cap = n;
    return true;
}

static uint32_t find_root(struct eval_part *part, uint32_t i)
{
    while (part[i].into != i) {
        part[i].into = part[part[i].into].into; /* halves the way for the next */
        i = part[i].into;
    }
    return i;
}

static uint32_t unite(struct eval_part *part, uint32_t a, uint32_t b)
{
    const uint32_t large = part[a].pixels >= part[b].pixels ? a : b;
    const uint32_t small = large == a ? b : a;
    struct eval_part *into = &part[large];
    struct eval_part *from = &part[small];
    from->into = large;
    into->x0 = from->x0 < into->x0 ? from->x0 : into->x0;
    into->y0 = from->y0 < into->y0 ? from->y0 : into->y0;
    into->x1 = from->x1 > into->x1 ? from->x1 : into->x1;
    into->y1 = from->y1 > into->y1 ? from->y1 : into->y1;
    into->first = from->first < into->first ? from->first : into->first;
    into->pixels += from->pixels;
    return large;
}

/* ---- Which neighbours to look at ---- */

#define RING 8
static const int ring_x[RING] = { -1, 1, 0, 0, -1, 1, -1, 1 };
static const int ring_y[RING] = { 0, 0, -1, 1, -1, -1, 1, 1 };

/* For each set of neighbours that are there, one of each component that they form among
 * themselves: the others have been united with it already. Mostly one, four at most. */
struct contacts {
    ptrdiff_t around[RING]; /* steps to the neighbours, the straight ones first */
    uint8_t n[1 << RING], at[1 << RING][4];
};

static bool are_neighbours(int a, int b, int neighbours)
{
    const int dx = abs(ring_x[a] - ring_x[b]), dy = abs(ring_y[a] - ring_y[b]);
    return neighbours == 4 ? dx + dy == 1 : dx <= 1 && dy <= 1;
}

/* All of `set` that hangs together with member k. */
static unsigned component_of(unsigned k, unsigned set, int neighbours)
{
    unsigned found = 1u << k, before = 0;
    while (found != before) {
        before = found;
        for (int a = 0; a < RING; a++)
            for (int b = 0; b < RING; b++)
                if ((found >> a & 1u) != 0 && (set >> b & 1u) != 0 &&
                    are_neighbours(a, b, neighbours))
                    found |= 1u << b;
    }
    return found;
}

static void find_contacts(size_t line, int neighbours, struct contacts *out)
{
    for (int k = 0; k < RING; k++)
        out->around[k] = ring_y[k] * (ptrdiff_t)line + ring_x[k];
    for (unsigned set = 0; set < 1 << RING; set++) {
        unsigned left = set, n = 0;
        for (unsigned k = 0; k < (neighbours == 4 ? 4 : RING); k++) {
            if ((left >> k & 1u) == 0)
                continue;
            out->at[set][n++] = (uint8_t)k;
            left &= ~component_of(k, set, neighbours);
        }
        out->n[set] = (uint8_t)n;
    }
}

/* Adds the pixel to the components that it touches, which become one, or as a new one. Its
 * component; NONE: there is no memory. */
static uint32_t add_pixel(struct eval_sweeper *sweeper, uint32_t at, uint32_t line,
                          const struct contacts *contacts)
{
    const uint8_t *there = sweeper->there + at;
    const uint32_t y = at / line - 1, x = at % line - 1;
    unsigned set = 0;
    for (int k = 0; k < RING; k++)
        set |= (unsigned)there[contacts->around[k]] << k;
    sweeper->there[at] = 1;
    if (contacts->n[set] == 0) {
        const uint32_t mine = (uint32_t)sweeper->n_parts;
        if (!ecam_reserve((void **)&sweeper->part, &sweeper->cap_parts, sweeper->n_parts,
                          sizeof *sweeper->part))
            return NONE;
        sweeper->part[sweeper->n_parts++] = (struct eval_part){
            .x0 = x, .y0 = y, .x1 = x, .y1 = y, .pixels = 1, .first = at, .into = mine
        };
        return sweeper->label[at] = mine;
    }
    uint32_t root = NONE;
    for (unsigned i = 0; i < contacts->n[set]; i++) {
        const ptrdiff_t step = contacts->around[contacts->at[set][i]];
        const uint32_t found =
            find_root(sweeper->part, sweeper->label[(size_t)((ptrdiff_t)at + step)]);
        if (root == NONE)
            root = found;
        else if (root != found)
            root = unite(sweeper->part, root, found);
    }
    struct eval_part *p = &sweeper->part[root];
    p->x0 = x < p->x0 ? x : p->x0;
    p->y0 = y < p->y0 ? y : p->y0;
    p->x1 = x > p->x1 ? x : p->x1;
    p->y1 = y > p->y1 ? y : p->y1;
    p->first = at < p->first ? at : p->first;
    p->pixels++;
    return sweeper->label[at] = root;
}

/* Pixels by falling grey, in raster order within one; those of grey g end before end[g].
 * The largest grey. */
static unsigned sort_by_grey(const uint8_t *grey, size_t h, size_t w, uint32_t *order,
                             size_t end[EVAL_GREYS])
{
    size_t n[EVAL_GREYS] = { 0 }, at = 0;
    unsigned max = 0;
    for (size_t i = 0; i < h * w; i++)
        n[grey[i]]++;
    for (unsigned g = EVAL_GREYS; g-- > 0;) {
        max = n[g] > 0 && g > max ? g : max;
        end[g] = at;
        at += n[g];
    }
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            order[end[grey[y * w + x]]++] = (uint32_t)((y + 1) * (w + 2) + x + 1);
    return max;
}

enum ecam_status eval_sweep(struct eval_sweeper *sweeper, const uint8_t *grey, size_t h, size_t w,
                            int neighbours, struct eval_sweep *out, struct ecam_error *err)
{
    const size_t line = w + 2;
    if (h == 0 || w == 0 || h > INT32_MAX || w > INT32_MAX || (h + 2) > UINT32_MAX / line)
        return ecam_fail(err, ECAM_ERR_LIMIT, "a map of %zux%zu pixels, too large to sweep", w, h);
    const size_t n = (h + 2) * line;
    if (!sweeper_reserve(sweeper, n))
        return ecam_fail(err, ECAM_ERR_NOMEM, "a sweep over %zux%zu pixels", w, h);

    struct contacts contacts;
    size_t end[EVAL_GREYS];
    find_contacts(line, neighbours, &contacts);
    memset(sweeper->there, 0, n);
    *out = (struct eval_sweep){ .max = sort_by_grey(grey, h, w, sweeper->order, end) };

    uint32_t best = NONE;
    size_t i = 0;
    sweeper->n_parts = 0;
    for (unsigned g = out->max; g > 0; g--) {
        for (; i < end[g]; i++) {
            const uint32_t root = add_pixel(sweeper, sweeper->order[i], (uint32_t)line, &contacts);
            const struct eval_part *part = sweeper->part;
            if (root == NONE)
                return ecam_fail(err, ECAM_ERR_NOMEM, "%zu components", sweeper->n_parts);
            if (best == NONE || part[best].into != best) /* it went into this one */
                best = root;
            else if (part[root].pixels > part[best].pixels ||
                     (part[root].pixels == part[best].pixels &&
                      part[root].first < part[best].first))
                best = root;
        }
        const struct eval_part *p = &sweeper->part[best];
        out->box[g - 1] = (struct ecam_box){
            .x0 = p->x0, .y0 = p->y0, .x1 = p->x1, .y1 = p->y1, .pixels = p->pixels
        };
    }
    return ECAM_OK;
}
