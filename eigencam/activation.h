/* SPDX-License-Identifier: BSD-2-Clause
 *
 * activation.h - a tapped tensor as the matrix of Eigen-CAM: checked, and without
 * the numbers that are none. */
#ifndef ECAM_ACTIVATION_H
#define ECAM_ACTIVATION_H

#include "engine/ecam.h"

struct activation {
    const float *data; /* [channels][positions], finite: the tensor's own, or `clean` */
    size_t channels, positions;
    size_t n_bad; /* NaN and infinities, which became 0 */
    float *clean; /* a copy, where there were any; else NULL */
};

enum ecam_status ecam_activation_open(const struct ecam_tensor *act, struct activation *out,
                                      struct ecam_error *err);
void ecam_activation_close(struct activation *activation); /* {0} is fine */

/* mean[channels], over positions. */
void ecam_activation_means(const struct activation *activation, double *mean);

/* The nearest float; beyond its range the largest one, never infinity. */
float ecam_to_float(double value);

#endif /* ECAM_ACTIVATION_H */
