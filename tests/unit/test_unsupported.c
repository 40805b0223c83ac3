/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers/registry.h"
#include "layers/unsupported.h"
#include "tests/unit/tlayer.h"

START_TEST(a_kind_with_a_dot_is_an_operator_that_is_not_implemented)
{
    ck_assert_ptr_eq(ecam_layer_find("onnx.Loop"), &ecam_layer_unsupported);
    ck_assert_ptr_null(ecam_layer_find("loop"));
    ck_assert_ptr_null(ecam_layer_find("unsupported"));
    ck_assert_uint_ne(ecam_layer_unsupported.traits & ECAM_LAYER_UNKNOWN, 0);
}
END_TEST

START_TEST(it_takes_anything_until_its_shape_is_asked_for)
{
    const struct ecam_shape in[] = { SHAPE(2, 3), SHAPE(4) };
    tlayer_refused(tlayer_new("onnx.Loop", 2, in, ATTRS(INTS("opset", 17), REAL("x", 1))),
                   ECAM_ERR_UNSUPPORTED,
                   "layer 'layer': operator 'onnx.Loop' (opset 17) is not implemented");
    tlayer_refused(tlayer_new("caffe.Filter", 0, NULL, NULL), ECAM_ERR_UNSUPPORTED,
                   "operator 'caffe.Filter' is not implemented");
    struct tlayer t = tlayer_new("onnx.If", 1, in, ATTRS(REAL("opset", 17)));
    tnet_weight(&t.net, t.node, "weight", 0, 1, (size_t[]){ 3 });
    tlayer_refused(t, ECAM_ERR_UNSUPPORTED, "'onnx.If' is not implemented");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_kind_with_a_dot_is_an_operator_that_is_not_implemented,
        it_takes_anything_until_its_shape_is_asked_for,
    };
    return tu_main("unsupported", tests, sizeof tests / sizeof *tests);
}
