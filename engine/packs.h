/* SPDX-License-Identifier: BSD-2-Clause
 * Weights in the form that a kernel wants, made once per (node, level, algorithm)
 * and shared by all sessions of a model. They live as long as it. */
#ifndef ECAM_PACKS_H
#define ECAM_PACKS_H

#include "engine/graph.h"
#include "engine/pool.h"

struct ecam_packs; /* opaque; sessions may be made on many threads */

/* What a packed array was made from. Anything that changes its floats is in here. */
struct ecam_pack_key {
    const struct ecam_node *node;
    struct ecam_norms norms; /* folded in */
    enum ecam_isa isa;
    unsigned algorithm; /* the layer's own */
    unsigned part;      /* 0 weight, 1 bias, ... of the layer's choosing */
};

/* The set is borrowed: fill functions drop the pages of what they have read. */
enum ecam_status ecam_packs_new(const struct ecam_weight_set *set, struct ecam_packs **out,
                                struct ecam_error *err);
void ecam_packs_free(struct ecam_packs *packs);

/* Writes the part of the packed floats that is task number `task`. */
typedef void ecam_pack_fn(const void *arg, const struct ecam_weight_set *set, size_t task,
                          float *out);

struct ecam_pack_job {
    struct ecam_pack_key key;
    size_t n;       /* floats, which all tasks together write */
    size_t n_tasks; /* that may run side by side, >= 1 */
    ecam_pack_fn *fill;
    const void *arg; /* copied: arg_bytes of at most ECAM_PACK_ARG */
    size_t arg_bytes;
    /* Read from end to end: its file pages are dropped behind the last task. NULL: a
     * fill function that drops what it has read itself, or nothing of size. */
    const struct ecam_weight *source;
};

#define ECAM_PACK_ARG 96

/* A session asks for all of its packs between begin and finish, which fills those that
 * no session asked for before, all in one round of the pool. Another session waits in
 * begin meanwhile, instead of making the same floats twice. */
void ecam_packs_begin(struct ecam_packs *packs);
enum ecam_status ecam_packs_get(struct ecam_packs *packs, const struct ecam_pack_job *job,
                                const float **out, struct ecam_error *err);
void ecam_packs_finish(struct ecam_packs *packs, struct ecam_pool *pool);

size_t ecam_packs_bytes(struct ecam_packs *packs);

#endif /* ECAM_PACKS_H */
