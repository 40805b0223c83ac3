/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/plan.h"
#include "layers/kernels/kernels.h"
#include "tests/unit/tnet.h"
#include "tests/unit/tu.h"

static struct ecam_plan *plan_for(const struct tnet *net, const uint32_t *wanted, size_t n)
{
    const struct ecam_plan_request request = {
        .graph = net->model->network->graph,
        .input = ecam_model_input_shape(net->model, 0, 0, 0),
        .wanted = wanted,
        .n_wanted = n,
        .kernels = ecam_kernels_get(ECAM_ISA_SCALAR),
        .reorder = ecam_model_reorder(),
        .max_macs = UINT64_MAX,
        .max_arena_bytes = UINT64_MAX,
    };
    struct ecam_plan *plan = NULL;
    struct ecam_error err;
    const enum ecam_status status = ecam_plan_build(&request, &plan, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return plan;
}

static uint32_t node(const struct tnet *net, const char *name)
{
    const uint32_t found = ecam_graph_find(net->model->network->graph, name);
    ck_assert_uint_ne(found, ECAM_NO_NODE);
    return found;
}

static const struct ecam_step *step_of(const struct ecam_plan *plan, uint32_t value)
{
    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->steps[i].value == value)
            return &plan->steps[i];
    return NULL;
}

START_TEST(a_convolution_takes_its_norm_and_relu_along)
{
    struct tnet net = tnet_small();
    const uint32_t output = node(&net, "fc");
    struct ecam_plan *plan = plan_for(&net, &output, 1);
    const struct ecam_step *stem = step_of(plan, node(&net, "stem.relu"));
    ck_assert_ptr_nonnull(stem);
    ck_assert_str_eq(stem->node->name, "stem.conv");
    ck_assert_ptr_nonnull(stem->norms.node[0]);
    ck_assert(stem->relu);
    ck_assert_uint_eq(plan->offset[node(&net, "stem.bn")], ECAM_NO_OFFSET);
    ecam_plan_free(plan);
    tnet_free(&net);
}
END_TEST

START_TEST(a_tap_in_the_middle_stops_the_fold)
{
    struct tnet net = tnet_small();
    const uint32_t wanted[] = { node(&net, "stem.conv"), node(&net, "block.a.bn") };
    struct ecam_plan *plan = plan_for(&net, wanted, 2);
    const struct ecam_step *conv = step_of(plan, wanted[0]);
    ck_assert_ptr_null(conv->norms.node[0]);
    ck_assert(!conv->relu);
    const struct ecam_step *half = step_of(plan, wanted[1]);
    ck_assert_str_eq(half->node->name, "block.a.conv"); /* the norm is folded, the ReLU not */
    ck_assert(!half->relu);
    ecam_plan_free(plan);
    tnet_free(&net);
}
END_TEST

START_TEST(nothing_behind_the_last_tap_runs)
{
    struct tnet net = tnet_small();
    const uint32_t wanted = node(&net, "block");
    struct ecam_plan *plan = plan_for(&net, &wanted, 1);
    /* Two convolutions, the sum with its ReLU, the tap made plain. */
    ck_assert_uint_eq(plan->n_steps, 4);
    ck_assert_ptr_null(step_of(plan, node(&net, "pool")));
    ecam_plan_free(plan);
    tnet_free(&net);
}
END_TEST

START_TEST(a_branch_that_no_tap_needs_does_not_run)
{
    struct tnet net = tnet_small();
    const uint32_t wanted = node(&net, "pool");
    struct ecam_plan *plan = plan_for(&net, &wanted, 1);
    for (size_t i = 0; i < plan->n_steps; i++)
        ck_assert_int_ne(strncmp(plan->steps[i].node->name, "left", 4), 0);
    ecam_plan_free(plan);
    tnet_free(&net);
}
END_TEST

/* Runs a plan on labels instead of floats: each float of the arena knows which value was
 * written there last, and a step must find what it reads, whatever lies over what. */
struct shadow {
    const struct ecam_plan *plan;
    uint32_t *label; /* one a float of the arena */
};

static uint32_t label_of(uint32_t node, enum ecam_layout layout)
{
    return 2 * node + (uint32_t)layout + 1;
}

static size_t image_floats(const struct ecam_shape *shape, enum ecam_layout layout)
{
    size_t floats = 0;
    tu_assert(ecam_layout_image(shape, layout, &floats));
    return floats;
}

