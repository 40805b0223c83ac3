/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/registry.h"
#include "weights/model_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "tests/unit/fake_weights.h"
#include "tests/unit/tdir.h"
#include "tests/unit/tu.h"
#include "weights/weights.h"

static struct ecam_error err;
static const struct ecam_save_options as_it_is = { 0 };

/* A ResNet of one stage whose weights count up from 0 in steps that halves hold. */
static struct ecam_network *counting(void)
{
    static float values[1u << 16];
    struct ecam_weight_set *fake = fake_new(), *set = ecam_weight_set_new();
    struct ecam_network *network = NULL;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = (float)(i % 2048) / 64.0f;
    fake_resnet(fake, "", 8, 1, 2, 7);
    ck_assert_int_eq(ecam_weight_set_seal(fake, &err), ECAM_OK);
    for (size_t i = 0; i < fake->n_items; i++)
        ck_assert_int_eq(ecam_weight_set_add(set, fake->items[i].name, ECAM_DTYPE_F32,
                                             &fake->items[i].shape, NULL, (const uint8_t *)values,
                                             sizeof values, i * 4, &err),
                         ECAM_OK);
    fake_free(fake);
    fake_add(set, FAKE_DIMS(3), "zz.unused");
    ck_assert_int_eq(ecam_weight_set_seal(set, &err), ECAM_OK);
    ck_assert_int_eq(
        ecam_network_import(set, "dir/some.pth", NULL, ecam_layer_find, &network, &err), ECAM_OK);
    return network;
}

static struct ecam_network *open_model(const char *path)
{
    struct ecam_weight_set *set = NULL;
    struct ecam_network *network = NULL;
    ck_assert_msg(ecam_weights_open(path, NULL, &set, &err) == ECAM_OK, "%s", err.text);
    ck_assert_msg(ecam_network_import(set, path, NULL, ecam_layer_find, &network, &err) == ECAM_OK,
                  "%s", err.text);
    return network;
}

static void write_model(const struct ecam_network *network, const char *path,
                        const struct ecam_save_options *options)
{
    ck_assert_msg(ecam_model_file_write(network, path, options, "", &err) == ECAM_OK, "%s",
                  err.text);
}

static void expect_same_bytes(const char *a, const char *b)
{
    size_t n, m;
    uint8_t *x = tdir_read(a, &n), *y = tdir_read(b, &m);
    ck_assert_uint_eq(n, m);
    ck_assert_int_eq(memcmp(x, y, n), 0);
    free(x);
    free(y);
}

static void expect_same_graph(const struct ecam_graph *a, const struct ecam_graph *b)
{
    struct ecam_text x = { 0 }, y = { 0 };
    ecam_model_file_put_graph(&x, a);
    ecam_model_file_put_graph(&y, b);
    ck_assert_str_eq(x.data, y.data);
    ck_assert_uint_eq(a->last, b->last);
    ecam_text_free(&x);
    ecam_text_free(&y);
}

START_TEST(a_network_comes_back_as_it_was)
{
    char path[TDIR_PATH];
    tdir_open();
    struct ecam_network *before = counting();
    write_model(before, tdir_path("m", path), &as_it_is);
    struct ecam_network *after = open_model(path);
    expect_same_graph(before->graph, after->graph);
    static const char *const facts[] = { "family", "source", "last" };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        ck_assert_str_eq(ecam_network_fact(before, facts[i]), ecam_network_fact(after, facts[i]));
    ck_assert_str_eq(ecam_network_fact(after, "source"), "some.pth");
    ck_assert_str_eq(ecam_network_fact(after, "last"), "layer1.1");
    ck_assert_str_eq(ecam_network_fact(after, "format"), "Eigencam model file");
    ck_assert_ptr_null(ecam_weight_set_find(after->weights, "zz.unused"));
    ck_assert_uint_eq(after->weights->n_items + 1, before->weights->n_items);
    for (size_t i = 0; i < after->weights->n_items; i++) {
        const struct ecam_weight *w = &after->weights->items[i];
        const struct ecam_weight *was = ecam_weight_set_find(before->weights, w->name);
        size_t n;
        ck_assert(ecam_shape_count(&w->shape, &n) && ecam_shape_equal(&w->shape, &was->shape));
        ck_assert_ptr_nonnull(ecam_weight_in_place(w)); /* aligned */
        ck_assert_int_eq(memcmp(w->data, was->data, n * 4), 0);
    }
    ecam_network_free(before);
    ecam_network_free(after);
    tdir_close();
}
END_TEST

