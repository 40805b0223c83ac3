/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The components of an activation. In memory it is c rows of h*w positions, which is
 * the transpose of the paper's A: the v_i of the paper are left singular vectors of
 * what lies there, the maps right ones times s_i. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eigencam/activation.h"
#include "eigencam/eigencam.h"
#include "eigencam/svd.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

#define NO_SUM 1e-6 /* |sum(v)| <= this x sqrt(c) has no sign to speak of */
/* Magnitudes that differ by less are equal: the last bits of an activation differ
 * between ISA levels, and must not decide about a sign. */
#define EQUAL 1e-6
/* A range of a map, relative to its magnitude, that is rounding and nothing else. */
#define FLAT 1e-12

struct ecam_cam {
    size_t n_components, n_bad;
    struct ecam_component *component; /* [n_components] */
    float *maps;                      /* [n_components][positions] */
    float *vectors;                   /* [n_components][channels] */
};

/* One component in double, before and after the sign rule. */
struct pair {
    double *v; /* [channels] */
    double *l; /* [positions] */
};

static void negate(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = -a[i];
}

/* Fills v and l from singular vector i of the smaller side. */
static void make_pair(const struct ecam_svd_matrix *x, const struct ecam_svd_side *side, size_t i,
                      const struct pair *pair)
{
    const double *known = side->v + i * side->n;
    const double s = side->s[i];
    if (!(s > 0)) {
        memset(pair->v, 0, x->rows * sizeof *pair->v);
        memset(pair->l, 0, x->cols * sizeof *pair->l);
        return;
    }
    if (x->rows <= x->cols) { /* known is v */
        memcpy(pair->v, known, x->rows * sizeof *known);
        ecam_svd_transposed_times(x, pair->v, pair->l);
        return;
    }
    for (size_t j = 0; j < x->cols; j++) /* known is L / s */
        pair->l[j] = s * known[j];
    ecam_svd_times(x, known, pair->v);
    const double norm = sqrt(ecam_dot(pair->v, pair->v, x->rows));
    for (size_t j = 0; j < x->rows; j++)
        pair->v[j] = norm > 0 ? pair->v[j] / norm : 0;
}

/* Does AUTO turn this pair round? */
static bool is_upside_down(const struct pair *pair, size_t channels, size_t positions)
{
    double sum = 0, largest = 0;
    for (size_t i = 0; i < channels; i++)
        sum += pair->v[i];
    if (fabs(sum) > NO_SUM * sqrt((double)channels))
        return sum < 0;
    for (size_t i = 0; i < positions; i++)
        largest = fmax(largest, fabs(pair->l[i]));
    size_t first = 0;
    while (first + 1 < positions && fabs(pair->l[first]) < (1 - EQUAL) * largest)
        first++;
    return pair->l[first] < 0;
}

/* Applies the rule; true where the result is the opposite of AUTO's. */
static bool apply_sign(enum ecam_sign sign, const struct pair *pair, size_t channels,
                       size_t positions)
{
    if (is_upside_down(pair, channels, positions)) {
        negate(pair->v, channels);
        negate(pair->l, positions);
    }
    double low = pair->l[0], high = pair->l[0];
    for (size_t i = 1; i < positions; i++) {
        low = pair->l[i] < low ? pair->l[i] : low;
        high = pair->l[i] > high ? pair->l[i] : high;
    }
    bool is_flipped = false;
    switch (sign) {
    case ECAM_SIGN_AUTO:
        break;
    case ECAM_SIGN_ABSMAX:
        is_flipped = fabs(high) < (1 - EQUAL) * fabs(low);
        break;
    case ECAM_SIGN_FLIP:
        is_flipped = true;
        break;
    }
    if (is_flipped) {
        negate(pair->v, channels);
        negate(pair->l, positions);
    }
    return is_flipped;
}

/* A map that is constant but for rounding becomes constant. */
static void flatten(double *l, size_t n)
{
    double low = l[0], high = l[0];
    for (size_t i = 1; i < n; i++) {
        low = l[i] < low ? l[i] : low;
        high = l[i] > high ? l[i] : high;
    }
    if (high - low <= FLAT * fmax(fabs(low), fabs(high)))
        for (size_t i = 1; i < n; i++)
            l[i] = l[0];
}

static void describe(const struct ecam_svd_side *side, size_t i, size_t positions,
                     struct ecam_component *out)
{
    const double s = side->s[i];
    out->s = s;
    out->share = side->total > 0 ? fmin(s * s / side->total, 1) : 0;
    out->gap = s > 0 ? fmin(side->s[i + 1] / s, 1) : 0;
    out->min = out->max = out->map[0];
    for (size_t j = 1; j < positions; j++) {
        out->min = out->map[j] < out->min ? out->map[j] : out->min;
        out->max = out->map[j] > out->max ? out->map[j] : out->max;
    }
    out->is_flat = !(out->max > out->min);
}

