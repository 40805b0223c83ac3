/* SPDX-License-Identifier: BSD-2-Clause
 * The pickle machine's loop, its table of opcodes, and the opcodes that move
 * values about. */
#include <string.h>

#include "engine/alloc.h"
#include "engine/error.h"
#include "weights/pickle_machine.h"

/* A byte of pickle can make a value of 32 bytes, but few do. */
#define MEMORY_PER_BYTE 16
#define NEWEST_PROTOCOL 5

static void op_mark(struct machine *m)
{
    if (m->n_marks >= m->max_nesting)
        pickle_fail(m, ECAM_ERR_LIMIT, "nested deeper than %u", m->max_nesting);
    m->marks = pickle_reserve(m, m->marks, &m->cap_marks, m->n_marks, sizeof *m->marks);
    if (m->status == ECAM_OK)
        m->marks[m->n_marks++] = m->n_stack;
}

static void op_pop(struct machine *m)
{
    size_t n;
    if (pickle_at_mark(m))
        pickle_pop_mark(m, &n); /* Python pops a mark like a value */
    else
        pickle_pop(m);
}

static void op_pop_mark(struct machine *m)
{
    size_t n;
    pickle_pop_mark(m, &n);
}

static void op_dup(struct machine *m)
{
    pickle_push(m, pickle_top(m));
}

static void op_proto(struct machine *m)
{
    const uint8_t version = reader_u8(&m->r);
    if (version > NEWEST_PROTOCOL)
        pickle_fail(m, ECAM_ERR_UNSUPPORTED, "pickle protocol %u, the newest known is %d", version,
                    NEWEST_PROTOCOL);
}

static void op_frame(struct machine *m)
{
    const uint64_t n = reader_u64le(&m->r);
    if (n > reader_left(&m->r))
        pickle_fail(m, ECAM_ERR_FORMAT, "frame of %llu bytes, %zu are left", (unsigned long long)n,
                    reader_left(&m->r));
}

static void op_stop(struct machine *m)
{
    m->pickle->root = pickle_pop(m);
    if (m->n_stack != 0 || m->n_marks != 0)
        pickle_fail(m, ECAM_ERR_FORMAT, "more than one value at the end");
    m->is_stopped = true;
}

/* ---- Memo ---- */

static void memo_put(struct machine *m, uint64_t index)
{
    value *v = pickle_top(m);
    /* Indices count up from 0 or 1; optimised pickles leave gaps. An index beyond
     * the bytes read so far is neither. */
    if (index > reader_at(&m->r))
        pickle_fail(m, ECAM_ERR_FORMAT, "memo index %llu is out of range",
                    (unsigned long long)index);
    if (m->status == ECAM_OK && index >= m->cap_memo)
        m->memo = pickle_reserve(m, m->memo, &m->cap_memo, (size_t)index, sizeof *m->memo);
    if (m->status != ECAM_OK)
        return;
    m->n_memo += m->memo[index] == NULL;
    m->memo[index] = v;
}

static void memo_get(struct machine *m, uint64_t index)
{
    if (index >= m->cap_memo || m->memo[index] == NULL) {
        if (!m->r.failed)
            pickle_fail(m, ECAM_ERR_FORMAT, "memo entry %llu was never set",
                        (unsigned long long)index);
        return;
    }
    pickle_push(m, m->memo[index]);
}

static uint64_t memo_index_line(struct machine *m)
{
    size_t n;
    const char *line = pickle_line(m, &n);
    uint64_t index = 0;
    if (n == 0 || n > 18)
        pickle_fail(m, ECAM_ERR_FORMAT, "memo index is no number");
    for (size_t i = 0; i < n && m->status == ECAM_OK; i++) {
        if (line[i] < '0' || line[i] > '9')
            pickle_fail(m, ECAM_ERR_FORMAT, "memo index is no number");
        index = index * 10 + (uint64_t)(line[i] - '0');
    }
    return index;
}

static void op_put(struct machine *m)
{
    memo_put(m, memo_index_line(m));
}

static void op_binput(struct machine *m)
{
    memo_put(m, reader_u8(&m->r));
}

static void op_long_binput(struct machine *m)
{
    memo_put(m, reader_u32le(&m->r));
}

static void op_get(struct machine *m)
{
    memo_get(m, memo_index_line(m));
}

static void op_binget(struct machine *m)
{
    memo_get(m, reader_u8(&m->r));
}

static void op_long_binget(struct machine *m)
{
    memo_get(m, reader_u32le(&m->r));
}

static void op_memoize(struct machine *m)
{
    memo_put(m, m->n_memo);
}

