/* SPDX-License-Identifier: BSD-2-Clause
 * The model file's facts, one by one, into a network. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/json_read.h"
#include "weights/model_file.h"

bool ecam_model_file_is(const struct ecam_weight_set *set)
{
    return ecam_weight_set_fact(set, ECAM_KEY_GRAPH) != NULL ||
           ecam_weight_set_fact(set, ECAM_KEY_FORMAT) != NULL;
}

/* Facts that are kept as they stand: the key in the file, the model's key. */
static const struct {
    const char *key, *fact;
} plain_facts[] = {
    { ECAM_KEY_FAMILY, "family" },   { ECAM_KEY_CONVERTER, "converter" },
    { ECAM_KEY_LICENSE, "license" }, { ECAM_KEY_DATA_SHA256, "data_sha256" },
    { ECAM_KEY_LAST, "last" },
};

/* A later version may say more; what it says may matter. */
static enum ecam_status check_keys(const struct ecam_weight_set *set, struct ecam_error *err)
{
    static const char *const known[] = {
        ECAM_KEY_FORMAT,  ECAM_KEY_GRAPH,       ECAM_KEY_PREPROCESS, ECAM_KEY_LABELS,
        ECAM_KEY_LAST,    ECAM_KEY_FAMILY,      ECAM_KEY_SOURCE,     ECAM_KEY_CONVERTER,
        ECAM_KEY_LICENSE, ECAM_KEY_DATA_SHA256,
    };
    const char *const format = ecam_weight_set_fact(set, ECAM_KEY_FORMAT);
    if (format == NULL || strcmp(format, ECAM_MODEL_FILE_FORMAT) != 0)
        return ecam_fail(err, ECAM_ERR_UNSUPPORTED,
                         ECAM_KEY_FORMAT ": '%.32s', this program reads '%s'",
                         format == NULL ? "" : format, ECAM_MODEL_FILE_FORMAT);
    for (size_t i = 0; i < set->n_facts; i++) {
        const char *const key = set->facts[i].key;
        size_t k = 0;
        if (strncmp(key, "eigencam.", 9) != 0)
            continue;
        while (k < ECAM_ARRAY_LEN(known) && strcmp(key, known[k]) != 0)
            k++;
        if (k == ECAM_ARRAY_LEN(known))
            return ecam_fail(err, ECAM_ERR_UNSUPPORTED, "metadata key '%.64s' is not known", key);
        for (size_t j = 0; j < i; j++)
            if (strcmp(set->facts[j].key, key) == 0)
                return ecam_fail(err, ECAM_ERR_FORMAT, "metadata key '%.64s' twice", key);
    }
    return ECAM_OK;
}

/* The fact, which must be there. */
static enum ecam_status need_fact(const struct ecam_weight_set *set, const char *key,
                                  const char **out, struct ecam_error *err)
{
    *out = ecam_weight_set_fact(set, key);
    return *out != NULL ? ECAM_OK
                        : ecam_fail(err, ECAM_ERR_FORMAT, "metadata key '%s' is missing", key);
}

static enum ecam_status read_labels(struct ecam_network *network, const char *json,
                                    const struct ecam_limits *limits, struct ecam_error *err)
{
    cJSON *value = NULL;
    const char **labels = NULL;
    enum ecam_status status = ecam_json_parse(json, ECAM_KEY_LABELS, limits, &value, err);
    if (status != ECAM_OK)
        return status;
    if (!cJSON_IsArray(value)) {
        status = ecam_fail(err, ECAM_ERR_FORMAT, ECAM_KEY_LABELS ": expected an array");
        goto out;
    }
    labels = ecam_calloc((size_t)cJSON_GetArraySize(value), sizeof *labels);
    if (labels == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, ECAM_KEY_LABELS);
        goto out;
    }
    size_t n = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        if (!cJSON_IsString(item) || !ecam_text_is_plain(item->valuestring)) {
            status =
                ecam_fail(err, ECAM_ERR_FORMAT,
                          ECAM_KEY_LABELS ": item %zu is no text, or has control characters", n);
            goto out;
        }
        labels[n++] = item->valuestring;
    }
    status = ecam_network_set_labels(network, labels, n, err);
out:
    ecam_free(labels);
    cJSON_Delete(value);
    return status;
}

