/* SPDX-License-Identifier: BSD-2-Clause
 * Single values of the network computed again, one by one, with the numbers of this photo,
 * beside what the network itself computed. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "engine/error.h"
#include "engine/weight.h"
#include "tools/report_lesson.h"

#define PRODUCTS 8 /* of a dense layer that are told one by one */

/* ---- Windows ---- */

/* A place of a layer's output, and the window of its input that it is computed from. */
struct spot {
    size_t channel, y, x;
    ptrdiff_t top, left; /* of the window; may lie outside */
};

static size_t part_of(double part, size_t n)
{
    return ecam_min_size((size_t)(part * (double)n), n - 1);
}

/* Where the map is hottest, and there the channel with the largest value. */
static struct spot find_spot(const struct lesson *lesson, const struct ecam_tensor *out,
                             const struct ecam_layer_info *info)
{
    struct spot spot = { .y = part_of(lesson->hot[0], out->h),
                         .x = part_of(lesson->hot[1], out->w) };
    const size_t at = spot.y * out->w + spot.x, area = out->h * out->w;
    for (size_t c = 1; c < out->c; c++)
        if (out->data[c * area + at] > out->data[spot.channel * area + at])
            spot.channel = c;
    spot.top = (ptrdiff_t)(spot.y * info->stride[0]) - (ptrdiff_t)info->pad[0];
    spot.left = (ptrdiff_t)(spot.x * info->stride[1]) - (ptrdiff_t)info->pad[1];
    return spot;
}

/* A value of a window; false outside the input. */
static bool window_value(const struct spot *spot, const struct ecam_layer_info *info,
                         const float *plane, size_t h, size_t w, size_t y, size_t x, float *out)
{
    const ptrdiff_t at_y = spot->top + (ptrdiff_t)(y * info->dilation[0]);
    const ptrdiff_t at_x = spot->left + (ptrdiff_t)(x * info->dilation[1]);
    if (at_y < 0 || at_x < 0 || at_y >= (ptrdiff_t)h || at_x >= (ptrdiff_t)w)
        return false;
    *out = plane[(size_t)at_y * w + (size_t)at_x];
    return true;
}

static void put_cell(struct lesson *lesson, cJSON *cells, double value)
{
    page_format(cells, NULL, &lesson->failed, "%.3f", value);
}

static cJSON *put_row(struct lesson *lesson, cJSON *rows)
{
    return page_list(page_object(rows, NULL, &lesson->failed), "cells", &lesson->failed);
}

static void put_spot(struct lesson *lesson, cJSON *object, uint32_t node, const struct spot *spot)
{
    page_string(object, "layer", lesson->graph->nodes[node].name, &lesson->failed);
    page_format(object, "channel", &lesson->failed, "%zu", spot->channel);
    page_format(object, "y", &lesson->failed, "%zu", spot->y);
    page_format(object, "x", &lesson->failed, "%zu", spot->x);
}

/* ---- A convolution ---- */

/* The patch, the kernel and their products in one input channel; their sum. */
static double put_channel(struct lesson *lesson, cJSON *channels, const struct spot *spot,
                          const struct ecam_layer_info *info, size_t c, const float *kernel)
{
    static const char *const rgb[] = { "red", "green", "blue" };
    const struct run_input *in = &lesson->photo->input;
    const bool is_bgr = lesson->reporter->runner.preprocess.is_bgr != 0;
    cJSON *channel = page_object(channels, NULL, &lesson->failed);
    cJSON *patch = page_list(channel, "patch", &lesson->failed);
    cJSON *weights = page_list(channel, "kernel", &lesson->failed);
    cJSON *products = page_list(channel, "products", &lesson->failed);
    double sum = 0;
    page_string(channel, "name", c > 2 ? "other" : rgb[is_bgr ? 2 - c : c], &lesson->failed);
    for (size_t y = 0; y < info->kernel[0]; y++) {
        cJSON *patch_row = put_row(lesson, patch), *weight_row = put_row(lesson, weights),
              *product_row = put_row(lesson, products);
        for (size_t x = 0; x < info->kernel[1]; x++) {
            const float weight = kernel[y * info->kernel[1] + x];
            float value = 0; /* padding */
            window_value(spot, info, in->values + c * in->h * in->w, in->h, in->w, y, x, &value);
            sum += (double)value * (double)weight;
            put_cell(lesson, patch_row, (double)value);
            put_cell(lesson, weight_row, (double)weight);
            put_cell(lesson, product_row, (double)value * (double)weight);
        }
    }
    page_format(channel, "sum", &lesson->failed, "%.4f", sum);
    return sum;
}

