/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/im2col.h"

#include <assert.h>
#include <string.h>

#include "engine/common.h"

/* n outputs of one output row, from (oy, ox) on, seen through tap (ky, kx). */
static void gather_run(const struct ecam_im2col *m, const float *plane, size_t ky, size_t kx,
                       size_t oy, size_t ox, size_t n, float *out)
{
    const struct ecam_window *win = &m->window;
    const size_t y = oy * win->stride_h + ky * win->dilation_h; /* padded row */
    if (y < win->pad_t || y - win->pad_t >= m->in_h) {
        memset(out, 0, n * sizeof *out);
        return;
    }
    const float *line = plane + (y - win->pad_t) * m->in_w;
    size_t x = ox * win->stride_w + kx * win->dilation_w; /* padded column */
    size_t i = 0;
    for (; i < n && x < win->pad_l; i++, x += win->stride_w)
        out[i] = 0.0f;
    if (i < n && win->stride_w == 1) {
        const size_t from = x - win->pad_l;
        const size_t inside = ecam_min_size(n - i, ecam_sub_size(m->in_w, from));
        if (inside > 0)
            memcpy(out + i, line + from, inside * sizeof *out);
        i += inside;
    } else {
        for (; i < n && x - win->pad_l < m->in_w; i++, x += win->stride_w)
            out[i] = line[x - win->pad_l];
    }
    for (; i < n; i++)
        out[i] = 0.0f;
}

/* One panel: k rows of n <= nr columns. */
static void pack_panel(const struct ecam_im2col *m, size_t row, size_t k, size_t col, size_t n,
                       size_t nr, float *out)
{
    const size_t taps = m->window.k_h * m->window.k_w;
    const size_t oy0 = col / m->out_w, ox0 = col % m->out_w;
    for (size_t p = row; p < row + k; p++, out += nr) {
        const float *plane = m->in + p / taps * m->in_h * m->in_w;
        const size_t ky = p % taps / m->window.k_w, kx = p % m->window.k_w;
        size_t oy = oy0, ox = ox0;
        for (size_t j = 0; j < n; oy++, ox = 0) {
            const size_t run = ecam_min_size(n - j, m->out_w - ox);
            gather_run(m, plane, ky, kx, oy, ox, run, out + j);
            j += run;
        }
        for (size_t j = n; j < nr; j++)
            out[j] = 0.0f;
    }
}

void ecam_im2col_pack(const struct ecam_im2col *m, size_t row, size_t k, size_t col, size_t n,
                      size_t nr, float *out)
{
    assert(k >= 1 && n >= 1 && col + n <= m->out_h * m->out_w);
    for (size_t j = 0; j < n; j += nr, out += k * nr)
        pack_panel(m, row, k, col + j, ecam_min_size(nr, n - j), nr, out);
}
