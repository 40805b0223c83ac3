/* SPDX-License-Identifier: BSD-2-Clause
 * The lesson of a report: single values of the network computed again, one by one, with
 * the numbers of this photo, beside what the network itself computed. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "engine/graph.h"
#include "engine/model.h"
#include "engine/network.h"
#include "engine/weight.h"
#include "tools/report.h"

#define FILTERS 64
#define FILTER_SIDE 44
#define FEATURES 24
#define PRODUCTS 8 /* of a dense layer that are told one by one */
#define STEPS 8    /* of the power iteration */
#define MAX_TAPS 8

struct lesson {
    const struct reporter *reporter;
    const struct report_photo *photo;
    const struct ecam_graph *graph;
    struct ecam_layers *layers;
    struct ecam_session *session;
    uint32_t conv, pool, dense; /* nodes; ECAM_NO_NODE: there is none */
    uint32_t after[2];          /* what follows the convolution, value by value */
    double hot[2];              /* where the map is hottest, in parts of height and width */
    cJSON *tree;
    bool failed;
};

static const struct ecam_layer_info *info_of(const struct lesson *lesson, uint32_t node)
{
    return ecam_layers_get(lesson->layers, node - 1);
}

/* ---- What is worked out ---- */

static bool is_kind(const struct ecam_node *node, const char *kind)
{
    return strcmp(node->kind, kind) == 0;
}

/* The one node that reads a node's value and changes it value by value, or none. */
static uint32_t follower(const struct lesson *lesson, uint32_t node)
{
    uint32_t found = ECAM_NO_NODE;
    for (uint32_t i = node + 1; i < lesson->graph->n_nodes; i++) {
        const struct ecam_node *n = &lesson->graph->nodes[i];
        for (size_t k = 0; k < n->n_inputs; k++) {
            if (n->inputs[k] != node)
                continue;
            if (found != ECAM_NO_NODE)
                return ECAM_NO_NODE;
            found = i;
        }
    }
    if (found == ECAM_NO_NODE)
        return found;
    const struct ecam_node *n = &lesson->graph->nodes[found];
    return n->n_inputs == 1 &&
                   (is_kind(n, "batchnorm") || is_kind(n, "scale") || is_kind(n, "relu"))
               ? found
               : ECAM_NO_NODE;
}

static void find_nodes(struct lesson *lesson)
{
    const struct ecam_graph *graph = lesson->graph;
    lesson->conv = lesson->pool = lesson->dense = ECAM_NO_NODE;
    for (uint32_t i = 1; i < graph->n_nodes; i++) {
        const struct ecam_node *node = &graph->nodes[i];
        const struct ecam_layer_info *info = info_of(lesson, i);
        if (lesson->conv == ECAM_NO_NODE && is_kind(node, "conv2d") && node->inputs[0] == 0 &&
            info->groups == 1)
            lesson->conv = i;
        if (lesson->pool == ECAM_NO_NODE && is_kind(node, "maxpool2d") && node->inputs[0] != 0)
            lesson->pool = i;
        if (is_kind(node, "dense") && info->out.rank == 2 &&
            info->out.dim[1] == ecam_model_n_classes(lesson->reporter->runner.model))
            lesson->dense = i;
    }
    lesson->after[0] = lesson->conv == ECAM_NO_NODE ? ECAM_NO_NODE : follower(lesson, lesson->conv);
    lesson->after[1] =
        lesson->after[0] == ECAM_NO_NODE ? ECAM_NO_NODE : follower(lesson, lesson->after[0]);
}

