/* SPDX-License-Identifier: BSD-2-Clause
 * Caffe's layers as nodes. */
#include <string.h>

#include "engine/common.h"
#include "tests/unit/tcaffe.h"
#include "tests/unit/tu.h"

START_TEST(windows_are_given_once_twice_or_by_name)
{
    tc_begin();
    fake_add(tc_set, FAKE_DIMS(8, 4, 3, 5), "d.0");
    fake_add(tc_set, FAKE_DIMS(8, 2, 2, 2), "u.0");
    fake_add(tc_set, FAKE_DIMS(4), "u.1");
    tc_import(
        DATA CONV("c", "data") LAYER(
            "d", "Convolution", "c",
            "convolution_param { num_output: 8 group: 2 bias_term: false "
            "kernel_h: 3 kernel_w: 5 stride: 2 pad_w: 2 dilation: 1 dilation: 2 }")
            LAYER("u", "Deconvolution", "d",
                  "convolution_param { num_output: 4 group: 2 kernel_size: 2 }")
                LAYER("p", "Pooling", "c", "pooling_param { kernel_size: 3 stride: 2 pad: 1 }")
                    LAYER("q", "Pooling", "c",
                          "pooling_param { pool: AVE kernel_h: 3 kernel_w: 2 round_mode: FLOOR }")
                        LAYER("f", "Pooling", "c",
                              "pooling_param { kernel_size: 2 ceil_mode: false }")
                            LAYER("g", "Pooling", "c",
                                  "pooling_param { pool: AVE global_pooling: true }")
                                LAYER("m", "Pooling", "c",
                                      "pooling_param { global_pooling: true }"));
    INTS("d", "stride", 2, 2);
    INTS("d", "pad", 0, 2, 0, 2);
    INTS("d", "dilation", 1, 2);
    INTS("d", "groups", 2);
    ck_assert_ptr_null(ecam_node_weight(tc_node("d"), "bias"));
    tc_has_ints("c", "stride", NULL, 0);
    tc_has_ints("c", "pad", NULL, 0);
    tc_has_kind("u", "conv_transpose2d");
    tc_has_kind("p", "maxpool2d");
    INTS("p", "kernel", 3, 3);
    INTS("p", "pad", 1, 1, 1, 1);
    INTS("p", "ceil", 1);
    INTS("p", "caffe", 1);
    tc_has_kind("q", "avgpool2d");
    INTS("q", "kernel", 3, 2);
    tc_has_ints("q", "ceil", NULL, 0);
    tc_has_ints("f", "ceil", NULL, 0);
    tc_has_kind("g", "global_avgpool");
    tc_has_kind("m", "global_maxpool");
    tc_end();
#define BAD_CONV(params) DATA LAYER("c", "Convolution", "data", "convolution_param { " params " }")
    tc_refused(BAD_CONV("kernel_size: 3"), ECAM_ERR_FORMAT, "num_output 0 in 1 groups");
    tc_refused(BAD_CONV("num_output: 8 kernel_size: 3 group: 3"), ECAM_ERR_FORMAT, "in 3 groups");
    tc_refused(BAD_CONV("num_output: 8"), ECAM_ERR_FORMAT, "no kernel_size is given");
    tc_refused(BAD_CONV("num_output: 8 kernel_h: 3"), ECAM_ERR_FORMAT, "no kernel_size is given");
    tc_refused(BAD_CONV("num_output: 8 kernel_size: 3 kernel_h: 3"), ECAM_ERR_FORMAT,
               "given twice");
    tc_refused(BAD_CONV("num_output: 8 kernel_size: [3, 3, 3]"), ECAM_ERR_UNSUPPORTED,
               "for 3 axes");
    tc_refused(BAD_CONV("num_output: 8 kernel_size: 0"), ECAM_ERR_FORMAT,
               "kernel_size 0, expected 1");
    tc_refused(BAD_CONV("num_output: 8 kernel_size: 3 pad: -1"), ECAM_ERR_FORMAT,
               "pad -1, expected 0");
    tc_refused(BAD_CONV("num_output: 8 kernel_size: 3 stride: 99999"), ECAM_ERR_FORMAT, "to 65536");
    tc_refused(BAD_CONV("num_output: 8 kernel_size: 3 axis: 2"), ECAM_ERR_UNSUPPORTED, "on axis 2");
    tc_refused(BAD_CONV("num_output: 9 kernel_size: 3"), ECAM_ERR_SHAPE,
               "weights 'c.0' are 8x3x3x3, the graph expects 9x3x3x3");
    tc_refused(DATA CONV("e", "data"), ECAM_ERR_FORMAT, "weights 'e.0' are not in the file");
#define BAD_POOL(params) DATA LAYER("p", "Pooling", "data", "pooling_param { " params " }")
    tc_refused(BAD_POOL("kernel_size: 2 pool: STOCHASTIC"), ECAM_ERR_UNSUPPORTED,
               "only MAX and AVE");
    tc_refused(BAD_POOL("kernel_size: 2 round_mode: 2"), ECAM_ERR_FORMAT, "round_mode 2");
    tc_refused(BAD_POOL("global_pooling: true pad: 1"), ECAM_ERR_FORMAT, "global_pooling with pad");
}
END_TEST