static void mark(struct shadow *s, size_t at, size_t floats, uint32_t label)
{
    tu_assert(at + floats <= s->plan->arena_floats);
    for (size_t i = 0; i < floats; i++)
        s->label[at + i] = label;
}

/* Labels of what a value is made of: itself, or for a concatenation its parts. */
static bool is_part(const struct ecam_graph *graph, uint32_t label, uint32_t node,
                    enum ecam_layout layout)
{
    const struct ecam_node *n = &graph->nodes[node];
    if (label == label_of(node, layout))
        return true;
    const bool is_view = node != 0 && (n->ops->traits & ECAM_LAYER_VIEW) != 0;
    if (!is_view && (n->ops->traits & ECAM_LAYER_JOINS) == 0)
        return false;
    for (size_t j = 0; j < n->n_inputs; j++)
        if (is_part(graph, label, n->inputs[j], layout))
            return true;
    return false;
}

static void expect(const struct ecam_graph *graph, const struct shadow *s, size_t at, size_t floats,
                   uint32_t node, enum ecam_layout layout, const char *reader)
{
    for (size_t i = 0; i < floats; i++)
        tu_assert_msg(is_part(graph, s->label[at + i], node, layout),
                      "%s reads %s, finds value %u at %zu", reader, graph->nodes[node].name,
                      s->label[at + i], i);
}

static void run_labels(const struct tnet *net, const struct ecam_plan *plan, const uint32_t *wanted,
                       size_t n_wanted)
{
    const struct ecam_graph *graph = net->model->network->graph;
    struct shadow s = { plan, calloc(plan->arena_floats, sizeof *s.label) };
    mark(&s, plan->offset[0], image_floats(&plan->shapes[0], ECAM_PLAIN), label_of(0, ECAM_PLAIN));
    for (size_t i = 0; i < plan->n_steps; i++) {
        const struct ecam_step *step = &plan->steps[i];
        const bool is_reorder = step->ops != step->node->ops && step->pre.node[0] == NULL;
        for (size_t j = 0; j < step->n_in; j++) {
            const uint32_t in = is_reorder                  ? step->value
                                : step->pre.node[0] != NULL ? step->pre.node[0]->inputs[j]
                                                            : step->node->inputs[j];
            const enum ecam_layout in_layout =
                step->in_shape[j].rank == 4 ? step->in_layout : ECAM_PLAIN;
            expect(graph, &s, step->in_at[j], image_floats(&step->in_shape[j], in_layout), in,
                   in_layout, step->node->name);
        }
        const size_t out = image_floats(&step->out_shape, step->out_layout);
        for (size_t j = 0; j < step->n_in; j++) {
            const size_t in = image_floats(
                &step->in_shape[j], step->in_shape[j].rank == 4 ? step->in_layout : ECAM_PLAIN);
            const unsigned in_place[] = { ECAM_LAYER_IN_PLACE, ECAM_LAYER_IN_PLACE_1 };
            const bool is_apart =
                step->in_at[j] + in <= step->out_at || step->out_at + out <= step->in_at[j];
            const bool may_be = (step->ops->traits & ECAM_LAYER_JOINS) != 0 ||
                                (j < 2 && (step->ops->traits & in_place[j]) != 0 &&
                                 step->in_at[j] == step->out_at && in == out);
            ck_assert_msg(is_apart || may_be, "%s overwrites what it reads", step->node->name);
        }
        if (step->work_floats != 0)
            mark(&s, step->work_at, step->work_floats, UINT32_MAX);
        for (size_t at = step->out_at; at < step->out_at + out; at++) {
            bool is_in_place = false; /* a part of a concatenation that stays what it is */
            for (size_t j = 0; j < step->n_in && (step->ops->traits & ECAM_LAYER_JOINS); j++)
                is_in_place = is_in_place || (at >= step->in_at[j] &&
                                              at < step->in_at[j] + image_floats(&step->in_shape[j],
                                                                                 step->in_layout));
            if (!is_in_place)
                mark(&s, at, 1, label_of(step->value, step->out_layout));
        }
    }
    for (size_t i = 0; i < n_wanted; i++)
        expect(graph, &s, plan->offset[wanted[i]],
               image_floats(&plan->shapes[wanted[i]], ECAM_PLAIN), wanted[i], ECAM_PLAIN, "a tap");
    free(s.label);
}

