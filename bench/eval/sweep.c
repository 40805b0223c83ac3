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

/* A component, or what was one before it was united with another. Pixels point to the
 * component that they were added to, never to each other, and root[] tells which one that
 * is now: one look each, and components are few enough to stay in the nearest cache. Sides
 * fit 32 bits: so do the pixels. */
struct eval_part {
    uint32_t x0, y0, x1, y1;
    uint32_t pixels, first; /* first: in raster order */
    uint32_t next, last;    /* list of those that it took, beginning with itself */
};

#define NONE UINT32_MAX /* no component's number */

void eval_sweeper_free(struct eval_sweeper *sweeper)
{
    ecam_free(sweeper->order);
    ecam_free(sweeper->label);
    ecam_free(sweeper->there);
    ecam_free(sweeper->part);
    ecam_free(sweeper->root);
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

/* A component of one pixel; false: there is no memory. */
static bool add_part(struct eval_sweeper *sweeper, uint32_t at, uint32_t x, uint32_t y)
{
    const uint32_t mine = (uint32_t)sweeper->n_parts;
    if (!ecam_reserve((void **)&sweeper->part, &sweeper->cap_parts, mine, sizeof *sweeper->part) ||
        !ecam_reserve((void **)&sweeper->root, &sweeper->cap_root, mine, sizeof *sweeper->root))
        return false;
    sweeper->part[mine] = (struct eval_part){
        .x0 = x, .y0 = y, .x1 = x, .y1 = y, .pixels = 1, .first = at, .next = NONE, .last = mine
    };
    sweeper->root[mine] = mine;
    sweeper->label[at] = mine;
    sweeper->n_parts++;
    return true;
}

/* Of two roots, the larger takes the smaller and all that it took: each component changes
 * its root at most log2(pixels) times. */
static uint32_t unite(struct eval_sweeper *sweeper, uint32_t a, uint32_t b)
{
    struct eval_part *part = sweeper->part;
    const uint32_t large = part[a].pixels >= part[b].pixels ? a : b;
    const uint32_t small = large == a ? b : a;
    struct eval_part *into = &part[large];
    const struct eval_part *from = &part[small];
    for (uint32_t i = small; i != NONE; i = part[i].next)
        sweeper->root[i] = large;
    part[into->last].next = small;
    into->last = from->last;
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

static void find_contacts(struct eval_contacts *contacts, int neighbours)
{
    if (contacts->neighbours == neighbours)
        return;
    for (unsigned set = 0; set < 1 << RING; set++) {
        unsigned left = set, n = 0;
        for (unsigned k = 0; k < (neighbours == 4 ? 4 : RING); k++) {
            if ((left >> k & 1u) == 0)
                continue;
            contacts->at[set][n++] = (uint8_t)k;
            left &= ~component_of(k, set, neighbours);
        }
        contacts->n[set] = (uint8_t)n;
    }
    contacts->neighbours = neighbours;
}

/* Adds the pixel to the components that it touches, which become one, or as a new one. Its
 * component; NONE: there is no memory. around: steps to the neighbours. */
static uint32_t add_pixel(struct eval_sweeper *sweeper, uint32_t at, uint32_t line,
                          const ptrdiff_t around[RING])
{
    const struct eval_contacts *contacts = &sweeper->contacts;
    const uint8_t *there = sweeper->there + at;
    const uint32_t *label = sweeper->label + at, *root = sweeper->root;
    const uint32_t y = at / line - 1, x = at % line - 1;
    unsigned set = 0;
    for (int k = 0; k < RING; k++)
        set |= (unsigned)there[around[k]] << k;
    sweeper->there[at] = 1;
    const unsigned n = contacts->n[set];
    if (n == 0)
        return add_part(sweeper, at, x, y) ? sweeper->label[at] : NONE;
    uint32_t mine = root[label[around[contacts->at[set][0]]]];
    for (unsigned i = 1; i < n; i++) {
        const uint32_t other = root[label[around[contacts->at[set][i]]]];
        mine = mine == other ? mine : unite(sweeper, mine, other);
    }
    struct eval_part *p = &sweeper->part[mine];
    p->x0 = x < p->x0 ? x : p->x0;
    p->y0 = y < p->y0 ? y : p->y0;
    p->x1 = x > p->x1 ? x : p->x1;
    p->y1 = y > p->y1 ? y : p->y1;
    p->first = at < p->first ? at : p->first;
    p->pixels++;
    return sweeper->label[at] = mine;
}

/* Pixels by falling grey, in raster order within one; those of grey g end before end[g].
 * The largest grey. */
static unsigned sort_by_grey(const uint8_t *grey, size_t h, size_t w, uint32_t *order,
                             size_t end[EVAL_GREYS])
{
    /* Four counters in turn: neighbours mostly share a grey, and would wait for each other. */
    uint32_t n[4][EVAL_GREYS] = { 0 };
    unsigned max = 0;
    size_t at = 0;
    for (size_t i = 0; i < h * w; i++)
        n[i % 4][grey[i]]++;
    for (unsigned g = EVAL_GREYS; g-- > 0;) {
        const size_t here = (size_t)n[0][g] + n[1][g] + n[2][g] + n[3][g];
        max = here > 0 && g > max ? g : max;
        end[g] = at;
        at += here;
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

    ptrdiff_t around[RING];
    size_t end[EVAL_GREYS];
    for (int k = 0; k < RING; k++)
        around[k] = ring_y[k] * (ptrdiff_t)line + ring_x[k];
    find_contacts(&sweeper->contacts, neighbours);
    memset(sweeper->there, 0, n);
    *out = (struct eval_sweep){ .max = sort_by_grey(grey, h, w, sweeper->order, end) };

    uint32_t best = NONE;
    size_t i = 0;
    sweeper->n_parts = 0;
    for (unsigned g = out->max; g > 0; g--) {
        for (; i < end[g]; i++) {
            const uint32_t root = add_pixel(sweeper, sweeper->order[i], (uint32_t)line, around);
            const struct eval_part *part = sweeper->part;
            if (root == NONE)
                return ecam_fail(err, ECAM_ERR_NOMEM, "%zu components", sweeper->n_parts);
            if (root == best)
                continue;
            if (best == NONE || sweeper->root[best] != best) /* it went into this one */
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