START_TEST(activations_and_normalisations_have_their_parameters)
{
    tc_begin();
    fake_add(tc_set, FAKE_DIMS(8), "p.0");
    fake_add(tc_set, FAKE_DIMS(1), "q.0");
    tc_import(
        DATA CONV("c", "data") LAYER("l", "ReLU", "c", "relu_param { negative_slope: 0.25 }")
            LAYER("r6", "ReLU6", "c", "") LAYER("p", "PReLU", "c", "")
                LAYER("q", "PReLU", "c", "prelu_param { channel_shared: true }") LAYER(
                    "e", "ELU", "c", "elu_param { alpha: 0.5 }") LAYER("e1", "ELU", "c", "")
                    LAYER("s", "Sigmoid", "c", "") LAYER("t", "TanH", "c", "")
                        LAYER("n", "LRN", "c", "lrn_param { local_size: 3 k: 2 }") LAYER(
                            "w", "LRN", "c", "lrn_param { norm_region: WITHIN_CHANNEL k: 2 }")
                            LAYER("x", "Softmax", "c",
                                  "softmax_param { axis: 2 }") LAYER("same", "Power", "c", "")
                                LAYER("pow", "Power", "c", "power_param { scale: 2 shift: -1 }")
                                    LAYER("times", "Power", "c", "power_param { scale: 2 }")
                                        LAYER("square", "Power", "c", "power_param { power: 2 }"));
    tc_has_kind("l", "leaky_relu");
    tc_has_real("l", "alpha", 0.25);
    tc_has_real("r6", "max", 6);
    ck_assert_uint_eq(tc_weight("p", "slope")->shape.dim[0], 8);
    ck_assert_uint_eq(tc_weight("q", "slope")->shape.dim[0], 1);
    tc_has_real("e", "alpha", 0.5);
    ck_assert_ptr_null(ecam_node_attr(tc_node("e1"), "alpha"));
    tc_has_kind("s", "sigmoid");
    tc_has_kind("t", "tanh");
    INTS("n", "size", 3);
    tc_has_real("n", "alpha", 1);
    tc_has_real("n", "k", 2);
    INTS("w", "within", 1);
    ck_assert_ptr_null(ecam_node_attr(tc_node("w"), "k"));
    INTS("x", "axis", 2);
    tc_has_kind("same", "identity");
    ck_assert(ecam_weight_in_place(tc_weight("pow", "weight"))[7] == 2);
    ck_assert(ecam_weight_in_place(tc_weight("pow", "bias"))[0] == -1);
    ck_assert_str_eq(tc_weight("pow", "bias")->name, "pow.shift");
    ck_assert_ptr_null(ecam_node_weight(tc_node("times"), "bias"));
    tc_has_kind("square", "caffe.Power");
    tc_end();
    tc_refused(DATA LAYER("n", "LRN", "data", "lrn_param { norm_region: 2 }"), ECAM_ERR_FORMAT,
               "norm_region 2");
}
END_TEST