START_TEST(data_begins_at_a_multiple_of_64_and_its_hash_is_right)
{
    char path[TDIR_PATH];
    size_t size;
    tdir_open();
    struct ecam_network *network = counting();
    write_model(network, tdir_path("m", path), &as_it_is);
    uint8_t *bytes = tdir_read(path, &size);
    const struct ecam_limits limits = ecam_limits_filled(NULL);
    const size_t header = bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;
    ck_assert_uint_eq((header + 8) % 64, 0);
    ck_assert_int_eq(ecam_weights_verify(bytes, size, &limits, &err), ECAM_OK);
    bytes[size - 1] ^= 1;
    ck_assert_int_eq(ecam_weights_verify(bytes, size, &limits, &err), ECAM_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "SHA-256"));
    free(bytes);
    ecam_network_free(network);
    tdir_close();
}
END_TEST

START_TEST(converting_a_converted_file_changes_no_byte)
{
    static const struct ecam_save_options half = { .half = true };
    char first[TDIR_PATH], second[TDIR_PATH];
    tdir_open();
    for (int is_half = 0; is_half <= 1; is_half++) {
        struct ecam_network *network = counting();
        write_model(network, tdir_path("a", first), is_half ? &half : &as_it_is);
        struct ecam_network *again = open_model(first);
        write_model(again, tdir_path("b", second), &as_it_is);
        expect_same_bytes(first, second);
        if (is_half) {
            write_model(again, second, &half);
            expect_same_bytes(first, second);
        }
        ecam_network_free(again);
        ecam_network_free(network);
    }
    tdir_close();
}
END_TEST

START_TEST(half_takes_matrices_whose_values_fit)
{
    static const struct ecam_save_options half = { .half = true };
    char path[TDIR_PATH];
    static float large[7 * 8];
    tdir_open();
    struct ecam_network *network = counting();
    /* The classifier gets one value beyond the largest half. */
    large[50] = 70000.0f;
    struct ecam_weight *fc = NULL;
    for (size_t i = 0; i < network->weights->n_items; i++)
        if (strcmp(network->weights->items[i].name, "fc.weight") == 0)
            fc = &network->weights->items[i];
    ck_assert_ptr_nonnull(fc);
    fc->data = (const uint8_t *)large;
    write_model(network, tdir_path("m", path), &half);
    struct ecam_network *after = open_model(path);
    const struct ecam_weight_set *set = after->weights;
    ck_assert_int_eq(ecam_weight_set_find(set, "fc.weight")->dtype, ECAM_DTYPE_F32);
    ck_assert_int_eq(ecam_weight_set_find(set, "fc.bias")->dtype, ECAM_DTYPE_F32);
    ck_assert_int_eq(ecam_weight_set_find(set, "bn1.running_var")->dtype, ECAM_DTYPE_F32);
    const struct ecam_weight *conv = ecam_weight_set_find(set, "conv1.weight");
    ck_assert_int_eq(conv->dtype, ECAM_DTYPE_F16);
    ck_assert(conv->data > ecam_weight_set_find(set, "layer1.1.bn2.weight")->data);
    float got[16], want[16];
    ecam_weight_read(conv, 100, 16, got);
    ecam_weight_read(ecam_weight_set_find(network->weights, "conv1.weight"), 100, 16, want);
    tu_close("conv1.weight", got, want, 16, 0.0);
    ecam_network_free(after);
    ecam_network_free(network);
    tdir_close();
}
END_TEST

START_TEST(options_change_what_they_name)
{
    static const char *const labels[] = { "one", "zwei \xc3\xa4", "\"three\"" };
    const struct ecam_preprocess pre = {
        .resize = ECAM_RESIZE_SQUASH,
        .filter = ECAM_FILTER_BICUBIC,
        .resize_h = 100,
        .resize_w = 120,
        .is_bgr = 1,
        .scale = 0.017f,
        .mean = { 103.94f, 116.78f, 1e-20f },
        .std = { 1.0f, -3.0f, 0.1f },
    };
    const struct ecam_save_options options = {
        .labels = labels, .n_labels = 3, .preprocess = &pre, .license = "CC0"
    };
    char path[TDIR_PATH];
    tdir_open();
    struct ecam_network *before = counting();
    write_model(before, tdir_path("m", path), &options);
    struct ecam_network *after = open_model(path);
    ck_assert_uint_eq(after->n_labels, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(after->labels[i], labels[i]);
    ck_assert_str_eq(ecam_network_fact(after, "license"), "CC0");
    const struct ecam_preprocess *p = &after->preprocess;
    ck_assert(p->resize == pre.resize && p->filter == pre.filter && p->is_bgr == 1);
    ck_assert(p->resize_h == 100 && p->resize_w == 120 && p->crop_h == 0 && p->crop_w == 0);
    tu_close("scale", &p->scale, &pre.scale, 1, 0.0);
    tu_close("mean", p->mean, pre.mean, 3, 0.0);
    tu_close("std", p->std, pre.std, 3, 0.0);
    ecam_network_free(after);
    ecam_network_free(before);
    tdir_close();
}
END_TEST

START_TEST(what_no_file_may_hold_is_not_written)
{
    static const char *const bell[] = { "a\a" }, *const latin1[] = { "K\xe4se" };
    const struct ecam_preprocess zero = { .scale = 1.0f };
    const struct ecam_save_options cases[] = {
        { .labels = bell, .n_labels = 1 },
        { .labels = latin1, .n_labels = 1 },
        { .license = "line\nline" },
        { .preprocess = &zero },
    };
    char path[TDIR_PATH];
    tdir_open();
    struct ecam_network *network = counting();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const enum ecam_status status =
            ecam_model_file_write(network, tdir_path("m", path), &cases[i], "", &err);
        ck_assert_msg(status == ECAM_ERR_ARG || status == ECAM_ERR_FORMAT, "case %zu", i);
        ck_assert_uint_eq(tdir_count(), 0);
    }
    ck_assert_int_eq(ecam_model_file_write(network, tdir_path("no/m", path), &as_it_is, "", &err),
                     ECAM_ERR_IO);
    ecam_network_free(network);
    tdir_close();
}
END_TEST

