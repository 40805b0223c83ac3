/* SPDX-License-Identifier: BSD-2-Clause
 * Building a graph and finding names in it.
 *
 * Names are kept in one sorted index of nodes and aliases: lookups cost log n
 * comparisons whatever a hostile file chose as names, which a hash would not
 * promise; inserting moves four bytes a name. */
#include "engine/graph.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"

/* Index entries: node number, or alias number with this bit. */
#define IS_ALIAS 0x80000000u

struct ecam_graph *ecam_graph_new(void)
{
    struct ecam_graph *graph = ecam_calloc(1, sizeof *graph);
    if (graph != NULL)
        graph->output = graph->last = ECAM_NO_NODE;
    return graph;
}

static void free_node(struct ecam_node *node)
{
    ecam_free(node->name);
    ecam_free(node->inputs);
    ecam_free(node->attrs);
    ecam_free(node->roles);
    ecam_free(node->params);
    ecam_free(node->reason);
}

void ecam_graph_free(struct ecam_graph *graph)
{
    if (graph == NULL)
        return;
    for (size_t i = 0; i < graph->n_nodes; i++)
        free_node(&graph->nodes[i]);
    for (size_t i = 0; i < graph->n_aliases; i++)
        ecam_free(graph->aliases[i].name);
    ecam_free(graph->nodes);
    ecam_free(graph->aliases);
    ecam_free(graph->index);
    ecam_free(graph);
}

/* ---- Names ---- */

static const char *entry_name(const struct ecam_graph *graph, uint32_t entry)
{
    return entry & IS_ALIAS ? graph->aliases[entry & ~IS_ALIAS].name : graph->nodes[entry].name;
}

/* The place of a name in the index, and whether it is there. */
static size_t index_place(const struct ecam_graph *graph, const char *name, bool *found)
{
    size_t low = 0, high = graph->n_index;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = strcmp(entry_name(graph, graph->index[mid]), name);
        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *found = false;
    return low;
}

/* Room in the index is reserved beforehand. */
static void index_insert(struct ecam_graph *graph, size_t place, uint32_t entry)
{
    uint32_t *at = graph->index + place;
    memmove(at + 1, at, (graph->n_index - place) * sizeof *at);
    *at = entry;
    graph->n_index++;
}

static bool index_reserve(struct ecam_graph *graph)
{
    void *items = graph->index;
    const bool ok = ecam_reserve(&items, &graph->cap_index, graph->n_index, sizeof *graph->index);
    graph->index = items;
    return ok;
}

uint32_t ecam_graph_find(const struct ecam_graph *graph, const char *name)
{
    bool found;
    const size_t place = index_place(graph, name, &found);
    if (!found)
        return ECAM_NO_NODE;
    const uint32_t entry = graph->index[place];
    return entry & IS_ALIAS ? graph->aliases[entry & ~IS_ALIAS].node : entry;
}

static bool is_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return *name != '\0';
}

static enum ecam_status check_name(const char *name, struct ecam_error *err)
{
    if (is_name(name))
        return ECAM_OK;
    return ecam_fail(err, ECAM_ERR_FORMAT, "graph: name '%s': empty, or with control characters",
                     name);
}

/* ---- Nodes ---- */

/* Copies a short word into a field of a struct. */
static enum ecam_status copy_word(char *to, size_t size, const char *word, const char *what,
                                  const char *node, struct ecam_error *err)
{
    const size_t len = strlen(word);
    if (len == 0 || len >= size || !is_name(word))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "node '%s': %s '%s': expected 1 to %zu printable characters", node, what,
                         word, size - 1);
    memcpy(to, word, len + 1);
    return ECAM_OK;
}

enum ecam_status ecam_graph_add(struct ecam_graph *graph, const char *kind, const char *name,
                                const uint32_t *inputs, size_t n_inputs, uint32_t *out,
                                struct ecam_error *err)
{
    struct ecam_node node = { 0 };
    enum ecam_status status = check_name(name, err);
    if (status == ECAM_OK)
        status = copy_word(node.kind, sizeof node.kind, kind, "kind", name, err);
    if (status != ECAM_OK)
        return status;
    bool found;
    const size_t place = index_place(graph, name, &found);
    if (found)
        return ecam_fail(err, ECAM_ERR_FORMAT, "node '%s': the name is taken", name);
    for (size_t i = 0; i < n_inputs; i++)
        if (inputs[i] >= graph->n_nodes)
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "node '%s': input %zu is node %lu, only %zu come before", name, i,
                             (unsigned long)inputs[i], graph->n_nodes);
    if (graph->n_nodes >= IS_ALIAS - 1)
        return ecam_fail(err, ECAM_ERR_LIMIT, "node '%s': too many nodes", name);

    void *nodes = graph->nodes;
    const bool has_room = index_reserve(graph) &&
                          ecam_reserve(&nodes, &graph->cap_nodes, graph->n_nodes, sizeof node);
    graph->nodes = nodes;
    if (has_room) {
        node.name = ecam_strdup(name);
        node.inputs = ecam_realloc_array(NULL, n_inputs, sizeof *node.inputs);
    }
    if (node.name == NULL || node.inputs == NULL) {
        free_node(&node);
        return ecam_fail(err, ECAM_ERR_NOMEM, "node '%s'", name);
    }
    if (n_inputs > 0)
        memcpy(node.inputs, inputs, n_inputs * sizeof *inputs);
    node.n_inputs = n_inputs;
    const uint32_t number = (uint32_t)graph->n_nodes;
    graph->nodes[graph->n_nodes++] = node;
    index_insert(graph, place, number);
    *out = number;
    return ECAM_OK;
}