START_TEST(batch_norm_statistics_are_divided_by_their_factor)
{
    static const float mean[2] = { 2, 4 }, var[2] = { 6, 8 }, factor[3] = { 2, 1, 0 };
    static const struct ecam_shape two = { .rank = 1, .dim = { 2 } },
                                   one = { .rank = 4, .dim = { 1, 1, 1, 1 } };
    for (int i = 0; i < 3; i++) {
        tc_begin();
#define ADD(name, shape, data)                                                                    \
    ecam_weight_set_add(tc_set, name, ECAM_DTYPE_F32, shape, NULL, (const uint8_t *)(data), 8, 0, \
                        NULL)
        ck_assert_int_eq(ADD("b.0", &two, mean), ECAM_OK);
        ck_assert_int_eq(ADD("b.1", &two, var), ECAM_OK);
        ck_assert_int_eq(ecam_weight_set_add(tc_set, "b.2", ECAM_DTYPE_F32, &one, NULL,
                                             (const uint8_t *)&factor[i], 4, 0, NULL),
                         ECAM_OK);
        tc_import("input: 'data' input_dim: [1, 2, 9, 9] " LAYER(
            "b", "BatchNorm", "data", "batch_norm_param { use_global_stats: true eps: 0.5 }"));
        tc_has_real("b", "eps", 0.5);
        const float want = i == 0 ? 2 : i == 1 ? 4 : 0;
        ck_assert(ecam_weight_in_place(tc_weight("b", "mean"))[1] == want);
        ck_assert(ecam_weight_in_place(tc_weight("b", "var"))[1] == 2 * want);
        ck_assert_str_eq(tc_weight("b", "var")->name, i == 1 ? "b.1" : "b.var");
        tc_end();
    }
    tc_refused(DATA LAYER("b", "BatchNorm", "data", ""), ECAM_ERR_FORMAT,
               "'b.2' are not in the file");
    tc_refused(DATA LAYER("b", "BatchNorm", "data", "batch_norm_param { use_global_stats: false }"),
               ECAM_ERR_UNSUPPORTED, "from the batch");
}
END_TEST

START_TEST(scales_and_biases_apply_to_channels)
{
    tc_begin();
    fake_add(tc_set, FAKE_DIMS(1, 1, 1, 8), "s.0");
    fake_add(tc_set, FAKE_DIMS(8), "s.1");
    fake_add(tc_set, FAKE_DIMS(8), "b.0");
    fake_add(tc_set, FAKE_DIMS(8, 8), "fc.0");
    tc_import(
        DATA CONV("c", "data") LAYER("s", "Scale", "c",
                                     "scale_param { bias_term: true axis: -3 }") LAYER("b", "Bias",
                                                                                       "s", "")
            LAYER("g", "Pooling", "b", "pooling_param { pool: AVE global_pooling: true }") LAYER(
                "fc", "InnerProduct", "g",
                "inner_product_param { num_output: 8 bias_term: false }") "layer { name: 'se' "
                                                                          "type: 'Scale' bottom: "
                                                                          "'b' bottom: 'fc' top: "
                                                                          "'se' scale_param { "
                                                                          "axis: 0 } }"
                                                                          "layer { name: 'ad' "
                                                                          "type: 'Bias' bottom: "
                                                                          "'b' bottom: 'c' top: "
                                                                          "'ad' bias_param { axis: "
                                                                          "0 } }");
    ck_assert_uint_eq(tc_weight("s", "weight")->shape.rank, 1);
    ck_assert_uint_eq(tc_weight("s", "bias")->shape.dim[0], 8);
    tc_has_kind("b", "scale");
    ck_assert_ptr_null(ecam_node_weight(tc_node("b"), "weight"));
    tc_has_kind("se", "mul");
    ck_assert_str_eq(tc_source("se", 1), "se.reshape");
    INTS("se.reshape", "shape", 0, 0, 1, 1);
    ck_assert_str_eq(tc_source("ad", 1), "c");
    tc_has_kind("ad", "add");
    tc_end();
    tc_refused(DATA LAYER("s", "Scale", "data", "scale_param { axis: 2 }"), ECAM_ERR_UNSUPPORTED,
               "only one number a channel");
    tc_refused(DATA LAYER("s", "Bias", "data", "bias_param { num_axes: 0 }"), ECAM_ERR_UNSUPPORTED,
               "axis 1 with 0 axes");
    tc_refused(DATA "layer { name: 's' type: 'Scale' bottom: 'data' bottom: 'data' top: 's' }",
               ECAM_ERR_UNSUPPORTED, "from axis 1 on");
    tc_refused(DATA "layer { name: 's' type: 'Scale' bottom: 'data' bottom: 'data' top: 's' "
                    "scale_param { axis: 0 bias_term: true } }",
               ECAM_ERR_UNSUPPORTED, "two inputs and a bias");
}
END_TEST

