/* SPDX-License-Identifier: BSD-2-Clause
 * Caffe's nets as graphs: names, inputs, phases, ends. */
#include <stdio.h>
#include <string.h>

#include "engine/common.h"
#include "tests/unit/tcaffe.h"
#include "tests/unit/tu.h"

START_TEST(in_place_layers_keep_their_own_names)
{
    tc_begin();
    tc_import("name: 'MyNet' " DATA
              "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'blob' "
              "convolution_param { num_output: 8 kernel_size: 3 } }"
              "layer { name: 'r' type: 'ReLU' bottom: 'blob' top: 'blob' }"
              "layer { name: 'd' type: 'Dropout' bottom: 'blob' top: 'blob' }"
              "layer { name: 's' type: 'Split' bottom: 'blob' top: 's0' top: 's1' }"
              "layer { name: 't' type: 'Sigmoid' bottom: 's1' top: 't' }");
    ck_assert_str_eq(tc_source("c", 0), "input");
    ck_assert_str_eq(tc_source("r", 0), "c");
    ck_assert_str_eq(tc_source("d", 0), "r");
    ck_assert_str_eq(tc_node("blob")->name, "d"); /* what it holds in the end */
    ck_assert_str_eq(tc_node("data")->name, "input");
    ck_assert_str_eq(tc_node("s0")->name, "d");
    ck_assert_str_eq(tc_source("t", 0), "d");
    ck_assert_str_eq(tc_net->graph->nodes[tc_net->graph->output].name, "t");
    ck_assert_str_eq(ecam_network_fact(tc_net, "family"), "MyNet");
    tc_end();
}
END_TEST

START_TEST(photos_enter_as_caffe_wants_them)
{
    tc_begin();
    tc_import(DATA CONV("c", "data"));
    ck_assert_uint_eq(tc_net->preprocess.is_bgr, 1);
    ck_assert(tc_net->preprocess.mean[0] == 104 && tc_net->preprocess.mean[2] == 123);
    ck_assert(tc_net->preprocess.scale == 1 && tc_net->preprocess.std[0] == 1);
    ck_assert_uint_eq(tc_net->preprocess.resize_h, 32); /* too small for a crop of 256 */
    ck_assert_uint_eq(tc_net->preprocess.resize_w, 48);
    ck_assert_uint_eq(tc_net->preprocess.crop_h, 0);
    INTS("input", "channels", 3);
    tc_end();
    tc_begin();
    tc_import(
        "layer { name: 'data' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN }"
        "transform_param { crop_size: 227 mean_value: [1, 2, 3] scale: 0.5 } }" CONV("c", "data"));
    ck_assert_uint_eq(tc_net->preprocess.resize_h, 256);
    ck_assert_uint_eq(tc_net->preprocess.crop_h, 227);
    ck_assert(tc_net->preprocess.mean[1] == 2 && tc_net->preprocess.std[1] == 2);
    tc_end();
}
END_TEST

/* A net of `head` and n copies of `layer`, each reading the one before. */
static void import_chain(const char *head, const char *layer, size_t n)
{
    static char text[32768];
    int used =
        snprintf(text, sizeof text,
                 "input: 'x0' input_dim: 1 input_dim: 3 input_dim: 224 input_dim: 224 %s", head);
    for (size_t i = 0; i < n; i++)
        for (const char *c = layer; *c != '\0'; c++) {
            const size_t number = i + (*c == '>');
            if (*c == '<' || *c == '>')
                used += snprintf(text + used, sizeof text - (size_t)used, "x%zu", number);
            else
                text[used++] = *c;
        }
    text[used] = '\0';
    tc_begin();
    tc_import(text);
}

static void has_preset(const char *name)
{
    ck_assert_str_eq(ecam_preprocess_preset_of(&tc_net->preprocess), name);
    ck_assert_uint_eq(tc_net->preprocess.crop_h, 224);
    tc_end();
}

#define CHAIN_CONV                                                                                \
    "layer { name: '>' type: 'Convolution' bottom: '<' top: '>' convolution_param { num_output: " \
    "3 "                                                                                          \
    "kernel_size: 3 pad: 1 } }"
#define CHAIN_NORM "layer { name: 'n' type: 'BatchNorm' bottom: 'x0' top: 'n' }"

