/* SPDX-License-Identifier: BSD-2-Clause
 * Pickles as data. A pickle is a program for a stack machine; this machine knows
 * the opcodes that build values, and of the names of classes and functions only
 * those on a list. It calls nothing: a "call" becomes a value that tells what
 * would have been called with what. */
#ifndef ECAM_PICKLE_H
#define ECAM_PICKLE_H

#include "engine/weight.h"
#include "weights/reader.h"

/* What a class or function of the list means to the reader of the values. */
enum ecam_pickle_role {
    ECAM_ROLE_DATA = 0, /* nothing; it may occur beside the weights */
    ECAM_ROLE_DICT,     /* calling it gives a dictionary */
    ECAM_ROLE_SIZE,     /* torch.Size */
    ECAM_ROLE_DTYPE,
    ECAM_ROLE_STORAGE,        /* of one dtype */
    ECAM_ROLE_BYTE_STORAGE,   /* of bytes; the tensor knows the dtype */
    ECAM_ROLE_OTHER_STORAGE,  /* of numbers that no layer computes with */
    ECAM_ROLE_TENSOR,         /* the class; its state is (storage, offset, size, stride) */
    ECAM_ROLE_REBUILD,        /* (storage, offset, size, stride, ...) */
    ECAM_ROLE_REBUILD_TYPED,  /* ... (..., dtype, ...) */
    ECAM_ROLE_PARAMETER,      /* wraps the tensor that comes first */
    ECAM_ROLE_REBUILD_AS_TYPE /* (function, type, arguments, state) */
};

struct ecam_pickle_global {
    const char *module, *name;
    enum ecam_pickle_role role;
    enum ecam_dtype dtype; /* of storages and dtypes; OTHER_STORAGE: one of the same size */
};

/* NULL: not on the list. Neither text ends in a NUL. */
const struct ecam_pickle_global *ecam_pickle_global_find(const char *module, size_t module_bytes,
                                                         const char *name, size_t name_bytes);

enum ecam_pickle_kind {
    ECAM_PICKLE_NONE = 0,
    ECAM_PICKLE_BOOL,
    ECAM_PICKLE_INT,
    ECAM_PICKLE_BIG_INT, /* more than 64 bits: .text, little-endian or decimal digits */
    ECAM_PICKLE_FLOAT,   /* nobody asks for the value, so it is not kept */
    ECAM_PICKLE_TEXT,
    ECAM_PICKLE_BYTES,
    ECAM_PICKLE_TUPLE,
    ECAM_PICKLE_LIST,
    ECAM_PICKLE_DICT,
    ECAM_PICKLE_GLOBAL,
    ECAM_PICKLE_OBJECT,
    ECAM_PICKLE_PERSID /* .inner: what stands for an object kept elsewhere */
};

struct ecam_pickle_value;

/* The result of a call, or a new object of a class. */
struct ecam_pickle_object {
    const struct ecam_pickle_global *callee;
    const struct ecam_pickle_value *args;  /* a tuple */
    const struct ecam_pickle_value *state; /* or NULL */
};

/* Values may contain themselves: a pickle can say so. Whoever walks them keeps to
 * a path of fixed length. */
struct ecam_pickle_value {
    enum ecam_pickle_kind kind;
    uint32_t depth; /* of containers; what a later change adds inside is not counted */
    union {
        int64_t integer; /* INT, BOOL */
        struct {
            const char *at; /* no NUL at the end */
            size_t n;
        } text;
        struct {
            struct ecam_pickle_value **items; /* DICT: key, value, key, value ... */
            size_t n, cap;
        } list;
        const struct ecam_pickle_global *global;
        struct ecam_pickle_object object;
        const struct ecam_pickle_value *inner;
    };
};

struct ecam_pickle; /* owns all values of one pickle */

/* Reads one pickle, up to and with its STOP. `where` stands before "byte N" in
 * messages, N counting from the reader's base. */
enum ecam_status ecam_pickle_load(struct reader *r, const char *where,
                                  const struct ecam_limits *limits, struct ecam_pickle **out,
                                  struct ecam_error *err);
void ecam_pickle_free(struct ecam_pickle *pickle);
const struct ecam_pickle_value *ecam_pickle_root(const struct ecam_pickle *pickle);

/* The persistent ids in the order in which they occur. */
size_t ecam_pickle_n_persids(const struct ecam_pickle *pickle);
const struct ecam_pickle_value *ecam_pickle_persid(const struct ecam_pickle *pickle, size_t i);

/* ---- Questions to values ---- */

bool ecam_pickle_is_text(const struct ecam_pickle_value *v, const char *text);
/* The last value under a key, or NULL; v may be of any kind. */
const struct ecam_pickle_value *ecam_pickle_get(const struct ecam_pickle_value *v, const char *key);
/* Item i of a tuple or list, or NULL. */
const struct ecam_pickle_value *ecam_pickle_item(const struct ecam_pickle_value *v, size_t i);
/* An integer that is not negative. */
bool ecam_pickle_size(const struct ecam_pickle_value *v, size_t *out);
const char *ecam_pickle_kind_name(enum ecam_pickle_kind kind); /* "a dictionary" */

#endif /* ECAM_PICKLE_H */
