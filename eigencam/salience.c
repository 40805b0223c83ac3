/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Eigen-Salience, in the two readings that the paper allows. */
#include <math.h>
#include <string.h>

#include "eigencam/activation.h"
#include "eigencam/eigencam.h"
#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"

/* map[position] = mean over channels. */
static enum ecam_status mean_map(const struct activation *activation, float *map,
                                 struct ecam_error *err)
{
    const size_t n = activation->positions;
    double *sum = ecam_calloc(n, sizeof *sum);
    if (sum == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "salience: map of %zu", n);
    for (size_t c = 0; c < activation->channels; c++)
        for (size_t i = 0; i < n; i++)
            sum[i] += (double)activation->data[c * n + i];
    for (size_t i = 0; i < n; i++)
        map[i] = ecam_to_float(sum[i] / (double)activation->channels);
    ecam_free(sum);
    return ECAM_OK;
}

static enum ecam_status pca_map(const struct ecam_tensor *act, size_t component,
                                enum ecam_sign sign, float *map, size_t *n_bad,
                                struct ecam_error *err)
{
    const struct ecam_cam_options options = {
        .mode = ECAM_CAM_CENTERED,
        .sign = sign,
        .components = component + 1,
    };
    struct ecam_cam *cam = NULL;
    const enum ecam_status status = ecam_cam_new(act, &options, &cam, err);
    if (status != ECAM_OK)
        return status;
    struct ecam_component c;
    ecam_cam_get(cam, component, &c);
    memcpy(map, c.map, act->h * act->w * sizeof *map);
    *n_bad = ecam_cam_n_bad(cam);
    ecam_cam_free(cam);
    return ECAM_OK;
}

enum ecam_status ecam_salience_map(const struct ecam_tensor *act, enum ecam_salience reading,
                                   size_t component, enum ecam_sign sign, float *map, size_t *n_bad,
                                   struct ecam_error *err)
{
    struct activation activation = { 0 };
    size_t bad = 0;
    enum ecam_status status = ecam_activation_open(act, &activation, err);
    if (status != ECAM_OK)
        return status;
    const size_t components = ecam_min_size(activation.channels, activation.positions);
    switch (reading) {
    case ECAM_SALIENCE_MEAN:
        status = mean_map(&activation, map, err);
        bad = activation.n_bad;
        break;
    case ECAM_SALIENCE_PCA:
        if (component >= components)
            status = ecam_fail(err, ECAM_ERR_ARG, "salience: component %zu, the layer has %zu",
                               component + 1, components);
        else
            status = pca_map(act, component, sign, map, &bad, err);
        break;
    }
    ecam_activation_close(&activation);
    if (status == ECAM_OK && n_bad != NULL)
        *n_bad = bad;
    return status;
}

void ecam_map_fuse(const float *a, const float *b, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] * b[i];
}
