/* SPDX-License-Identifier: BSD-2-Clause
 * What a layer must offer. A layer is a pair of files in layers/ and a line in
 * layers/registry.c; the engine reaches it through this struct alone. */
#ifndef ECAM_LAYER_H
#define ECAM_LAYER_H

#include "engine/graph.h"
#include "engine/layout.h"
#include "engine/pool.h"

struct ecam_kernels; /* layers/kernels/kernels.h */
struct ecam_window;  /* layers/kernels/kernels.h */
struct ecam_packs;   /* engine/packs.h: packed weights, the model's */

#define ECAM_MAX_STEP_INPUTS 64

/* One node made ready to run: what it reads, what it writes, what it chose. */
struct ecam_step {
    const struct ecam_layer_ops *ops; /* the node's, but for steps that change a layout */
    const struct ecam_node *node;
    uint32_t value; /* the node whose value is written: node's own, or the last absorbed */
    const struct ecam_kernels *kernels;
    enum ecam_goal goal;
    bool allow_winograd;
    struct ecam_shape *in_shape; /* n_in shapes */
    struct ecam_shape out_shape;
    size_t n_in;
    enum ecam_layout in_layout; /* of all inputs that have rank 4; others are plain */
    enum ecam_layout out_layout;

    /* What the step took over from the nodes around it. */
    struct ecam_norms pre;          /* applied to the input */
    bool pre_relu;                  /* ... and a ReLU behind them */
    struct ecam_norms norms;        /* folded into the weights */
    const struct ecam_window *pool; /* average pooling of the input that stood behind, or NULL */
    bool has_add;                   /* another value is added, after the norms */
    bool relu;                      /* last of all */

    /* Chosen by choose and prepare. */
    unsigned algorithm;         /* the layer's own enumeration */
    const float *weight, *bias; /* packed or in place; the model's, or the mapped file's */
    const uint16_t *half;       /* instead of weight: float16 in place, for a dense layer */
    const float *pre_affine;    /* of pre, packed */
    size_t weight_bytes;        /* that a run reads */
    size_t scratch_floats;      /* per worker */
    size_t work_floats;         /* once for the step, in the arena */

    /* Places in the arena, in floats: of inputs, of the value added, of the output.
     * An image stride is the way from one image of a batch to the next: a value
     * may be a slice of a concatenation. */
    size_t *in_at, *in_image, add_at, add_image, out_at, out_image, work_at;

    /* Addresses, known once the arena stands. */
    const float **in, *add;
    float *out, *work;
    float *scratch; /* threads * scratch_stride floats, shared by all steps */
    size_t scratch_stride;
};

static inline float *ecam_step_scratch(const struct ecam_step *step, unsigned worker)
{
    return step->scratch + (size_t)worker * step->scratch_stride;
}

enum ecam_layer_traits {
    ECAM_LAYER_VIEW = 1,       /* the output is the input's memory: flatten, dropout; run
                                  where the output has rank 4 and another shape */
    ECAM_LAYER_IN_PLACE = 2,   /* the output may lie where input 0 lies */
    ECAM_LAYER_GLOBAL = 4,     /* every output depends on the whole input */
    ECAM_LAYER_JOINS = 8,      /* inputs one after the other along channels: a blocked one
                                  may be made where it belongs in the output */
    ECAM_LAYER_UNKNOWN = 16,   /* an operator that is not implemented: infer fails */
    ECAM_LAYER_IN_PLACE_1 = 32 /* the output may lie where input 1 lies */
};

struct ecam_layer_ops {
    const char *kind;
    size_t min_inputs, max_inputs;
    unsigned traits;

    /* Checks attributes and weights, makes node->params (ecam_calloc). Unknown
     * attributes and roles are refused: ecam_node_allow() helps. */
    enum ecam_status (*init)(struct ecam_node *node, struct ecam_error *err);

    /* Output shape from n_inputs input shapes. Sizes come from files: products
     * are checked here, so that later stages may multiply freely. */
    enum ecam_status (*infer)(const struct ecam_node *node, const struct ecam_shape *in,
                              struct ecam_shape *out, struct ecam_error *err);

    /* Fills kernel, stride, dilation, groups, pad, parameters, macs; in and out are
     * set. NULL: nothing to say. */
    void (*describe)(const struct ecam_node *node, struct ecam_layer_info *info);

    /* Offers the only consumer of the step's value. True: the step computes that
     * node too (sets norms, has_add or relu; or the step becomes that node's, with
     * pre set). A consumer with two inputs is offered only when the other one has
     * been computed and has the same shape. NULL: takes nothing. */
    bool (*absorb)(struct ecam_step *step, const struct ecam_node *next);

    /* Given the layout in which the largest input lies (the first of them), returns the
     * one in which the step reads its inputs and tells in which it writes. NULL: plain, both. */
    enum ecam_layout (*layout)(const struct ecam_step *step, enum ecam_layout given,
                               enum ecam_layout *out);

    /* Chooses the algorithm from shapes and goal, asks for scratch and work memory.
     * NULL: there is nothing to choose. */
    enum ecam_status (*choose)(struct ecam_step *step, struct ecam_error *err);

    /* What was chosen, for a person. NULL: nothing. */
    const char *(*algorithm)(const struct ecam_step *step);

    /* Asks for packed weights, which are filled before the first run. NULL: nothing to
     * prepare. */
    enum ecam_status (*prepare)(struct ecam_step *step, struct ecam_packs *packs,
                                struct ecam_error *err);

    /* Computes step->out. NULL for views that never change a shape. Allocates nothing,
     * cannot fail. */
    void (*run)(const struct ecam_step *step, struct ecam_pool *pool);
};

/* Refuses a node that has an attribute or weight role outside the two lists, each
 * a NULL-terminated array, or no weight of a role in `required`. */
enum ecam_status ecam_node_allow(const struct ecam_node *node, const char *const *attrs,
                                 const char *const *roles, const char *const *required,
                                 struct ecam_error *err);

/* Whole-number attribute of exactly n values in min..max, each `fallback` where the
 * attribute is absent. */
enum ecam_status ecam_node_ints(const struct ecam_node *node, const char *key, size_t n,
                                int64_t min, int64_t max, int64_t fallback, size_t *out,
                                struct ecam_error *err);
enum ecam_status ecam_node_real(const struct ecam_node *node, const char *key, double fallback,
                                double *out, struct ecam_error *err);

/* outputs * terms, or the largest number where that overflows: limits see it. */
static inline uint64_t ecam_macs(uint64_t outputs, uint64_t terms)
{
    return terms != 0 && outputs > UINT64_MAX / terms ? UINT64_MAX : outputs * terms;
}

/* Elements of all weights of a node, for ecam_layer_info. */
uint64_t ecam_node_parameters(const struct ecam_node *node);

/* A vector of n float weights of a role; NULL in *out where it is absent. */
enum ecam_status ecam_node_vector(const struct ecam_node *node, const char *role, size_t n,
                                  const struct ecam_weight **out, struct ecam_error *err);

#endif /* ECAM_LAYER_H */
