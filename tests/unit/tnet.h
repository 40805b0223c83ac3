/* SPDX-License-Identifier: BSD-2-Clause
 * Small networks with random weights, built in memory, for tests of the engine. */
#ifndef ECAM_TNET_H
#define ECAM_TNET_H

#include "engine/model.h"

struct tnet {
    struct ecam_model *model; /* complete after tnet_finish(); tnet_free() */
    uint64_t rng;
};

struct tnet tnet_new(size_t channels, size_t size); /* input: channels x size x size */
void tnet_free(struct tnet *net);

float tnet_random(struct tnet *net); /* -1..1, the same sequence every time */

/* Appends a node; a weight of a role gets random values around `middle`. */
uint32_t tnet_add(struct tnet *net, const char *kind, const char *name, size_t n_inputs,
                  const uint32_t *inputs);
void tnet_ints(struct tnet *net, uint32_t node, const char *key, size_t n, const int64_t *value);
void tnet_weight(struct tnet *net, uint32_t node, const char *role, float middle, uint32_t rank,
                 const size_t *dim);

/* Conv, its batch-norm, its ReLU: "NAME.conv", "NAME.bn", "NAME.relu". */
uint32_t tnet_conv_bn_relu(struct tnet *net, const char *name, uint32_t in, size_t in_c,
                           size_t out_c, size_t k, int64_t stride);

/* Seals weights, points the graph's output and last at nodes, resolves. */
enum ecam_status tnet_finish(struct tnet *net, uint32_t output, uint32_t last,
                             struct ecam_error *err);

/* A residual network with every trap for a plan: folds, a shared input, a view, an
 * in-place candidate that must not be one, concat, two heads.
 * conv1 -> block (two convs, add) -> relu -> concat of two branches -> pool -> fc */
struct tnet tnet_small(void);

#endif /* ECAM_TNET_H */