/* ---- Containers ---- */

static void op_empty_tuple(struct machine *m)
{
    pickle_push(m, pickle_new(m, ECAM_PICKLE_TUPLE));
}

static void op_empty_list(struct machine *m)
{
    pickle_push(m, pickle_new(m, ECAM_PICKLE_LIST));
}

static void op_empty_dict(struct machine *m)
{
    pickle_push(m, pickle_new(m, ECAM_PICKLE_DICT));
}

static void container_of_marked(struct machine *m, enum ecam_pickle_kind kind)
{
    size_t n;
    value **items = pickle_pop_mark(m, &n);
    value *container = pickle_new(m, kind);
    if (kind == ECAM_PICKLE_DICT && n % 2 != 0)
        pickle_fail(m, ECAM_ERR_FORMAT, "a key without a value");
    for (size_t i = 0; i < n; i++)
        pickle_append(m, container, items[i]);
    pickle_push(m, container);
}

static void op_tuple(struct machine *m)
{
    container_of_marked(m, ECAM_PICKLE_TUPLE);
}

static void op_list(struct machine *m)
{
    container_of_marked(m, ECAM_PICKLE_LIST);
}

static void op_dict(struct machine *m)
{
    container_of_marked(m, ECAM_PICKLE_DICT);
}

static void tuple_of(struct machine *m, size_t n)
{
    value *items[3] = { NULL };
    for (size_t i = n; i-- > 0;)
        items[i] = pickle_pop(m);
    pickle_push(m, pickle_tuple(m, items, n));
}

static void op_tuple1(struct machine *m)
{
    tuple_of(m, 1);
}

static void op_tuple2(struct machine *m)
{
    tuple_of(m, 2);
}

static void op_tuple3(struct machine *m)
{
    tuple_of(m, 3);
}

/* Adds items to a LIST, pairs to a DICT. What is added to an object that is no
 * more than data is not kept. */
static void extend(struct machine *m, value *const *items, size_t n, enum ecam_pickle_kind kind)
{
    value *container = pickle_top(m);
    if (container->kind == ECAM_PICKLE_OBJECT || m->status != ECAM_OK)
        return;
    if (container->kind != kind)
        pickle_fail(m, ECAM_ERR_FORMAT, "%s where %s was expected",
                    ecam_pickle_kind_name(container->kind), ecam_pickle_kind_name(kind));
    if (kind == ECAM_PICKLE_DICT && n % 2 != 0)
        pickle_fail(m, ECAM_ERR_FORMAT, "a key without a value");
    for (size_t i = 0; i < n; i++)
        pickle_append(m, container, items[i]);
}

static void op_append(struct machine *m)
{
    value *item = pickle_pop(m);
    extend(m, &item, 1, ECAM_PICKLE_LIST);
}

static void op_setitem(struct machine *m)
{
    value *pair[2];
    pair[1] = pickle_pop(m);
    pair[0] = pickle_pop(m);
    extend(m, pair, 2, ECAM_PICKLE_DICT);
}

static void op_appends(struct machine *m)
{
    size_t n;
    value **items = pickle_pop_mark(m, &n);
    extend(m, items, n, ECAM_PICKLE_LIST);
}

static void op_setitems(struct machine *m)
{
    size_t n;
    value **items = pickle_pop_mark(m, &n);
    extend(m, items, n, ECAM_PICKLE_DICT);
}

/* ---- Persistent ids ---- */

static void push_persid(struct machine *m, value *inner)
{
    struct ecam_pickle *p = m->pickle;
    value *v = pickle_new(m, ECAM_PICKLE_PERSID);
    p->persids = pickle_reserve(m, p->persids, &p->cap_persids, p->n_persids, sizeof *p->persids);
    if (m->status != ECAM_OK)
        return;
    v->inner = inner;
    v->depth = inner->depth;
    p->persids[p->n_persids++] = v;
    pickle_push(m, v);
}

static void op_binpersid(struct machine *m)
{
    push_persid(m, pickle_pop(m));
}

static void op_persid(struct machine *m)
{
    value *text = pickle_new(m, ECAM_PICKLE_TEXT);
    text->text.at = pickle_line(m, &text->text.n);
    push_persid(m, text);
}

/* ---- The loop ---- */