void ecam_graph_truncate(struct ecam_graph *graph, size_t n)
{
    size_t kept = 0;
    while (graph->n_aliases > 0 && graph->aliases[graph->n_aliases - 1].node >= n)
        ecam_free(graph->aliases[--graph->n_aliases].name);
    for (size_t i = 0; i < graph->n_aliases; i++)
        assert(graph->aliases[i].node < n);
    for (size_t i = 0; i < graph->n_index; i++) {
        const uint32_t entry = graph->index[i];
        const bool is_kept = entry & IS_ALIAS ? (entry & ~IS_ALIAS) < graph->n_aliases : entry < n;
        if (is_kept)
            graph->index[kept++] = entry;
    }
    graph->n_index = kept;
    while (graph->n_nodes > n)
        free_node(&graph->nodes[--graph->n_nodes]);
}

/* Puts an attribute in, in the place of the one that has its key. */
static enum ecam_status put_attr(struct ecam_node *node, const struct ecam_attr *attr,
                                 struct ecam_error *err)
{
    for (size_t i = 0; i < node->n_attrs; i++)
        if (strcmp(node->attrs[i].key, attr->key) == 0) {
            node->attrs[i] = *attr;
            return ECAM_OK;
        }
    struct ecam_attr *grown = ecam_realloc_array(node->attrs, node->n_attrs + 1, sizeof *grown);
    if (grown == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "node '%s': attribute '%s'", node->name, attr->key);
    node->attrs = grown;
    node->attrs[node->n_attrs++] = *attr;
    return ECAM_OK;
}

enum ecam_status ecam_graph_set_ints(struct ecam_graph *graph, uint32_t node, const char *key,
                                     const int64_t *value, size_t n, struct ecam_error *err)
{
    struct ecam_node *const to = &graph->nodes[node];
    struct ecam_attr attr = { .n = (uint32_t)n };
    const enum ecam_status status =
        copy_word(attr.key, sizeof attr.key, key, "attribute", to->name, err);
    if (status != ECAM_OK)
        return status;
    if (n == 0 || n > ECAM_MAX_ATTR_VALUES)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "node '%s': attribute '%s' has %zu values, allowed are 1 to %d", to->name,
                         key, n, ECAM_MAX_ATTR_VALUES);
    memcpy(attr.value, value, n * sizeof *value);
    return put_attr(to, &attr, err);
}

enum ecam_status ecam_graph_set_real(struct ecam_graph *graph, uint32_t node, const char *key,
                                     double value, struct ecam_error *err)
{
    struct ecam_node *const to = &graph->nodes[node];
    struct ecam_attr attr = { .is_real = true, .n = 1, .real = value };
    const enum ecam_status status =
        copy_word(attr.key, sizeof attr.key, key, "attribute", to->name, err);
    if (status != ECAM_OK)
        return status;
    if (!isfinite(value))
        return ecam_fail(err, ECAM_ERR_FORMAT, "node '%s': attribute '%s' is not finite", to->name,
                         key);
    return put_attr(to, &attr, err);
}

enum ecam_status ecam_graph_set_weight(struct ecam_graph *graph, uint32_t node, const char *role,
                                       const struct ecam_weight *weight, struct ecam_error *err)
{
    struct ecam_node *const to = &graph->nodes[node];
    struct ecam_role item = { .weight = weight };
    const enum ecam_status status =
        copy_word(item.role, sizeof item.role, role, "weight role", to->name, err);
    if (status != ECAM_OK)
        return status;
    for (size_t i = 0; i < to->n_roles; i++)
        if (strcmp(to->roles[i].role, role) == 0) {
            to->roles[i] = item;
            return ECAM_OK;
        }
    struct ecam_role *grown = ecam_realloc_array(to->roles, to->n_roles + 1, sizeof *grown);
    if (grown == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "node '%s': weight '%s'", to->name, role);
    to->roles = grown;
    to->roles[to->n_roles++] = item;
    return ECAM_OK;
}

