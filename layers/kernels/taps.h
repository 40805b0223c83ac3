/* SPDX-License-Identifier: BSD-2-Clause
 * Which taps of a sliding window lie in the plane, along one axis. */
#ifndef ECAM_TAPS_H
#define ECAM_TAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/common.h"

/* first to last-1. */
struct span {
    size_t first, last;
};

/* The taps t < k with 0 <= start + t*dilation < size. */
static inline struct span taps_inside(ptrdiff_t start, size_t k, size_t dilation, size_t size)
{
    struct span taps = { 0, 0 };
    if (start < (ptrdiff_t)size) {
        const size_t room = (size_t)((ptrdiff_t)size - start); /* from start to the end */
        taps.last = ecam_min_size(k, ecam_ceil_div(room, dilation));
        taps.first = start < 0 ? ecam_ceil_div((size_t)-start, dilation) : 0;
        taps.first = ecam_min_size(taps.first, taps.last);
    }
    return taps;
}

/* Of n_out outputs, those with all their k taps in 0 .. size-1. */
static inline struct span outputs_inside(size_t n_out, size_t pad_before, size_t stride, size_t k,
                                         size_t dilation, size_t size)
{
    const size_t reach = (k - 1) * dilation + 1, end = pad_before + size;
    struct span outputs = { ecam_ceil_div(pad_before, stride), 0 };
    if (end >= reach)
        outputs.last = ecam_min_size(n_out, (end - reach) / stride + 1);
    outputs.first = ecam_min_size(outputs.first, outputs.last);
    return outputs;
}

/* How many positions of a mean's window count: those in the plane, or with count_pad
 * those in the plane and its padding, which begins before or at start. */
static inline size_t window_positions(ptrdiff_t start, size_t k, size_t size, size_t pad_after,
                                      bool count_pad)
{
    const ptrdiff_t end = (ptrdiff_t)(count_pad ? size + pad_after : size);
    const ptrdiff_t last = start + (ptrdiff_t)k < end ? start + (ptrdiff_t)k : end;
    const ptrdiff_t first = count_pad || start > 0 ? start : 0;
    return last > first ? (size_t)(last - first) : 0;
}

#endif /* ECAM_TAPS_H */
