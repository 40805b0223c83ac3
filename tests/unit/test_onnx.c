/* SPDX-License-Identifier: BSD-2-Clause
 * What becomes of ONNX graphs: names, inputs, ends, what is not implemented, batches. The
 * files are those of tools/dev/make_onnx_files.py and make_onnx_golden.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model.h"
#include "tests/unit/tu.h"
#include "tests/unit/weight_files.h"

static struct ecam_error err;

static struct ecam_model *load(const char *file)
{
    char path[WF_PATH];
    struct ecam_model *model = NULL;
    const enum ecam_status status = ecam_model_load(wf_path(file, path), NULL, &model, &err);
    ck_assert_msg(status == ECAM_OK, "%s", err.text);
    return model;
}

static const struct ecam_node *node(const struct ecam_model *model, const char *name)
{
    const struct ecam_graph *const graph = model->network->graph;
    const uint32_t at = ecam_graph_find(graph, name);
    ck_assert_msg(at != ECAM_NO_NODE, "no '%s'", name);
    return &graph->nodes[at];
}

START_TEST(nodes_are_found_by_both_of_their_names)
{
    struct ecam_model *model = load("golden/onnx_resnet/model.onnx");
    ck_assert_ptr_eq(node(model, "/block1/one/conv/Conv_output_0"),
                     node(model, "/block1/one/conv/Conv"));
    ck_assert_ptr_eq(node(model, "result"), node(model, "/fc/Gemm"));
    ck_assert_ptr_eq(node(model, "photo"), node(model, "input"));
    ck_assert_str_eq(node(model, "/fc/Gemm")->kind, "dense");
    ck_assert_str_eq(ecam_model_fact(model, "format"), "ONNX");
    ck_assert_str_eq(ecam_model_fact(model, "last"), "/block2/act/Relu");
    ck_assert_str_eq(ecam_preprocess_preset_of(ecam_model_preprocess(model)), "torchvision");
    ck_assert_uint_eq(ecam_model_preprocess(model)->crop_h, 49);
    ck_assert_uint_eq(ecam_model_preprocess(model)->crop_w, 57);
    ecam_model_free(model);
}
END_TEST

START_TEST(a_softmax_at_the_end_is_left_to_be_tapped)
{
    struct ecam_model *model = load("golden/onnx_mobile/model.onnx");
    const struct ecam_graph *const graph = model->network->graph;
    ck_assert_str_eq(node(model, "result")->kind, "log_softmax");
    ck_assert_str_eq(graph->nodes[graph->output].kind, "dense");
    ecam_model_free(model);
}
END_TEST

START_TEST(photos_may_have_their_channels_last)
{
    struct ecam_model *model = load("fuzz/corpus/onnx/nhwc");
    ck_assert_int_eq(ecam_node_attr(&model->network->graph->nodes[0], "channels")->value[0], 3);
    ck_assert_str_eq(node(model, "x")->kind, "transpose");
    ck_assert_uint_eq(ecam_model_preprocess(model)->crop_h, 8);
    ck_assert_uint_eq(ecam_model_preprocess(model)->crop_w, 9);
    ecam_model_free(model);
}
END_TEST

/* What each run of a session with n photos gives, taps and all. */
static void run(const struct ecam_model *model, size_t n, const float *x, float *out, size_t each)
{
    const struct ecam_session_options options = { .threads = 1, .n = n };
    struct ecam_session *session = NULL;
    struct ecam_tensor y;
    ck_assert_msg(ecam_session_new(model, &options, &session, &err) == ECAM_OK, "%s", err.text);
    ck_assert_int_eq(ecam_session_run(session, x, &err), ECAM_OK);
    ck_assert_int_eq(ecam_session_output(session, &y, &err), ECAM_OK);
    ck_assert_uint_eq(y.n, n);
    ck_assert_uint_eq(y.c, each);
    memcpy(out, y.data, n * each * sizeof *out);
    ecam_session_free(session);
}

