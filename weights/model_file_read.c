/* SPDX-License-Identifier: BSD-2-Clause
 * From the facts of a model file to a network. The file is a stranger's: every text
 * is bounded, every key known, every name an earlier node's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/json_read.h"
#include "weights/model_file.h"

#define MAX_PLACE 128 /* bytes of a node's name in messages */
#define MAX_KEYS 32   /* attributes or weights of a node; the checks for repeats are quadratic */

static bool is_text(const cJSON *value)
{
    return cJSON_IsString(value) && value->valuestring != NULL;
}

/* ---- Graph ---- */

/* What the steps of reading a graph share. */
struct reading {
    const struct ecam_weight_set *set;
    const struct ecam_limits *limits;
    struct ecam_graph *graph;
    struct ecam_error *err;
    uint32_t *inputs; /* of the node at hand */
    size_t cap_inputs;
};

static enum ecam_status read_inputs(struct reading *r, const char *place, const cJSON *list,
                                    size_t *n)
{
    *n = 0;
    if (list == NULL)
        return ECAM_OK;
    if (!cJSON_IsArray(list))
        return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: 'inputs' is no array", place);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        void *inputs = r->inputs;
        const bool has_room = ecam_reserve(&inputs, &r->cap_inputs, *n, sizeof *r->inputs);
        r->inputs = inputs;
        if (!has_room)
            return ecam_fail(r->err, ECAM_ERR_NOMEM, "%s: inputs", place);
        const uint32_t node =
            is_text(item) ? ecam_graph_find(r->graph, item->valuestring) : ECAM_NO_NODE;
        if (node == ECAM_NO_NODE)
            return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: input '%.64s' is no earlier node", place,
                             is_text(item) ? item->valuestring : "(no text)");
        r->inputs[(*n)++] = node;
    }
    return ECAM_OK;
}

static enum ecam_status read_ints(struct reading *r, uint32_t node, const char *place,
                                  const cJSON *list)
{
    int64_t value[ECAM_MAX_ATTR_VALUES];
    size_t n = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (n == ECAM_MAX_ATTR_VALUES)
            return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: attribute '%.32s': more than %d values",
                             place, list->string, ECAM_MAX_ATTR_VALUES);
        if (!ecam_json_int(item, INT64_MIN, INT64_MAX, &value[n++]))
            return ecam_fail(r->err, ECAM_ERR_FORMAT,
                             "%s: attribute '%.32s': value %zu is no whole number", place,
                             list->string, n - 1);
    }
    return ecam_graph_set_ints(r->graph, node, list->string, value, n, r->err);
}

static enum ecam_status read_attrs(struct reading *r, uint32_t node, const char *place,
                                   const cJSON *attrs)
{
    if (attrs == NULL)
        return ECAM_OK;
    if (!cJSON_IsObject(attrs) || cJSON_GetArraySize(attrs) > MAX_KEYS)
        return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: 'attrs' is no object of %d keys at most",
                         place, MAX_KEYS);
    const cJSON *attr;
    cJSON_ArrayForEach(attr, attrs)
    {
        enum ecam_status status;
        if (ecam_node_attr(&r->graph->nodes[node], attr->string) != NULL)
            status = ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: attribute '%.32s' twice", place,
                               attr->string);
        else if (cJSON_IsArray(attr))
            status = read_ints(r, node, place, attr);
        else if (cJSON_IsNumber(attr))
            status = ecam_graph_set_real(r->graph, node, attr->string, attr->valuedouble, r->err);
        else
            status = ecam_fail(r->err, ECAM_ERR_FORMAT,
                               "%s: attribute '%.32s' is neither a number nor an array", place,
                               attr->string);
        if (status != ECAM_OK)
            return status;
    }
    return ECAM_OK;
}

static enum ecam_status read_weights(struct reading *r, uint32_t node, const char *place,
                                     const cJSON *roles)
{
    if (roles == NULL)
        return ECAM_OK;
    if (!cJSON_IsObject(roles) || cJSON_GetArraySize(roles) > MAX_KEYS)
        return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: 'weights' is no object of %d keys at most",
                         place, MAX_KEYS);
    const cJSON *role;
    cJSON_ArrayForEach(role, roles)
    {
        const struct ecam_weight *const w =
            is_text(role) ? ecam_weight_set_find(r->set, role->valuestring) : NULL;
        if (w == NULL)
            return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: weight '%.100s' is not in the file",
                             place, is_text(role) ? role->valuestring : "(no text)");
        if (!ecam_weight_is_float(w))
            return ecam_fail(r->err, ECAM_ERR_FORMAT,
                             "%s: weight '%.100s' is %s, expected floating point", place, w->name,
                             ecam_dtype_name(w->dtype));
        if (ecam_node_weight(&r->graph->nodes[node], role->string) != NULL)
            return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: weight role '%.32s' twice", place,
                             role->string);
        const enum ecam_status status =
            ecam_graph_set_weight(r->graph, node, role->string, w, r->err);
        if (status != ECAM_OK)
            return status;
    }
    return ECAM_OK;
}

