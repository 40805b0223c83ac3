/* SPDX-License-Identifier: BSD-2-Clause
 * Whole runs of small networks: taps, fusion, threads, goals, refusals. Whether the
 * numbers are right is asked in tests/golden; here, whether they are the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/tnet.h"
#include "tests/unit/tu.h"

static struct ecam_session *session_new(const struct tnet *net,
                                        const struct ecam_session_options *options)
{
    struct ecam_session *s = NULL;
    struct ecam_error err;
    const enum ecam_status status = ecam_session_new(net->model, options, &s, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return s;
}

static float *input_for(struct tnet *net, const struct ecam_session *s)
{
    struct ecam_tensor shape;
    ecam_session_input(s, &shape);
    const size_t count = shape.n * shape.c * shape.h * shape.w;
    float *input = ecam_alloc_floats(count);
    net->rng = 77;
    for (size_t i = 0; i < count; i++)
        input[i] = tnet_random(net);
    return input;
}

static size_t tensor_count(const struct ecam_tensor *t)
{
    return t->n * t->c * t->h * t->w;
}

/* Runs and returns a copy of one tap (or of the output, name NULL). */
static float *run_for(struct tnet *net, const struct ecam_session_options *options,
                      const char *name, size_t *count)
{
    struct ecam_session *s = session_new(net, options);
    float *input = input_for(net, s);
    struct ecam_tensor t;
    ck_assert_int_eq(ecam_session_run(s, input, NULL), ECAM_OK);
    ck_assert_int_eq(name != NULL ? ecam_session_tap(s, name, &t, NULL)
                                  : ecam_session_output(s, &t, NULL),
                     ECAM_OK);
    *count = tensor_count(&t);
    float *copy = ecam_alloc_floats(*count);
    memcpy(copy, t.data, *count * sizeof *copy);
    ecam_free(input);
    ecam_session_free(s);
    return copy;
}

static double largest(const float *x, size_t n)
{
    double max = 0;
    for (size_t i = 0; i < n; i++)
        max = fmax(max, fabs((double)x[i]));
    return max;
}

START_TEST(a_tap_alone_is_the_same_as_among_all_others)
{
    struct tnet net = tnet_small();
    struct ecam_names *names = NULL;
    ck_assert_int_eq(ecam_names_all(net.model, &names, NULL), ECAM_OK);
    const size_t n = ecam_names_count(names);
    const char **list = calloc(n, sizeof *list);
    for (size_t i = 0; i < n; i++)
        list[i] = ecam_names_get(names, i);
    const struct ecam_session_options all = { .taps = list, .n_taps = n };
    for (size_t i = 0; i < n; i++) {
        const struct ecam_session_options one = { .taps = &list[i], .n_taps = 1 };
        const struct ecam_session_options stop = { .taps = &list[i],
                                                   .n_taps = 1,
                                                   .stop_after_taps = true };
        size_t count_a, count_b, count_c;
        float *a = run_for(&net, &all, list[i], &count_a);
        float *b = run_for(&net, &one, list[i], &count_b);
        float *c = run_for(&net, &stop, list[i], &count_c);
        ck_assert_uint_eq(count_a, count_b);
        ck_assert_uint_eq(count_a, count_c);
        tu_close(list[i], b, a, count_a, 1e-5 * largest(a, count_a));
        ck_assert_msg(memcmp(b, c, count_a * sizeof *b) == 0, "%s: stopping changes bits", list[i]);
        ecam_free(a);
        ecam_free(b);
        ecam_free(c);
    }
    free(list);
    ecam_names_free(names);
    tnet_free(&net);
}
END_TEST

