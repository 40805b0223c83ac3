/* SPDX-License-Identifier: BSD-2-Clause
 * Inside of the pickle machine; for pickle*.c only.
 *
 * Failure is sticky, as in weights/reader.h: once m->status is not ECAM_OK every
 * function here does nothing and hands out m->nothing, so that an opcode is
 * straight-line code and the loop asks once per opcode. */
#ifndef ECAM_PICKLE_MACHINE_H
#define ECAM_PICKLE_MACHINE_H

#include "engine/common.h"
#include "weights/pickle.h"

typedef struct ecam_pickle_value value;

/* All memory of a pickle comes from here and goes at once. */
struct pickle_chunk {
    struct pickle_chunk *next;
    size_t used, size;
    max_align_t bytes[];
};

struct ecam_pickle {
    struct pickle_chunk *chunks;
    size_t memory_left;
    value *root;
    value **persids;
    size_t n_persids, cap_persids;
};

struct machine {
    struct reader r;
    struct ecam_pickle *pickle;
    const char *where;
    struct ecam_error *err;
    enum ecam_status status;
    size_t op_at; /* where the current opcode lies */
    uint32_t max_nesting;
    value **stack;
    size_t n_stack, cap_stack;
    size_t *marks; /* heights of the stack */
    size_t n_marks, cap_marks;
    value **memo; /* cap_memo entries, of which n_memo were set; NULL: not set */
    size_t n_memo, cap_memo;
    value nothing;
    bool is_stopped;
};

typedef void pickle_op_fn(struct machine *m);

/* "data.pkl byte 812: TEXT". The first failure counts. */
void pickle_fail(struct machine *m, enum ecam_status status, const char *fmt, ...)
    ECAM_PRINTF(3, 4);

/* Zeroed; NULL after a failure. */
void *pickle_alloc(struct machine *m, size_t bytes);
/* Room for item n of an array in the pickle's memory; the new array, or the old
 * one after a failure. */
void *pickle_reserve(struct machine *m, void *items, size_t *cap, size_t n, size_t item_bytes);

value *pickle_new(struct machine *m, enum ecam_pickle_kind kind);
void pickle_push(struct machine *m, value *v);
value *pickle_pop(struct machine *m); /* fails where nothing lies above the topmost mark */
value *pickle_top(struct machine *m);
bool pickle_at_mark(const struct machine *m); /* nothing lies above the topmost mark */

/* Takes the topmost mark and all above it off the stack. The values stay in place
 * until the next push. */
value **pickle_pop_mark(struct machine *m, size_t *n);

/* Adds to the items of a TUPLE, LIST or DICT and keeps count of the nesting. */
void pickle_append(struct machine *m, value *container, value *item);
value *pickle_tuple(struct machine *m, value *const *items, size_t n);

/* A line of the pickle without its end. */
const char *pickle_line(struct machine *m, size_t *n);

/* Opcodes, by the file that has them. */
pickle_op_fn pickle_op_none, pickle_op_true, pickle_op_false, pickle_op_int_line,
    pickle_op_long_line, pickle_op_float_line, pickle_op_string_line, pickle_op_unicode_line,
    pickle_op_binint, pickle_op_binint1, pickle_op_binint2, pickle_op_long1, pickle_op_long4,
    pickle_op_binfloat, pickle_op_text1, pickle_op_text4, pickle_op_text8, pickle_op_bytes1,
    pickle_op_bytes4, pickle_op_bytes8; /* pickle_scalars.c */
pickle_op_fn pickle_op_global, pickle_op_stack_global, pickle_op_reduce, pickle_op_newobj,
    pickle_op_newobj_ex, pickle_op_build, pickle_op_inst, pickle_op_obj; /* pickle_objects.c */

#endif /* ECAM_PICKLE_MACHINE_H */