static bool is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static enum ecam_status read_source(struct ecam_network *network, const char *json,
                                    const struct ecam_limits *limits, struct ecam_error *err)
{
    enum { FILE_NAME, SHA256, N_KEYS };
    static const char *const keys[] = { "file", "sha256" };
    const cJSON *field[N_KEYS];
    cJSON *value = NULL;
    enum ecam_status status = ecam_json_parse(json, ECAM_KEY_SOURCE, limits, &value, err);
    if (status != ECAM_OK)
        return status;
    status = ecam_json_fields(value, ECAM_KEY_SOURCE, keys, N_KEYS, field, err);
    if (status != ECAM_OK)
        goto out;
    if (!cJSON_IsString(field[FILE_NAME]) || !ecam_text_is_plain(field[FILE_NAME]->valuestring)) {
        status = ecam_fail(err, ECAM_ERR_FORMAT, ECAM_KEY_SOURCE ": needs a 'file'");
        goto out;
    }
    if (field[SHA256] != NULL &&
        (!cJSON_IsString(field[SHA256]) || !is_sha256(field[SHA256]->valuestring))) {
        status = ecam_fail(err, ECAM_ERR_FORMAT,
                           ECAM_KEY_SOURCE ": 'sha256' is not 64 hexadecimal digits");
        goto out;
    }
    status = ecam_network_set_fact(network, "source", field[FILE_NAME]->valuestring, err);
    if (status == ECAM_OK && field[SHA256] != NULL)
        status = ecam_network_set_fact(network, "source_sha256", field[SHA256]->valuestring, err);
out:
    cJSON_Delete(value);
    return status;
}

static enum ecam_status read_plain_facts(struct ecam_network *network,
                                         const struct ecam_weight_set *set, struct ecam_error *err)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(plain_facts); i++) {
        const char *const value = ecam_weight_set_fact(set, plain_facts[i].key);
        if (value == NULL)
            continue;
        if (!ecam_text_is_plain(value))
            return ecam_fail(err, ECAM_ERR_FORMAT, "%s: has control characters",
                             plain_facts[i].key);
        const enum ecam_status status =
            ecam_network_set_fact(network, plain_facts[i].fact, value, err);
        if (status != ECAM_OK)
            return status;
    }
    const char *const hash = ecam_network_fact(network, "data_sha256");
    if (hash != NULL && !is_sha256(hash))
        return ecam_fail(err, ECAM_ERR_FORMAT, ECAM_KEY_DATA_SHA256 ": not 64 hexadecimal digits");
    return ECAM_OK;
}

static enum ecam_status read_network(struct ecam_network *network,
                                     const struct ecam_weight_set *set,
                                     const struct ecam_limits *limits, struct ecam_error *err)
{
    const char *graph = NULL, *pre = NULL, *last = NULL;
    enum ecam_status status = check_keys(set, err);
    if (status == ECAM_OK)
        status = need_fact(set, ECAM_KEY_GRAPH, &graph, err);
    if (status == ECAM_OK)
        status = need_fact(set, ECAM_KEY_PREPROCESS, &pre, err);
    if (status == ECAM_OK)
        status = need_fact(set, ECAM_KEY_LAST, &last, err);
    if (status == ECAM_OK)
        status = ecam_model_file_read_graph(graph, set, limits, &network->graph, err);
    if (status != ECAM_OK)
        return status;
    network->graph->last = ecam_graph_find(network->graph, last);
    if (network->graph->last == ECAM_NO_NODE)
        return ecam_fail(err, ECAM_ERR_FORMAT, ECAM_KEY_LAST ": '%.64s' is no layer", last);
    status = ecam_graph_check(network->graph, err);
    if (status == ECAM_OK)
        status = ecam_model_file_read_preprocess(pre, limits, &network->preprocess, err);
    const char *const labels = ecam_weight_set_fact(set, ECAM_KEY_LABELS);
    const char *const source = ecam_weight_set_fact(set, ECAM_KEY_SOURCE);
    if (status == ECAM_OK && labels != NULL)
        status = read_labels(network, labels, limits, err);
    if (status == ECAM_OK && source != NULL)
        status = read_source(network, source, limits, err);
    if (status == ECAM_OK)
        status = read_plain_facts(network, set, err);
    if (status == ECAM_OK)
        status = ecam_network_set_fact(network, "format", "Eigencam model file", err);
    return status;
}

enum ecam_status ecam_model_file_read(const struct ecam_weight_set *set,
                                      const struct ecam_limits *limits, struct ecam_network **out,
                                      struct ecam_error *err)
{
    struct ecam_network *network = ecam_network_new();
    if (network == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "network");
    const enum ecam_status status = read_network(network, set, limits, err);
    if (status == ECAM_OK)
        *out = network;
    else
        ecam_network_free(network);
    return status;
}