START_TEST(shapes_that_were_computed_keep_their_batch)
{
    enum { PHOTO = 3 * 38 * 44, CLASSES = 7 };
    struct ecam_model *model = load("golden/onnx_mobile/model.onnx");
    float *const x = malloc(2 * PHOTO * sizeof *x);
    float both[2 * CLASSES], one[CLASSES];
    uint32_t random = 1;
    for (size_t i = 0; i < 2 * PHOTO; i++) {
        random = random * 1664525u + 1013904223u;
        x[i] = (float)(random >> 8) / (1 << 23) - 1;
    }
    run(model, 2, x, both, CLASSES);
    for (size_t i = 0; i < 2; i++) {
        run(model, 1, x + i * PHOTO, one, CLASSES);
        tu_close("a photo of two", both + i * CLASSES, one, CLASSES, 1e-6);
    }
    free(x);
    ecam_model_free(model);
}
END_TEST

START_TEST(what_is_not_implemented_stops_only_what_comes_after_it)
{
    struct ecam_model *model = load("fuzz/corpus/onnx/unknown-behind");
    struct ecam_session *session = NULL;
    const char *tap = "n_r";
    struct ecam_session_options options = { .threads = 1, .taps = &tap, .n_taps = 1 };
    ck_assert_str_eq(node(model, "n_n")->kind, "onnx.NonMaxSuppression");
    ck_assert_str_eq(ecam_model_fact(model, "last"), "n_r");
    ck_assert_int_eq(ecam_session_new(model, &options, &session, &err), ECAM_ERR_UNSUPPORTED);
    ck_assert_str_eq(err.text, "layer 'n_n': operator 'onnx.NonMaxSuppression' (opset 13) is not "
                               "implemented");
    options.stop_after_taps = true;
    ck_assert_int_eq(ecam_session_new(model, &options, &session, &err), ECAM_OK);
    ecam_session_free(session);
    ecam_model_free(model);
}
END_TEST

START_TEST(a_reason_is_given_where_there_is_one)
{
    struct ecam_model *model = load("bad/onnx/ok-training.onnx");
    struct ecam_session *session = NULL;
    ck_assert_int_eq(ecam_session_new(model, NULL, &session, &err), ECAM_ERR_UNSUPPORTED);
    ck_assert_str_eq(err.text, "layer 'n_y': operator 'onnx.Dropout' (opset 13) cannot be run: "
                               "training_mode 1");
    ecam_model_free(model);
}
END_TEST

/* Every seed that can be run is: kinds of layers, forms of arrays, folded shapes. */
START_TEST(all_operators_give_finite_numbers)
{
    static const char *const files[] = { "windows",  "pointwise", "shapes", "folded",
                                         "matrices", "quantised", "types",  "constants",
                                         "old",      "nhwc" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char file[128];
        snprintf(file, sizeof file, "fuzz/corpus/onnx/%s", files[i]);
        struct ecam_model *model = load(file);
        struct ecam_session *session = NULL;
        struct ecam_tensor y;
        const enum ecam_status status = ecam_session_new(model, NULL, &session, &err);
        ck_assert_msg(status == ECAM_OK, "%s: %s", files[i], err.text);
        float x[3 * 8 * 9];
        for (size_t k = 0; k < sizeof x / sizeof *x; k++)
            x[k] = (float)(k % 17) / 8 - 1;
        ck_assert_int_eq(ecam_session_run(session, x, &err), ECAM_OK);
        ck_assert_int_eq(ecam_session_output(session, &y, &err), ECAM_OK);
        for (size_t k = 0; k < y.n * y.c * y.h * y.w; k++)
            ck_assert_msg(y.data[k] - y.data[k] == 0, "%s: %zu is %g", files[i], k,
                          (double)y.data[k]);
        ecam_session_free(session);
        ecam_model_free(model);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nodes_are_found_by_both_of_their_names,
        a_softmax_at_the_end_is_left_to_be_tapped,
        photos_may_have_their_channels_last,
        shapes_that_were_computed_keep_their_batch,
        what_is_not_implemented_stops_only_what_comes_after_it,
        a_reason_is_given_where_there_is_one,
        all_operators_give_finite_numbers,
    };
    return tu_main("onnx", tests, sizeof tests / sizeof *tests);
}
