/* SPDX-License-Identifier: BSD-2-Clause */
#include "eigencam/activation.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/alloc.h"
#include "engine/error.h"

#define LANES 8 /* sums side by side, which a compiler may vectorise as they stand */

enum ecam_status ecam_activation_open(const struct ecam_tensor *act, struct activation *out,
                                      struct ecam_error *err)
{
    const bool is_known = act->rank == 4 || (act->rank == 2 && act->h == 1 && act->w == 1);
    size_t positions, count, bytes;
    if (!is_known || act->n != 1 || act->data == NULL)
        return ecam_fail(err, ECAM_ERR_SHAPE,
                         "activation: rank %u, %zu images, expected 1 x c x h x w or 1 x c",
                         (unsigned)act->rank, act->n);
    if (act->c == 0 || act->h == 0 || act->w == 0 || !ecam_mul_size(act->h, act->w, &positions) ||
        !ecam_mul_size(positions, act->c, &count) || !ecam_mul_size(count, sizeof(double), &bytes))
        return ecam_fail(err, ECAM_ERR_SHAPE, "activation: %zu x %zu x %zu values", act->c, act->h,
                         act->w);

    struct activation result = { .data = act->data, .channels = act->c, .positions = positions };
    for (size_t i = 0; i < count; i++)
        result.n_bad += isfinite(act->data[i]) ? 0 : 1;
    if (result.n_bad != 0) {
        result.clean = ecam_alloc_floats(count);
        if (result.clean == NULL)
            return ecam_fail(err, ECAM_ERR_NOMEM, "activation: copy of %zu values", count);
        for (size_t i = 0; i < count; i++)
            result.clean[i] = isfinite(act->data[i]) ? act->data[i] : 0;
        result.data = result.clean;
    }
    *out = result;
    return ECAM_OK;
}

void ecam_activation_close(struct activation *activation)
{
    ecam_free(activation->clean);
    *activation = (struct activation){ 0 };
}

void ecam_activation_means(const struct activation *activation, double *mean)
{
    for (size_t c = 0; c < activation->channels; c++) {
        const float *row = activation->data + c * activation->positions;
        double lane[LANES] = { 0 }, sum = 0;
        size_t i = 0;
        for (; i + LANES <= activation->positions; i += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += (double)row[i + l];
        for (; i < activation->positions; i++)
            sum += (double)row[i];
        for (size_t l = 0; l < LANES; l++)
            sum += lane[l];
        mean[c] = sum / (double)activation->positions;
    }
}

float ecam_to_float(double value)
{
    if (value > (double)FLT_MAX)
        return FLT_MAX;
    return value < -(double)FLT_MAX ? -FLT_MAX : (float)value;
}
