/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/kernels/windows.h"

#include <stdio.h>

#include "engine/common.h"

/* k_h, k_w, stride_h, stride_w, dilation_h, dilation_w, pad_t, pad_l, pad_b, pad_r */
static const struct {
    size_t in_h, in_w;
    struct ecam_window win;
} timed[WINDOW_TIMED] = {
    { 112, 112, { 3, 3, 2, 2, 1, 1, 1, 1, 1, 1 } }, { 224, 224, { 2, 2, 2, 2, 1, 1, 0, 0, 0, 0 } },
    { 56, 56, { 3, 3, 1, 1, 1, 1, 1, 1, 1, 1 } },   { 14, 14, { 3, 3, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { 28, 28, { 5, 5, 1, 1, 1, 1, 2, 2, 2, 2 } },
};

static const struct ecam_window windows[WINDOW_KINDS] = {
    { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 }, /* the plane itself */
    { 1, 1, 2, 2, 1, 1, 0, 0, 0, 0 }, /* every other point */
    { 2, 2, 2, 2, 1, 1, 0, 0, 0, 0 },   { 2, 2, 2, 2, 1, 1, 1, 1, 0, 0 },
    { 2, 3, 1, 2, 1, 1, 0, 1, 1, 0 },   { 3, 3, 1, 1, 1, 1, 1, 1, 1, 1 },
    { 3, 3, 1, 1, 1, 1, 0, 0, 0, 0 },   { 3, 3, 2, 2, 1, 1, 1, 1, 1, 1 },
    { 3, 3, 2, 2, 1, 1, 0, 0, 0, 0 },   { 3, 3, 2, 2, 1, 1, 0, 0, 1, 1 },
    { 3, 3, 3, 3, 1, 1, 1, 1, 1, 1 },   { 3, 2, 4, 5, 1, 1, 1, 1, 2, 1 },
    { 5, 5, 1, 1, 1, 1, 2, 2, 2, 2 },   { 5, 5, 2, 2, 1, 1, 2, 2, 2, 2 },
    { 7, 7, 1, 1, 1, 1, 0, 0, 0, 0 },   { 1, 7, 1, 1, 1, 1, 0, 3, 0, 3 },
    { 7, 1, 1, 1, 1, 1, 3, 0, 3, 0 },   { 3, 3, 1, 1, 2, 2, 2, 2, 2, 2 },
    { 3, 3, 2, 2, 2, 3, 2, 3, 2, 3 },   { 2, 2, 1, 1, 1, 1, 3, 3, 3, 3 }, /* some all padding */
    { 3, 3, 2, 2, 1, 1, 4, 20, 4, 20 }, { 3, 3, 1, 1, 1, 1, 0, 19, 0, 0 },
};

static const size_t widths[WINDOW_WIDTHS] = { 1,  2,  3,  5,  7,  8,  9,  10, 15, 16, 17, 18, 19,
                                              31, 32, 33, 34, 35, 37, 63, 64, 65, 66, 67, 71 };
static const size_t heights[] = { 1, 2, 3, 5, 8 };

/* Rounded down, and on odd cases up, so that the last window reaches beyond. */
static size_t out_size(size_t padded, size_t k, size_t stride, size_t dilation, bool round_up)
{
    const size_t reach = dilation * (k - 1) + 1;
    if (padded < reach)
        return 0;
    return (padded - reach + (round_up ? stride - 1 : 0)) / stride + 1;
}

bool window_case(size_t i, struct window_case *out)
{
    bool round_up = false;
    if (i < WINDOW_TIMED) {
        out->in_h = timed[i].in_h;
        out->in_w = timed[i].in_w;
        out->win = timed[i].win;
    } else {
        i -= WINDOW_TIMED;
        round_up = i % 2 != 0;
        const size_t kind = i / 2 / WINDOW_WIDTHS, width = i / 2 % WINDOW_WIDTHS;
        out->in_h = heights[(kind + width) % ECAM_ARRAY_LEN(heights)];
        out->in_w = widths[width];
        out->win = windows[kind];
    }
    const struct ecam_window *w = &out->win;
    out->out_h =
        out_size(out->in_h + w->pad_t + w->pad_b, w->k_h, w->stride_h, w->dilation_h, round_up);
    out->out_w =
        out_size(out->in_w + w->pad_l + w->pad_r, w->k_w, w->stride_w, w->dilation_w, round_up);
    snprintf(out->name, sizeof out->name, "%zux%zu_k%zux%zu_s%zux%zu_d%zux%zu_p%zu_%zu_%zu_%zu%s",
             out->in_h, out->in_w, w->k_h, w->k_w, w->stride_h, w->stride_w, w->dilation_h,
             w->dilation_w, w->pad_t, w->pad_l, w->pad_b, w->pad_r, round_up ? "_up" : "");
    return out->out_h != 0 && out->out_w != 0;
}
