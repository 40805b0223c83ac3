/* SPDX-License-Identifier: BSD-2-Clause
 * Writes a family down as straight-line code: each call appends a node, takes the
 * weights of that name from the set, and checks that they fit the layer before.
 *
 *     x = ecam_build_conv(b, x, "conv1", (struct ecam_build_conv){ .kernel = 7, .stride = 2 });
 *     x = ecam_build_relu(b, x, "relu");
 *
 * Failure is sticky: after the first one every call does nothing and gives node 0,
 * and ecam_build_end() tells it. */
#ifndef ECAM_BUILDER_H
#define ECAM_BUILDER_H

#include "engine/common.h"
#include "engine/graph.h"
#include "engine/weight.h"

#define ECAM_BUILD_NAME 256 /* bytes of a name with its scope */

struct ecam_build_extent; /* what is known of a node's value: builder.c */

struct ecam_build {
    const struct ecam_weight_set *set;
    struct ecam_graph *graph;
    struct ecam_error *err;
    enum ecam_status status;
    const char *prefix;          /* before every weight's name in the set: "module." */
    char scope[ECAM_BUILD_NAME]; /* before every name given here: "layer1.0." */
    char name[ECAM_BUILD_NAME];  /* ecam_build_name()'s last result */
    struct ecam_build_extent *extents;
    size_t cap_extents;
    bool *is_used; /* of each weight of the set */
};

/* The set must be sealed; set and prefix stay the caller's. */
enum ecam_status ecam_build_begin(struct ecam_build *b, const struct ecam_weight_set *set,
                                  const char *prefix, struct ecam_error *err);

/* Ends the work: checks the graph and that no float weight of the network's own
 * modules was left over, hands the graph over on ECAM_OK, frees the rest. */
enum ecam_status ecam_build_end(struct ecam_build *b, struct ecam_graph **out);

/* ---- Names ---- */

/* Names given from here on are inside "FMT."; returns what ecam_build_leave() wants. */
size_t ecam_build_enter(struct ecam_build *b, const char *fmt, ...) ECAM_PRINTF(2, 3);
void ecam_build_leave(struct ecam_build *b, size_t outer);

/* A name made from numbers, valid until the next call of this function. */
const char *ecam_build_name(struct ecam_build *b, const char *fmt, ...) ECAM_PRINTF(2, 3);

/* The weight of a name in the scope; NULL where there is none. Nothing fails. */
const struct ecam_weight *ecam_build_peek(const struct ecam_build *b, const char *fmt, ...)
    ECAM_PRINTF(2, 3);

/* Dimension `axis` of a weight, 0 where it has none. */
size_t ecam_build_dim(const struct ecam_build *b, const char *name, size_t axis);

/* Fails for a reason that the family knows, ECAM_ERR_FORMAT. */
void ecam_build_fail(struct ecam_build *b, const char *fmt, ...) ECAM_PRINTF(2, 3);

/* ---- Nodes ---- */

/* The input node; channels are those that the weight `first` convolves. */
uint32_t ecam_build_input(struct ecam_build *b, const char *first);

struct ecam_build_conv {
    size_t kernel;   /* sides that the weight must have */
    size_t stride;   /* 0: 1 */
    size_t pad;      /* on every side */
    bool has_bias;   /* a missing bias is an error; else it is used if it is there */
    bool is_grouped; /* groups follow from the channels; else there is one */
    const char *key; /* weights under another name than the node */
};
uint32_t ecam_build_conv(struct ecam_build *b, uint32_t x, const char *name,
                         struct ecam_build_conv options);

struct ecam_build_norm {
    double eps;      /* 0: 1e-5 */
    const char *key; /* weights under another name than the node */
};
uint32_t ecam_build_norm(struct ecam_build *b, uint32_t x, const char *name,
                         struct ecam_build_norm options);

struct ecam_build_pool {
    size_t kernel, stride, pad; /* stride 0: as kernel */
    bool is_ceil;
};
uint32_t ecam_build_maxpool(struct ecam_build *b, uint32_t x, const char *name,
                            struct ecam_build_pool options);
uint32_t ecam_build_avgpool(struct ecam_build *b, uint32_t x, const char *name,
                            struct ecam_build_pool options);
uint32_t ecam_build_global_pool(struct ecam_build *b, uint32_t x, const char *name);
uint32_t ecam_build_adaptive_pool(struct ecam_build *b, uint32_t x, const char *name, size_t side);

uint32_t ecam_build_relu(struct ecam_build *b, uint32_t x, const char *name);
uint32_t ecam_build_flatten(struct ecam_build *b, uint32_t x, const char *name);
uint32_t ecam_build_dropout(struct ecam_build *b, uint32_t x, const char *name);

/* A missing bias is an error. */
uint32_t ecam_build_dense(struct ecam_build *b, uint32_t x, const char *name);

uint32_t ecam_build_add(struct ecam_build *b, uint32_t x, uint32_t y, const char *name);
uint32_t ecam_build_concat(struct ecam_build *b, const uint32_t *inputs, size_t n,
                           const char *name);

/* Zero channels before and after. */
uint32_t ecam_build_pad_channels(struct ecam_build *b, uint32_t x, const char *name, size_t before,
                                 size_t after);

/* ---- The rest ---- */

/* Another name for x; moves if it is there already. */
void ecam_build_alias(struct ecam_build *b, uint32_t x, const char *fmt, ...) ECAM_PRINTF(3, 4);

/* Channels of a value, 0 where unknown. */
size_t ecam_build_channels(const struct ecam_build *b, uint32_t x);

/* What the network returns, and the default tap, by node or alias. */
void ecam_build_output(struct ecam_build *b, uint32_t x);
void ecam_build_last(struct ecam_build *b, const char *name);

#endif /* ECAM_BUILDER_H */