/* By the names of Python's pickletools. */
static pickle_op_fn *const ops[256] = {
    ['('] = op_mark,
    ['.'] = op_stop,
    ['0'] = op_pop,
    ['1'] = op_pop_mark,
    ['2'] = op_dup,
    ['F'] = pickle_op_float_line,
    ['G'] = pickle_op_binfloat,
    ['I'] = pickle_op_int_line,
    ['J'] = pickle_op_binint,
    ['K'] = pickle_op_binint1,
    ['L'] = pickle_op_long_line,
    ['M'] = pickle_op_binint2,
    ['N'] = pickle_op_none,
    ['P'] = op_persid,
    ['Q'] = op_binpersid,
    ['R'] = pickle_op_reduce,
    ['S'] = pickle_op_string_line,
    ['T'] = pickle_op_text4,
    ['U'] = pickle_op_text1,
    ['V'] = pickle_op_unicode_line,
    ['X'] = pickle_op_text4,
    ['B'] = pickle_op_bytes4,
    ['C'] = pickle_op_bytes1,
    ['a'] = op_append,
    ['b'] = pickle_op_build,
    ['c'] = pickle_op_global,
    ['d'] = op_dict,
    ['e'] = op_appends,
    ['g'] = op_get,
    ['h'] = op_binget,
    ['i'] = pickle_op_inst,
    ['j'] = op_long_binget,
    ['l'] = op_list,
    ['o'] = pickle_op_obj,
    ['p'] = op_put,
    ['q'] = op_binput,
    ['r'] = op_long_binput,
    ['s'] = op_setitem,
    ['t'] = op_tuple,
    ['u'] = op_setitems,
    [')'] = op_empty_tuple,
    [']'] = op_empty_list,
    ['}'] = op_empty_dict,
    [0x80] = op_proto,
    [0x81] = pickle_op_newobj,
    [0x85] = op_tuple1,
    [0x86] = op_tuple2,
    [0x87] = op_tuple3,
    [0x88] = pickle_op_true,
    [0x89] = pickle_op_false,
    [0x8a] = pickle_op_long1,
    [0x8b] = pickle_op_long4,
    [0x8c] = pickle_op_text1,
    [0x8d] = pickle_op_text8,
    [0x8e] = pickle_op_bytes8,
    [0x8f] = op_empty_list, /* a set */
    [0x90] = op_appends,
    [0x91] = op_list, /* a frozen set */
    [0x92] = pickle_op_newobj_ex,
    [0x93] = pickle_op_stack_global,
    [0x94] = op_memoize,
    [0x95] = op_frame,
    [0x96] = pickle_op_bytes8,
};

static enum ecam_status run(struct machine *m)
{
    while (!m->is_stopped && m->status == ECAM_OK) {
        m->op_at = reader_at(&m->r);
        const uint8_t op = reader_u8(&m->r);
        if (!m->r.failed && ops[op] == NULL)
            pickle_fail(m, ECAM_ERR_UNSUPPORTED, "opcode 0x%02x is not allowed", op);
        else if (!m->r.failed)
            ops[op](m);
        if (m->r.failed)
            pickle_fail(m, ECAM_ERR_FORMAT, "the pickle is cut off");
    }
    return m->status;
}

enum ecam_status ecam_pickle_load(struct reader *r, const char *where,
                                  const struct ecam_limits *limits, struct ecam_pickle **out,
                                  struct ecam_error *err)
{
    struct ecam_pickle *pickle = ecam_calloc(1, sizeof *pickle);
    if (pickle == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "%s: pickle", where);
    const uint64_t longest = limits->max_header_bytes;
    const bool is_capped = reader_left(r) > longest;
    pickle->memory_left =
        longest > SIZE_MAX / MEMORY_PER_BYTE ? SIZE_MAX : (size_t)longest * MEMORY_PER_BYTE;
    struct machine m = {
        .r = *r, .pickle = pickle, .where = where, .err = err, .max_nesting = limits->max_nesting
    };
    if (is_capped)
        m.r.end = m.r.at + longest;
    enum ecam_status status = run(&m);
    if (m.r.failed && is_capped && status == ECAM_ERR_FORMAT)
        status = ecam_fail(err, ECAM_ERR_LIMIT, "%s: the pickle is longer than %llu bytes", where,
                           (unsigned long long)longest);
    if (status == ECAM_OK) {
        r->at = m.r.at;
        *out = pickle;
        pickle = NULL;
    }
    ecam_pickle_free(pickle);
    return status;
}

void ecam_pickle_free(struct ecam_pickle *pickle)
{
    if (pickle == NULL)
        return;
    while (pickle->chunks != NULL) {
        struct pickle_chunk *next = pickle->chunks->next;
        ecam_free(pickle->chunks);
        pickle->chunks = next;
    }
    ecam_free(pickle);
}
