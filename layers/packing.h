/* SPDX-License-Identifier: BSD-2-Clause
 * What layers with large weights share: floats in place where they can be, copied
 * with bounded memory where not. */
#ifndef ECAM_LAYER_PACKING_H
#define ECAM_LAYER_PACKING_H

#include "engine/layer.h"
#include "engine/packs.h"

/* Row-major weights and bias of a step whose layer reads them as they are: step->weight
 * from the file in place if that is possible, float16 ones in step->half instead; else a
 * copy as floats in packs. step->bias likewise, but always as floats, NULL where there
 * is none. */
enum ecam_status ecam_pack_plain(struct ecam_step *step, const struct ecam_weight *weight,
                                 const struct ecam_weight *bias, struct ecam_packs *packs,
                                 struct ecam_error *err);

/* One weight as floats, in place or from packs: part `part` of the step's. NULL in *out
 * where weight is NULL. */
enum ecam_status ecam_pack_floats(const struct ecam_step *step, const struct ecam_weight *weight,
                                  unsigned part, struct ecam_packs *packs, const float **out,
                                  struct ecam_error *err);

#endif /* ECAM_LAYER_PACKING_H */
