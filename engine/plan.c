/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan.h"

#include <assert.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/arena.h"
#include "engine/common.h"
#include "engine/error.h"

#define NO_STEP SIZE_MAX

/* What is known of a node while the plan is made. */
struct mark {
    bool is_needed, is_wanted, is_absorbed;
    uint32_t n_readers; /* needed nodes that read the value */
    uint32_t reader;    /* the last of them */
    uint32_t root;      /* the node whose buffer holds the value */
    size_t buffer;      /* index of the root's buffer; roots only */
};

struct builder {
    const struct ecam_plan_request *request;
    struct ecam_plan *plan;
    struct mark *marks; /* one a node */
    struct ecam_buffer *buffers;
    size_t n_buffers;
};

uint64_t ecam_node_macs(const struct ecam_node *node, const struct ecam_shape *in,
                        const struct ecam_shape *out)
{
    struct ecam_layer_info info = { .in = *in, .out = *out };
    if (node->ops->describe != NULL)
        node->ops->describe(node, &info);
    return info.macs;
}

static void mark_needed(const struct builder *b)
{
    const struct ecam_graph *graph = b->request->graph;
    for (size_t i = 0; i < b->request->n_wanted; i++) {
        b->marks[b->request->wanted[i]].is_wanted = true;
        b->marks[b->request->wanted[i]].is_needed = true;
    }
    b->marks[0].is_needed = true; /* the input has a place even if only it is tapped */
    for (size_t i = b->plan->n_nodes; i-- > 0;) {
        if (!b->marks[i].is_needed)
            continue;
        const struct ecam_node *node = &graph->nodes[i];
        for (size_t j = 0; j < node->n_inputs; j++) {
            struct mark *in = &b->marks[node->inputs[j]];
            in->is_needed = true;
            in->n_readers++;
            if (in->n_readers == 1)
                in->reader = (uint32_t)i;
        }
    }
}

static enum ecam_status count_macs(struct builder *b, struct ecam_error *err)
{
    const struct ecam_graph *graph = b->request->graph;
    for (size_t i = 1; i < b->plan->n_nodes; i++) {
        if (!b->marks[i].is_needed)
            continue;
        const struct ecam_node *node = &graph->nodes[i];
        const uint64_t macs =
            ecam_node_macs(node, &b->plan->shapes[node->inputs[0]], &b->plan->shapes[i]);
        if (macs > b->request->max_macs || b->plan->macs > b->request->max_macs - macs)
            return ecam_fail(err, ECAM_ERR_LIMIT,
                             "layer '%s': more than %llu multiply-adds at this input size",
                             node->name, (unsigned long long)b->request->max_macs);
        b->plan->macs += macs;
    }
    return ECAM_OK;
}

/* Lets a step take over the nodes behind it, as long as nobody else, and no tap,
 * sees the value between. */
static void absorb_followers(const struct builder *b, struct ecam_step *step)
{
    const struct ecam_layer_ops *ops = step->node->ops;
    if (ops->absorb == NULL)
        return;
    for (;;) {
        const struct mark *mark = &b->marks[step->value];
        if (mark->is_wanted || mark->n_readers != 1)
            return;
        const struct ecam_node *next = &b->request->graph->nodes[mark->reader];
        if (next->n_inputs != 1 || !ops->absorb(step, next))
            return;
        step->value = mark->reader;
        b->marks[mark->reader].is_absorbed = true;
    }
}

static void make_steps(struct builder *b)
{
    struct ecam_plan *plan = b->plan;
    struct ecam_step *step = plan->steps;
    const float **in = plan->pointers;
    size_t n_inputs = 0;
    for (size_t i = 0; i < plan->n_nodes; i++)
        n_inputs += b->request->graph->nodes[i].n_inputs;
    struct ecam_shape *in_shape = (struct ecam_shape *)(void *)(in + n_inputs);
    for (size_t i = 0; i < plan->n_nodes; i++) {
        const struct ecam_node *node = &b->request->graph->nodes[i];
        b->marks[i].root = (uint32_t)i;
        if (!b->marks[i].is_needed || b->marks[i].is_absorbed || i == 0)
            continue;
        if (node->ops->traits & ECAM_LAYER_VIEW) {
            b->marks[i].root = b->marks[node->inputs[0]].root;
            continue;
        }
        *step = (struct ecam_step){ .node = node,
                                    .value = (uint32_t)i,
                                    .kernels = b->request->kernels,
                                    .goal = b->request->goal,
                                    .in = in,
                                    .in_shape = in_shape,
                                    .n_in = node->n_inputs };
        for (size_t j = 0; j < node->n_inputs; j++)
            in_shape[j] = plan->shapes[node->inputs[j]];
        in += node->n_inputs;
        in_shape += node->n_inputs;
        absorb_followers(b, step);
        step->out_shape = plan->shapes[i];
        step++;
    }
    plan->n_steps = (size_t)(step - plan->steps);
}

/* The step after which nobody reads a root's buffer any more. Views read nothing
 * themselves: their readers do. A wanted value is read at the very end. */
static void find_last_reads(const struct builder *b, size_t *last)
{
    const struct ecam_plan *plan = b->plan;
    for (size_t i = 0; i < plan->n_nodes; i++) {
        last[i] = 0;
    }
    for (size_t s = 0; s < plan->n_steps; s++)
        for (size_t j = 0; j < plan->steps[s].n_in; j++)
            last[b->marks[plan->steps[s].node->inputs[j]].root] = s + 1;
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (b->marks[i].is_wanted)
            last[b->marks[i].root] = plan->n_steps + 1;
}

