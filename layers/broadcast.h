/* SPDX-License-Identifier: BSD-2-Clause
 * Two operands element by element, each stretched along axes on which it has size 1, as
 * NumPy does: what arithmetic of two values comes to, and of a value and a weight. */
#ifndef ECAM_LAYER_BROADCAST_H
#define ECAM_LAYER_BROADCAST_H

#include "engine/layer.h"
#include "layers/kernels/kernels.h"

/* Where an operand lies: in the output's layout if it has rank 4 and is no weight, else
 * plain. */
struct ecam_side {
    const float *p;
    const struct ecam_shape *shape;
    size_t image;   /* floats from one image to the next, of a blocked one */
    bool is_weight; /* plain, and not a value of the network */
};

/* Shape of the two together. */
enum ecam_status ecam_broadcast_infer(const struct ecam_node *node, const struct ecam_shape *in,
                                      struct ecam_shape *out, struct ecam_error *err);

/* Whether the operand of a blocked output can be read as it lies: it has all of its
 * elements, one for each channel (of each image), or one. */
bool ecam_broadcast_in_blocks(const struct ecam_shape *operand, const struct ecam_shape *out);

/* y = a op b, and step->relu, into step->out. */
void ecam_broadcast_run(const struct ecam_step *step, enum ecam_binary_op op,
                        const struct ecam_side side[2], struct ecam_pool *pool);

#endif /* ECAM_LAYER_BROADCAST_H */