START_TEST(inner_products_flatten_what_is_not_flat)
{
    tc_begin();
    fake_add(tc_set, FAKE_DIMS(1, 1, 5, 4608), "f.0"); /* 3 x 32 x 48, as old files have it */
    fake_add(tc_set, FAKE_DIMS(1, 1, 1, 5), "f.1");
    fake_add(tc_set, FAKE_DIMS(5, 7), "g.0");
    tc_import(DATA LAYER("f", "InnerProduct", "data", "inner_product_param { num_output: 5 }")
                  LAYER("r", "ReLU", "f", "")
                      LAYER("g", "InnerProduct", "r",
                            "inner_product_param { num_output: 7 bias_term: false "
                            "transpose: true axis: -1 }"));
    ck_assert_str_eq(tc_source("f", 0), "f.flatten");
    ck_assert_uint_eq(tc_weight("f", "weight")->shape.rank, 2);
    ck_assert_uint_eq(tc_weight("f", "weight")->shape.dim[1], 4608);
    ck_assert_uint_eq(tc_weight("f", "bias")->shape.rank, 1);
    ck_assert_str_eq(tc_source("g", 0), "r");
    ck_assert_uint_eq(tc_weight("g", "weight")->shape.dim[0], 7);
    ck_assert_uint_eq(tc_weight("g", "weight")->stride[0], 1);
    ck_assert(!tc_weight("g", "weight")->is_dense);
    tc_end();
    tc_refused(DATA LAYER("f", "InnerProduct", "data", ""), ECAM_ERR_FORMAT, "num_output 0");
    tc_refused(
        DATA LAYER("f", "InnerProduct", "data", "inner_product_param { num_output: 5 axis: 2 }"),
        ECAM_ERR_UNSUPPORTED, "axis 2: only 1");
}
END_TEST

START_TEST(joins_become_chains)
{
    tc_begin();
#define JOIN(name, type, more)                                                                  \
    "layer { name: '" name "' type: '" type "' bottom: 'c' bottom: 'r' bottom: 'r' top: '" name \
    "' " more " } "
    tc_import(DATA CONV("c", "data") LAYER("r", "ReLU", "c", "") JOIN("cat", "Concat", "")
                  JOIN("old", "Concat", "concat_param { concat_dim: 2 }")
                      JOIN("neg", "Concat", "concat_param { axis: -3 }") JOIN("sum", "Eltwise", "")
                          JOIN("prod", "Eltwise", "eltwise_param { operation: PROD }")
                              JOIN("max", "Eltwise", "eltwise_param { operation: MAX }")
                                  JOIN("mix", "Eltwise", "eltwise_param { coeff: [0.5, -1, 1] }")
                                      LAYER("lone", "Eltwise", "c", ""));
    ck_assert_uint_eq(tc_node("cat")->n_inputs, 3);
    tc_has_ints("cat", "axis", NULL, 0);
    INTS("old", "axis", 2);
    tc_has_ints("neg", "axis", NULL, 0);
    tc_has_kind("sum", "add");
    ck_assert_str_eq(tc_source("sum", 0), "sum.1");
    ck_assert_str_eq(tc_source("sum.1", 0), "c");
    tc_has_kind("prod.1", "mul");
    tc_has_kind("max", "max");
    tc_has_kind("mix.1", "sub");
    ck_assert_str_eq(tc_source("mix.1", 0), "mix.coeff0");
    ck_assert(ecam_weight_in_place(tc_weight("mix.coeff0", "weight"))[0] == 0.5f);
    tc_has_kind("lone", "identity");
    tc_end();
    tc_refused(DATA CONV("c", "data") LAYER("r", "ReLU", "c", "")
                   JOIN("x", "Eltwise", "eltwise_param { coeff: 1 }"),
               ECAM_ERR_FORMAT, "1 coefficients for 3 inputs");
    tc_refused(DATA LAYER("x", "Eltwise", "data", "eltwise_param { operation: 3 }"),
               ECAM_ERR_FORMAT, "operation 3");
    tc_refused(DATA "layer { name: 'x' type: 'ReLU' top: 'x' }", ECAM_ERR_FORMAT,
               "0 inputs, expected 1");
    tc_refused(DATA CONV("c", "data") LAYER("r", "ReLU", "c", "") JOIN("x", "ReLU", ""),
               ECAM_ERR_FORMAT, "3 inputs, expected 1");
}
END_TEST

