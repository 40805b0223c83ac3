/* SPDX-License-Identifier: BSD-2-Clause
 * Which layers a person means: names, globs, "last", "all", and near misses. */
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "engine/model.h"

#define MAX_NEAREST 4
#define MAX_DISTANCE_NAME 63 /* longer names are compared by their first bytes */

struct ecam_names {
    const char **items; /* the model's */
    size_t n, cap;
};

void ecam_names_free(struct ecam_names *names)
{
    if (names == NULL)
        return;
    ecam_free(names->items);
    ecam_free(names);
}

size_t ecam_names_count(const struct ecam_names *names)
{
    return names->n;
}

const char *ecam_names_get(const struct ecam_names *names, size_t i)
{
    return i < names->n ? names->items[i] : NULL;
}

static bool push(struct ecam_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    void *items = names->items;
    if (!ecam_reserve(&items, &names->cap, names->n, sizeof *names->items))
        return false;
    names->items = items;
    names->items[names->n++] = name;
    return true;
}

/* '*' any run of characters, '?' one; iterative, so that no pattern is slow. */
static bool glob_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *resume = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* Edits (insert, delete, replace) between two words. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[MAX_DISTANCE_NAME + 1];
    const size_t n = ecam_min_size(strlen(b), MAX_DISTANCE_NAME);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; i < MAX_DISTANCE_NAME && a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            const size_t above = row[j];
            const size_t replace = diagonal + (a[i] != b[j - 1]);
            row[j] = ecam_min_size(replace, ecam_min_size(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[n];
}

struct near_name {
    const char *name;
    size_t distance;
};

static void offer(struct near_name near[MAX_NEAREST], const char *wanted, const char *name)
{
    struct near_name now = { .name = name, .distance = edit_distance(wanted, name) };
    for (size_t i = 0; i < MAX_NEAREST; i++) {
        if (near[i].name == NULL || now.distance < near[i].distance) {
            const struct near_name pushed = near[i];
            near[i] = now;
            now = pushed;
            if (now.name == NULL)
                return;
        }
    }
}

static enum ecam_status unknown_name(const struct ecam_model *model, const char *name,
                                     struct ecam_error *err)
{
    const struct ecam_graph *graph = model->network->graph;
    struct near_name near[MAX_NEAREST] = { { 0 } };
    for (size_t i = 0; i < graph->n_nodes; i++)
        offer(near, name, graph->nodes[i].name);
    for (size_t i = 0; i < graph->n_aliases; i++)
        offer(near, name, graph->aliases[i].name);
    char list[300] = "";
    size_t at = 0;
    for (size_t i = 0; i < MAX_NEAREST && near[i].name != NULL; i++) {
        const int n =
            snprintf(list + at, sizeof list - at, "%s%.60s", i == 0 ? "" : ", ", near[i].name);
        at = ecam_min_size(at + (size_t)n, sizeof list - 1);
    }
    return ecam_fail(err, ECAM_ERR_NAME, "no layer is named '%.80s'; nearest: %s", name, list);
}

enum ecam_status ecam_model_node(const struct ecam_model *model, const char *name, uint32_t *out,
                                 struct ecam_error *err)
{
    const uint32_t node = ecam_graph_find(model->network->graph, name);
    if (node == ECAM_NO_NODE)
        return unknown_name(model, name, err);
    *out = node;
    return ECAM_OK;
}

/* Every layer whose value has rows and columns; the input is no layer. */
static enum ecam_status push_all(const struct ecam_model *model, struct ecam_names *names,
                                 struct ecam_error *err)
{
    const struct ecam_graph *graph = model->network->graph;
    const struct ecam_shape input = ecam_model_input_shape(model, 0, 0, 0);
    struct ecam_shape *shapes = ecam_calloc(graph->n_nodes, sizeof *shapes);
    if (shapes == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "names of %zu layers", graph->n_nodes);
    enum ecam_status status = ecam_graph_infer_known(graph, &input, shapes, err);
    for (size_t i = 1; status == ECAM_OK && i < graph->n_nodes; i++) {
        const struct ecam_shape *s = &shapes[i];
        if (s->rank == 4 && s->dim[2] * s->dim[3] > 1 && !push(names, graph->nodes[i].name))
            status = ecam_fail(err, ECAM_ERR_NOMEM, "names of %zu layers", graph->n_nodes);
    }
    ecam_free(shapes);
    return status;
}

static enum ecam_status push_word(const struct ecam_model *model, const char *word,
                                  struct ecam_names *names, struct ecam_error *err)
{
    const struct ecam_graph *graph = model->network->graph;
    bool ok = true, found = false;
    if (strcmp(word, "all") == 0)
        return push_all(model, names, err);
    if (strcmp(word, "last") == 0) {
        ok = push(names, ecam_model_last_name(model));
        found = true;
    } else if (strpbrk(word, "*?") == NULL) {
        uint32_t node = 0;
        const enum ecam_status status = ecam_model_node(model, word, &node, err);
        if (status != ECAM_OK)
            return status;
        found = true;
        ok = strcmp(graph->nodes[node].name, word) == 0 ? push(names, graph->nodes[node].name) : ok;
        for (size_t i = 0; i < graph->n_aliases; i++)
            if (strcmp(graph->aliases[i].name, word) == 0)
                ok = push(names, graph->aliases[i].name);
    } else {
        for (size_t i = 1; ok && i < graph->n_nodes; i++)
            if (glob_matches(word, graph->nodes[i].name)) {
                ok = push(names, graph->nodes[i].name);
                found = true;
            }
        const bool is_own = found;
        for (size_t i = 0; ok && !is_own && i < graph->n_aliases; i++)
            if (glob_matches(word, graph->aliases[i].name)) {
                ok = push(names, graph->aliases[i].name);
                found = true;
            }
    }
    if (!ok)
        return ecam_fail(err, ECAM_ERR_NOMEM, "list of names");
    return found ? ECAM_OK : unknown_name(model, word, err);
}

enum ecam_status ecam_names_find(const struct ecam_model *model, const char *list,
                                 struct ecam_names **out, struct ecam_error *err)
{
    enum ecam_status status = ECAM_OK;
    struct ecam_names *names = ecam_calloc(1, sizeof *names);
    char *words = ecam_strdup(list);
    if (names == NULL || words == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "list of names");
        goto out;
    }
    for (char *word = words; word != NULL;) {
        char *comma = strchr(word, ',');
        if (comma != NULL)
            *comma = '\0';
        status = push_word(model, word, names, err);
        if (status != ECAM_OK)
            goto out;
        word = comma != NULL ? comma + 1 : NULL;
    }
    *out = names; /* handed over */
    names = NULL;
out:
    ecam_free(words);
    ecam_names_free(names);
    return status;
}

enum ecam_status ecam_names_all(const struct ecam_model *model, struct ecam_names **out,
                                struct ecam_error *err)
{
    const struct ecam_graph *graph = model->network->graph;
    struct ecam_names *names = ecam_calloc(1, sizeof *names);
    /* All are different, so there is no need to look for repetitions. */
    if (names != NULL)
        names->items = ecam_calloc(graph->n_nodes + graph->n_aliases, sizeof *names->items);
    if (names == NULL || names->items == NULL) {
        ecam_names_free(names);
        return ecam_fail(err, ECAM_ERR_NOMEM, "list of names");
    }
    for (size_t i = 0; i < graph->n_nodes; i++)
        names->items[names->n++] = graph->nodes[i].name;
    for (size_t i = 0; i < graph->n_aliases; i++)
        names->items[names->n++] = graph->aliases[i].name;
    names->cap = names->n;
    *out = names;
    return ECAM_OK;
}

enum ecam_status ecam_names_place(const struct ecam_model *model, const char *name, size_t *out,
                                  struct ecam_error *err)
{
    uint32_t node = 0;
    const enum ecam_status status = ecam_model_node(model, name, &node, err);
    if (status == ECAM_OK)
        *out = node;
    return status;
}