static enum ecam_status run(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_graph *graph = lesson->graph;
    const struct run_options *options = &lesson->reporter->options->run;
    const uint32_t nodes[] = {
        lesson->conv,
        lesson->after[0],
        lesson->after[1],
        lesson->pool,
        lesson->pool == ECAM_NO_NODE ? ECAM_NO_NODE : graph->nodes[lesson->pool].inputs[0],
        lesson->dense,
        lesson->dense == ECAM_NO_NODE ? ECAM_NO_NODE : graph->nodes[lesson->dense].inputs[0],
        ecam_graph_find(graph, lesson->photo->layer[0].facts.layer),
    };
    const char *taps[MAX_TAPS];
    size_t n = 0;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(nodes); i++) {
        bool is_new = nodes[i] != ECAM_NO_NODE;
        for (size_t k = 0; k < n && is_new; k++)
            is_new = strcmp(taps[k], graph->nodes[nodes[i]].name) != 0;
        if (is_new)
            taps[n++] = graph->nodes[nodes[i]].name;
    }
    const struct ecam_session_options session_options = {
        .isa = lesson->reporter->runner.isa,
        .goal = (enum ecam_goal)options->goal,
        .threads = (unsigned)options->threads,
        .h = lesson->photo->input.h,
        .w = lesson->photo->input.w,
        .taps = taps,
        .n_taps = n,
    };
    const enum ecam_status status =
        ecam_session_new(lesson->reporter->runner.model, &session_options, &lesson->session, err);
    return status == ECAM_OK ? ecam_session_run(lesson->session, lesson->photo->input.values, err)
                             : status;
}

static enum ecam_status value_of(const struct lesson *lesson, uint32_t node,
                                 struct ecam_tensor *out, struct ecam_error *err)
{
    return ecam_session_tap(lesson->session, lesson->graph->nodes[node].name, out, err);
}

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
    page_string(channel, "name", rgb[is_bgr ? 2 - c : c], &lesson->failed);
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

