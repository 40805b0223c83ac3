/* SPDX-License-Identifier: BSD-2-Clause
 * Named arrays as a file holds them (a "state dict"), read in place.
 *
 * A set owns the storage behind its arrays: mapped files, inflated members, or
 * borrowed memory. An array may be unaligned, strided, and of any float type;
 * who needs floats asks ecam_weight_in_place() first, ecam_weight_read() else. */
#ifndef ECAM_WEIGHT_H
#define ECAM_WEIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ecam.h"

enum ecam_dtype {
    ECAM_DTYPE_F32 = 0,
    ECAM_DTYPE_F16,
    ECAM_DTYPE_BF16,
    ECAM_DTYPE_F64,
    ECAM_DTYPE_I64, /* counters such as num_batches_tracked; no layer reads one */
    ECAM_DTYPE_I32,
    ECAM_DTYPE_U8,
    ECAM_DTYPE_I8,
    ECAM_DTYPE_I16,
    ECAM_DTYPE_BOOL
};

size_t ecam_dtype_bytes(enum ecam_dtype dtype);
const char *ecam_dtype_name(enum ecam_dtype dtype); /* "F32", as safetensors writes it */

/* Elements of a shape; rank 0 is one element. False on overflow. */
bool ecam_shape_count(const struct ecam_shape *shape, size_t *out);
bool ecam_shape_equal(const struct ecam_shape *a, const struct ecam_shape *b);

/* "1x3x224x224"; buf is returned. */
#define ECAM_SHAPE_TEXT 96
const char *ecam_shape_text(const struct ecam_shape *shape, char buf[ECAM_SHAPE_TEXT]);

struct ecam_weight {
    char *name; /* the set's */
    enum ecam_dtype dtype;
    struct ecam_shape shape;      /* rank 0 for a scalar */
    size_t stride[ECAM_MAX_RANK]; /* in elements */
    bool is_dense;                /* row-major without gaps */
    const uint8_t *data;          /* element 0; any alignment */
};

enum ecam_storage_kind {
    ECAM_STORAGE_MAPPED,  /* munmap()ed */
    ECAM_STORAGE_HEAP,    /* ecam_free()d */
    ECAM_STORAGE_BORROWED /* left alone */
};

struct ecam_storage {
    enum ecam_storage_kind kind;
    uint8_t *base;
    size_t bytes;
};

/* A fact that came with the arrays: safetensors' __metadata__. */
struct ecam_fact {
    char *key, *value;
};

struct ecam_weight_set {
    struct ecam_weight *items; /* sorted by name once sealed */
    size_t n_items, cap_items;
    struct ecam_storage *storages;
    size_t n_storages, cap_storages;
    struct ecam_fact *facts;
    size_t n_facts, cap_facts;
    struct ecam_weight **derived; /* sorted by name; not among items */
    size_t n_derived, cap_derived;
    /* A graph that came with the arrays, in the format's own bytes; NULL: none. They
     * live as long as the set's storages. */
    const uint8_t *graph;
    size_t graph_bytes;
    bool graph_is_text;
    const char *graph_path; /* of a graph from a file of its own; for messages while the set is
                               imported, borrowed */
    const char *format;     /* a constant: "PyTorch zip", ... */
    bool is_sealed;
};

struct ecam_weight_set *ecam_weight_set_new(void); /* NULL: no memory */
void ecam_weight_set_free(struct ecam_weight_set *set);

/* Hands a storage over to the set, also on failure (then it is released). */
enum ecam_status ecam_weight_set_own(struct ecam_weight_set *set, struct ecam_storage storage,
                                     struct ecam_error *err);

/* Adds an array that lies in span[0..span_bytes) with element 0 at byte `offset`.
 * Strides NULL: row-major. Checks that every element lies inside the span. name
 * is copied. Names that hold control characters or are empty are refused. */
enum ecam_status ecam_weight_set_add(struct ecam_weight_set *set, const char *name,
                                     enum ecam_dtype dtype, const struct ecam_shape *shape,
                                     const size_t *stride, const uint8_t *span, size_t span_bytes,
                                     size_t offset, struct ecam_error *err);
enum ecam_status ecam_weight_set_add_fact(struct ecam_weight_set *set, const char *key,
                                          const char *value, struct ecam_error *err);

/* Sorts by name and refuses duplicates; find works from here on. Idempotent. */
enum ecam_status ecam_weight_set_seal(struct ecam_weight_set *set, struct ecam_error *err);
const struct ecam_weight *ecam_weight_set_find(const struct ecam_weight_set *set, const char *name);

/* Adds an array that the file has not got, computed from those it has: dense float32
 * of ecam_alloc()ed `data`, which the set takes over, also on failure. The set is
 * sealed and stays so; pointers to its arrays, and *out, stay valid. find sees it. */
enum ecam_status ecam_weight_set_derive(struct ecam_weight_set *set, const char *name,
                                        const struct ecam_shape *shape, float *data,
                                        const struct ecam_weight **out, struct ecam_error *err);
/* The same for elements of an array that is there, in another shape or order: they stay where
 * they lie. Strides NULL: row-major. */
enum ecam_status ecam_weight_set_derive_view(struct ecam_weight_set *set, const char *name,
                                             const struct ecam_weight *of,
                                             const struct ecam_shape *shape, const size_t *stride,
                                             const struct ecam_weight **out,
                                             struct ecam_error *err);
const char *ecam_weight_set_fact(const struct ecam_weight_set *set, const char *key); /* or NULL */

/* The floats where they lie: dense float32 at 4-byte alignment. NULL otherwise. */
const float *ecam_weight_in_place(const struct ecam_weight *w);

/* Elements first .. first + n - 1 in row-major order, as float32. Float types only
 * (asserted); see ecam_weight_is_float(). */
void ecam_weight_read(const struct ecam_weight *w, size_t first, size_t n, float *out);
bool ecam_weight_is_float(const struct ecam_weight *w);

/* Tells the system that the file pages behind elements first .. first + n - 1 are
 * not needed for now; a later access reads them again. No effect on memory that
 * is not a mapped file, or not dense. */
void ecam_weight_drop(const struct ecam_weight_set *set, const struct ecam_weight *w, size_t first,
                      size_t n);

/* The binary16 values where they lie: dense, at 2-byte alignment. NULL otherwise. */
const uint16_t *ecam_weight_half_in_place(const struct ecam_weight *w);

/* binary32 -> binary16, to nearest, ties to even; the way back is in engine/half.h. */
uint16_t ecam_float_to_half(float f);

#endif /* ECAM_WEIGHT_H */
