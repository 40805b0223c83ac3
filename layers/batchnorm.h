/* SPDX-License-Identifier: BSD-2-Clause
 * Batch normalisation with running statistics: a scale and a shift a channel.
 *     y = (x - mean) / sqrt(var + eps) * weight + bias */
#ifndef ECAM_LAYER_BATCHNORM_H
#define ECAM_LAYER_BATCHNORM_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_batchnorm;

/* Channels of a resolved batchnorm node. */
size_t ecam_batchnorm_channels(const struct ecam_node *node);

/* Scales, then shifts, as floats: [2][channels rounded up to whole blocks], zeros in
 * lanes that have no channel. */
enum ecam_status ecam_batchnorm_pack(const struct ecam_node *node, struct ecam_packs *packs,
                                     const float **out, struct ecam_error *err);

/* y = x * scale[c] + shift[c], in double: whoever folds it into weights rounds once. */
void ecam_batchnorm_affine(const struct ecam_node *node, size_t c, double *scale, double *shift);

#endif /* ECAM_LAYER_BATCHNORM_H */
