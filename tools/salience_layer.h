/* SPDX-License-Identifier: BSD-2-Clause
 * The layer whose channel means are the Eigen-Salience. */
#ifndef ECAM_TOOLS_SALIENCE_LAYER_H
#define ECAM_TOOLS_SALIENCE_LAYER_H

#include "engine/ecam.h"

/* The one layer that `name` means; for NULL the last map of at least half the input's
 * height and width, else the largest. To free(). */
enum ecam_status salience_layer(const struct ecam_model *model, const char *name, char **out,
                                struct ecam_error *err);

#endif /* ECAM_TOOLS_SALIENCE_LAYER_H */