static enum ecam_status read_node(struct reading *r, const cJSON *item)
{
    enum { NAME, KIND, INPUTS, ATTRS, WEIGHTS, N_KEYS };
    static const char *const keys[] = { "name", "kind", "inputs", "attrs", "weights" };
    const cJSON *field[N_KEYS];
    char place[MAX_PLACE];
    snprintf(place, sizeof place, ECAM_KEY_GRAPH ": node %zu", r->graph->n_nodes);
    enum ecam_status status = ecam_json_fields(item, place, keys, N_KEYS, field, r->err);
    if (status != ECAM_OK)
        return status;
    if (!is_text(field[NAME]) || !is_text(field[KIND]))
        return ecam_fail(r->err, ECAM_ERR_FORMAT, "%s: needs a 'name' and a 'kind'", place);
    snprintf(place, sizeof place, ECAM_KEY_GRAPH ": node '%.64s'", field[NAME]->valuestring);
    if (r->graph->n_nodes >= r->limits->max_tensors)
        return ecam_fail(r->err, ECAM_ERR_LIMIT, "%s: more nodes than the limit of %lu", place,
                         (unsigned long)r->limits->max_tensors);
    size_t n = 0;
    uint32_t node = 0;
    status = read_inputs(r, place, field[INPUTS], &n);
    if (status == ECAM_OK)
        status = ecam_graph_add(r->graph, field[KIND]->valuestring, field[NAME]->valuestring,
                                r->inputs, n, &node, r->err);
    if (status == ECAM_OK)
        status = read_attrs(r, node, place, field[ATTRS]);
    if (status == ECAM_OK)
        status = read_weights(r, node, place, field[WEIGHTS]);
    return status;
}

static enum ecam_status read_aliases(struct reading *r, const cJSON *aliases)
{
    if (aliases == NULL)
        return ECAM_OK;
    if (!cJSON_IsObject(aliases))
        return ecam_fail(r->err, ECAM_ERR_FORMAT, ECAM_KEY_GRAPH ": 'aliases' is no object");
    /* Looked up among the nodes alone: an alias of an alias would depend on order. */
    const cJSON *item;
    cJSON_ArrayForEach(item, aliases)
    {
        const uint32_t node =
            is_text(item) ? ecam_graph_find(r->graph, item->valuestring) : ECAM_NO_NODE;
        if (node == ECAM_NO_NODE || strcmp(r->graph->nodes[node].name, item->valuestring) != 0)
            return ecam_fail(r->err, ECAM_ERR_FORMAT,
                             ECAM_KEY_GRAPH ": alias '%.64s' is of no node", item->string);
        if (ecam_graph_find(r->graph, item->string) != ECAM_NO_NODE)
            return ecam_fail(r->err, ECAM_ERR_FORMAT,
                             ECAM_KEY_GRAPH ": alias '%.64s': the name is taken", item->string);
        if (r->graph->n_aliases >= r->limits->max_tensors)
            return ecam_fail(r->err, ECAM_ERR_LIMIT,
                             ECAM_KEY_GRAPH ": more aliases than the limit of %lu",
                             (unsigned long)r->limits->max_tensors);
        const enum ecam_status status = ecam_graph_alias(r->graph, item->string, node, r->err);
        if (status != ECAM_OK)
            return status;
    }
    return ECAM_OK;
}

static enum ecam_status read_whole_graph(struct reading *r, const cJSON *json)
{
    enum { NODES, ALIASES, OUTPUT, N_KEYS };
    static const char *const keys[] = { "nodes", "aliases", "output" };
    const cJSON *field[N_KEYS], *item;
    enum ecam_status status = ecam_json_fields(json, ECAM_KEY_GRAPH, keys, N_KEYS, field, r->err);
    if (status != ECAM_OK)
        return status;
    if (!cJSON_IsArray(field[NODES]) || !is_text(field[OUTPUT]))
        return ecam_fail(r->err, ECAM_ERR_FORMAT,
                         ECAM_KEY_GRAPH ": needs an array 'nodes' and an 'output'");
    cJSON_ArrayForEach(item, field[NODES])
    {
        status = read_node(r, item);
        if (status != ECAM_OK)
            return status;
    }
    r->graph->output = ecam_graph_find(r->graph, field[OUTPUT]->valuestring);
    if (r->graph->output == ECAM_NO_NODE)
        return ecam_fail(r->err, ECAM_ERR_FORMAT, ECAM_KEY_GRAPH ": output '%.64s' is no node",
                         field[OUTPUT]->valuestring);
    return read_aliases(r, field[ALIASES]);
}