START_TEST(published_networks_are_known_by_their_layers)
{
    import_chain("", CHAIN_CONV, 13);
    has_preset("caffe-vgg");
    import_chain("", CHAIN_CONV, 5);
    has_preset("caffe-bvlc");
    import_chain("layer { name: 'l' type: 'LRN' bottom: 'x0' top: 'l' }", CHAIN_CONV, 13);
    has_preset("caffe-bvlc");
    import_chain(CHAIN_NORM,
                 "layer { name: '>' type: 'Eltwise' bottom: '<' bottom: 'x0' top: '>' }", 16);
    has_preset("resnet-msra");
    import_chain(CHAIN_NORM, "layer { name: '>' type: 'Concat' bottom: '<' bottom: 'x0' top: '>' }",
                 58);
    has_preset("caffe-densenet");
    import_chain(CHAIN_NORM, "layer { name: '>' type: 'Concat' bottom: '<' bottom: 'x0' top: '>' }",
                 9);
    has_preset("caffe-bvlc"); /* Inception with batch-norm */
}
END_TEST

START_TEST(an_input_may_be_told_in_every_way)
{
    static const char *const ways[] = {
        "input: 'data' input_shape { dim: 1 dim: 3 dim: 30 dim: 40 } ",
        "layer { name: 'i' type: 'Input' top: 'data' input_param { shape { dim: [1,3,30,40] } } } ",
        "layer { name: 'i' type: 'MemoryData' top: 'data' top: 'label' memory_data_param { "
        "channels: 3 height: 30 width: 40 } } ",
        "layer { name: 'i' type: 'DummyData' top: 'data' dummy_data_param { "
        "channels: 3 height: 30 width: 40 } } ",
        "layer { name: 'i' type: 'DummyData' top: 'data' dummy_data_param { shape { dim: "
        "[1,3,30,40] "
        "} } } ",
    };
    char text[1024];
    for (size_t i = 0; i < ECAM_ARRAY_LEN(ways); i++) {
        strcat(strcpy(text, ways[i]), CONV("c", "data"));
        tc_begin();
        tc_import(text);
        ck_assert_msg(tc_net->preprocess.resize_h == 30 && tc_net->preprocess.resize_w == 40, "%s",
                      ways[i]);
        tc_end();
    }
    tc_begin(); /* nothing is told but that there is data */
    tc_import("layer { name: 'i' type: 'HDF5Data' top: 'data' top: 'label' }" CONV("c", "data"));
    ck_assert_uint_eq(tc_net->preprocess.crop_h, 224);
    tc_end();
    tc_refused(CONV("c", "data"), ECAM_ERR_FORMAT, "no input: neither");
    tc_refused("input: 'data' input_dim: [1, 3, 0, 5] " CONV("c", "data"), ECAM_ERR_FORMAT,
               "dimension 0, expected 1 to 65536");
    tc_refused(DATA, ECAM_ERR_FORMAT, "a net without layers");
    tc_refused("layer { name: 'i' type: 'Input' top: 'data' }", ECAM_ERR_FORMAT, "no layers but");
    tc_refused("layer { name: 'i' type: 'Data' top: 'data' top: 'label' }" CONV("c", "label"),
               ECAM_ERR_FORMAT, "no layers but");
}
END_TEST

START_TEST(only_layers_of_the_test_phase_are_there)
{
    tc_begin();
    tc_import(
        DATA CONV("c", "data") LAYER("train", "ReLU", "c", "include { phase: TRAIN }") LAYER(
            "test", "ReLU", "c", "include { phase: TRAIN } include { phase: TEST }")
            LAYER("stage", "ReLU", "c", "include { stage: 'deploy' }") LAYER(
                "not", "ReLU", "c", "exclude { phase: TEST }") LAYER("level", "ReLU", "c",
                                                                     "include { min_level: 1 }")
                LAYER("below", "ReLU", "c", "include { max_level: -1 }") LAYER(
                    "some", "ReLU", "c",
                    "exclude { stage: 'x' } include { not_stage: 'y' min_level: 0 max_level: 0 }"));
    static const char *const out[] = { "train", "stage", "not", "level", "below" };
    for (size_t i = 0; i < ECAM_ARRAY_LEN(out); i++)
        ck_assert_msg(ecam_graph_find(tc_net->graph, out[i]) == ECAM_NO_NODE, "%s", out[i]);
    tc_has_kind("test", "relu");
    tc_has_kind("some", "relu");
    tc_end();
}
END_TEST

