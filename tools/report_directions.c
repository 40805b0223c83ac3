/* SPDX-License-Identifier: BSD-2-Clause
 * What a layer's channels are like: filters, the strongest feature maps, and how the
 * first direction that they share is found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/error.h"
#include "engine/weight.h"
#include "tools/report_lesson.h"

#define FILTERS 64
#define FILTER_SIDE 44
#define FEATURES 24
#define STEPS 8 /* of the power iteration */

int lesson_by_size(const void *a, const void *b)
{
    const struct lesson_term *x = a, *y = b;
    const double dx = fabs(x->value), dy = fabs(y->value);
    return dx != dy ? (dx < dy) - (dx > dy) : (x->at > y->at) - (x->at < y->at);
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
        report_put_picture(step, &picture, &lesson->failed);
    }
    free(v);
    free(u);
    free(map);
    return status;
}

enum ecam_status lesson_put_power(struct lesson *lesson, const struct ecam_tensor *act,
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

enum ecam_status lesson_put_filters(struct lesson *lesson, struct ecam_error *err)
{
    const struct ecam_node *node = &lesson->graph->nodes[lesson->conv];
    const struct ecam_layer_info *info = lesson_info(lesson, lesson->conv);
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
        report_put_picture(item, &picture, &lesson->failed);
        page_format(item, "number", &lesson->failed, "%zu", i);
    }
    free(kernel);
    free(rgb);
    return status;
}

enum ecam_status lesson_put_features(struct lesson *lesson, const struct ecam_tensor *act,
                                     struct ecam_error *err)
{
    const size_t n = act->h * act->w;
    struct lesson_term *energy = malloc(act->c * sizeof *energy);
    double all = 0;
    if (energy == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%zu channels", act->c);
    for (size_t c = 0; c < act->c; c++) {
        energy[c] = (struct lesson_term){ .at = c };
        for (size_t i = 0; i < n; i++)
            energy[c].value += (double)act->data[c * n + i] * (double)act->data[c * n + i];
        if (!isfinite(energy[c].value))
            energy[c].value = 0;
        all += energy[c].value;
    }
    qsort(energy, act->c, sizeof *energy, lesson_by_size);
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
        report_put_picture(item, &picture, &lesson->failed);
        page_format(item, "channel", &lesson->failed, "%zu", energy[i].at);
        page_format(item, "part", &lesson->failed, "%.1f %%",
                    all > 0 ? 100 * energy[i].value / all : 0);
    }
    free(energy);
    return status;
}
