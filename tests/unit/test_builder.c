/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/builder.h"

#include <string.h>

#include "tests/unit/fake_weights.h"
#include "tests/unit/tu.h"

static struct ecam_error err;

static void begin(struct ecam_build *b, struct ecam_weight_set *set, const char *prefix)
{
    ck_assert_int_eq(ecam_weight_set_seal(set, &err), ECAM_OK);
    ck_assert_int_eq(ecam_build_begin(b, set, prefix, &err), ECAM_OK);
}

/* Ends a build that must fail with this text in it. */
static void expect_failure(struct ecam_build *b, enum ecam_status status, const char *text)
{
    struct ecam_graph *graph = NULL;
    ck_assert_int_eq(ecam_build_end(b, &graph), status);
    ck_assert_ptr_null(graph);
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s' has no '%s'", err.text, text);
}

static struct ecam_weight_set *two_convs(void)
{
    struct ecam_weight_set *set = fake_new();
    fake_add(set, FAKE_DIMS(8, 3, 3, 3), "net.a.weight");
    fake_add(set, FAKE_DIMS(8), "net.a.bias");
    fake_add(set, FAKE_DIMS(4, 2, 3, 3), "net.in.b.weight");
    return set;
}

START_TEST(a_net_takes_its_weights_through_prefix_and_scope)
{
    struct ecam_weight_set *set = two_convs();
    struct ecam_build b;
    begin(&b, set, "net.");
    uint32_t x = ecam_build_input(&b, "a.weight");
    x = ecam_build_conv(&b, x, "a", (struct ecam_build_conv){ .kernel = 3, .stride = 2, .pad = 1 });
    const size_t outer = ecam_build_enter(&b, "in");
    x = ecam_build_conv(&b, x, "b", (struct ecam_build_conv){ .kernel = 3, .is_grouped = true });
    ecam_build_leave(&b, outer);
    ecam_build_alias(&b, x, "in");
    ecam_build_output(&b, x);
    ecam_build_last(&b, "in");
    ck_assert_uint_eq(ecam_build_channels(&b, x), 4);

    struct ecam_graph *graph = NULL;
    ck_assert_int_eq(ecam_build_end(&b, &graph), ECAM_OK);
    ck_assert_uint_eq(graph->n_nodes, 3);
    ck_assert_uint_eq(ecam_graph_find(graph, "in.b"), 2);
    ck_assert_uint_eq(ecam_graph_find(graph, "in"), 2);
    ck_assert_uint_eq(graph->last, 2);
    const struct ecam_node *a = &graph->nodes[1], *inner = &graph->nodes[2];
    ck_assert_int_eq(ecam_node_attr(a, "stride")->value[1], 2);
    ck_assert_int_eq(ecam_node_attr(a, "pad")->value[3], 1);
    ck_assert_ptr_null(ecam_node_attr(a, "groups"));
    ck_assert_str_eq(ecam_node_weight(a, "bias")->name, "net.a.bias");
    ck_assert_int_eq(ecam_node_attr(inner, "groups")->value[0], 4);
    ck_assert_ptr_null(ecam_node_attr(inner, "stride"));
    ck_assert_ptr_null(ecam_node_weight(inner, "bias"));
    ecam_graph_free(graph);
    fake_free(set);
}
END_TEST

START_TEST(channels_that_do_not_fit_are_told_with_both_numbers)
{
    struct ecam_weight_set *set = two_convs();
    struct ecam_build b;
    begin(&b, set, "net.");
    uint32_t x = ecam_build_input(&b, "a.weight");
    x = ecam_build_conv(&b, x, "a", (struct ecam_build_conv){ .kernel = 3 });
    x = ecam_build_conv(&b, x, "in.b", (struct ecam_build_conv){ .kernel = 3 });
    ck_assert_uint_eq(x, 0);
    expect_failure(&b, ECAM_ERR_SHAPE,
                   "'net.in.b.weight': 4x2x3x3, but the layer before has 8 channels");
    fake_free(set);
}
END_TEST

START_TEST(the_first_failure_is_the_one_that_is_told)
{
    struct ecam_weight_set *set = two_convs();
    struct ecam_build b;
    begin(&b, set, "net.");
    uint32_t x = ecam_build_input(&b, "a.weight");
    x = ecam_build_conv(&b, x, "nowhere", (struct ecam_build_conv){ .kernel = 3 });
    x = ecam_build_norm(&b, x, "norm", (struct ecam_build_norm){ 0 });
    x = ecam_build_maxpool(&b, x, "pool", (struct ecam_build_pool){ .kernel = 2 });
    x = ecam_build_dense(&b, ecam_build_flatten(&b, x, "flat"), "fc");
    x = ecam_build_add(&b, x, x, "add");
    x = ecam_build_pad_channels(&b, x, "pad", 1, 1);
    ecam_build_alias(&b, x, "z");
    ecam_build_output(&b, x);
    expect_failure(&b, ECAM_ERR_FORMAT, "weight 'net.nowhere.weight' is missing");
    fake_free(set);
}
END_TEST

