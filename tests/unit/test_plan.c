/* SPDX-License-Identifier: BSD-2-Clause */
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
    ck_assert_ptr_nonnull(stem->norm);
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
    ck_assert_ptr_null(conv->norm);
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
    ck_assert_uint_eq(plan->n_steps, 3); /* two convolutions, the sum with its ReLU */
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

/* Brute force over a plan: what a step writes may overlap neither what it reads
 * (but in place) nor anything that is still to be read or was asked for. */
START_TEST(no_step_overwrites_what_is_needed_later)
{
    struct tnet net = tnet_small();
    const struct ecam_graph *graph = net.model->network->graph;
    for (uint32_t tap = 1; tap < graph->n_nodes; tap++) {
        const uint32_t wanted[] = { tap, node(&net, "fc") };
        struct ecam_plan *plan = plan_for(&net, wanted, 2);
        for (size_t s = 0; s < plan->n_steps; s++) {
            const struct ecam_step *writer = &plan->steps[s];
            size_t n = 0, m = 0;
            ecam_shape_count(&writer->out_shape, &n);
            const size_t out = plan->offset[writer->value];
            for (size_t r = s + 1; r <= plan->n_steps; r++) {
                const struct ecam_step *reader = r < plan->n_steps ? &plan->steps[r] : NULL;
                const size_t reads = reader != NULL ? reader->n_in : 2;
                for (size_t j = 0; j < reads; j++) {
                    const uint32_t in = reader != NULL ? reader->node->inputs[j] : wanted[j];
                    bool is_earlier = in == 0;
                    for (size_t w = 0; w < s; w++)
                        is_earlier = is_earlier || plan->steps[w].value == in;
                    if (!is_earlier)
                        continue; /* written by this step or later, or a view */
                    ecam_shape_count(&plan->shapes[in], &m);
                    const size_t at = plan->offset[in];
                    ck_assert_msg(at + m <= out || out + n <= at, "tap %s: %s overwrites %s",
                                  graph->nodes[tap].name, writer->node->name,
                                  graph->nodes[in].name);
                }
            }
        }
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
    };
    return tu_main("plan", tests, sizeof tests / sizeof *tests);
}
