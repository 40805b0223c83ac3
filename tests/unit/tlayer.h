/* SPDX-License-Identifier: BSD-2-Clause
 * One layer between tensors of any rank, for tests of layers: run on 1 to 3 threads, or
 * refused. */
#ifndef ECAM_TLAYER_H
#define ECAM_TLAYER_H

#include "engine/layer.h"
#include "tests/unit/tnet.h"
#include "tests/unit/tu.h"

#define SHAPE(...)                                                                         \
    {                                                                                      \
        .rank = sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t), .dim = { __VA_ARGS__ } \
    }

/* An attribute; lists of them end with an empty one. */
struct tattr {
    const char *key;
    bool is_real;
    double real;
    size_t n;
    int64_t value[ECAM_MAX_ATTR_VALUES];
};

#define INTS(name, ...)                                                                      \
    {                                                                                        \
        .key = (name), .n = sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), .value = { \
            __VA_ARGS__                                                                      \
        }                                                                                    \
    }
#define REAL(name, number)                               \
    {                                                    \
        .key = (name), .is_real = true, .real = (number) \
    }
#define ATTRS(...) ((const struct tattr[]){ __VA_ARGS__, { 0 } })

struct tlayer {
    struct tnet net;
    uint32_t node; /* called "layer" */
    size_t n_inputs;
    struct ecam_shape in[ECAM_MAX_STEP_INPUTS];
    size_t n_floats;
    float *x; /* all inputs, one behind the other: random values, yours to change */
};

/* attrs may be NULL. Weights can be added to the node with tnet_weight(). */
struct tlayer tlayer_new(const char *kind, size_t n_inputs, const struct ecam_shape *in,
                         const struct tattr *attrs);
void tlayer_free(struct tlayer *t);
float *tlayer_in(const struct tlayer *t, size_t input);
const float *tlayer_weight(const struct tlayer *t, const char *role); /* once it has run */

struct tvalue {
    struct ecam_shape shape;
    size_t n;
    float *data; /* ecam_free() */
};

/* What comes out, the same bits on 1 to 3 threads. */
struct tvalue tlayer_run(struct tlayer *t);

/* init, or infer, fails with this status and a text that holds this. They free t. */
void tlayer_refused(struct tlayer t, enum ecam_status status, const char *text);

/* The place of an element on every axis, and back. */
void tindex(const struct ecam_shape *shape, size_t at, size_t *index);
size_t tplace(const struct ecam_shape *shape, const size_t *index);
size_t tcount(const struct ecam_shape *shape);

#endif /* ECAM_TLAYER_H */
