/* SPDX-License-Identifier: BSD-2-Clause
 * Names, weights and bookkeeping of a build; the nodes are in build_nodes.c. */
#include "weights/builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/builder_in.h"

enum ecam_status ecam_build_begin(struct ecam_build *b, const struct ecam_weight_set *set,
                                  const char *prefix, struct ecam_error *err)
{
    *b = (struct ecam_build){ .set = set, .prefix = prefix, .err = err };
    b->graph = ecam_graph_new();
    b->is_used = ecam_calloc(set->n_items, sizeof *b->is_used);
    if (b->graph == NULL || b->is_used == NULL)
        b->status = ecam_fail(err, ECAM_ERR_NOMEM, "network of %zu weights", set->n_items);
    return b->status;
}

/* The bytes of a name up to and with the first dot after the prefix: a module. */
static size_t module_bytes(const char *name, size_t prefix_bytes)
{
    const char *const dot = strchr(name + prefix_bytes, '.');
    return dot == NULL ? strlen(name) : (size_t)(dot - name) + 1;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* A weight inside the network that the family does not know means that this is
 * another network: its result would be wrong without a word. What lies beside the
 * network (an optimiser's state, auxiliary heads) does not matter. */
static enum ecam_status check_leftovers(const struct ecam_build *b)
{
    const struct ecam_weight *const items = b->set->items;
    const size_t n_prefix = strlen(b->prefix);
    size_t end;
    /* The set is sorted by name: what begins alike lies together. */
    for (size_t at = 0; at < b->set->n_items; at = end) {
        end = at + 1;
        if (strncmp(items[at].name, b->prefix, n_prefix) != 0)
            continue;
        const size_t n_module = module_bytes(items[at].name, n_prefix);
        const struct ecam_weight *leftover = NULL;
        bool is_own = false;
        for (end = at;
             end < b->set->n_items && strncmp(items[end].name, items[at].name, n_module) == 0;
             end++) {
            if (b->is_used[end])
                is_own = true;
            else if (leftover == NULL && ecam_weight_is_float(&items[end]) &&
                     !ends_with(items[end].name, "num_batches_tracked"))
                leftover = &items[end];
        }
        if (is_own && leftover != NULL)
            return ecam_fail(b->err, ECAM_ERR_UNSUPPORTED,
                             "weight '%s': this family, whose other names these are, has none such",
                             leftover->name);
    }
    return ECAM_OK;
}

enum ecam_status ecam_build_end(struct ecam_build *b, struct ecam_graph **out)
{
    if (b->status == ECAM_OK)
        b->status = check_leftovers(b);
    if (b->status == ECAM_OK)
        b->status = ecam_graph_check(b->graph, b->err);
    if (b->status == ECAM_OK) {
        *out = b->graph;
        b->graph = NULL;
    }
    ecam_graph_free(b->graph);
    ecam_free(b->extents);
    ecam_free(b->is_used);
    b->graph = NULL;
    b->extents = NULL;
    b->is_used = NULL;
    return b->status;
}

/* ---- Names ---- */

/* Prints into buf; false where it does not fit. */
static bool print_name(char *buf, size_t size, const char *fmt, va_list ap) ECAM_PRINTF(3, 0);

static bool print_name(char *buf, size_t size, const char *fmt, va_list ap)
{
    const int n = vsnprintf(buf, size, fmt, ap);
    return n >= 0 && (size_t)n < size;
}

static void fail_length(struct ecam_build *b)
{
    if (b->status == ECAM_OK)
        b->status = ecam_fail(b->err, ECAM_ERR_FORMAT, "a layer's name is longer than %d bytes",
                              ECAM_BUILD_NAME - 1);
}

size_t ecam_build_enter(struct ecam_build *b, const char *fmt, ...)
{
    const size_t outer = strlen(b->scope);
    va_list ap;
    va_start(ap, fmt);
    const bool fits = print_name(b->scope + outer, sizeof b->scope - outer - 1, fmt, ap);
    va_end(ap);
    if (fits)
        strcat(b->scope, ".");
    else
        fail_length(b);
    return outer;
}

void ecam_build_leave(struct ecam_build *b, size_t outer)
{
    b->scope[outer] = '\0';
}

const char *ecam_build_name(struct ecam_build *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!print_name(b->name, sizeof b->name, fmt, ap))
        fail_length(b);
    va_end(ap);
    return b->name;
}

bool ecam_build_full(struct ecam_build *b, char out[ECAM_BUILD_NAME], const char *name)
{
    const int n = snprintf(out, ECAM_BUILD_NAME, "%s%s", b->scope, name);
    if (n < 0 || n >= ECAM_BUILD_NAME)
        fail_length(b);
    return b->status == ECAM_OK;
}

void ecam_build_fail(struct ecam_build *b, const char *fmt, ...)
{
    char text[sizeof b->err->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (b->status == ECAM_OK)
        b->status = ecam_fail(b->err, ECAM_ERR_FORMAT, "%s", text);
}

/* ---- Weights ---- */

/* Longest prefix + scope + name + ".running_mean" that is looked up. */
#define MAX_KEY (3 * ECAM_BUILD_NAME)

const struct ecam_weight *ecam_build_peek(const struct ecam_build *b, const char *fmt, ...)
{
    char name[ECAM_BUILD_NAME], key[MAX_KEY];
    va_list ap;
    va_start(ap, fmt);
    const bool fits = print_name(name, sizeof name, fmt, ap);
    va_end(ap);
    const int n = snprintf(key, sizeof key, "%s%s%s", b->prefix, b->scope, name);
    return fits && n >= 0 && (size_t)n < sizeof key ? ecam_weight_set_find(b->set, key) : NULL;
}

size_t ecam_build_dim(const struct ecam_build *b, const char *name, size_t axis)
{
    const struct ecam_weight *const w = ecam_build_peek(b, "%s", name);
    return w == NULL || axis >= w->shape.rank ? 0 : w->shape.dim[axis];
}

const struct ecam_weight *ecam_build_take(struct ecam_build *b, const char *name, const char *leaf,
                                          uint32_t rank, bool is_needed)
{
    if (b->status != ECAM_OK)
        return NULL;
    const struct ecam_weight *const w = ecam_build_peek(b, "%s.%s", name, leaf);
    if (w == NULL) {
        if (is_needed)
            ecam_build_fail(b, "weight '%s%s%s.%s' is missing", b->prefix, b->scope, name, leaf);
        return NULL;
    }
    b->is_used[w - b->set->items] = true;
    char shape[ECAM_SHAPE_TEXT];
    if (!ecam_weight_is_float(w))
        ecam_build_fail(b, "weight '%s': %s, expected floating point", w->name,
                        ecam_dtype_name(w->dtype));
    else if (w->shape.rank != rank)
        ecam_build_misfit(b, w, "%s, expected %lu dimensions", ecam_shape_text(&w->shape, shape),
                          (unsigned long)rank);
    for (size_t i = 0; i < w->shape.rank; i++)
        if (w->shape.dim[i] == 0)
            ecam_build_misfit(b, w, "%s, nothing in it", ecam_shape_text(&w->shape, shape));
    return b->status == ECAM_OK ? w : NULL;
}

const struct ecam_weight *ecam_build_take_vector(struct ecam_build *b, const char *name,
                                                 const char *leaf, size_t n, bool is_needed)
{
    const struct ecam_weight *const w = ecam_build_take(b, name, leaf, 1, is_needed);
    if (w != NULL && w->shape.dim[0] != n)
        ecam_build_misfit(b, w, "%zu values, expected %zu", w->shape.dim[0], n);
    return b->status == ECAM_OK ? w : NULL;
}

void ecam_build_misfit(struct ecam_build *b, const struct ecam_weight *w, const char *fmt, ...)
{
    char text[sizeof b->err->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (b->status == ECAM_OK)
        b->status = ecam_fail(b->err, ECAM_ERR_SHAPE, "weight '%s': %s", w->name, text);
}
