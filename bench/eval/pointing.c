/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/pointing.h"

#include <math.h>

static bool is_near(const struct eval_box *box, double x, double y, double tolerance)
{
    const double dx = fmax(fmax(box->x0 - x, x - box->x1), 0);
    const double dy = fmax(fmax(box->y0 - y, y - box->y1), 0);
    return dx * dx + dy * dy <= tolerance * tolerance;
}

/* The first column from x on, and the column behind its run, that boxes of this row cover;
 * false: none. */
static bool next_run(const struct eval_box *truth, size_t n, size_t y, size_t w, size_t x,
                     size_t *first, size_t *end)
{
    double low = (double)w, high = 0;
    bool grows = true;
    for (size_t k = 0; k < n; k++) {
        const struct eval_box *b = &truth[k];
        if ((double)y >= b->y0 && (double)y <= b->y1 && floor(b->x1) >= (double)x)
            low = fmin(low, fmax(ceil(b->x0), (double)x));
    }
    if (!(low < (double)w))
        return false;
    for (high = low; grows && high < (double)w;) {
        grows = false;
        for (size_t k = 0; k < n; k++) {
            const struct eval_box *b = &truth[k];
            if ((double)y >= b->y0 && (double)y <= b->y1 && b->x0 <= high &&
                floor(b->x1) + 1 > high) {
                high = floor(b->x1) + 1;
                grows = true;
            }
        }
    }
    *first = (size_t)low;
    *end = (size_t)fmin(high, (double)w);
    return *end > *first;
}

/* Eight sums at once: one after the other would wait for each other. */
static double sum_of(const float *v, size_t n)
{
    double sum[8] = { 0 }, all = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sum[k] += (double)v[i + k];
    for (; i < n; i++)
        all += (double)v[i];
    for (size_t k = 0; k < 8; k++)
        all += sum[k];
    return all;
}

static float greatest_of(const float *v, size_t n)
{
    float most[8] = { 0 };
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            most[k] = v[i + k] > most[k] ? v[i + k] : most[k];
    for (; i < n; i++)
        most[0] = v[i] > most[0] ? v[i] : most[0];
    for (size_t k = 1; k < 8; k++)
        most[0] = most[k] > most[0] ? most[k] : most[0];
    return most[0];
}

void eval_pointing(const float *map, size_t h, size_t w, const struct eval_box *truth,
                   size_t n_truth, double tolerance, struct eval_pointing *out)
{
    double all = 0, inside = 0;
    float most = -1;
    *out = (struct eval_pointing){ 0 };
    for (size_t y = 0; y < h; y++) {
        const float *row = map + y * w;
        const float most_here = greatest_of(row, w);
        if (most_here > most) {
            most = most_here;
            out->y = y;
        }
        all += sum_of(row, w);
        for (size_t first = 0, end = 0; next_run(truth, n_truth, y, w, end, &first, &end);)
            inside += sum_of(row + first, end - first);
    }
    while (out->x + 1 < w && map[out->y * w + out->x] < most)
        out->x++;
    for (size_t k = 0; k < n_truth && !out->is_hit; k++)
        out->is_hit = is_near(&truth[k], (double)out->x, (double)out->y, tolerance);
    out->energy = inside / all;
}
