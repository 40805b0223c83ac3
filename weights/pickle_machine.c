/* SPDX-License-Identifier: BSD-2-Clause
 * What the opcodes of the pickle machine are made of: memory, stack, containers. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/pickle_machine.h"

#define FIRST_CHUNK 4096
#define LARGEST_CHUNK ((size_t)1 << 20)

void pickle_fail(struct machine *m, enum ecam_status status, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    if (m->status != ECAM_OK)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    m->status = ecam_fail(m->err, status, "%s byte %zu: %s", m->where, m->op_at, text);
}

/* ---- Memory ---- */

void *pickle_alloc(struct machine *m, size_t bytes)
{
    struct ecam_pickle *pickle = m->pickle;
    struct pickle_chunk *chunk = pickle->chunks;
    if (m->status != ECAM_OK)
        return NULL;
    const size_t unit = sizeof(max_align_t);
    if (bytes > pickle->memory_left || bytes > SIZE_MAX / 2) {
        pickle_fail(m, ECAM_ERR_LIMIT, "the values take more memory than is allowed");
        return NULL;
    }
    pickle->memory_left -= bytes;
    bytes = ecam_ceil_div(bytes, unit) * unit;
    if (chunk == NULL || chunk->size - chunk->used < bytes) {
        const size_t last = chunk == NULL ? FIRST_CHUNK / 2 : chunk->size;
        const size_t size = ecam_max_size(bytes, ecam_min_size(last * 2, LARGEST_CHUNK));
        chunk = ecam_calloc(1, sizeof *chunk + size);
        if (chunk == NULL) {
            pickle_fail(m, ECAM_ERR_NOMEM, "no memory for the values");
            return NULL;
        }
        chunk->size = size;
        chunk->next = pickle->chunks;
        pickle->chunks = chunk;
    }
    void *p = (char *)chunk->bytes + chunk->used;
    chunk->used += bytes;
    return p;
}

void *pickle_reserve(struct machine *m, void *items, size_t *cap, size_t n, size_t item_bytes)
{
    if (n < *cap)
        return items;
    const size_t wanted = n < 4 ? 4 : n * 2;
    size_t bytes;
    void *grown = ecam_mul_size(wanted, item_bytes, &bytes) ? pickle_alloc(m, bytes) : NULL;
    if (grown == NULL)
        return items;
    if (*cap > 0)
        memcpy(grown, items, *cap * item_bytes);
    *cap = wanted;
    return grown;
}

value *pickle_new(struct machine *m, enum ecam_pickle_kind kind)
{
    value *v = pickle_alloc(m, sizeof *v);
    if (v == NULL)
        return &m->nothing;
    v->kind = kind;
    return v;
}

/* ---- Stack ---- */

void pickle_push(struct machine *m, value *v)
{
    m->stack = pickle_reserve(m, m->stack, &m->cap_stack, m->n_stack, sizeof *m->stack);
    if (m->status == ECAM_OK)
        m->stack[m->n_stack++] = v;
}

static size_t stack_floor(const struct machine *m)
{
    return m->n_marks > 0 ? m->marks[m->n_marks - 1] : 0;
}

bool pickle_at_mark(const struct machine *m)
{
    return m->n_marks > 0 && m->n_stack == stack_floor(m);
}

value *pickle_top(struct machine *m)
{
    if (m->status == ECAM_OK && m->n_stack == stack_floor(m))
        pickle_fail(m, ECAM_ERR_FORMAT, "the stack is empty");
    return m->status == ECAM_OK ? m->stack[m->n_stack - 1] : &m->nothing;
}

value *pickle_pop(struct machine *m)
{
    value *v = pickle_top(m);
    if (m->status == ECAM_OK)
        m->n_stack--;
    return v;
}

value **pickle_pop_mark(struct machine *m, size_t *n)
{
    *n = 0;
    if (m->n_marks == 0)
        pickle_fail(m, ECAM_ERR_FORMAT, "the stack has no mark");
    if (m->status != ECAM_OK)
        return NULL;
    const size_t floor = stack_floor(m);
    *n = m->n_stack - floor;
    m->n_stack = floor;
    m->n_marks--;
    return m->stack == NULL ? NULL : m->stack + floor;
}

/* ---- Containers and lines ---- */

void pickle_append(struct machine *m, value *container, value *item)
{
    if (m->status != ECAM_OK)
        return;
    if (item->depth + 1 > container->depth)
        container->depth = item->depth + 1;
    if (container->depth > m->max_nesting)
        pickle_fail(m, ECAM_ERR_LIMIT, "nested deeper than %u", m->max_nesting);
    container->list.items = pickle_reserve(m, container->list.items, &container->list.cap,
                                           container->list.n, sizeof(value *));
    if (m->status == ECAM_OK)
        container->list.items[container->list.n++] = item;
}

value *pickle_tuple(struct machine *m, value *const *items, size_t n)
{
    value *tuple = pickle_new(m, ECAM_PICKLE_TUPLE);
    for (size_t i = 0; i < n; i++)
        pickle_append(m, tuple, items[i]);
    return tuple;
}

const char *pickle_line(struct machine *m, size_t *n)
{
    const uint8_t *begin = m->r.at;
    const size_t left = reader_left(&m->r);
    const uint8_t *end = left > 0 ? memchr(begin, '\n', left) : NULL;
    *n = 0;
    if (end == NULL) {
        m->r.failed = true; /* the loop reports it */
        return "";
    }
    *n = (size_t)(end - begin);
    reader_take(&m->r, *n + 1);
    return (const char *)begin;
}
