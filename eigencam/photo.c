/* SPDX-License-Identifier: BSD-2-Clause
 * From a photo to the network's input: resize, crop, normalise.
 *
 * Resizing gives Pillow's 8-bit results: a separable filter whose support grows when
 * shrinking, weights in 22-bit fixed point, columns first, rounded to 8 bits between
 * the two passes. Only what the crop keeps is computed: the columns of the crop, and
 * of those only the rows that the second pass reads. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "eigencam/eigencam.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define WEIGHT_BITS 22 /* of fraction: 8 for the pixel, 2 for the filter's overshoot */
#define MAX_SIDE 65536 /* of a preprocessing's own sizes */
#define MAX_LONG (1u << 28)

/* ---- Geometry ---- */

/* Where the crop begins in a side of `size`: torchvision pads what is too small,
 * the smaller half first, and rounds the origin half to even otherwise. */
static ptrdiff_t crop_origin(size_t size, size_t crop)
{
    if (crop >= size)
        return -(ptrdiff_t)((crop - size) / 2);
    const size_t excess = size - crop, half = excess / 2;
    return (ptrdiff_t)(half + (excess % 2 != 0 && half % 2 != 0));
}

enum ecam_status ecam_geometry_plan(const struct ecam_preprocess *pre, size_t photo_h,
                                    size_t photo_w, struct ecam_geometry *out,
                                    struct ecam_error *err)
{
    if (photo_h == 0 || photo_w == 0)
        return ecam_fail(err, ECAM_ERR_ARG, "photo of %zu x %zu pixels", photo_h, photo_w);
    if (photo_h > MAX_LONG || photo_w > MAX_LONG)
        return ecam_fail(err, ECAM_ERR_LIMIT, "photo of %zu x %zu pixels, the limit is %u a side",
                         photo_h, photo_w, MAX_LONG);
    if (pre->resize_h > MAX_SIDE || pre->resize_w > MAX_SIDE || pre->crop_h > MAX_SIDE ||
        pre->crop_w > MAX_SIDE)
        return ecam_fail(err, ECAM_ERR_LIMIT, "preprocessing: a side beyond %d", MAX_SIDE);
    if ((pre->crop_h == 0) != (pre->crop_w == 0))
        return ecam_fail(err, ECAM_ERR_ARG, "preprocessing: crop of %u x %u", pre->crop_h,
                         pre->crop_w);

    struct ecam_geometry g = { .photo_h = photo_h, .photo_w = photo_w };
    switch (pre->resize) {
    case ECAM_RESIZE_NONE:
        g.resized_h = photo_h;
        g.resized_w = photo_w;
        break;
    case ECAM_RESIZE_SHORT: {
        const uint64_t size = pre->resize_h;
        const bool is_wide = photo_w > photo_h;
        const uint64_t is_short = is_wide ? photo_h : photo_w,
                       is_long = is_wide ? photo_w : photo_h;
        const uint64_t grown = size * is_long / is_short; /* 2^16 * 2^28 at most */
        if (size != 0 && grown > MAX_LONG)
            return ecam_fail(err, ECAM_ERR_LIMIT,
                             "photo of %zu x %zu pixels: its long side would be %llu", photo_h,
                             photo_w, (unsigned long long)grown);
        g.resized_h = (size_t)(is_wide ? size : grown);
        g.resized_w = (size_t)(is_wide ? grown : size);
        break;
    }
    case ECAM_RESIZE_SQUASH:
        g.resized_h = pre->resize_h;
        g.resized_w = pre->resize_w;
        break;
    }
    if (g.resized_h == 0 || g.resized_w == 0)
        return ecam_fail(err, ECAM_ERR_ARG, "preprocessing: resize to %zu x %zu", g.resized_h,
                         g.resized_w);

    const bool is_cropped = pre->crop_h != 0;
    g.input_h = is_cropped ? pre->crop_h : g.resized_h;
    g.input_w = is_cropped ? pre->crop_w : g.resized_w;
    g.crop_y = crop_origin(g.resized_h, g.input_h);
    g.crop_x = crop_origin(g.resized_w, g.input_w);
    *out = g;
    return ECAM_OK;
}

/* ---- Resizing ---- */

/* One direction: outputs first .. first + n of a side that goes from `in` to `out`
 * pixels. Output i is the sum of weight[i * taps + k] * pixel[start[i] + k]. */
struct axis {
    size_t in, out, first, n;
    size_t taps;     /* room for each output's weights; the rest is 0 */
    size_t *start;   /* [n] */
    size_t *count;   /* [n]: weights in use, 1 or more */
    int32_t *weight; /* [n][taps] */
};

static void axis_free(struct axis *a)
{
    ecam_free(a->start);
    ecam_free(a->count);
    ecam_free(a->weight);
}

