/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/plan.h"

#include <assert.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/common.h"
#include "engine/error.h"
#include "engine/place.h"

/* What is known of a node while the plan is made. */
struct mark {
    bool is_wanted, is_absorbed;
    uint32_t n_readers; /* needed nodes that read the value */
    uint32_t reader;    /* the first of them */
    uint32_t root;      /* the node whose memory holds the value: itself, unless a view */
};

struct builder {
    const struct ecam_plan_request *request;
    struct ecam_plan *plan;
    struct mark *marks; /* one a node */
    bool *needed;       /* likewise */
    struct ecam_value *values;
    struct ecam_step_values *step_values; /* one a step */
    uint32_t *numbers;                    /* the block behind their `in` */
    size_t n_inputs;                      /* of all steps so far */
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
        b->needed[b->request->wanted[i]] = true;
    }
    b->needed[0] = true; /* the input has a place even if only it is tapped */
    for (size_t i = b->plan->n_nodes; i-- > 0;) {
        if (!b->needed[i])
            continue;
        const struct ecam_node *node = &graph->nodes[i];
        for (size_t j = 0; j < node->n_inputs; j++) {
            struct mark *in = &b->marks[node->inputs[j]];
            b->needed[node->inputs[j]] = true;
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
        const struct ecam_node *node = &graph->nodes[i];
        if (!b->needed[i] || node->n_inputs == 0)
            continue;
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

/* ---- Steps ---- */

static uint32_t number_of(uint32_t node, enum ecam_layout layout)
{
    return ECAM_LAYOUTS * node + (uint32_t)layout;
}

/* Whether a node's value is there before the next step runs. */
static bool is_computed(const struct builder *b, uint32_t node)
{
    const uint32_t root = b->marks[node].root;
    return b->values[number_of(root, ECAM_PLAIN)].is_stored ||
           b->values[number_of(root, ECAM_BLOCKED)].is_stored;
}

/* Lets a step take over the nodes behind it, as long as nobody else, and no tap,
 * sees the value between. Returns what is added on the way, or ECAM_NO_NODE. */
static uint32_t absorb_followers(const struct builder *b, struct ecam_step *step)
{
    uint32_t added = ECAM_NO_NODE;
    while (step->ops->absorb != NULL) {
        const struct mark *mark = &b->marks[step->value];
        if (mark->is_wanted || mark->n_readers != 1)
            break;
        const struct ecam_node *next = &b->request->graph->nodes[mark->reader];
        uint32_t other = ECAM_NO_NODE;
        if (next->n_inputs == 2) {
            other = next->inputs[next->inputs[0] == step->value ? 1 : 0];
            if (!is_computed(b, other) ||
                !ecam_shape_equal(&b->plan->shapes[other], &b->plan->shapes[step->value]))
                break;
        } else if (next->n_inputs != 1) {
            break;
        }
        if (!step->ops->absorb(step, next))
            break;
        if (other != ECAM_NO_NODE)
            added = other;
        step->value = mark->reader;
        b->marks[mark->reader].is_absorbed = true;
    }
    return added;
}

/* The next step, with room for its inputs. */
static struct ecam_step *new_step(struct builder *b, const struct ecam_node *node, size_t n_in)
{
    struct ecam_plan *plan = b->plan;
    struct ecam_step *step = &plan->steps[plan->n_steps];
    *step = (struct ecam_step){ .ops = node->ops,
                                .node = node,
                                .value = (uint32_t)(node - b->request->graph->nodes),
                                .kernels = b->request->kernels,
                                .goal = b->request->goal,
                                .allow_winograd = b->request->allow_winograd,
                                .n_in = n_in,
                                .in = plan->pointers + b->n_inputs,
                                .in_shape = plan->in_shapes + b->n_inputs,
                                .in_at = plan->places + 2 * b->n_inputs };
    step->in_image = step->in_at + n_in;
    b->step_values[plan->n_steps] =
        (struct ecam_step_values){ .in = b->numbers + b->n_inputs, .add = ECAM_NO_VALUE };
    b->n_inputs += n_in;
    return step;
}

/* The last step made becomes one of the plan and writes its value. */
static enum ecam_status seal_step(struct builder *b, struct ecam_error *err)
{
    const size_t s = b->plan->n_steps++;
    const struct ecam_step *step = &b->plan->steps[s];
    const uint32_t number = number_of(step->value, step->out_layout);
    struct ecam_value *out = &b->values[number];
    if (!ecam_layout_image(&step->out_shape, step->out_layout, &out->image) ||
        !ecam_mul_size(out->image, step->out_shape.dim[0], &out->floats))
        return ecam_fail(err, ECAM_ERR_LIMIT, "layer '%s': the output is too large",
                         step->node->name);
    b->step_values[s].out = number;
    out->is_stored = true;
    out->first = out->last = s + 1;
    return ECAM_OK;
}

/* Sees to it that a root's value lies in `layout`, by a step of its own if it must. */
static enum ecam_status want_layout(struct builder *b, uint32_t root, enum ecam_layout layout,
                                    struct ecam_error *err)
{
    if (b->values[number_of(root, layout)].is_stored)
        return ECAM_OK;
    const enum ecam_layout given = layout == ECAM_PLAIN ? ECAM_BLOCKED : ECAM_PLAIN;
    assert(b->values[number_of(root, given)].is_stored);
    struct ecam_step *step = new_step(b, &b->request->graph->nodes[root], 1);
    step->ops = b->request->reorder;
    step->in_shape[0] = step->out_shape = b->plan->shapes[root];
    step->in_layout = given;
    step->out_layout = layout;
    b->step_values[b->plan->n_steps].in[0] = number_of(root, given);
    return seal_step(b, err);
}

static enum ecam_layout layout_of(const struct builder *b, uint32_t node)
{
    const uint32_t root = b->marks[node].root;
    /* A flattened value has rows and columns no more: it is read as it was made. */
    return b->plan->shapes[node].rank == 4 && b->values[number_of(root, ECAM_BLOCKED)].is_stored
               ? ECAM_BLOCKED
               : ECAM_PLAIN;
}

/* The layout in which the largest of the inputs lies. */
static enum ecam_layout given_layout(const struct builder *b, const struct ecam_node *node)
{
    size_t largest = 0, most = 0, count;
    for (size_t j = 0; j < node->n_inputs; j++)
        if (ecam_shape_count(&b->plan->shapes[node->inputs[j]], &count) && count > most) {
            most = count;
            largest = j;
        }
    return layout_of(b, node->inputs[largest]);
}

/* The layout in which a step reads a node's value: what has no rows and columns is plain. */
static enum ecam_layout read_layout(const struct builder *b, const struct ecam_step *step,
                                    uint32_t node)
{
    return b->plan->shapes[node].rank == 4 ? step->in_layout : ECAM_PLAIN;
}

static enum ecam_status make_step(struct builder *b, const struct ecam_node *node,
                                  struct ecam_error *err)
{
    struct ecam_plan *plan = b->plan;
    struct ecam_step draft = { .ops = node->ops,
                               .node = node,
                               .value = (uint32_t)(node - b->request->graph->nodes),
                               .goal = b->request->goal,
                               .allow_winograd = b->request->allow_winograd };
    const uint32_t added = absorb_followers(b, &draft);
    const struct ecam_shape out_shape = plan->shapes[draft.value];
    struct ecam_shape in_shape[ECAM_MAX_STEP_INPUTS];
    for (size_t j = 0; j < node->n_inputs; j++)
        in_shape[j] = plan->shapes[node->inputs[j]];
    draft.in_shape = in_shape;
    draft.out_shape = out_shape;
    if (draft.ops->layout != NULL && node->n_inputs > 0)
        draft.in_layout = draft.ops->layout(&draft, given_layout(b, node), &draft.out_layout);
    enum ecam_status status = ECAM_OK;
    for (size_t j = 0; status == ECAM_OK && j < node->n_inputs; j++)
        status = want_layout(b, b->marks[node->inputs[j]].root,
                             read_layout(b, &draft, node->inputs[j]), err);
    if (status == ECAM_OK && added != ECAM_NO_NODE)
        status = want_layout(b, b->marks[added].root, draft.out_layout, err);
    if (status != ECAM_OK)
        return status;

    struct ecam_step *step = new_step(b, node, node->n_inputs);
    step->ops = draft.ops;
    step->node = draft.node;
    step->value = draft.value;
    step->out_shape = out_shape;
    step->in_layout = draft.in_layout;
    step->out_layout = draft.out_layout;
    step->pre = draft.pre;
    step->pre_relu = draft.pre_relu;
    step->norms = draft.norms;
    step->pool = draft.pool;
    step->has_add = draft.has_add;
    step->relu = draft.relu;
    struct ecam_step_values *numbers = &b->step_values[plan->n_steps];
    for (size_t j = 0; j < node->n_inputs; j++) {
        step->in_shape[j] = in_shape[j];
        numbers->in[j] =
            number_of(b->marks[node->inputs[j]].root, read_layout(b, step, node->inputs[j]));
    }
    if (added != ECAM_NO_NODE)
        numbers->add = number_of(b->marks[added].root, step->out_layout);
    status = seal_step(b, err);
    if (status == ECAM_OK && step->ops->choose != NULL)
        status = step->ops->choose(step, err);
    return status;
}

/* Views have no memory of their own; asking for one asks for what it views. A view of
 * rank 4 has rows and columns, which a blocked value must know: it shares memory only
 * where they are those of what it views, and is copied else. */
static void find_roots(const struct builder *b)
{
    for (size_t i = 0; i < b->plan->n_nodes; i++) {
        const struct ecam_node *node = &b->request->graph->nodes[i];
        struct mark *mark = &b->marks[i];
        mark->root = (uint32_t)i;
        if (i == 0 || !b->needed[i] || (node->ops->traits & ECAM_LAYER_VIEW) == 0)
            continue;
        const uint32_t root = b->marks[node->inputs[0]].root;
        const struct ecam_shape *shape = &b->plan->shapes[i];
        if (shape->rank != 4 || ecam_shape_equal(shape, &b->plan->shapes[root])) {
            mark->root = root;
            b->marks[root].is_wanted |= mark->is_wanted;
        }
    }
}

static enum ecam_status make_steps(struct builder *b, struct ecam_error *err)
{
    const struct ecam_plan *plan = b->plan;
    struct ecam_value *input = &b->values[number_of(0, ECAM_PLAIN)];
    input->is_stored = true;
    ecam_shape_count(&plan->shapes[0], &input->floats);
    input->image = input->floats / plan->shapes[0].dim[0];
    for (size_t i = 1; i < plan->n_nodes; i++) {
        const struct mark *mark = &b->marks[i];
        if (!b->needed[i] || mark->is_absorbed || mark->root != i)
            continue;
        enum ecam_status status = make_step(b, &b->request->graph->nodes[i], err);
        const uint32_t value = plan->steps[plan->n_steps - 1].value;
        if (status == ECAM_OK && b->marks[value].is_wanted)
            status = want_layout(b, value, ECAM_PLAIN, err);
        if (status != ECAM_OK)
            return status;
    }
    return ECAM_OK;
}

/* The last step that reads each value; a wanted one is read behind the last step. */
static void find_last_reads(const struct builder *b)
{
    const struct ecam_plan *plan = b->plan;
    for (size_t s = 0; s < plan->n_steps; s++) {
        const struct ecam_step_values *now = &b->step_values[s];
        for (size_t j = 0; j < plan->steps[s].n_in; j++)
            b->values[now->in[j]].last = s + 1;
        if (now->add != ECAM_NO_VALUE)
            b->values[now->add].last = s + 1;
    }
    for (uint32_t i = 0; i < plan->n_nodes; i++)
        if (b->marks[i].is_wanted)
            b->values[number_of(b->marks[i].root, ECAM_PLAIN)].last = plan->n_steps + 1;
}

/* Views of a value that is stored plain lie where it lies. */
static void note_views(const struct builder *b)
{
    for (size_t i = 0; i < b->plan->n_nodes; i++)
        if (b->needed[i] && b->marks[i].root != i)
            b->plan->offset[i] = b->plan->offset[b->marks[i].root];
}

static enum ecam_status allocate(struct builder *b, struct ecam_error *err)
{
    const struct ecam_graph *graph = b->request->graph;
    struct ecam_plan *plan = b->plan;
    /* A step a node, and one to give its value the other layout. */
    const size_t max_steps = 2 * plan->n_nodes;
    size_t n_inputs = plan->n_nodes;
    for (size_t i = 0; i < plan->n_nodes; i++)
        n_inputs += graph->nodes[i].n_inputs;
    plan->steps = ecam_calloc(max_steps, sizeof *plan->steps);
    plan->shapes = ecam_calloc(plan->n_nodes, sizeof *plan->shapes);
    plan->offset = ecam_calloc(plan->n_nodes, sizeof *plan->offset);
    plan->pointers = ecam_calloc(n_inputs, sizeof *plan->pointers);
    plan->in_shapes = ecam_calloc(n_inputs, sizeof *plan->in_shapes);
    plan->places = ecam_calloc(2 * n_inputs, sizeof *plan->places);
    b->marks = ecam_calloc(plan->n_nodes, sizeof *b->marks);
    b->needed = ecam_calloc(plan->n_nodes, sizeof *b->needed);
    b->values = ecam_calloc(ECAM_LAYOUTS * plan->n_nodes, sizeof *b->values);
    b->step_values = ecam_calloc(max_steps, sizeof *b->step_values);
    b->numbers = ecam_calloc(n_inputs, sizeof *b->numbers);
    if (plan->steps == NULL || plan->shapes == NULL || plan->offset == NULL ||
        plan->pointers == NULL || plan->in_shapes == NULL || plan->places == NULL ||
        b->marks == NULL || b->needed == NULL || b->values == NULL || b->step_values == NULL ||
        b->numbers == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "plan of %zu layers", plan->n_nodes);
    return ECAM_OK;
}

static enum ecam_status build(struct builder *b, struct ecam_error *err)
{
    const struct ecam_plan_request *request = b->request;
    struct ecam_plan *plan = b->plan;
    enum ecam_status status = allocate(b, err);
    if (status != ECAM_OK)
        return status;
    mark_needed(b);
    status = ecam_graph_infer(request->graph, &request->input, b->needed,
                              (uint32_t)(plan->n_nodes - 1), plan->shapes, err);
    if (status != ECAM_OK)
        return status;
    find_roots(b);
    status = count_macs(b, err);
    if (status == ECAM_OK)
        status = make_steps(b, err);
    if (status != ECAM_OK)
        return status;
    find_last_reads(b);
    status = ecam_place_values(plan, b->values, b->step_values, err);
    if (status != ECAM_OK)
        return status;
    if (plan->arena_floats > request->max_arena_bytes / sizeof(float))
        return ecam_fail(err, ECAM_ERR_LIMIT,
                         "the activations need %zu bytes at this input size, %llu are allowed",
                         plan->arena_floats * sizeof(float),
                         (unsigned long long)request->max_arena_bytes);
    note_views(b);
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
    ecam_free(b.numbers);
    ecam_free(b.step_values);
    ecam_free(b.values);
    ecam_free(b.needed);
    ecam_free(b.marks);
    ecam_plan_free(b.plan);
    return status;
}

void ecam_plan_free(struct ecam_plan *plan)
{
    if (plan == NULL)
        return;
    ecam_free(plan->places);
    ecam_free(plan->in_shapes);
    ecam_free((void *)plan->pointers);
    ecam_free(plan->offset);
    ecam_free(plan->shapes);
    ecam_free(plan->steps);
    ecam_free(plan);
}
