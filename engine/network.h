/* SPDX-License-Identifier: BSD-2-Clause
 * What an importer hands over: graph, weights, and what a prediction needs. */
#ifndef ECAM_NETWORK_H
#define ECAM_NETWORK_H

#include "engine/graph.h"
#include "engine/weight.h"

struct ecam_network {
    struct ecam_graph *graph;
    struct ecam_weight_set *weights;
    struct ecam_preprocess preprocess;
    char **labels; /* n_labels names, or NULL */
    size_t n_labels;
    struct ecam_fact *facts; /* keys of ecam_model_fact(), without "path" */
    size_t n_facts, cap_facts;
};

struct ecam_network *ecam_network_new(void); /* empty; NULL: no memory */
void ecam_network_free(struct ecam_network *network);

/* Sets or replaces a fact. */
enum ecam_status ecam_network_set_fact(struct ecam_network *network, const char *key,
                                       const char *value, struct ecam_error *err);
const char *ecam_network_fact(const struct ecam_network *network, const char *key);

/* Copies n names; replaces what was there. */
enum ecam_status ecam_network_set_labels(struct ecam_network *network, const char *const *labels,
                                         size_t n, struct ecam_error *err);

#endif /* ECAM_NETWORK_H */
