/* SPDX-License-Identifier: BSD-2-Clause
 * A scale and a shift a channel: batch normalisation with running statistics,
 *     y = (x - mean) / sqrt(var + eps) * weight + bias
 * and `scale`, y = x * weight + bias. Both are called norms where they are folded into
 * what stands before or behind them. */
#ifndef ECAM_LAYER_AFFINE_H
#define ECAM_LAYER_AFFINE_H

#include "engine/layer.h"

extern const struct ecam_layer_ops ecam_layer_batchnorm, ecam_layer_scale;

/* Puts a node behind the norms of a step of so many channels. False, and nothing done,
 * where it is none, has other channels, or there is no room. */
bool ecam_absorb_norm(struct ecam_norms *norms, size_t channels, const struct ecam_node *next);

/* Scales, then shifts, as floats: [2][channels rounded up to whole blocks], zeros in
 * lanes that have no channel. */
enum ecam_status ecam_norms_pack(const struct ecam_norms *norms, struct ecam_packs *packs,
                                 const float **out, struct ecam_error *err);

/* y = x * scale + shift for channel c, one norm behind the other, in double: whoever
 * folds it into weights rounds once. */
void ecam_norms_affine(const struct ecam_norms *norms, size_t c, double *scale, double *shift);

#endif /* ECAM_LAYER_AFFINE_H */