START_TEST(shapes_are_changed_as_caffe_does)
{
    tc_begin();
    tc_import(
        DATA CONV("c", "data") LAYER("f", "Flatten", "c", "") LAYER(
            "f2", "Flatten", "c",
            "flatten_param { axis: 2 end_axis: 3 }") LAYER("fn", "Flatten", "c",
                                                           "flatten_param { axis: -2 }")
            LAYER("s", "Reshape", "c", "reshape_param { shape { dim: 0 dim: 4 dim: -1 } }") LAYER(
                "t", "Permute", "c",
                "permute_param { order: [0, 2] }") "layer { name: 'k' type: 'Slice' bottom: 'c' "
                                                   "top: 'k0' top: 'k1' slice_param { slice_point: "
                                                   "3 } }"
                                                   "layer { name: 'e' type: 'Slice' bottom: 'k1' "
                                                   "top: 'e0' top: 'e1' top: 'e2' top: 'e3' top: "
                                                   "'e4' }"
                                                   "layer { name: 'h' type: 'Slice' bottom: 'c' "
                                                   "top: 'h0' top: 'h1' slice_param { slice_dim: 2 "
                                                   "slice_point: 7 } }");
    tc_has_kind("f", "flatten");
    INTS("f2", "shape", 0, 0, -1);
    INTS("fn", "shape", 0, 0, -1);
    INTS("s", "shape", 0, 4, -1);
    INTS("t", "axes", 0, 2, 1, 3);
    ck_assert_str_eq(tc_node("k1")->name, "k.1");
    INTS("k.0", "begin", 0, 0, 0, 0);
    INTS("k.0", "end", INT32_MAX, 3, INT32_MAX, INT32_MAX);
    INTS("k.1", "begin", 0, 3, 0, 0);
    INTS("e3", "begin", 0, 3, 0, 0); /* 5 channels in 5 parts */
    INTS("h1", "begin", 0, 0, 7, 0);
    tc_end();
    tc_refused(DATA LAYER("f", "Flatten", "data", "flatten_param { axis: 1 end_axis: 2 }"),
               ECAM_ERR_UNSUPPORTED, "axis 1 to end_axis 2");
    tc_refused(DATA LAYER("s", "Reshape", "data", "reshape_param { shape { dim: 0 } axis: 1 }"),
               ECAM_ERR_UNSUPPORTED, "a part of the axes");
    tc_refused(DATA LAYER("s", "Reshape", "data", ""), ECAM_ERR_UNSUPPORTED, "0 dimensions");
    tc_refused(DATA LAYER("s", "Reshape", "data", "reshape_param { shape { dim: -2 } }"),
               ECAM_ERR_FORMAT, "dimension -2");
    tc_refused(DATA LAYER("t", "Permute", "data", "permute_param { order: [0, 0] }"),
               ECAM_ERR_FORMAT, "axis 0 twice");
    tc_refused(DATA "layer { name: 'k' type: 'Slice' bottom: 'data' top: 'a' top: 'b' }",
               ECAM_ERR_UNSUPPORTED, "2 equal parts of axis 1 with 3");
    tc_refused(DATA LAYER("k", "Slice", "data", "slice_param { slice_point: 1 }"), ECAM_ERR_FORMAT,
               "1 slice points for 1 outputs");
    tc_refused(DATA "layer { name: 'k' type: 'Slice' bottom: 'data' top: 'a' top: 'b' top: 'd' "
                    "slice_param { slice_point: 2 slice_point: 1 } }",
               ECAM_ERR_FORMAT, "do not grow");
    tc_refused(DATA LAYER("k", "Slice", "data", "slice_param { axis: 4 }"), ECAM_ERR_UNSUPPORTED,
               "axis 4");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        windows_are_given_once_twice_or_by_name,
        activations_and_normalisations_have_their_parameters,
        batch_norm_statistics_are_divided_by_their_factor,
        scales_and_biases_apply_to_channels,
        inner_products_flatten_what_is_not_flat,
        joins_become_chains,
        shapes_are_changed_as_caffe_does,
    };
    return tu_main("caffe_layers", tests, sizeof tests / sizeof *tests);
}