enum ecam_status lesson_put_conv(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_layer_info *info = lesson_info(lesson, lesson->conv);
    const struct ecam_node *node = &lesson->graph->nodes[lesson->conv];
    const struct ecam_weight *weight = ecam_node_weight(node, "weight");
    const struct ecam_weight *bias = ecam_node_weight(node, "bias");
    const size_t area = (size_t)info->kernel[0] * info->kernel[1], in_c = lesson->photo->input.c;
    struct ecam_tensor out;
    float added = 0;
    enum ecam_status status = lesson_value(lesson, lesson->conv, &out, err);
    if (status != ECAM_OK)
        return status;
    const struct spot spot = find_spot(lesson, &out, info);
    float *kernel = malloc(in_c * area * sizeof *kernel);
    if (kernel == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a kernel");
    ecam_weight_read(weight, spot.channel * in_c * area, in_c * area, kernel);
    if (bias != NULL)
        ecam_weight_read(bias, spot.channel, 1, &added);
    cJSON *conv = page_object(lesson->tree, "conv", &lesson->failed);
    cJSON *channels = page_list(conv, "channels", &lesson->failed);
    double sum = 0;
    put_spot(lesson, conv, lesson->conv, &spot);
    page_format(conv, "size", &lesson->failed, "%u x %u", info->kernel[0], info->kernel[1]);
    page_format(conv, "n_products", &lesson->failed, "%zu", in_c * area);
    for (size_t c = 0; c < in_c; c++)
        sum += put_channel(lesson, channels, &spot, info, c, kernel + c * area);
    free(kernel);
    page_format(conv, "products_sum", &lesson->failed, "%.4f", sum);
    if (bias != NULL)
        page_format(conv, "bias", &lesson->failed, "%.4f", (double)added);
    const size_t at = (spot.channel * out.h + spot.y) * out.w + spot.x;
    page_number(conv, "by_hand", sum + (double)added, &lesson->failed);
    page_format(conv, "by_hand_words", &lesson->failed, "%.4f", sum + (double)added);
    page_float(conv, "value", out.data[at], &lesson->failed);
    page_format(conv, "value_words", &lesson->failed, "%.4f", (double)out.data[at]);
    cJSON *steps = page_list(conv, "steps", &lesson->failed);
    for (size_t i = 0; i < 2 && lesson->after[i] != ECAM_NO_NODE && status == ECAM_OK; i++) {
        struct ecam_tensor next;
        status = lesson_value(lesson, lesson->after[i], &next, err);
        if (status != ECAM_OK)
            break;
        cJSON *step = page_object(steps, NULL, &lesson->failed);
        page_string(step, "layer", lesson->graph->nodes[lesson->after[i]].name, &lesson->failed);
        page_string(step, "kind", lesson->graph->nodes[lesson->after[i]].kind, &lesson->failed);
        page_format(step, "value", &lesson->failed, "%.4f", (double)next.data[at]);
    }
    return status;
}

/* ---- A max-pool ---- */

enum ecam_status lesson_put_pool(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_layer_info *info = lesson_info(lesson, lesson->pool);
    struct ecam_tensor in, out;
    enum ecam_status status =
        lesson_value(lesson, lesson->graph->nodes[lesson->pool].inputs[0], &in, err);
    if (status == ECAM_OK)
        status = lesson_value(lesson, lesson->pool, &out, err);
    if (status != ECAM_OK)
        return status;
    const struct spot spot = find_spot(lesson, &out, info);
    const float *plane = in.data + spot.channel * in.h * in.w;
    cJSON *pool = page_object(lesson->tree, "pool", &lesson->failed);
    cJSON *rows = page_list(pool, "rows", &lesson->failed);
    float most = -FLT_MAX;
    put_spot(lesson, pool, lesson->pool, &spot);
    for (size_t y = 0; y < info->kernel[0]; y++) {
        cJSON *cells = put_row(lesson, rows);
        for (size_t x = 0; x < info->kernel[1]; x++) {
            float value;
            if (window_value(&spot, info, plane, in.h, in.w, y, x, &value)) {
                put_cell(lesson, cells, (double)value);
                most = fmaxf(most, value);
            } else {
                page_string(cells, NULL, "outside", &lesson->failed);
            }
        }
    }
    page_float(pool, "by_hand", most, &lesson->failed);
    page_format(pool, "by_hand_words", &lesson->failed, "%.3f", (double)most);
    const float value = out.data[(spot.channel * out.h + spot.y) * out.w + spot.x];
    page_float(pool, "value", value, &lesson->failed);
    page_format(pool, "value_words", &lesson->failed, "%.3f", (double)value);
    return ECAM_OK;
}

/* ---- A dense output ---- */

static void put_products(struct lesson *lesson, cJSON *dense, const struct ecam_tensor *in,
                         const float *row, struct lesson_term *product, size_t n, float bias)
{
    cJSON *rows = page_list(dense, "rows", &lesson->failed);
    double sum = 0, told = 0;
    for (size_t i = 0; i < n; i++) {
        product[i] = (struct lesson_term){ i, (double)in->data[i] * (double)row[i] };
        sum += product[i].value;
    }
    qsort(product, n, sizeof *product, lesson_by_size);
    for (size_t i = 0; i < ecam_min_size(n, PRODUCTS); i++) {
        cJSON *line = page_object(rows, NULL, &lesson->failed);
        page_format(line, "at", &lesson->failed, "%zu", product[i].at);
        page_format(line, "input", &lesson->failed, "%.4f", (double)in->data[product[i].at]);
        page_format(line, "weight", &lesson->failed, "%.4f", (double)row[product[i].at]);
        page_format(line, "product", &lesson->failed, "%.4f", product[i].value);
        told += product[i].value;
    }
    page_format(dense, "n", &lesson->failed, "%zu", n);
    page_format(dense, "n_rest", &lesson->failed, "%zu", ecam_sub_size(n, PRODUCTS));
    page_format(dense, "rest", &lesson->failed, "%.4f", sum - told);
    page_format(dense, "bias", &lesson->failed, "%.4f", (double)bias);
    page_number(dense, "by_hand", sum + (double)bias, &lesson->failed);
    page_format(dense, "by_hand_words", &lesson->failed, "%.4f", sum + (double)bias);
}

enum ecam_status lesson_put_dense(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_node *node = &lesson->graph->nodes[lesson->dense];
    const struct ecam_weight *weight = ecam_node_weight(node, "weight");
    const struct ecam_weight *bias = ecam_node_weight(node, "bias");
    const size_t n = weight->shape.dim[1], class = lesson->photo->top[0].index;
    struct ecam_tensor in, out;
    enum ecam_status status = lesson_value(lesson, node->inputs[0], &in, err);
    if (status == ECAM_OK)
        status = lesson_value(lesson, lesson->dense, &out, err);
    if (status != ECAM_OK)
        return status;
    float *row = malloc(n * sizeof *row), added = 0;
    struct lesson_term *product = malloc(n * sizeof *product);
    if (row == NULL || product == NULL) {
        free(row);
        free(product);
        return ecam_fail(err, ECAM_ERR_NOMEM, "a row of %zu weights", n);
    }
    ecam_weight_read(weight, class * n, n, row);
    if (bias != NULL)
        ecam_weight_read(bias, class, 1, &added);
    cJSON *dense = page_object(lesson->tree, "dense", &lesson->failed);
    const char *label = lesson->photo->top[0].label;
    page_string(dense, "layer", node->name, &lesson->failed);
    page_string(dense, "label", label == NULL ? "(no name)" : label, &lesson->failed);
    put_products(lesson, dense, &in, row, product, n, added);
    page_float(dense, "value", out.data[class], &lesson->failed);
    page_format(dense, "value_words", &lesson->failed, "%.4f", (double)out.data[class]);
    free(row);
    free(product);
    return ECAM_OK;
}
