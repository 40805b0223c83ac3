/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/arena.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define ALIGN_FLOATS 16 /* 64 bytes: one cache line, one AVX-512 register */

/* Largest first; equals in the order of their birth, so that the result does not
 * depend on how qsort treats equals. */
static int by_size(const void *pa, const void *pb)
{
    const struct ecam_buffer *a = *(struct ecam_buffer *const *)pa;
    const struct ecam_buffer *b = *(struct ecam_buffer *const *)pb;
    if (a->floats != b->floats)
        return a->floats > b->floats ? -1 : 1;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return a < b ? -1 : a > b;
}

static size_t rounded(size_t floats)
{
    return ecam_ceil_div(floats, ALIGN_FLOATS) * ALIGN_FLOATS;
}

/* The best offset for b beside the `n` placed buffers, which are sorted by offset. */
static size_t best_gap(const struct ecam_buffer *b, struct ecam_buffer *const *placed, size_t n)
{
    size_t best = SIZE_MAX, best_waste = SIZE_MAX, at = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ecam_buffer *p = placed[i];
        if (p->last < b->first || b->last < p->first)
            continue; /* never alive together */
        if (p->offset >= at) {
            const size_t gap = p->offset - at;
            if (gap >= b->floats && gap - b->floats < best_waste) {
                best = at;
                best_waste = gap - b->floats;
            }
        }
        at = ecam_max_size(at, p->offset + rounded(p->floats));
    }
    return best != SIZE_MAX ? best : at;
}

enum ecam_status ecam_arena_place(struct ecam_buffer *buffers, size_t n, size_t *floats,
                                  struct ecam_error *err)
{
    struct ecam_buffer **order = ecam_alloc(n * sizeof *order);
    struct ecam_buffer **placed = ecam_alloc(n * sizeof *placed);
    enum ecam_status status = ECAM_OK;
    if (order == NULL || placed == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "placing %zu buffers", n);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        assert(buffers[i].first <= buffers[i].last);
        order[i] = &buffers[i];
    }
    qsort(order, n, sizeof *order, by_size);
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        struct ecam_buffer *b = order[i];
        b->offset = best_gap(b, placed, i);
        size_t at = i;
        for (; at > 0 && placed[at - 1]->offset > b->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = b;
        end = ecam_max_size(end, b->offset + rounded(b->floats));
    }
    *floats = end;
out:
    ecam_free(placed);
    ecam_free(order);
    return status;
}