enum ecam_status ecam_graph_alias(struct ecam_graph *graph, const char *name, uint32_t node,
                                  struct ecam_error *err)
{
    const enum ecam_status status = check_name(name, err);
    if (status != ECAM_OK)
        return status;
    if (node >= graph->n_nodes)
        return ecam_fail(err, ECAM_ERR_FORMAT, "alias '%s': node %lu of %zu", name,
                         (unsigned long)node, graph->n_nodes);
    bool found;
    const size_t place = index_place(graph, name, &found);
    if (found) {
        const uint32_t entry = graph->index[place];
        if (entry & IS_ALIAS)
            graph->aliases[entry & ~IS_ALIAS].node = node;
        else if (entry != node)
            return ecam_fail(err, ECAM_ERR_FORMAT, "alias '%s' of '%s': another node's own name",
                             name, graph->nodes[node].name);
        return ECAM_OK;
    }
    if (graph->n_aliases >= IS_ALIAS - 1)
        return ecam_fail(err, ECAM_ERR_LIMIT, "alias '%s': too many aliases", name);

    void *aliases = graph->aliases;
    const bool has_room =
        index_reserve(graph) &&
        ecam_reserve(&aliases, &graph->cap_aliases, graph->n_aliases, sizeof *graph->aliases);
    graph->aliases = aliases;
    char *const copy = has_room ? ecam_strdup(name) : NULL;
    if (copy == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "alias '%s'", name);
    graph->aliases[graph->n_aliases] = (struct ecam_alias){ .name = copy, .node = node };
    index_insert(graph, place, (uint32_t)graph->n_aliases | IS_ALIAS);
    graph->n_aliases++;
    return ECAM_OK;
}

const struct ecam_attr *ecam_node_attr(const struct ecam_node *node, const char *key)
{
    for (size_t i = 0; i < node->n_attrs; i++)
        if (strcmp(node->attrs[i].key, key) == 0)
            return &node->attrs[i];
    return NULL;
}

const struct ecam_weight *ecam_node_weight(const struct ecam_node *node, const char *role)
{
    for (size_t i = 0; i < node->n_roles; i++)
        if (strcmp(node->roles[i].role, role) == 0)
            return node->roles[i].weight;
    return NULL;
}

/* ---- The whole ---- */

static enum ecam_status check_node(const struct ecam_graph *graph, size_t i, struct ecam_error *err)
{
    const struct ecam_node *const node = &graph->nodes[i];
    const bool is_input = strcmp(node->kind, "input") == 0;
    if (is_input != (i == 0))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "node %zu '%s' of kind '%s': node 0 and no other is the input", i,
                         node->name, node->kind);
    if (is_input && (strcmp(node->name, "input") != 0 || node->n_inputs != 0))
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "node '%s' with %zu inputs: the input is called 'input' and has none",
                         node->name, node->n_inputs);
    for (size_t k = 0; k < node->n_inputs; k++)
        if (node->inputs[k] >= i)
            return ecam_fail(err, ECAM_ERR_FORMAT,
                             "node '%s': input %zu is node %lu, only %zu come before", node->name,
                             k, (unsigned long)node->inputs[k], i);
    return ECAM_OK;
}

enum ecam_status ecam_graph_check(const struct ecam_graph *graph, struct ecam_error *err)
{
    if (graph->n_nodes < 2)
        return ecam_fail(err, ECAM_ERR_FORMAT,
                         "graph of %zu nodes: expected the input and a layer at least",
                         graph->n_nodes);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const enum ecam_status status = check_node(graph, i, err);
        if (status != ECAM_OK)
            return status;
    }
    for (size_t i = 0; i < graph->n_aliases; i++)
        if (graph->aliases[i].node >= graph->n_nodes)
            return ecam_fail(err, ECAM_ERR_FORMAT, "alias '%s': node %lu of %zu",
                             graph->aliases[i].name, (unsigned long)graph->aliases[i].node,
                             graph->n_nodes);
    if (graph->output >= graph->n_nodes)
        return ecam_fail(err, ECAM_ERR_FORMAT, "graph: the output is not one of its %zu nodes",
                         graph->n_nodes);
    if (graph->last >= graph->n_nodes)
        return ecam_fail(err, ECAM_ERR_FORMAT, "graph: the default tap is not one of its %zu nodes",
                         graph->n_nodes);
    return ECAM_OK;
}