START_TEST(no_step_overwrites_what_is_needed_later)
{
    struct tnet net = tnet_small();
    const struct ecam_graph *graph = net.model->network->graph;
    for (uint32_t tap = 1; tap < graph->n_nodes; tap++) {
        const uint32_t wanted[] = { tap, node(&net, "fc") };
        struct ecam_plan *plan = plan_for(&net, wanted, 2);
        run_labels(&net, plan, wanted, 2);
        ecam_plan_free(plan);
    }
    tnet_free(&net);
}
END_TEST

/* Two concatenations, the second of the first and one more, all of whole blocks. */
static struct tnet growing_net(size_t growth)
{
    struct tnet net = tnet_new(3, 9);
    const uint32_t a = tnet_conv_bn_relu(&net, "a", 0, 3, 32, 3, 1);
    const uint32_t b = tnet_conv_bn_relu(&net, "b", a, 32, growth, 3, 1);
    const uint32_t ab = tnet_add(&net, "concat", "ab", 2, (uint32_t[]){ a, b });
    const uint32_t c = tnet_conv_bn_relu(&net, "c", ab, 32 + growth, 16, 3, 1);
    const uint32_t abc = tnet_add(&net, "concat", "abc", 2, (uint32_t[]){ ab, c });
    const uint32_t pool = tnet_add(&net, "global_avgpool", "pool", 1, &abc);
    struct ecam_error err;
    const enum ecam_status status = tnet_finish(&net, pool, abc, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return net;
}

START_TEST(concatenations_are_made_in_place)
{
    for (size_t growth = 16; growth <= 24; growth += 8) {
        struct tnet net = growing_net(growth);
        const uint32_t wanted = node(&net, "pool");
        struct ecam_plan *plan = plan_for(&net, &wanted, 1);
        const size_t plane = 9 * 9;
        const struct ecam_step *a = step_of(plan, node(&net, "a.relu"));
        const struct ecam_step *b = step_of(plan, node(&net, "b.relu"));
        const struct ecam_step *c = step_of(plan, node(&net, "c.relu"));
        const struct ecam_step *abc = step_of(plan, node(&net, "abc"));
        ck_assert_uint_eq(a->out_at, abc->out_at);
        ck_assert_uint_eq(b->out_at, a->out_at + 32 * plane);
        /* 24 channels end inside a block: what follows has to be copied. */
        ck_assert_int_eq(c->out_at == a->out_at + (32 + growth) * plane, growth == 16);
        run_labels(&net, plan, &wanted, 1);
        ecam_plan_free(plan);
        tnet_free(&net);
    }
}
END_TEST

/* A batch-norm or a `scale` with its own random numbers. */
static uint32_t add_norm(struct tnet *net, const char *kind, const char *name, uint32_t in,
                         size_t c)
{
    const uint32_t norm = tnet_add(net, kind, name, 1, &in);
    tnet_weight(net, norm, "weight", 1.0f, 1, &c);
    tnet_weight(net, norm, "bias", 0.0f, 1, &c);
    if (kind[0] == 'b') {
        tnet_weight(net, norm, "mean", 0.0f, 1, &c);
        tnet_weight(net, norm, "var", 1.5f, 1, &c);
    }
    return norm;
}

static uint32_t add_conv(struct tnet *net, const char *name, uint32_t in, size_t in_c, size_t out_c)
{
    const uint32_t conv = tnet_add(net, "conv2d", name, 1, &in);
    tnet_weight(net, conv, "weight", 0.0f, 4, (size_t[]){ out_c, in_c, 1, 1 });
    return conv;
}

START_TEST(norms_in_a_row_are_taken_together_in_front_of_a_convolution_and_behind)
{
    struct tnet net = tnet_new(3, 9);
    uint32_t at = add_conv(&net, "a", 0, 3, 20);
    at = add_norm(&net, "batchnorm", "a.bn", at, 20);
    at = add_norm(&net, "scale", "a.scale", at, 20);
    at = add_norm(&net, "scale", "a.third", at, 20);
    at = add_norm(&net, "batchnorm", "b.bn", at, 20);
    at = tnet_add(&net, "relu", "b.relu", 1, &at);
    at = add_conv(&net, "b", at, 20, 5);
    at = add_norm(&net, "scale", "b.scale", at, 5);
    struct ecam_error err;
    ck_assert_msg(tnet_finish(&net, at, at, &err) == ECAM_OK, "%s", err.text);
    struct ecam_plan *plan = plan_for(&net, &at, 1);
    const struct ecam_step *a = step_of(plan, node(&net, "a.scale")), *b = step_of(plan, at);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_str_eq(a->norms.node[0]->name, "a.bn");
    ck_assert_str_eq(a->norms.node[1]->name, "a.scale");
    ck_assert_str_eq(b->node->name, "b");
    ck_assert_str_eq(b->pre.node[0]->name, "a.third");
    ck_assert_str_eq(b->pre.node[1]->name, "b.bn");
    ck_assert(b->pre_relu);
    ck_assert_str_eq(b->norms.node[0]->name, "b.scale");
    ck_assert_ptr_null(b->norms.node[1]);
    run_labels(&net, plan, &at, 1);
    ecam_plan_free(plan);
    tnet_free(&net);
}
END_TEST

/* Squeeze and excite with the gate in front, a number for all, a vector of rank 3: values
 * that are smaller than what is made of them. */
static struct tnet gated_net(void)
{
    struct tnet net = tnet_new(3, 9);
    const uint32_t stem = tnet_conv_bn_relu(&net, "stem", 0, 3, 19, 3, 1);
    uint32_t gate = tnet_add(&net, "global_avgpool", "mean", 1, &stem);
    gate = add_conv(&net, "fc", gate, 19, 19);
    gate = tnet_add(&net, "sigmoid", "gate", 1, &gate);
    uint32_t at = tnet_add(&net, "mul", "gated", 2, (uint32_t[]){ gate, stem });
    const uint32_t one = tnet_add(&net, "constant", "one", 0, NULL);
    tnet_weight(&net, one, "value", 1.0f, 1, (size_t[]){ 1 });
    const uint32_t each = tnet_add(&net, "constant", "each", 0, NULL);
    tnet_weight(&net, each, "value", 0.0f, 3, (size_t[]){ 19, 1, 1 });
    at = tnet_add(&net, "sub", "less", 2, (uint32_t[]){ one, at });
    at = tnet_add(&net, "add", "more", 2, (uint32_t[]){ at, each });
    at = tnet_add(&net, "relu", "more.relu", 1, &at);
    const uint32_t pool = tnet_add(&net, "global_avgpool", "pool", 1, &at);
    at = tnet_add(&net, "div", "apart", 2, (uint32_t[]){ at, pool }); /* both are needed */
    at = tnet_add(&net, "max", "last", 2, (uint32_t[]){ at, stem });
    struct ecam_error err;
    const enum ecam_status status = tnet_finish(&net, at, at, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return net;
}

START_TEST(arithmetic_with_small_values_stays_in_blocks_and_in_place)
{
    struct tnet net = gated_net();
    const uint32_t last = node(&net, "last");
    struct ecam_plan *plan = plan_for(&net, &last, 1);
    for (size_t i = 0; i < plan->n_steps; i++) { /* but of single pixels, for a dense layer */
        const struct ecam_step *step = &plan->steps[i];
        if (step->ops == ecam_model_reorder() && step->out_shape.dim[2] != 1)
            ck_assert_uint_eq(step->value, last);
    }
    const struct ecam_step *less = step_of(plan, node(&net, "less"));
    const struct ecam_step *more = step_of(plan, node(&net, "more.relu"));
    ck_assert_uint_eq(less->out_at, less->in_at[1]);
    ck_assert_uint_eq(more->out_at, more->in_at[0]);
    ck_assert(more->relu);
    run_labels(&net, plan, &last, 1);
    ecam_plan_free(plan);
    for (uint32_t tap = 1; tap < last; tap++) {
        const uint32_t wanted[] = { tap, last };
        plan = plan_for(&net, wanted, 2);
        run_labels(&net, plan, wanted, 2);
        ecam_plan_free(plan);
    }
    tnet_free(&net);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_convolution_takes_its_norm_and_relu_along,
        a_tap_in_the_middle_stops_the_fold,
        nothing_behind_the_last_tap_runs,
        a_branch_that_no_tap_needs_does_not_run,
        no_step_overwrites_what_is_needed_later,
        concatenations_are_made_in_place,
        norms_in_a_row_are_taken_together_in_front_of_a_convolution_and_behind,
        arithmetic_with_small_values_stays_in_blocks_and_in_place,
    };
    return tu_main("plan", tests, sizeof tests / sizeof *tests);
}