/* Time: the input is written at 0, step s runs at s + 1. */
static enum ecam_status place_values(struct builder *b, struct ecam_error *err)
{
    struct ecam_plan *plan = b->plan;
    size_t *last = ecam_alloc(plan->n_nodes * sizeof *last);
    if (last == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "plan of %zu layers", plan->n_nodes);
    find_last_reads(b, last);
    size_t count = 0;
    ecam_shape_count(&plan->shapes[0], &count);
    b->buffers[b->n_buffers] = (struct ecam_buffer){ .floats = count, .last = last[0] };
    b->marks[0].buffer = b->n_buffers++;
    for (size_t s = 0; s < plan->n_steps; s++) {
        const struct ecam_step *step = &plan->steps[s];
        struct mark *value = &b->marks[step->value];
        const size_t end = ecam_max_size(last[step->value], s + 1);
        const struct mark *in = &b->marks[b->marks[step->node->inputs[0]].root];
        bool reads_once = true;
        for (size_t j = 1; j < step->n_in; j++)
            reads_once = reads_once && &b->marks[b->marks[step->node->inputs[j]].root] != in;
        if ((step->node->ops->traits & ECAM_LAYER_IN_PLACE) && reads_once &&
            b->buffers[in->buffer].last == s + 1) {
            value->buffer = in->buffer;
            b->buffers[in->buffer].last = end;
            continue;
        }
        ecam_shape_count(&step->out_shape, &count);
        b->buffers[b->n_buffers] =
            (struct ecam_buffer){ .floats = count, .first = s + 1, .last = end };
        value->buffer = b->n_buffers++;
    }
    ecam_free(last);
    return ecam_arena_place(b->buffers, b->n_buffers, &plan->arena_floats, err);
}

/* A value is stored if a step wrote it, or if it is a view of one that is. */
static void note_offsets(struct builder *b)
{
    struct ecam_plan *plan = b->plan;
    for (size_t i = 0; i < plan->n_nodes; i++)
        plan->offset[i] = ECAM_NO_OFFSET;
    plan->offset[0] = b->buffers[b->marks[0].buffer].offset;
    for (size_t s = 0; s < plan->n_steps; s++) {
        const uint32_t value = plan->steps[s].value;
        plan->offset[value] = b->buffers[b->marks[value].buffer].offset;
    }
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (b->marks[i].is_needed && b->marks[i].root != i)
            plan->offset[i] = plan->offset[b->marks[i].root];
}

static enum ecam_status build(struct builder *b, struct ecam_error *err)
{
    const struct ecam_plan_request *request = b->request;
    struct ecam_plan *plan = b->plan;
    size_t n_inputs = 0;
    for (size_t i = 0; i < plan->n_nodes; i++)
        n_inputs += request->graph->nodes[i].n_inputs;
    plan->steps = ecam_calloc(plan->n_nodes, sizeof *plan->steps);
    plan->shapes = ecam_calloc(plan->n_nodes, sizeof *plan->shapes);
    plan->offset = ecam_calloc(plan->n_nodes, sizeof *plan->offset);
    plan->pointers = ecam_calloc(n_inputs, sizeof(float *) + sizeof(struct ecam_shape));
    b->marks = ecam_calloc(plan->n_nodes, sizeof *b->marks);
    b->buffers = ecam_calloc(plan->n_nodes, sizeof *b->buffers);
    if (plan->steps == NULL || plan->shapes == NULL || plan->offset == NULL ||
        plan->pointers == NULL || b->marks == NULL || b->buffers == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "plan of %zu layers", plan->n_nodes);

    enum ecam_status status = ecam_graph_infer(request->graph, &request->input,
                                               (uint32_t)(plan->n_nodes - 1), plan->shapes, err);
    if (status != ECAM_OK)
        return status;
    mark_needed(b);
    status = count_macs(b, err);
    if (status != ECAM_OK)
        return status;
    make_steps(b);
    status = place_values(b, err);
    if (status != ECAM_OK)
        return status;
    if (plan->arena_floats > request->max_arena_bytes / sizeof(float))
        return ecam_fail(err, ECAM_ERR_LIMIT,
                         "the activations need %zu bytes at this input size, %llu are allowed",
                         plan->arena_floats * sizeof(float),
                         (unsigned long long)request->max_arena_bytes);
    note_offsets(b);
    return ECAM_OK;
}

enum ecam_status ecam_plan_build(const struct ecam_plan_request *request, struct ecam_plan **out,
                                 struct ecam_error *err)
{
    assert(request->n_wanted >= 1);
    struct builder b = { .request = request };
    enum ecam_status status;
    uint32_t upto = 0;
    for (size_t i = 0; i < request->n_wanted; i++)
        upto = request->wanted[i] > upto ? request->wanted[i] : upto;
    b.plan = ecam_calloc(1, sizeof *b.plan);
    if (b.plan == NULL) {
        status = ecam_fail(err, ECAM_ERR_NOMEM, "plan");
        goto out;
    }
    b.plan->n_nodes = (size_t)upto + 1;
    status = build(&b, err);
    if (status != ECAM_OK)
        goto out;
    *out = b.plan; /* handed over */
    b.plan = NULL;
out:
    ecam_free(b.buffers);
    ecam_free(b.marks);
    ecam_plan_free(b.plan);
    return status;
}

void ecam_plan_free(struct ecam_plan *plan)
{
    if (plan == NULL)
        return;
    ecam_free(plan->pointers);
    ecam_free(plan->offset);
    ecam_free(plan->shapes);
    ecam_free(plan->steps);
    ecam_free(plan);
}