/* All components of side, as floats, into cam. */
static void fill(struct ecam_cam *cam, const struct ecam_svd_matrix *x,
                 const struct ecam_svd_side *side, enum ecam_sign sign, const struct pair *pair)
{
    for (size_t i = 0; i < side->k; i++) {
        struct ecam_component *c = &cam->component[i];
        float *map = cam->maps + i * x->cols, *vector = cam->vectors + i * x->rows;
        make_pair(x, side, i, pair);
        flatten(pair->l, x->cols);
        c->is_flipped = side->s[i] > 0 && apply_sign(sign, pair, x->rows, x->cols);
        for (size_t j = 0; j < x->cols; j++)
            map[j] = ecam_to_float(pair->l[j]);
        for (size_t j = 0; j < x->rows; j++)
            vector[j] = (float)pair->v[j];
        c->map = map;
        c->vector = vector;
        describe(side, i, x->cols, c);
    }
}

/* An array of rows x cols floats, not 0 of them. */
static float *alloc_rows(size_t rows, size_t cols)
{
    size_t n;
    return ecam_mul_size(rows, cols, &n) ? ecam_alloc_floats(n) : NULL;
}

static enum ecam_status cam_alloc(const struct ecam_svd_matrix *x, size_t k, struct ecam_cam **out,
                                  struct ecam_error *err)
{
    struct ecam_cam *cam = ecam_calloc(1, sizeof *cam);
    if (cam != NULL) {
        cam->n_components = k;
        cam->component = ecam_calloc(k, sizeof *cam->component);
        cam->maps = alloc_rows(k, x->cols);
        cam->vectors = alloc_rows(k, x->rows);
    }
    if (cam == NULL || cam->component == NULL || cam->maps == NULL || cam->vectors == NULL) {
        ecam_cam_free(cam);
        return ecam_fail(err, ECAM_ERR_NOMEM, "cam: %zu maps of %zu", k, x->cols);
    }
    *out = cam;
    return ECAM_OK;
}

enum ecam_status ecam_cam_new(const struct ecam_tensor *act, const struct ecam_cam_options *options,
                              struct ecam_cam **out, struct ecam_error *err)
{
    const struct ecam_cam_options opt = options != NULL ? *options : (struct ecam_cam_options){ 0 };
    struct activation activation = { 0 };
    struct ecam_svd_side side = { 0 };
    struct ecam_cam *cam = NULL;
    double *mean = NULL;
    struct pair pair = { 0 };
    struct ecam_svd_matrix x = { 0 };
    size_t k;
    enum ecam_status status = ecam_activation_open(act, &activation, err);
    if (status != ECAM_OK)
        goto out;
    x.data = activation.data;
    x.rows = activation.channels;
    x.cols = activation.positions;

    mean = ecam_calloc(x.rows, sizeof *mean);
    pair.v = ecam_calloc(x.rows, sizeof *pair.v);
    pair.l = ecam_calloc(x.cols, sizeof *pair.l);
    if (mean == NULL || pair.v == NULL || pair.l == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "cam: vectors of %zu and %zu", x.rows, x.cols);
        goto out;
    }
    if (opt.mode == ECAM_CAM_CENTERED) {
        ecam_activation_means(&activation, mean);
        x.row_mean = mean;
    }
    k = ecam_min_size(opt.components != 0 ? opt.components : 1, ecam_min_size(x.rows, x.cols));
    status = ecam_svd_solve(&x, k, opt.share > 0 ? opt.share : 0, &side, err);
    if (status == ECAM_OK)
        status = cam_alloc(&x, side.k, &cam, err);
    if (status != ECAM_OK)
        goto out;
    fill(cam, &x, &side, opt.sign, &pair);
    cam->n_bad = activation.n_bad;
    *out = cam;
    cam = NULL;
out:
    ecam_cam_free(cam);
    ecam_svd_side_free(&side);
    ecam_activation_close(&activation);
    ecam_free(mean);
    ecam_free(pair.v);
    ecam_free(pair.l);
    return status;
}

void ecam_cam_free(struct ecam_cam *cam)
{
    if (cam == NULL)
        return;
    ecam_free(cam->component);
    ecam_free(cam->maps);
    ecam_free(cam->vectors);
    ecam_free(cam);
}

size_t ecam_cam_count(const struct ecam_cam *cam)
{
    return cam->n_components;
}

void ecam_cam_get(const struct ecam_cam *cam, size_t i, struct ecam_component *out)
{
    *out = cam->component[i];
}

size_t ecam_cam_n_bad(const struct ecam_cam *cam)
{
    return cam->n_bad;
}
