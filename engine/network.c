/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/network.h"

#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

struct ecam_network *ecam_network_new(void)
{
    return ecam_calloc(1, sizeof(struct ecam_network));
}

static void free_labels(char **labels, size_t n)
{
    if (labels == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        ecam_free(labels[i]);
    ecam_free(labels);
}

void ecam_network_free(struct ecam_network *network)
{
    if (network == NULL)
        return;
    ecam_graph_free(network->graph);
    ecam_weight_set_free(network->weights);
    free_labels(network->labels, network->n_labels);
    for (size_t i = 0; i < network->n_facts; i++) {
        ecam_free(network->facts[i].key);
        ecam_free(network->facts[i].value);
    }
    ecam_free(network->facts);
    ecam_free(network);
}

static struct ecam_fact *find_fact(const struct ecam_network *network, const char *key)
{
    for (size_t i = 0; i < network->n_facts; i++)
        if (strcmp(network->facts[i].key, key) == 0)
            return &network->facts[i];
    return NULL;
}

enum ecam_status ecam_network_set_fact(struct ecam_network *network, const char *key,
                                       const char *value, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct ecam_fact fresh = { .value = ecam_strdup(value) };
    struct ecam_fact *const old = find_fact(network, key);
    if (fresh.value == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "fact '%s'", key);
        goto out;
    }
    if (old != NULL) {
        char *const replaced = old->value;
        old->value = fresh.value;
        fresh.value = replaced;
        goto out;
    }
    void *facts = network->facts;
    const bool has_room = ecam_reserve(&facts, &network->cap_facts, network->n_facts, sizeof fresh);
    network->facts = facts;
    fresh.key = has_room ? ecam_strdup(key) : NULL;
    if (fresh.key == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "fact '%s'", key);
        goto out;
    }
    network->facts[network->n_facts++] = fresh;
    fresh = (struct ecam_fact){ 0 };
out:
    ecam_free(fresh.value);
    return status;
}

const char *ecam_network_fact(const struct ecam_network *network, const char *key)
{
    const struct ecam_fact *const fact = find_fact(network, key);
    return fact == NULL ? NULL : fact->value;
}

enum ecam_status ecam_network_set_labels(struct ecam_network *network, const char *const *labels,
                                         size_t n, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    char **copy = NULL;
    if (n > 0) {
        copy = ecam_calloc(n, sizeof *copy);
        if (copy == NULL) {
            status = ecam_fail(err, ECAM_ERR_NOMEM, "%zu labels", n);
            goto out;
        }
        for (size_t i = 0; i < n; i++) {
            copy[i] = ecam_strdup(labels[i]);
            if (copy[i] == NULL) {
                status = ecam_fail(err, ECAM_ERR_NOMEM, "label %zu of %zu", i, n);
                goto out;
            }
        }
    }
    free_labels(network->labels, network->n_labels);
    network->labels = copy;
    network->n_labels = n;
    copy = NULL;
out:
    free_labels(copy, n);
    return status;
}
