/* SPDX-License-Identifier: BSD-2-Clause */
#include "weights/default_last.h"

#include <stdio.h>
#include <string.h>

#include "engine/common.h"
#include "tests/unit/tu.h"

/* A chain "KIND NAME ..." or "KIND NAME=INPUT+INPUT ..."; the last node is the output. */
static void expect_last(const char *text, const char *want)
{
    struct ecam_graph *graph = ecam_graph_new();
    struct ecam_error err;
    uint32_t last = 0;
    char copy[1024], *save = NULL;
    ck_assert_int_eq(ecam_graph_add(graph, "input", "input", NULL, 0, &last, NULL), ECAM_OK);
    snprintf(copy, sizeof copy, "%s", text);
    for (char *kind = strtok_r(copy, " ", &save); kind != NULL; kind = strtok_r(NULL, " ", &save)) {
        char *const name = strtok_r(NULL, " ", &save);
        char *inputs = strchr(name, '='), *inner = NULL;
        uint32_t in[8] = { last };
        size_t n = 1;
        if (inputs != NULL) {
            *inputs++ = '\0';
            n = 0;
            for (char *i = strtok_r(inputs, "+", &inner); i != NULL;
                 i = strtok_r(NULL, "+", &inner))
                in[n++] = ecam_graph_find(graph, i);
        }
        const bool is_padded = kind[strlen(kind) - 1] == '+'; /* and of 3x3 */
        kind[strlen(kind) - is_padded] = '\0';
        ck_assert_msg(ecam_graph_add(graph, kind, name, in, n, &last, &err) == ECAM_OK, "%s",
                      err.text);
        if (is_padded) {
            static const struct ecam_weight w = { .shape = { .rank = 4, .dim = { 8, 8, 3, 3 } } };
            ck_assert_int_eq(ecam_graph_set_weight(graph, last, "weight", &w, NULL), ECAM_OK);
            ck_assert_int_eq(ecam_graph_set_ints(graph, last, "pad", &(int64_t){ 1 }, 1, NULL),
                             ECAM_OK);
        }
    }
    graph->output = last;
    ck_assert_int_eq(ecam_default_last(graph, &err), ECAM_OK);
    const char *const got = graph->nodes[graph->last].name;
    ck_assert_msg(strcmp(got, want) == 0, "%s: %s, not %s", text, got, want);
    ecam_graph_free(graph);
}

START_TEST(classifiers_are_walked_past)
{
    expect_last(
        "conv2d c relu r maxpool2d p flatten f dense d1 relu d1r dropout o dense d2 softmax s",
        "r");
    expect_last("conv2d c batchnorm b scale s relu r global_avgpool p flatten f dense d", "r");
    expect_last("conv2d c lrn n maxpool2d p dense d", "c");
    expect_last("conv2d c relu r reduce_mean m matmul k constant w add a=w+k", "r");
    expect_last("conv2d c clip r reshape h dense d", "r");
}
END_TEST

START_TEST(joins_belong_to_the_convolutions_before_them)
{
    expect_last("conv2d a relu b conv2d c add s=c+b relu r avgpool2d p dense d", "r");
    expect_last("conv2d a maxpool2d p conv2d c concat j=p+c avgpool2d q dense d", "j");
    expect_last("conv2d a conv2d b concat j=a+b batchnorm n relu r global_avgpool p conv2d fc",
                "r");
}
END_TEST

START_TEST(a_convolution_may_give_the_scores)
{
    expect_last("conv2d a relu b dropout o conv2d c relu r avgpool2d p softmax s", "b");
    expect_last("conv2d a relu b conv2d fc7 relu r7 conv2d fc8", "r7");
    expect_last("conv2d a relu b conv2d c batchnorm n global_avgpool p", "n"); /* no scores */
}
END_TEST

START_TEST(a_network_without_a_classifier_ends_in_its_last_map)
{
    expect_last("conv2d+ a relu b conv2d+ c relu r", "r");
    expect_last("conv2d+ a relu b conv2d+ c relu r maxpool2d p", "r");
    expect_last("conv2d+ a conv2d b relu r global_avgpool p softmax s", "a");
}
END_TEST

START_TEST(where_nothing_fits_the_last_convolution_is_taken)
{
    expect_last("conv2d c", "c");
    expect_last("conv2d c relu r", "c");
    expect_last("flatten f dense d", "d");
    expect_last("caffe.Odd o relu r", "r");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        classifiers_are_walked_past,
        joins_belong_to_the_convolutions_before_them,
        a_convolution_may_give_the_scores,
        a_network_without_a_classifier_ends_in_its_last_map,
        where_nothing_fits_the_last_convolution_is_taken,
    };
    return tu_main("default_last", tests, sizeof tests / sizeof *tests);
}