START_TEST(losses_end_where_they_begin)
{
    tc_begin();
    fake_add(tc_set, FAKE_DIMS(5, 10 * 30 * 46), "fc.0");
    fake_add(tc_set, FAKE_DIMS(5), "fc.1");
    tc_import(DATA "input: 'label' " CONV(
        "c",
        "data") "layer { name: 'side' type: 'SoftmaxWithLoss' bottom: 'c' bottom: 'label' top: "
                "'l1' }" LAYER("fc", "InnerProduct", "c",
                               "inner_product_param { num_output: 5 }") "layer { name: 'acc' type: "
                                                                        "'Accuracy' bottom: 'fc' "
                                                                        "bottom: 'label' top: "
                                                                        "'acc' }"
                                                                        "layer { name: 'loss' "
                                                                        "type: 'SoftmaxWithLoss' "
                                                                        "bottom: 'fc' bottom: "
                                                                        "'label' top: 'loss' }"
                                                                        "layer { name: 'hush' "
                                                                        "type: 'Silence' bottom: "
                                                                        "'c' bottom: 'nowhere' }");
    ck_assert_str_eq(tc_net->graph->nodes[tc_net->graph->output].name, "fc");
    ck_assert_uint_eq(ecam_graph_find(tc_net->graph, "loss"), ECAM_NO_NODE);
    tc_end();
    tc_begin(); /* as Caffe saves a net in training: with splits, of labels too */
    tc_import(
        "layer { name: 'd' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN } }"
        "layer { name: 'ls' type: 'Split' bottom: 'label' top: 'l0' top: 'l1' }" CONV(
            "c",
            "data") "layer { name: 'cs' type: 'Split' bottom: 'c' top: 'c0' top: 'c1' }"
                    "layer { name: 'x' type: 'SoftmaxWithLoss' bottom: 'c0' bottom: 'l0'"
                    " top: 'x' }" LAYER(
                        "r", "ReLU", "c1",
                        "") "layer { name: 'y' type: 'SoftmaxWithLoss' bottom: 'r' bottom: 'l1'"
                            " top: 'y' }");
    ck_assert_str_eq(tc_net->graph->nodes[tc_net->graph->output].name, "r");
    ck_assert_str_eq(tc_source("r", 0), "c");
    ck_assert_uint_eq(ecam_graph_find(tc_net->graph, "l1"), ECAM_NO_NODE);
    tc_end();
    tc_begin(); /* a softmax at the end is there, but is not what the network returns */
    tc_import(DATA CONV("c", "data") LAYER("prob", "Softmax", "c", ""));
    ck_assert_str_eq(tc_net->graph->nodes[tc_net->graph->output].name, "c");
    tc_has_kind("prob", "softmax");
    tc_end();
}
END_TEST

START_TEST(unknown_layers_are_kept_under_their_type)
{
    tc_begin();
    tc_import(DATA CONV(
        "c", "data") "layer { name: 'x' type: 'DetectionOutput' bottom: 'c' bottom: "
                     "'data' top: 'x0' top: 'x1' }"
                     "layer { name: 'y' type: 'Odd' top: 'y' }" LAYER("z", "Reshape2", "x1", ""));
    tc_has_kind("x", "caffe.DetectionOutput");
    ck_assert_uint_eq(tc_node("x")->n_inputs, 2);
    ck_assert_str_eq(tc_source("y", 0), "input");
    ck_assert_str_eq(tc_source("z", 0), "x");
    tc_end();
    tc_refused(DATA CONV("c", "data") CONV("c", "data"), ECAM_ERR_FORMAT, "the name is taken");
    tc_refused(DATA CONV("c", "nowhere"), ECAM_ERR_FORMAT, "'nowhere' is no layer's before it");
    tc_refused(
        DATA "layer { name: 'p' type: 'Pooling' bottom: 'data' top: 'p' top: 'mask' pooling_param "
             "{ kernel_size: 2 } }" LAYER("u", "Upsample", "mask", ""),
        ECAM_ERR_UNSUPPORTED, "'mask' is not computed here");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        in_place_layers_keep_their_own_names,         photos_enter_as_caffe_wants_them,
        published_networks_are_known_by_their_layers, an_input_may_be_told_in_every_way,
        only_layers_of_the_test_phase_are_there,      losses_end_where_they_begin,
        unknown_layers_are_kept_under_their_type,
    };
    return tu_main("caffe", tests, sizeof tests / sizeof *tests);
}