static enum ecam_status put_conv(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_layer_info *info = info_of(lesson, lesson->conv);
    const struct ecam_node *node = &lesson->graph->nodes[lesson->conv];
    const struct ecam_weight *weight = ecam_node_weight(node, "weight");
    const struct ecam_weight *bias = ecam_node_weight(node, "bias");
    const size_t area = (size_t)info->kernel[0] * info->kernel[1], in_c = lesson->photo->input.c;
    struct ecam_tensor out;
    float added = 0;
    enum ecam_status status = value_of(lesson, lesson->conv, &out, err);
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
        status = value_of(lesson, lesson->after[i], &next, err);
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

static enum ecam_status put_pool(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_layer_info *info = info_of(lesson, lesson->pool);
    struct ecam_tensor in, out;
    enum ecam_status status =
        value_of(lesson, lesson->graph->nodes[lesson->pool].inputs[0], &in, err);
    if (status == ECAM_OK)
        status = value_of(lesson, lesson->pool, &out, err);
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

struct product {
    size_t at;
    double value;
};

static int by_size(const void *a, const void *b)
{
    const struct product *x = a, *y = b;
    const double dx = fabs(x->value), dy = fabs(y->value);
    return dx != dy ? (dx < dy) - (dx > dy) : (x->at > y->at) - (x->at < y->at);
}

static void put_products(struct lesson *lesson, cJSON *dense, const struct ecam_tensor *in,
                         const float *row, struct product *product, size_t n, float bias)
{
    cJSON *rows = page_list(dense, "rows", &lesson->failed);
    double sum = 0, told = 0;
    for (size_t i = 0; i < n; i++) {
        product[i] = (struct product){ i, (double)in->data[i] * (double)row[i] };
        sum += product[i].value;
    }
    qsort(product, n, sizeof *product, by_size);
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

static enum ecam_status put_dense(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_node *node = &lesson->graph->nodes[lesson->dense];
    const struct ecam_weight *weight = ecam_node_weight(node, "weight");
    const struct ecam_weight *bias = ecam_node_weight(node, "bias");
    const size_t n = weight->shape.dim[1], class = lesson->photo->top[0].index;
    struct ecam_tensor in, out;
    enum ecam_status status = value_of(lesson, node->inputs[0], &in, err);
    if (status == ECAM_OK)
        status = value_of(lesson, lesson->dense, &out, err);
    if (status != ECAM_OK)
        return status;
    float *row = malloc(n * sizeof *row), added = 0;
    struct product *product = malloc(n * sizeof *product);
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

/* ---- The first direction, step by step ---- */

static double norm(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* u = A v for the positions, then v = A^T u / |A^T u|; what |A v| is. a is [c][n], with its
 * means taken off. */
static double power_step(const double *a, size_t c, size_t n, double *v, double *u)
{
    memset(u, 0, n * sizeof *u);
    for (size_t k = 0; k < c; k++)
        for (size_t i = 0; i < n; i++)
            u[i] += v[k] * a[k * n + i];
    const double s = norm(u, n);
    for (size_t k = 0; k < c; k++) {
        v[k] = 0;
        for (size_t i = 0; i < n; i++)
            v[k] += a[k * n + i] * u[i];
    }
    const double length = norm(v, c);
    for (size_t k = 0; k < c && length > 0; k++)
        v[k] /= length;
    return s;
}

static enum ecam_status put_steps(struct lesson *lesson, cJSON *power, const double *a,
                                  const struct ecam_tensor *act, const float *first,
                                  struct ecam_error *err)
{
    const size_t n = act->h * act->w;
    cJSON *steps = page_list(power, "steps", &lesson->failed);
    double *v = malloc(act->c * sizeof *v), *u = malloc(n * sizeof *u);
    float *map = malloc(n * sizeof *map);
    enum ecam_status status = v == NULL || u == NULL || map == NULL
                                  ? ecam_fail(err, ECAM_ERR_NOMEM, "a direction")
                                  : ECAM_OK;
    for (size_t k = 0; k < act->c && status == ECAM_OK; k++)
        v[k] = 1 / sqrt((double)act->c);
    for (int i = 1; i <= STEPS && status == ECAM_OK; i++) {
        double cosine = 0;
        for (size_t k = 0; k < act->c; k++)
            cosine += v[k] * (double)first[k];
        const double s = power_step(a, act->c, n, v, u);
        for (size_t k = 0; k < n; k++)
            map[k] = (float)(cosine < 0 ? -u[k] : u[k]);
        struct report_picture picture = { 0 };
        status = report_draw_map(lesson->reporter, map, act->h, act->w,
                                 &lesson->photo->input.geometry, 96, &picture, err);
        if (status != ECAM_OK)
            break;
        cJSON *step = page_object(steps, NULL, &lesson->failed);
        page_format(step, "number", &lesson->failed, "%d", i);
        page_format(step, "s", &lesson->failed, "%.5f", s);
        page_format(step, "angle", &lesson->failed, "%.4f",
                    acos(fmin(fabs(cosine), 1)) * 180 / acos(-1));
        page_string(step, "picture", picture.uri, &lesson->failed);
        page_format(step, "w", &lesson->failed, "%zu", picture.w);
        page_format(step, "h", &lesson->failed, "%zu", picture.h);
        free(picture.uri);
    }
    free(v);
    free(u);
    free(map);
    return status;
}

static enum ecam_status put_power(struct lesson *lesson, const struct ecam_tensor *act,
                                  struct ecam_error *err)
{
    const bool is_centered = lesson->reporter->options->mode == ECAM_CAM_CENTERED;
    const size_t n = act->h * act->w;
    const struct ecam_cam_options options = {
        .mode = (enum ecam_cam_mode)lesson->reporter->options->mode, .components = 1
    };
    struct ecam_component first;
    struct ecam_cam *cam = NULL;
    double *a = malloc(act->c * n * sizeof *a);
    enum ecam_status status = a == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "an activation")
                                        : ecam_cam_new(act, &options, &cam, err);
    if (status != ECAM_OK) {
        free(a);
        return status;
    }
    for (size_t k = 0; k < act->c; k++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++) {
            const float value = act->data[k * n + i];
            a[k * n + i] = isfinite(value) ? (double)value : 0; /* as the library does */
            mean += a[k * n + i] / (double)n;
        }
        for (size_t i = 0; i < n && is_centered; i++)
            a[k * n + i] -= mean;
    }
    ecam_cam_get(cam, 0, &first);
    cJSON *power = page_object(lesson->tree, "power", &lesson->failed);
    page_string(power, "layer", lesson->photo->layer[0].facts.layer, &lesson->failed);
    page_format(power, "channels", &lesson->failed, "%zu", act->c);
    page_format(power, "positions", &lesson->failed, "%zu", n);
    page_format(power, "s", &lesson->failed, "%.5f", first.s);
    status = put_steps(lesson, power, a, act, first.vector, err);
    ecam_cam_free(cam);
    free(a);
    return status;
}

/* ---- Filters and feature maps ---- */

/* A kernel as colours: grey is 0, the largest magnitude is black or white. */
static void draw_filter(const float *kernel, size_t kh, size_t kw, bool is_bgr, size_t scale,
                        uint8_t *rgb)
{
    float most = 0;
    for (size_t i = 0; i < 3 * kh * kw; i++)
        most = fmaxf(most, fabsf(kernel[i]));
    for (size_t y = 0; y < kh * scale; y++)
        for (size_t x = 0; x < kw * scale; x++)
            for (size_t c = 0; c < 3; c++) {
                const size_t from = is_bgr ? 2 - c : c;
                const float value = kernel[(from * kh + y / scale) * kw + x / scale];
                const float part = most > 0 ? 0.5f + 0.5f * value / most : 0.5f;
                rgb[(y * kw * scale + x) * 3 + c] = (uint8_t)(255 * part + 0.5f);
            }
}

static enum ecam_status put_filters(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_node *node = &lesson->graph->nodes[lesson->conv];
    const struct ecam_layer_info *info = info_of(lesson, lesson->conv);
    const struct ecam_weight *weight = ecam_node_weight(node, "weight");
    const size_t kh = info->kernel[0], kw = info->kernel[1], all = weight->shape.dim[0];
    const size_t scale = ecam_max_size(FILTER_SIDE / ecam_max_size(kh, kw), 1);
    const bool is_bgr = lesson->reporter->runner.preprocess.is_bgr != 0;
    if (lesson->photo->input.c != 3)
        return ECAM_OK;
    float *kernel = malloc(3 * kh * kw * sizeof *kernel);
    uint8_t *rgb = malloc(3 * kh * kw * scale * scale);
    enum ecam_status status =
        kernel == NULL || rgb == NULL ? ecam_fail(err, ECAM_ERR_NOMEM, "a filter") : ECAM_OK;
    cJSON *filters = page_object(lesson->tree, "filters", &lesson->failed);
    cJSON *each = page_list(filters, "each", &lesson->failed);
    page_string(filters, "layer", node->name, &lesson->failed);
    page_format(filters, "n", &lesson->failed, "%zu", all);
    if (all > FILTERS)
        page_format(filters, "left_out", &lesson->failed, "%zu", all - FILTERS);
    for (size_t i = 0; i < ecam_min_size(all, FILTERS) && status == ECAM_OK; i++) {
        struct report_picture picture = { 0 };
        ecam_weight_read(weight, i * 3 * kh * kw, 3 * kh * kw, kernel);
        draw_filter(kernel, kh, kw, is_bgr, scale, rgb);
        status = report_draw_pixels(rgb, kh * scale, kw * scale, &picture, err);
        if (status != ECAM_OK)
            break;
        cJSON *item = page_object(each, NULL, &lesson->failed);
        page_string(item, "picture", picture.uri, &lesson->failed);
        page_format(item, "w", &lesson->failed, "%zu", picture.w);
        page_format(item, "h", &lesson->failed, "%zu", picture.h);
        page_format(item, "number", &lesson->failed, "%zu", i);
        free(picture.uri);
    }
    free(kernel);
    free(rgb);
    return status;
}

static enum ecam_status put_features(struct lesson *lesson, const struct ecam_tensor *act,
                                     struct ecam_error *err)
{
    const size_t n = act->h * act->w;
    struct product *energy = malloc(act->c * sizeof *energy);
    double all = 0;
    if (energy == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu channels", act->c);
    for (size_t c = 0; c < act->c; c++) {
        energy[c] = (struct product){ .at = c };
        for (size_t i = 0; i < n; i++)
            energy[c].value += (double)act->data[c * n + i] * (double)act->data[c * n + i];
        if (!isfinite(energy[c].value))
            energy[c].value = 0;
        all += energy[c].value;
    }
    qsort(energy, act->c, sizeof *energy, by_size);
    cJSON *features = page_object(lesson->tree, "features", &lesson->failed);
    cJSON *each = page_list(features, "each", &lesson->failed);
    enum ecam_status status = ECAM_OK;
    page_string(features, "layer", lesson->photo->layer[0].facts.layer, &lesson->failed);
    page_format(features, "n", &lesson->failed, "%zu", ecam_min_size(act->c, FEATURES));
    page_format(features, "all", &lesson->failed, "%zu", act->c);
    for (size_t i = 0; i < ecam_min_size(act->c, FEATURES) && status == ECAM_OK; i++) {
        struct report_picture picture = { 0 };
        status = report_draw_map(lesson->reporter, act->data + energy[i].at * n, act->h, act->w,
                                 &lesson->photo->input.geometry, 96, &picture, err);
        if (status != ECAM_OK)
            break;
        cJSON *item = page_object(each, NULL, &lesson->failed);
        page_string(item, "picture", picture.uri, &lesson->failed);
        page_format(item, "w", &lesson->failed, "%zu", picture.w);
        page_format(item, "h", &lesson->failed, "%zu", picture.h);
        page_format(item, "channel", &lesson->failed, "%zu", energy[i].at);
        page_format(item, "part", &lesson->failed, "%.1f %%",
                    all > 0 ? 100 * energy[i].value / all : 0);
        free(picture.uri);
    }
    free(energy);
    return status;
}

/* ---- The lesson ---- */

static void find_hot(struct lesson *lesson)
{
    const struct report_layer *layer = &lesson->photo->layer[0];
    size_t best = 0;
    for (size_t i = 1; i < layer->facts.h * layer->facts.w; i++)
        best = layer->map[i] > layer->map[best] ? i : best;
    lesson->hot[0] = ((double)(best / layer->facts.w) + 0.5) / (double)layer->facts.h;
    lesson->hot[1] = ((double)(best % layer->facts.w) + 0.5) / (double)layer->facts.w;
}

enum ecam_status report_lesson(const struct reporter *reporter, const struct report_photo *photo,
                               cJSON **out, struct ecam_error *err)
{
    const struct ecam_model *model = reporter->runner.model;
    struct lesson lesson = {
        .reporter = reporter,
        .photo = photo,
        .graph = model->network->graph,
        .tree = cJSON_CreateObject(),
    };
    struct ecam_tensor act;
    enum ecam_status status =
        ecam_layers_new(model, photo->input.h, photo->input.w, &lesson.layers, err);
    if (status == ECAM_OK) {
        find_nodes(&lesson);
        find_hot(&lesson);
        status = run(&lesson, err);
    }
    if (status == ECAM_OK)
        status = ecam_session_tap(lesson.session, photo->layer[0].facts.layer, &act, err);
    if (status == ECAM_OK && lesson.conv != ECAM_NO_NODE)
        status = put_filters(&lesson, err);
    if (status == ECAM_OK)
        status = put_features(&lesson, &act, err);
    if (status == ECAM_OK && lesson.conv != ECAM_NO_NODE)
        status = put_conv(&lesson, err);
    if (status == ECAM_OK && lesson.pool != ECAM_NO_NODE)
        status = put_pool(&lesson, err);
    if (status == ECAM_OK && lesson.dense != ECAM_NO_NODE && photo->n_top > 0)
        status = put_dense(&lesson, err);
    if (status == ECAM_OK)
        status = put_power(&lesson, &act, err);
    if (status == ECAM_OK && lesson.failed)
        status = ecam_fail(err, ECAM_ERR_NOMEM, "a page");
    ecam_session_free(lesson.session);
    ecam_layers_free(lesson.layers);
    if (status == ECAM_OK)
        *out = lesson.tree;
    else
        cJSON_Delete(lesson.tree);
    return status;
}