START_TEST(kernels_ranks_and_types_are_checked)
{
    static const struct {
        size_t kernel;
        const char *name, *text;
    } cases[] = {
        { 5, "a", "8x3x3x3, expected a kernel of 5x5" },
        { 3, "flat", "8x3, expected 4 dimensions" },
        { 3, "count", "I64, expected floating point" },
        { 3, "none", "nothing in it" },
        { 3, "bias", "7 values, expected 8" },
    };
    static const int64_t zeros[216];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ecam_weight_set *set = fake_new();
        const struct ecam_shape four = { .rank = 4, .dim = { 8, 3, 3, 3 } };
        const struct ecam_shape none = { .rank = 4, .dim = { 0, 3, 3, 3 } };
        fake_add(set, FAKE_DIMS(8, 3, 3, 3), "a.weight");
        fake_add(set, FAKE_DIMS(8, 3), "flat.weight");
        fake_add(set, FAKE_DIMS(8, 3, 3, 3), "bias.weight");
        fake_add(set, FAKE_DIMS(7), "bias.bias");
        ck_assert_int_eq(ecam_weight_set_add(set, "count.weight", ECAM_DTYPE_I64, &four, NULL,
                                             (const uint8_t *)zeros, sizeof zeros, 0, &err),
                         ECAM_OK);
        ck_assert_int_eq(ecam_weight_set_add(set, "none.weight", ECAM_DTYPE_F32, &none, NULL,
                                             (const uint8_t *)zeros, sizeof zeros, 0, &err),
                         ECAM_OK);
        struct ecam_build b;
        begin(&b, set, "");
        const uint32_t x = ecam_build_input(&b, "a.weight");
        ecam_build_conv(&b, x, cases[i].name,
                        (struct ecam_build_conv){ .kernel = cases[i].kernel });
        struct ecam_graph *graph = NULL;
        ck_assert_int_ne(ecam_build_end(&b, &graph), ECAM_OK);
        ck_assert_msg(strstr(err.text, cases[i].text) != NULL, "'%s' has no '%s'", err.text,
                      cases[i].text);
        fake_free(set);
    }
}
END_TEST

START_TEST(a_bias_that_is_needed_is_missed)
{
    struct ecam_weight_set *set = two_convs();
    struct ecam_build b;
    begin(&b, set, "net.in.");
    const uint32_t x = ecam_build_input(&b, "b.weight");
    ecam_build_conv(&b, x, "b", (struct ecam_build_conv){ .kernel = 3, .has_bias = true });
    expect_failure(&b, ECAM_ERR_FORMAT, "weight 'net.in.b.bias' is missing");
    fake_free(set);
}
END_TEST

START_TEST(features_after_a_fixed_pool_are_known)
{
    struct ecam_weight_set *set = fake_new();
    struct ecam_build b;
    fake_add(set, FAKE_DIMS(8, 3, 1, 1), "a.weight");
    fake_add(set, FAKE_DIMS(5, 32), "fc.weight");
    fake_add(set, FAKE_DIMS(5), "fc.bias");
    begin(&b, set, "");
    uint32_t x = ecam_build_input(&b, "a.weight");
    x = ecam_build_conv(&b, x, "a", (struct ecam_build_conv){ .kernel = 1 });
    x = ecam_build_adaptive_pool(&b, x, "pool", 2);
    x = ecam_build_flatten(&b, x, "flat");
    ck_assert_uint_eq(ecam_build_channels(&b, x), 32);
    x = ecam_build_dense(&b, x, "fc");
    ck_assert_uint_eq(ecam_build_channels(&b, x), 5);
    ecam_build_output(&b, x);
    ecam_build_last(&b, "a");
    struct ecam_graph *graph = NULL;
    ck_assert_msg(ecam_build_end(&b, &graph) == ECAM_OK, "%s", err.text);
    ecam_graph_free(graph);
    fake_free(set);
}
END_TEST

START_TEST(weights_left_over_inside_the_network_are_refused)
{
    static const struct {
        const char *extra;
        bool is_fine;
    } cases[] = {
        { "net.a.se.weight", false },
        { "net.in.c.weight", false },
        { "net.aux.weight", true },
        { "other.a.weight", true },
        { "net.a.num_batches_tracked", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ecam_weight_set *set = two_convs();
        struct ecam_build b;
        fake_add(set, FAKE_DIMS(2, 2), "%s", cases[i].extra);
        begin(&b, set, "net.");
        uint32_t x = ecam_build_input(&b, "a.weight");
        x = ecam_build_conv(&b, x, "a", (struct ecam_build_conv){ .kernel = 3 });
        x = ecam_build_conv(&b, x, "in.b",
                            (struct ecam_build_conv){ .kernel = 3, .is_grouped = true });
        ecam_build_output(&b, x);
        ecam_build_last(&b, "a");
        struct ecam_graph *graph = NULL;
        const enum ecam_status status = ecam_build_end(&b, &graph);
        ck_assert_msg((status == ECAM_OK) == cases[i].is_fine, "%s", cases[i].extra);
        if (!cases[i].is_fine)
            ck_assert_ptr_nonnull(strstr(err.text, cases[i].extra));
        ecam_graph_free(graph);
        fake_free(set);
    }
}
END_TEST

START_TEST(a_name_without_end_is_an_error)
{
    struct ecam_weight_set *set = two_convs();
    struct ecam_build b;
    char name[400];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    begin(&b, set, "net.");
    const uint32_t x = ecam_build_input(&b, "a.weight");
    ecam_build_relu(&b, x, name);
    expect_failure(&b, ECAM_ERR_FORMAT, "longer than");

    begin(&b, set, "net.");
    ecam_build_input(&b, "a.weight");
    ecam_build_enter(&b, "%s", name);
    expect_failure(&b, ECAM_ERR_FORMAT, "longer than");
    fake_free(set);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_net_takes_its_weights_through_prefix_and_scope,
        channels_that_do_not_fit_are_told_with_both_numbers,
        the_first_failure_is_the_one_that_is_told,
        kernels_ranks_and_types_are_checked,
        a_bias_that_is_needed_is_missed,
        features_after_a_fixed_pool_are_known,
        weights_left_over_inside_the_network_are_refused,
        a_name_without_end_is_an_error,
    };
    return tu_main("builder", tests, sizeof tests / sizeof *tests);
}