START_TEST(the_number_of_threads_changes_no_bit)
{
    struct tnet net = tnet_small();
    for (int goal = ECAM_GOAL_ONCE; goal <= ECAM_GOAL_MANY; goal++) {
        const struct ecam_session_options one = { .threads = 1,
                                                  .goal = (enum ecam_goal)goal,
                                                  .n = 3 };
        size_t n, m;
        float *want = run_for(&net, &one, NULL, &n);
        for (unsigned threads = 2; threads <= 5; threads++) {
            const struct ecam_session_options many = { .threads = threads,
                                                       .goal = (enum ecam_goal)goal,
                                                       .n = 3 };
            float *got = run_for(&net, &many, NULL, &m);
            ck_assert_uint_eq(n, m);
            ck_assert_int_eq(memcmp(got, want, n * sizeof *got), 0);
            ecam_free(got);
        }
        ecam_free(want);
    }
    tnet_free(&net);
}
END_TEST

/* Norm, ReLU, 1x1 convolution, average pool: with the norm in front or without, pools of
 * two sizes that do not fit the plane, few weights and so many that they are streamed. */
static struct tnet net_with_transition(bool has_norm, size_t in_c, size_t out_c, int64_t k)
{
    struct tnet net = tnet_new(3, 19);
    uint32_t at = tnet_conv_bn_relu(&net, "stem", 0, 3, in_c, 3, 1);
    if (has_norm) {
        at = tnet_add(&net, "maxpool2d", "between", 1, &at); /* lest the stem takes the norm */
        tnet_ints(&net, at, "kernel", 2, (int64_t[]){ 3, 3 });
        tnet_ints(&net, at, "pad", 4, (int64_t[]){ 1, 1, 1, 1 });
        at = tnet_add(&net, "batchnorm", "norm", 1, &at);
        tnet_weight(&net, at, "weight", 1.0f, 1, &in_c);
        tnet_weight(&net, at, "bias", 0.0f, 1, &in_c);
        tnet_weight(&net, at, "mean", 0.0f, 1, &in_c);
        tnet_weight(&net, at, "var", 1.0f, 1, &in_c);
        at = tnet_add(&net, "relu", "relu", 1, &at);
    }
    at = tnet_add(&net, "conv2d", "conv", 1, &at);
    tnet_weight(&net, at, "weight", 0.0f, 4, (size_t[]){ out_c, in_c, 1, 1 });
    tnet_weight(&net, at, "bias", 0.0f, 1, &out_c);
    at = tnet_add(&net, "avgpool2d", "pool", 1, &at);
    tnet_ints(&net, at, "kernel", 2, (int64_t[]){ k, k });
    tnet_ints(&net, at, "stride", 2, (int64_t[]){ k, k });
    at = tnet_add(&net, "relu", "last", 1, &at);
    struct ecam_error err;
    const enum ecam_status status = tnet_finish(&net, at, at, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return net;
}

START_TEST(a_pool_behind_a_1x1_convolution_may_be_computed_before_it)
{
    static const char *const conv[] = { "conv" };
    for (size_t i = 0; i < 8; i++) {
        const bool is_large = i % 2 != 0;
        struct tnet net = net_with_transition(i / 2 % 2 != 0, is_large ? 390 : 21,
                                              is_large ? 430 : 18, i / 4 == 0 ? 2 : 3);
        const struct ecam_session_options fused = { .n = 2, .threads = 2 };
        const struct ecam_session_options seen = { .n = 2, .taps = conv, .n_taps = 1 };
        size_t n, m;
        float *got = run_for(&net, &fused, NULL, &n), *want = run_for(&net, &seen, NULL, &m);
        ck_assert_uint_eq(n, m);
        tu_close("pooled", got, want, n, 2e-6 * largest(want, n));
        struct ecam_session *s = session_new(&net, &fused), *t = session_new(&net, &seen);
        ck_assert_uint_lt(ecam_session_n_steps(s), ecam_session_n_steps(t));
        ecam_session_free(s);
        ecam_session_free(t);
        ecam_free(got);
        ecam_free(want);
        tnet_free(&net);
    }
}
END_TEST

/* Norms of both kinds behind and in front of convolutions, a gate, an addition that is
 * absorbed and one that is none. */
static struct tnet net_with_norms(size_t c, size_t kernel)
{
    struct tnet net = tnet_new(3, 19);
    const int64_t pad = (int64_t)kernel / 2;
    uint32_t at = tnet_add(&net, "conv2d", "conv", 1, &(uint32_t){ 0 });
    tnet_ints(&net, at, "pad", 4, (int64_t[]){ pad, pad, pad, pad });
    tnet_weight(&net, at, "weight", 0.0f, 4, (size_t[]){ c, 3, kernel, kernel });
    tnet_weight(&net, at, "bias", 0.0f, 1, &c);
    static const char *const names[] = { "bn",    "scale", "scale2", "bn2",
                                         "relu2", "conv2", "scale3", "relu3" };
    static const char *const kinds[] = { "batchnorm", "scale",  "scale", "batchnorm",
                                         "relu",      "conv2d", "scale", "relu" };
    for (size_t i = 0; i < 8; i++) {
        at = tnet_add(&net, kinds[i], names[i], 1, &at);
        if (kinds[i][0] == 'c')
            tnet_weight(&net, at, "weight", 0.0f, 4, (size_t[]){ c, c, 1, 1 });
        if (kinds[i][0] != 'b' && kinds[i][0] != 's')
            continue;
        tnet_weight(&net, at, "weight", 1.0f, 1, &c);
        if (kinds[i][0] == 'b') {
            tnet_weight(&net, at, "mean", 0.0f, 1, &c);
            tnet_weight(&net, at, "var", 1.5f, 1, &c);
        }
        if (i != 1)
            tnet_weight(&net, at, "bias", 0.0f, 1, &c);
    }
    uint32_t gate = tnet_add(&net, "global_avgpool", "mean", 1, &at);
    gate = tnet_add(&net, "hard_sigmoid", "gate", 1, &gate);
    const uint32_t gated = tnet_add(&net, "mul", "gated", 2, (uint32_t[]){ at, gate });
    at = tnet_add(&net, "conv2d", "conv3", 1, &gated);
    tnet_weight(&net, at, "weight", 0.0f, 4, (size_t[]){ c, c, 1, 1 });
    at = tnet_add(&net, "add", "more", 2, (uint32_t[]){ gate, at }); /* other shape */
    at = tnet_add(&net, "conv2d", "conv4", 1, &at);
    tnet_weight(&net, at, "weight", 0.0f, 4, (size_t[]){ c, c, 1, 1 });
    at = tnet_add(&net, "add", "sum", 2, (uint32_t[]){ gated, at });
    at = tnet_add(&net, "relu", "last", 1, &at);
    struct ecam_error err;
    const enum ecam_status status = tnet_finish(&net, at, at, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return net;
}

START_TEST(taking_norms_along_changes_nothing_that_can_be_seen)
{
    static const struct {
        size_t c, kernel;
    } sizes[] = { { 19, 1 }, { 32, 3 }, { 5, 5 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tnet net = net_with_norms(sizes[i].c, sizes[i].kernel);
        const struct ecam_graph *graph = net.model->network->graph;
        const char *taps[32];
        size_t n_taps = 0, n, m;
        for (size_t j = 1; j < graph->n_nodes; j++)
            taps[n_taps++] = graph->nodes[j].name;
        const struct ecam_session_options fused = { .n = 2, .threads = 2 };
        const struct ecam_session_options seen = { .n = 2, .taps = taps, .n_taps = n_taps };
        float *want = run_for(&net, &seen, NULL, &n), *got = run_for(&net, &fused, NULL, &m);
        ck_assert_uint_eq(n, m);
        tu_close("output", got, want, n, 1e-5 * largest(want, n));
        ecam_free(got);
        ecam_free(want);
        for (size_t j = 0; j < n_taps; j++) { /* each alone, the others fused around it */
            const struct ecam_session_options one = { .n = 2, .taps = &taps[j], .n_taps = 1 };
            want = run_for(&net, &seen, taps[j], &n);
            got = run_for(&net, &one, taps[j], &m);
            ck_assert_uint_eq(n, m);
            tu_close(taps[j], got, want, n, 1e-5 * largest(want, n));
            ecam_free(got);
            ecam_free(want);
        }
        struct ecam_session *s = session_new(&net, &fused), *t = session_new(&net, &seen);
        ck_assert_uint_lt(ecam_session_n_steps(s) + 8, ecam_session_n_steps(t));
        ecam_session_free(s);
        ecam_session_free(t);
        tnet_free(&net);
    }
}
END_TEST

START_TEST(an_image_of_a_batch_gives_what_it_gives_alone)
{
    struct tnet net = tnet_small();
    const struct ecam_session_options three = { .n = 3 };
    struct ecam_session *s = session_new(&net, &three), *one = session_new(&net, NULL);
    float *input = input_for(&net, s);
    struct ecam_tensor batch, alone;
    ck_assert_int_eq(ecam_session_run(s, input, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_session_output(s, &batch, NULL), ECAM_OK);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(ecam_session_run(one, input + i * 3 * 19 * 19, NULL), ECAM_OK);
        ck_assert_int_eq(ecam_session_output(one, &alone, NULL), ECAM_OK);
        tu_close("logits", batch.data + i * batch.c, alone.data, alone.c, 1e-5);
    }
    ecam_free(input);
    ecam_session_free(one);
    ecam_session_free(s);
    tnet_free(&net);
}
END_TEST

START_TEST(a_second_run_does_not_remember_the_first)
{
    struct tnet net = tnet_small();
    struct ecam_session *s = session_new(&net, NULL);
    float *input = input_for(&net, s), *other = input_for(&net, s);
    for (size_t i = 0; i < 3 * 19 * 19; i++)
        other[i] = NAN;
    struct ecam_tensor t;
    float first[7];
    ck_assert_int_eq(ecam_session_run(s, input, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_session_output(s, &t, NULL), ECAM_OK);
    memcpy(first, t.data, sizeof first);
    ck_assert_int_eq(ecam_session_run(s, other, NULL), ECAM_OK);
    ck_assert(isnan(t.data[0]));
    ck_assert_int_eq(ecam_session_run(s, input, NULL), ECAM_OK);
    ck_assert_int_eq(memcmp(first, t.data, sizeof first), 0);
    ecam_free(input);
    ecam_free(other);
    ecam_session_free(s);
    tnet_free(&net);
}
END_TEST

static void expect_refused(const struct tnet *net, const struct ecam_session_options *options,
                           enum ecam_status want, const char *part)
{
    struct ecam_session *s = NULL;
    struct ecam_error err = { 0 };
    ck_assert_int_eq(ecam_session_new(net->model, options, &s, &err), want);
    ck_assert_msg(strstr(err.text, part) != NULL, "'%s' lacks '%s'", err.text, part);
    ck_assert_ptr_null(s);
}

START_TEST(what_cannot_run_is_refused_with_a_reason)
{
    struct tnet net = tnet_small();
    const char *name = "block.rellu";
    const struct ecam_session_options unknown = { .taps = &name, .n_taps = 1 };
    expect_refused(&net, &unknown, ECAM_ERR_NAME, "block.relu");
    const struct ecam_session_options nowhere = { .stop_after_taps = true };
    expect_refused(&net, &nowhere, ECAM_ERR_ARG, "without a tap");
    net.model->limits.max_macs = 1000;
    expect_refused(&net, NULL, ECAM_ERR_LIMIT, "multiply-adds");
    net.model->limits.max_macs = UINT64_MAX;
    net.model->limits.max_arena_bytes = 1024;
    expect_refused(&net, NULL, ECAM_ERR_LIMIT, "activations");
    tnet_free(&net);
}
END_TEST

START_TEST(results_are_there_only_after_a_run)
{
    struct tnet net = tnet_small();
    const char *name = "stem";
    const struct ecam_session_options stop = { .taps = &name,
                                               .n_taps = 1,
                                               .stop_after_taps = true };
    struct ecam_session *s = session_new(&net, &stop);
    struct ecam_tensor t;
    ck_assert_int_eq(ecam_session_tap(s, "stem", &t, NULL), ECAM_ERR_ARG);
    float *input = input_for(&net, s);
    ck_assert_int_eq(ecam_session_run(s, NULL, NULL), ECAM_ERR_ARG);
    ck_assert_int_eq(ecam_session_run(s, input, NULL), ECAM_OK);
    ck_assert_int_eq(ecam_session_tap(s, "stem.relu", &t, NULL), ECAM_OK); /* the same node */
    ck_assert_int_eq(ecam_session_tap(s, "cat", &t, NULL), ECAM_ERR_ARG);
    ck_assert_int_eq(ecam_session_output(s, &t, NULL), ECAM_ERR_ARG);
    ecam_free(input);
    ecam_session_free(s);
    tnet_free(&net);
}
END_TEST

START_TEST(names_and_globs_find_layers_in_network_order)
{
    struct tnet net = tnet_small();
    struct ecam_names *names = NULL;
    ck_assert_int_eq(ecam_names_find(net.model, "fc,*.bn,last", &names, NULL), ECAM_OK);
    const char *const want[] = { "fc", "stem.bn", "block.a.bn", "left.bn", "relu2" };
    ck_assert_uint_eq(ecam_names_count(names), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(ecam_names_get(names, i), want[i]);
    ecam_names_free(names);
    names = NULL;
    ck_assert_int_eq(ecam_names_find(net.model, "bloc?", &names, NULL), ECAM_OK);
    ck_assert_str_eq(ecam_names_get(names, 0), "block"); /* a container, by glob */
    ecam_names_free(names);
    names = NULL;
    ck_assert_int_eq(ecam_names_find(net.model, "all", &names, NULL), ECAM_OK);
    ck_assert_str_eq(ecam_names_get(names, 0), "stem.conv");
    ck_assert_str_eq(ecam_names_get(names, ecam_names_count(names) - 1), "relu2");
    ecam_names_free(names);
    names = NULL;
    struct ecam_error err;
    ck_assert_int_eq(ecam_names_find(net.model, "stem,cot", &names, &err), ECAM_ERR_NAME);
    ck_assert_ptr_nonnull(strstr(err.text, "cat"));
    ck_assert_int_eq(ecam_names_find(net.model, "", &names, &err), ECAM_ERR_NAME);
    tnet_free(&net);
}
END_TEST

START_TEST(every_name_has_the_place_of_its_layer)
{
    struct tnet net = tnet_small();
    struct ecam_names *names = NULL;
    struct ecam_error err;
    size_t place;
    ck_assert_int_eq(ecam_names_all(net.model, &names, NULL), ECAM_OK);
    ck_assert_str_eq(ecam_names_get(names, 0), "input");
    ck_assert_int_eq(ecam_names_place(net.model, "input", &place, NULL), ECAM_OK);
    ck_assert_uint_eq(place, 0);
    ck_assert_int_eq(ecam_names_place(net.model, "fc", &place, NULL), ECAM_OK);
    ck_assert_str_eq(ecam_names_get(names, place), "fc");
    ck_assert_int_eq(ecam_names_place(net.model, "block", &place, NULL), ECAM_OK);
    ck_assert_str_eq(ecam_names_get(names, place), "block.relu");
    ck_assert_int_eq(ecam_names_place(net.model, "bloc", &place, &err), ECAM_ERR_NAME);
    ck_assert_uint_eq(ecam_model_n_classes(net.model), 7);
    ecam_names_free(names);
    tnet_free(&net);
}
END_TEST

START_TEST(the_table_tells_cost_and_receptive_field)
{
    struct tnet net = tnet_small();
    struct ecam_layers *layers = NULL;
    ck_assert_int_eq(ecam_layers_new(net.model, 0, 0, &layers, NULL), ECAM_OK);
    const struct ecam_layer_info *stem = ecam_layers_get(layers, 0);
    ck_assert_str_eq(stem->name, "stem.conv");
    ck_assert_uint_eq(stem->macs, 10 * 10 * 13 * 27);
    ck_assert_uint_eq(stem->parameters, 13 * 27);
    ck_assert_uint_eq(stem->field[0], 3);
    ck_assert_uint_eq(stem->jump[1], 2);
    for (size_t i = 0; i < ecam_layers_count(layers); i++) {
        const struct ecam_layer_info *info = ecam_layers_get(layers, i);
        if (strcmp(info->name, "pool") == 0)
            ck_assert_uint_eq(info->field[0], 3 + 2 * 2 + 2 * 2);
        if (strcmp(info->name, "fc") == 0)
            ck_assert_uint_eq(info->field[0], 0);
        ck_assert_int_eq(info->is_last, strcmp(info->name, "relu2") == 0);
    }
    ecam_layers_free(layers);
    tnet_free(&net);
}
END_TEST

START_TEST(values_of_few_axes_are_seen_whole_and_of_many_refused)
{
    struct tnet net = tnet_new(2, 3);
    const uint32_t input = 0;
    const uint32_t three = tnet_add(&net, "reshape", "three", 1, &input);
    tnet_ints(&net, three, "shape", 3, (int64_t[]){ 0, 2, 9 });
    const uint32_t five = tnet_add(&net, "reshape", "five", 1, &three);
    tnet_ints(&net, five, "shape", 5, (int64_t[]){ 1, 2, 3, 3, 1 });
    const uint32_t end = tnet_add(&net, "flatten", "end", 1, &five);
    struct ecam_session *session = NULL;
    struct ecam_error err;
    struct ecam_tensor tap;
    ck_assert_int_eq(tnet_finish(&net, end, end, &err), ECAM_OK);
    const char *name = "five";
    struct ecam_session_options options = { .threads = 1, .taps = &name, .n_taps = 1 };
    ck_assert_int_eq(ecam_session_new(net.model, &options, &session, &err), ECAM_ERR_UNSUPPORTED);
    ck_assert_str_eq(err.text,
                     "layer 'five': its value is 1x2x3x3x1; what is tapped has at most 4 axes");
    name = "three";
    ck_assert_int_eq(ecam_session_new(net.model, &options, &session, &err), ECAM_OK);
    float x[18];
    for (size_t i = 0; i < 18; i++)
        x[i] = tnet_random(&net);
    ck_assert_int_eq(ecam_session_run(session, x, &err), ECAM_OK);
    ck_assert_int_eq(ecam_session_tap(session, "three", &tap, &err), ECAM_OK);
    ck_assert_uint_eq(tap.rank, 3);
    ck_assert_uint_eq(tap.n, 1);
    ck_assert_uint_eq(tap.c, 2);
    ck_assert_uint_eq(tap.h, 9);
    ck_assert_uint_eq(tap.w, 1);
    ck_assert(memcmp(tap.data, x, sizeof x) == 0);
    ecam_session_free(session);
    tnet_free(&net);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_tap_alone_is_the_same_as_among_all_others,
        the_number_of_threads_changes_no_bit,
        a_pool_behind_a_1x1_convolution_may_be_computed_before_it,
        taking_norms_along_changes_nothing_that_can_be_seen,
        an_image_of_a_batch_gives_what_it_gives_alone,
        a_second_run_does_not_remember_the_first,
        what_cannot_run_is_refused_with_a_reason,
        results_are_there_only_after_a_run,
        names_and_globs_find_layers_in_network_order,
        every_name_has_the_place_of_its_layer,
        the_table_tells_cost_and_receptive_field,
        values_of_few_axes_are_seen_whole_and_of_many_refused,
    };
    return tu_main("session", tests, sizeof tests / sizeof *tests);
}
