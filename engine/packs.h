/* SPDX-License-Identifier: BSD-2-Clause
 * Weights in the form that a kernel wants, made once per (node, level, algorithm)
 * and shared by all sessions of a model. */
#ifndef ECAM_PACKS_H
#define ECAM_PACKS_H

#include "engine/graph.h"

struct ecam_packs; /* opaque, locked inside: sessions may be made on many threads */

/* What a packed array was made from. Anything that changes its floats is in here. */
struct ecam_pack_key {
    const struct ecam_node *node, *norm; /* norm: the batch-norm folded in, or NULL */
    enum ecam_isa isa;
    unsigned algorithm; /* the layer's own */
    unsigned part;      /* 0 weight, 1 bias, ... of the layer's choosing */
};

/* The set is borrowed: fill functions drop the pages of what they have read. */
enum ecam_status ecam_packs_new(const struct ecam_weight_set *set, struct ecam_packs **out,
                                struct ecam_error *err);
void ecam_packs_free(struct ecam_packs *packs);

/* Writes the packed floats, all of them. */
typedef void ecam_pack_fn(const void *arg, const struct ecam_weight_set *set, float *out);

/* The n floats of a key, filled now if no session asked before. They live as long
 * as packs. */
enum ecam_status ecam_packs_get(struct ecam_packs *packs, const struct ecam_pack_key *key, size_t n,
                                ecam_pack_fn *fill, const void *arg, const float **out,
                                struct ecam_error *err);

size_t ecam_packs_bytes(struct ecam_packs *packs);

#endif /* ECAM_PACKS_H */