enum ecam_status ecam_model_file_read_graph(const char *json, const struct ecam_weight_set *set,
                                            const struct ecam_limits *limits,
                                            struct ecam_graph **out, struct ecam_error *err)
{
    struct reading r = { .set = set, .limits = limits, .err = err };
    cJSON *value = NULL;
    enum ecam_status status = ecam_json_parse(json, ECAM_KEY_GRAPH, limits, &value, err);
    if (status != ECAM_OK)
        return status;
    r.graph = ecam_graph_new();
    if (r.graph == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, ECAM_KEY_GRAPH);
        goto out;
    }
    status = read_whole_graph(&r, value);
    if (status != ECAM_OK)
        goto out;
    *out = r.graph;
    r.graph = NULL;
out:
    cJSON_Delete(value);
    ecam_free(r.inputs);
    ecam_graph_free(r.graph);
    return status;
}

/* ---- Preprocessing ---- */

/* An array of exactly n numbers of 0 to 2^31 - 1. */
static bool read_sizes(const cJSON *list, uint32_t *out, int n)
{
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n)
        return false;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        int64_t value;
        if (!ecam_json_int(item, 0, INT32_MAX, &value))
            return false;
        *out++ = (uint32_t)value;
    }
    return true;
}

static bool read_floats(const cJSON *list, float out[3])
{
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != 3)
        return false;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= 1e30))
            return false;
        *out++ = (float)item->valuedouble;
    }
    return true;
}

/* The index of a word in a list; false where it is none of them. */
static bool read_word(const cJSON *value, const char *const *words, size_t n, size_t *out)
{
    for (size_t i = 0; is_text(value) && i < n; i++)
        if (strcmp(value->valuestring, words[i]) == 0) {
            *out = i;
            return true;
        }
    return false;
}

/* The key whose value does not read, or NULL. */
static const char *read_preprocess(const cJSON *const *field, const char *const *keys,
                                   struct ecam_preprocess *pre)
{
    enum { RESIZE, SIZE, FILTER, CROP, CHANNELS, SCALE, MEAN, STD };
    static const char *const resizes[] = { "none", "short", "squash" },
                             *const filters[] = { "bilinear", "bicubic" },
                             *const orders[] = { "rgb", "bgr" };
    size_t resize, filter, order;
    uint32_t size[2] = { 0, 0 }, crop[2] = { 0, 0 };
    if (!read_word(field[RESIZE], resizes, ECAM_ARRAY_LEN(resizes), &resize))
        return keys[RESIZE];
    /* "short" has one size, "squash" two: as many as its place in the list. */
    if (resize == ECAM_RESIZE_NONE ? field[SIZE] != NULL
                                   : !read_sizes(field[SIZE], size, (int)resize))
        return keys[SIZE];
    if (!read_word(field[FILTER], filters, ECAM_ARRAY_LEN(filters), &filter))
        return keys[FILTER];
    if (field[CROP] != NULL && !read_sizes(field[CROP], crop, 2))
        return keys[CROP];
    if (!read_word(field[CHANNELS], orders, ECAM_ARRAY_LEN(orders), &order))
        return keys[CHANNELS];
    if (!cJSON_IsNumber(field[SCALE]) || !(fabs(field[SCALE]->valuedouble) <= 1e30))
        return keys[SCALE];
    *pre = (struct ecam_preprocess){
        .resize = (enum ecam_resize)resize,
        .filter = (enum ecam_filter)filter,
        .resize_h = size[0],
        .resize_w = size[1],
        .crop_h = crop[0],
        .crop_w = crop[1],
        .is_bgr = (uint32_t)order,
        .scale = (float)field[SCALE]->valuedouble,
    };
    if (!read_floats(field[MEAN], pre->mean))
        return keys[MEAN];
    return read_floats(field[STD], pre->std) ? NULL : keys[STD];
}

enum ecam_status ecam_model_file_read_preprocess(const char *json, const struct ecam_limits *limits,
                                                 struct ecam_preprocess *out,
                                                 struct ecam_error *err)
{
    static const char *const keys[] = { "resize",   "size",  "filter", "crop",
                                        "channels", "scale", "mean",   "std" };
    const cJSON *field[ECAM_ARRAY_LEN(keys)];
    struct ecam_preprocess pre;
    cJSON *value = NULL;
    enum ecam_status status = ecam_json_parse(json, ECAM_KEY_PREPROCESS, limits, &value, err);
    if (status != ECAM_OK)
        return status;
    status = ecam_json_fields(value, ECAM_KEY_PREPROCESS, keys, ECAM_ARRAY_LEN(keys), field, err);
    if (status != ECAM_OK)
        goto out;
    const char *const bad = read_preprocess(field, keys, &pre);
    const char *const fault = bad == NULL ? ecam_preprocess_fault(&pre) : NULL;
    if (bad != NULL)
        status = ecam_fail(err, ECAM_ERR_FORMAT,
                           ECAM_KEY_PREPROCESS ": '%s' is missing or not what it must be", bad);
    else if (fault != NULL)
        status = ecam_fail(err, ECAM_ERR_FORMAT, ECAM_KEY_PREPROCESS ": %s", fault);
    else
        *out = pre;
out:
    cJSON_Delete(value);
    return status;
}
