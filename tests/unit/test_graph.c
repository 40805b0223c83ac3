/* SPDX-License-Identifier: BSD-2-Clause */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/graph.h"
#include "layers/registry.h"
#include "tests/unit/tu.h"

static struct ecam_error err;

static uint32_t add(struct ecam_graph *graph, const char *kind, const char *name, uint32_t input)
{
    uint32_t node = ECAM_NO_NODE;
    ck_assert_int_eq(ecam_graph_add(graph, kind, name, &input, 1, &node, &err), ECAM_OK);
    return node;
}

/* input -> a -> b */
static struct ecam_graph *small(void)
{
    struct ecam_graph *graph = ecam_graph_new();
    ck_assert_ptr_nonnull(graph);
    uint32_t node;
    ck_assert_int_eq(ecam_graph_add(graph, "input", "input", NULL, 0, &node, &err), ECAM_OK);
    graph->last = add(graph, "relu", "a", 0);
    graph->output = add(graph, "relu", "b", 1);
    return graph;
}

START_TEST(nodes_are_found_by_name_and_by_alias)
{
    struct ecam_graph *graph = small();
    ck_assert_int_eq(ecam_graph_alias(graph, "tail", 2, &err), ECAM_OK);
    ck_assert_uint_eq(ecam_graph_find(graph, "input"), 0);
    ck_assert_uint_eq(ecam_graph_find(graph, "a"), 1);
    ck_assert_uint_eq(ecam_graph_find(graph, "b"), 2);
    ck_assert_uint_eq(ecam_graph_find(graph, "tail"), 2);
    ck_assert_uint_eq(ecam_graph_find(graph, "tai"), ECAM_NO_NODE);
    ck_assert_uint_eq(ecam_graph_find(graph, ""), ECAM_NO_NODE);
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_OK);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(every_one_of_thousands_of_names_is_found)
{
    struct ecam_graph *graph = small();
    char name[32];
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "n%u", i * 7919u % 3001u);
        const uint32_t node = add(graph, "relu", name, i);
        snprintf(name, sizeof name, "z%u", i);
        ck_assert_int_eq(ecam_graph_alias(graph, name, node, &err), ECAM_OK);
    }
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "n%u", i * 7919u % 3001u);
        ck_assert_uint_eq(ecam_graph_find(graph, name), i + 3);
        snprintf(name, sizeof name, "z%u", i);
        ck_assert_uint_eq(ecam_graph_find(graph, name), i + 3);
    }
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_OK);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(a_name_is_taken_once)
{
    struct ecam_graph *graph = small();
    const uint32_t input = 0;
    uint32_t node = 77;
    ck_assert_int_eq(ecam_graph_alias(graph, "tail", 2, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_add(graph, "relu", "a", &input, 1, &node, &err), ECAM_ERR_FORMAT);
    ck_assert_int_eq(ecam_graph_add(graph, "relu", "tail", &input, 1, &node, &err),
                     ECAM_ERR_FORMAT);
    ck_assert_uint_eq(node, 77);
    ck_assert_uint_eq(graph->n_nodes, 3);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(an_alias_moves_to_the_last_run)
{
    struct ecam_graph *graph = small();
    ck_assert_int_eq(ecam_graph_alias(graph, "relu", 1, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_alias(graph, "relu", 2, &err), ECAM_OK);
    ck_assert_uint_eq(ecam_graph_find(graph, "relu"), 2);
    ck_assert_uint_eq(graph->n_aliases, 1);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(an_alias_does_not_hide_a_node)
{
    struct ecam_graph *graph = small();
    ck_assert_int_eq(ecam_graph_alias(graph, "a", 2, &err), ECAM_ERR_FORMAT);
    ck_assert_uint_eq(ecam_graph_find(graph, "a"), 1);
    ck_assert_int_eq(ecam_graph_alias(graph, "a", 1, &err), ECAM_OK);
    ck_assert_uint_eq(graph->n_aliases, 0);
    ck_assert_int_eq(ecam_graph_alias(graph, "x", 3, &err), ECAM_ERR_FORMAT);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(names_and_kinds_are_printable_and_short_enough)
{
    struct ecam_graph *graph = small();
    const uint32_t input = 0;
    uint32_t node;
    static const char *const bad[] = { "", "a\nb", "\x7f" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(ecam_graph_add(graph, "relu", bad[i], &input, 1, &node, &err),
                         ECAM_ERR_FORMAT);
        ck_assert_int_eq(ecam_graph_add(graph, bad[i], "x", &input, 1, &node, &err),
                         ECAM_ERR_FORMAT);
        ck_assert_int_eq(ecam_graph_alias(graph, bad[i], 1, &err), ECAM_ERR_FORMAT);
    }
    char kind[49] = "";
    memset(kind, 'a', 48); /* one more than fits */
    ck_assert_int_eq(ecam_graph_add(graph, kind, "x", &input, 1, &node, &err), ECAM_ERR_FORMAT);
    kind[47] = '\0';
    ck_assert_int_eq(ecam_graph_add(graph, kind, "x", &input, 1, &node, &err), ECAM_OK);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(nodes_can_be_taken_away_again)
{
    struct ecam_graph *graph = small();
    const size_t n = graph->n_nodes, n_aliases = graph->n_aliases;
    const uint32_t input = 0;
    uint32_t x, y;
    ck_assert_int_eq(ecam_graph_add(graph, "relu", "x", &input, 1, &x, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_alias(graph, "ex", x, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_add(graph, "relu", "y", &x, 1, &y, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_alias(graph, "why", y, &err), ECAM_OK);
    ecam_graph_truncate(graph, y);
    ck_assert_uint_eq(ecam_graph_find(graph, "ex"), x);
    ck_assert_uint_eq(ecam_graph_find(graph, "y"), ECAM_NO_NODE);
    ck_assert_uint_eq(ecam_graph_find(graph, "why"), ECAM_NO_NODE);
    ecam_graph_truncate(graph, n);
    ck_assert_uint_eq(graph->n_nodes, n);
    ck_assert_uint_eq(graph->n_aliases, n_aliases);
    ck_assert_uint_eq(ecam_graph_find(graph, "ex"), ECAM_NO_NODE);
    ck_assert_int_eq(ecam_graph_add(graph, "relu", "x", &input, 1, &x, &err), ECAM_OK);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(inputs_come_before)
{
    struct ecam_graph *graph = small();
    const uint32_t self = 3;
    uint32_t node;
    ck_assert_int_eq(ecam_graph_add(graph, "relu", "c", &self, 1, &node, &err), ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "node 'c': input 0 is node 3, only 3 come before");
    graph->nodes[1].inputs[0] = 2; /* a cycle that no builder would make */
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_ERR_FORMAT);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(attributes_are_set_once_and_replaced)
{
    struct ecam_graph *graph = small();
    const int64_t two[] = { 2, 3 }, nine[9] = { 0 };
    ck_assert_int_eq(ecam_graph_set_ints(graph, 1, "stride", two, 1, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_set_ints(graph, 1, "stride", two, 2, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_set_real(graph, 1, "eps", 1e-3, &err), ECAM_OK);
    ck_assert_uint_eq(graph->nodes[1].n_attrs, 2);
    const struct ecam_attr *stride = ecam_node_attr(&graph->nodes[1], "stride");
    ck_assert_ptr_nonnull(stride);
    ck_assert(!stride->is_real && stride->n == 2 && stride->value[1] == 3);
    const struct ecam_attr *eps = ecam_node_attr(&graph->nodes[1], "eps");
    ck_assert(eps != NULL && eps->is_real && eps->real == 1e-3);
    ck_assert_ptr_null(ecam_node_attr(&graph->nodes[1], "strid"));
    ck_assert_ptr_null(ecam_node_attr(&graph->nodes[2], "stride"));

    ck_assert_int_eq(ecam_graph_set_ints(graph, 1, "x", nine, 9, &err), ECAM_ERR_FORMAT);
    ck_assert_int_eq(ecam_graph_set_ints(graph, 1, "x", nine, 0, &err), ECAM_ERR_FORMAT);
    ck_assert_int_eq(ecam_graph_set_ints(graph, 1, "", two, 2, &err), ECAM_ERR_FORMAT);
    ck_assert_int_eq(ecam_graph_set_real(graph, 1, "x", (double)NAN, &err), ECAM_ERR_FORMAT);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(weights_are_found_by_role)
{
    struct ecam_graph *graph = small();
    const struct ecam_weight one = { .dtype = ECAM_DTYPE_F32 }, two = { .dtype = ECAM_DTYPE_F16 };
    ck_assert_int_eq(ecam_graph_set_weight(graph, 1, "weight", &one, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_set_weight(graph, 1, "bias", &one, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_set_weight(graph, 1, "bias", &two, &err), ECAM_OK);
    ck_assert_ptr_eq(ecam_node_weight(&graph->nodes[1], "weight"), &one);
    ck_assert_ptr_eq(ecam_node_weight(&graph->nodes[1], "bias"), &two);
    ck_assert_ptr_null(ecam_node_weight(&graph->nodes[1], "mean"));
    ck_assert_int_eq(ecam_graph_set_weight(graph, 1, "a-much-too-long-role", &one, &err),
                     ECAM_ERR_FORMAT);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(a_graph_has_one_input_and_knows_its_output)
{
    struct ecam_graph *graph = ecam_graph_new();
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_ERR_FORMAT);
    ecam_graph_free(graph);

    graph = small();
    graph->output = ECAM_NO_NODE;
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_ERR_FORMAT);
    graph->output = 2;
    graph->last = 3;
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_ERR_FORMAT);
    graph->last = 1;
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_OK);
    add(graph, "input", "second", 0);
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_ERR_FORMAT);
    ecam_graph_free(graph);
}
END_TEST

START_TEST(whether_a_node_needs_inputs_is_its_layers_business)
{
    struct ecam_graph *graph = small();
    uint32_t node;
    ck_assert_int_eq(ecam_graph_add(graph, "constant", "c", NULL, 0, &node, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_add(graph, "relu", "r", NULL, 0, &node, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_check(graph, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_resolve_node(graph, node, ecam_layer_find, &err), ECAM_ERR_FORMAT);
    ck_assert_str_eq(err.text, "layer 'r': a relu with 0 inputs, 1 to 1 are expected");
    ecam_graph_free(graph);
    ecam_graph_free(NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nodes_are_found_by_name_and_by_alias,
        every_one_of_thousands_of_names_is_found,
        a_name_is_taken_once,
        an_alias_moves_to_the_last_run,
        an_alias_does_not_hide_a_node,
        names_and_kinds_are_printable_and_short_enough,
        nodes_can_be_taken_away_again,
        inputs_come_before,
        attributes_are_set_once_and_replaced,
        weights_are_found_by_role,
        a_graph_has_one_input_and_knows_its_output,
        whether_a_node_needs_inputs_is_its_layers_business,
    };
    return tu_main("graph", tests, sizeof tests / sizeof *tests);
}