START_TEST(the_sources_hash_is_recorded_once)
{
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    char path[TDIR_PATH], again[TDIR_PATH];
    tdir_open();
    struct ecam_network *network = counting();
    ck_assert_int_eq(ecam_model_file_write(network, tdir_path("m", path), &as_it_is, hash, &err),
                     ECAM_OK);
    struct ecam_network *after = open_model(path);
    ck_assert_str_eq(ecam_network_fact(after, "source_sha256"), hash);
    char other[65];
    memset(other, '7', 64);
    other[64] = '\0';
    ck_assert_int_eq(ecam_model_file_write(after, tdir_path("n", again), &as_it_is, other, &err),
                     ECAM_OK);
    expect_same_bytes(path, again);
    ecam_network_free(after);
    ecam_network_free(network);
    tdir_close();
}
END_TEST

START_TEST(a_shared_bfloat16_array_with_strides_becomes_one_of_dense_float32)
{
    /* 2x3 stored by columns: 1 2 3 / 4 5 6. */
    static const uint16_t stored[] = { 0x3f80, 0x4080, 0x4000, 0x40a0, 0x4040, 0x40c0 };
    static const size_t stride[] = { 1, 2 };
    const struct ecam_shape shape = { .rank = 2, .dim = { 2, 3 } };
    struct ecam_weight_set *set = ecam_weight_set_new();
    ck_assert_int_eq(ecam_weight_set_add(set, "w", ECAM_DTYPE_BF16, &shape, stride,
                                         (const uint8_t *)stored, sizeof stored, 0, &err),
                     ECAM_OK);
    ck_assert_int_eq(ecam_weight_set_seal(set, &err), ECAM_OK);
    struct ecam_network *network = ecam_network_new();
    network->weights = set;
    network->graph = ecam_graph_new();
    network->preprocess = (struct ecam_preprocess){ .scale = 1, .std = { 1, 1, 1 } };
    uint32_t x;
    ck_assert_int_eq(ecam_graph_add(network->graph, "input", "input", NULL, 0, &x, &err), ECAM_OK);
    ck_assert_int_eq(ecam_graph_add(network->graph, "dense", "fc", &x, 1, &x, &err), ECAM_OK);
    ck_assert_int_eq(
        ecam_graph_set_weight(network->graph, x, "weight", ecam_weight_set_find(set, "w"), &err),
        ECAM_OK);
    /* A second layer with the same weight, which is written once. */
    ck_assert_int_eq(ecam_graph_add(network->graph, "dense", "twin", &x, 1, &x, &err), ECAM_OK);
    ck_assert_int_eq(
        ecam_graph_set_weight(network->graph, x, "weight", ecam_weight_set_find(set, "w"), &err),
        ECAM_OK);
    network->graph->output = network->graph->last = x;
    char path[TDIR_PATH];
    tdir_open();
    write_model(network, tdir_path("m", path), &as_it_is);
    struct ecam_network *after = open_model(path);
    ck_assert_uint_eq(after->weights->n_items, 1);
    const float want[] = { 1, 2, 3, 4, 5, 6 };
    const float *got = ecam_weight_in_place(ecam_weight_set_find(after->weights, "w"));
    ck_assert_ptr_nonnull(got);
    tu_close("w", got, want, 6, 0.0);
    ecam_network_free(after);
    ecam_network_free(network);
    tdir_close();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_network_comes_back_as_it_was,
        data_begins_at_a_multiple_of_64_and_its_hash_is_right,
        converting_a_converted_file_changes_no_byte,
        half_takes_matrices_whose_values_fit,
        options_change_what_they_name,
        what_no_file_may_hold_is_not_written,
        the_sources_hash_is_recorded_once,
        a_shared_bfloat16_array_with_strides_becomes_one_of_dense_float32,
    };
    return tu_main("model_file", tests, sizeof tests / sizeof *tests);
}