static double filter_support(enum ecam_filter filter)
{
    return filter == ECAM_FILTER_BICUBIC ? 2.0 : 1.0;
}

static double filter_value(enum ecam_filter filter, double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (filter == ECAM_FILTER_BILINEAR)
        return x < 1.0 ? 1.0 - x : 0.0;
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

/* Weights of one output, in double, normalised to the sum 1. Returns their count. */
static size_t output_weights(const struct axis *a, enum ecam_filter filter, size_t at,
                             size_t *start, double *weight)
{
    const double scale = (double)a->in / (double)a->out;
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = filter_support(filter) * stretch;
    const double centre = ((double)at + 0.5) * scale;
    const double low = centre - support + 0.5, high = centre + support + 0.5;
    const size_t from = low > 0.0 ? (size_t)low : 0;
    const size_t to = ecam_min_size((size_t)high, a->in);
    double sum = 0.0;
    for (size_t k = 0; from + k < to; k++) {
        weight[k] = filter_value(filter, ((double)(from + k) - centre + 0.5) * (1.0 / stretch));
        sum += weight[k];
    }
    for (size_t k = 0; from + k < to && sum != 0.0; k++)
        weight[k] /= sum;
    *start = from;
    return to - from;
}

static enum ecam_status axis_new(struct axis *a, enum ecam_filter filter, struct ecam_error *err)
{
    const double scale = (double)a->in / (double)a->out;
    const double support = filter_support(filter) * (scale < 1.0 ? 1.0 : scale);
    a->taps = (size_t)ceil(support) * 2 + 1;
    size_t total;
    double *exact = ecam_calloc(a->taps, sizeof *exact);
    a->start = ecam_calloc(a->n, sizeof *a->start);
    a->count = ecam_calloc(a->n, sizeof *a->count);
    a->weight = ecam_mul_size(a->n, a->taps, &total) ? ecam_calloc(total, sizeof *a->weight) : NULL;
    if (exact == NULL || a->start == NULL || a->count == NULL || a->weight == NULL) {
        ecam_free(exact);
        return ecam_fail(err, ECAM_ERR_NOMEM, "resize: %zu x %zu weights", a->n, a->taps);
    }
    for (size_t i = 0; i < a->n; i++) {
        a->count[i] = output_weights(a, filter, a->first + i, &a->start[i], exact);
        assert(a->count[i] >= 1 && a->count[i] <= a->taps);
        for (size_t k = 0; k < a->count[i]; k++) {
            const double scaled = exact[k] * (1 << WEIGHT_BITS);
            a->weight[i * a->taps + k] = (int32_t)(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
        }
    }
    ecam_free(exact);
    return ECAM_OK;
}

static uint8_t to_byte(int32_t sum)
{
    if (sum < 0)
        return 0;
    sum >>= WEIGHT_BITS;
    return (uint8_t)(sum > 255 ? 255 : sum);
}

/* Rows of in_w RGB pixels, `stride` bytes apart, to rows of a->n pixels, dense. */
static void resize_columns(const struct axis *a, const uint8_t *in, size_t stride, size_t rows,
                           uint8_t *out)
{
    for (size_t y = 0; y < rows; y++, in += stride) {
        for (size_t x = 0; x < a->n; x++, out += 3) {
            const uint8_t *p = in + 3 * a->start[x];
            const int32_t *weight = a->weight + x * a->taps;
            int32_t r = 1 << (WEIGHT_BITS - 1), g = r, b = r;
            for (size_t k = 0; k < a->count[x]; k++, p += 3) {
                r += weight[k] * p[0];
                g += weight[k] * p[1];
                b += weight[k] * p[2];
            }
            out[0] = to_byte(r);
            out[1] = to_byte(g);
            out[2] = to_byte(b);
        }
    }
}

/* Row i of the result from rows of `bytes` bytes, the first of which is row `origin`. */
static void resize_row(const struct axis *a, size_t i, const uint8_t *in, size_t origin,
                       size_t bytes, uint8_t *out)
{
    const uint8_t *top = in + (a->start[i] - origin) * bytes;
    const int32_t *weight = a->weight + i * a->taps;
    for (size_t x = 0; x < bytes; x++) {
        int32_t sum = 1 << (WEIGHT_BITS - 1);
        for (size_t k = 0; k < a->count[i]; k++)
            sum += weight[k] * top[k * bytes + x];
        out[x] = to_byte(sum);
    }
}

/* The part of a side's crop that lies inside the resized photo. */
static void crop_inside(ptrdiff_t origin, size_t input, size_t resized, size_t *first, size_t *n)
{
    *first = origin > 0 ? (size_t)origin : 0;
    const size_t before = origin < 0 ? (size_t)-origin : 0;
    *n = ecam_min_size(input - before, resized - *first);
}

/* The crop's part inside the resized photo, dense RGB, rows->n by columns->n. */
static enum ecam_status resize_crop(const uint8_t *rgb, struct axis *columns, struct axis *rows,
                                    enum ecam_filter filter, uint8_t **out, struct ecam_error *err)
{
    uint8_t *narrow = NULL, *result = NULL;
    size_t bytes = columns->n * 3, narrow_bytes = 0, result_bytes = 0;
    enum ecam_status status = axis_new(columns, filter, err);
    if (status != ECAM_OK)
        goto out;
    status = axis_new(rows, filter, err);
    if (status != ECAM_OK)
        goto out;

    const size_t top = rows->start[0], last = rows->n - 1;
    const size_t n_rows = rows->start[last] + rows->count[last] - top;
    const bool fits =
        ecam_mul_size(bytes, n_rows, &narrow_bytes) && ecam_mul_size(bytes, rows->n, &result_bytes);
    narrow = fits ? ecam_alloc(narrow_bytes) : NULL;
    result = fits ? ecam_alloc(result_bytes) : NULL;
    if (narrow == NULL || result == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "resize: %zu rows of %zu bytes", n_rows, bytes);
        goto out;
    }
    const size_t stride = columns->in * 3;
    resize_columns(columns, rgb + top * stride, stride, n_rows, narrow);
    for (size_t y = 0; y < rows->n; y++)
        resize_row(rows, y, narrow, top, bytes, result + y * bytes);
    *out = result;
    result = NULL;
out:
    ecam_free(narrow);
    ecam_free(result);
    return status;
}

/* ---- Normalising ---- */

enum ecam_status ecam_photo_prepare(const struct ecam_preprocess *pre, const uint8_t *rgb,
                                    const struct ecam_geometry *g, float *input,
                                    struct ecam_error *err)
{
    float table[3][256]; /* byte to float, by input channel */
    for (size_t c = 0; c < 3; c++) {
        if (pre->scale == 0.0f || pre->std[c] == 0.0f || !isfinite(pre->scale) ||
            !isfinite(pre->mean[c]) || !isfinite(pre->std[c]))
            return ecam_fail(err, ECAM_ERR_ARG, "preprocessing: scale %g, mean %g, std %g",
                             (double)pre->scale, (double)pre->mean[c], (double)pre->std[c]);
        for (int v = 0; v < 256; v++)
            table[c][v] = (float)(((double)v * (double)pre->scale - (double)pre->mean[c]) /
                                  (double)pre->std[c]);
    }

    struct axis columns = { .in = g->photo_w, .out = g->resized_w };
    struct axis rows = { .in = g->photo_h, .out = g->resized_h };
    crop_inside(g->crop_x, g->input_w, g->resized_w, &columns.first, &columns.n);
    crop_inside(g->crop_y, g->input_h, g->resized_h, &rows.first, &rows.n);
    uint8_t *inside = NULL;
    const enum ecam_status status = resize_crop(rgb, &columns, &rows, pre->filter, &inside, err);
    if (status != ECAM_OK)
        goto out;

    const size_t plane = g->input_h * g->input_w;
    const size_t before_x = g->crop_x < 0 ? (size_t)-g->crop_x : 0;
    const size_t before_y = g->crop_y < 0 ? (size_t)-g->crop_y : 0;
    const bool is_padded = rows.n < g->input_h || columns.n < g->input_w;
    for (size_t c = 0; c < 3; c++) {
        const size_t from = pre->is_bgr != 0 ? 2 - c : c;
        float *to = input + c * plane;
        for (size_t i = 0; is_padded && i < plane; i++)
            to[i] = table[c][0]; /* padding is black before it is normalised */
        for (size_t y = 0; y < rows.n; y++) {
            const uint8_t *p = inside + y * columns.n * 3 + from;
            float *row = to + (before_y + y) * g->input_w + before_x;
            for (size_t x = 0; x < columns.n; x++)
                row[x] = table[c][p[3 * x]];
        }
    }
out:
    ecam_free(inside);
    axis_free(&columns);
    axis_free(&rows);
    return status;
}

void ecam_input_to_rgb(const struct ecam_preprocess *pre, const float *input, size_t h, size_t w,
                       uint8_t *rgb)
{
    const size_t plane = h * w;
    for (size_t c = 0; c < 3; c++) {
        const size_t to = pre->is_bgr != 0 ? 2 - c : c;
        for (size_t i = 0; i < plane; i++) {
            const double v =
                ((double)input[c * plane + i] * (double)pre->std[c] + (double)pre->mean[c]) /
                (double)pre->scale;
            /* NaN fails both comparisons and is black. */
            rgb[3 * i + to] = v >= 255.0 ? 255 : v > 0.0 ? (uint8_t)(v + 0.5) : 0;
        }
    }
}
