#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/bad/onnx (files that must be refused, one defect each, and a few good ones) and
tests/fuzz/corpus/onnx (seeds that reach every operator). Run from the root of the source tree:
tools/dev/make_onnx_files.py. Messages only: no checker has to know the opset."""
import os

import numpy as np
from onnx import AttributeProto, TensorProto, helper, numpy_helper

BAD, SEEDS = "tests/bad/onnx", "tests/fuzz/corpus/onnx"
rng = np.random.default_rng(4)


def f32(*shape):
    return rng.normal(size=shape).astype(np.float32)


def ints(*v):
    return np.array(v, np.int64)


def op(name, inputs, outputs, **attrs):
    return helper.make_node(name, inputs.split(), outputs.split(), name="n_" + outputs.split()[0],
                            **attrs)


def model(nodes, arrays, shape=(1, 3, 8, 9), output=None, opset=13, ir=8, inputs=None, outputs=None):
    tensors = [numpy_helper.from_array(np.asarray(v), k) if not isinstance(v, TensorProto) else v
               for k, v in arrays.items()]
    if inputs is None:
        inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    if outputs is None:
        outputs = [helper.make_tensor_value_info(output or nodes[-1].output[0], TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = ir
    return made


CONV = op("Conv", "x w b", "c", pads=[1, 1, 1, 1])
ARRAYS = {"w": f32(4, 3, 3, 3), "b": f32(4)}


def after_conv(nodes, arrays=None, **options):
    return model([CONV] + nodes, {**ARRAYS, **(arrays or {})}, **options)


def external(location, offset=None, length=None):
    t = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 3, 3, 3],
                    data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        if value is not None:
            t.external_data.add(key=key, value=str(value))
    return model([CONV], {"w": t, "b": ARRAYS["b"]})


def raw(dims, n_bytes, data_type=TensorProto.FLOAT):
    return TensorProto(name="w", data_type=data_type, dims=dims, raw_data=bytes(n_bytes))


def nested(depth):
    attr = AttributeProto(name="body", type=AttributeProto.GRAPH)
    attr.g.name = "leaf"
    for _ in range(depth):
        outer = AttributeProto(name="body", type=AttributeProto.GRAPH)
        node = outer.g.node.add(op_type="Loop", output=["o"])
        node.attribute.append(attr)
        attr = outer
    node = helper.make_node("Loop", ["c"], ["o"])
    node.attribute.append(attr)
    return after_conv([node])


def bad_files():
    yield "ok-small", after_conv([op("Relu", "c", "y")])
    yield "ok-external", external("ok-external.bin", 16, 432)
    yield "ok-unknown-operator", after_conv([op("Mystery", "c", "y"), op("Relu", "y", "z")])
    yield "ok-conv-1d-is-kept", after_conv([op("Reshape", "c s", "r"), op("Conv", "r k", "y")],
                                           {"s": ints(1, 4, 72), "k": f32(4, 4, 3)})
    yield "ok-nested-graph", nested(5)
    yield "ok-training", after_conv([op("Dropout", "c r t", "y")], {"r": np.float32(.5),
                                                                    "t": np.bool_(True)})
    yield "ok-scalar-result-is-kept", after_conv([op("ReduceMean", "c", "y", keepdims=0)])
    yield "ok-nested-deep", nested(80)  # what is in it is nobody's business
    yield "format-no-graph", helper.make_model(helper.make_graph([], "g", [], []))
    yield "unsupported-ir-2", after_conv([op("Relu", "c", "y")], ir=2)
    yield "unsupported-opset-22", after_conv([op("Relu", "c", "y")], opset=22)
    yield "unsupported-opset-0", after_conv([op("Relu", "c", "y")], opset=0)
    yield "unsupported-input-rank-3", model([op("Relu", "x", "y")], {}, shape=(3, 8, 9))
    yield "unsupported-no-input", model([op("Relu", "w", "y")], {"w": f32(2)}, inputs=[])
    yield "unsupported-input-of-int64", model(
        [op("Relu", "x", "y")], {}, inputs=[helper.make_tensor_value_info("x", 7, (1, 3, 8, 9))])
    yield "limit-input-size", model([op("Relu", "x", "y")], {}, shape=(1, 3, 70000, 9))
    yield "format-input-unknown", after_conv([op("Relu", "nowhere", "y")])
    yield "format-input-later", model([op("Relu", "c", "y"), CONV], ARRAYS, output="y")
    yield "format-output-twice", after_conv([op("Relu", "c", "y"), op("Relu", "c", "y")])
    yield "format-output-of-weight", after_conv([op("Relu", "c", "w")])
    yield "format-output-unknown", after_conv([op("Relu", "c", "y")], output="z")
    yield "format-no-output", after_conv([op("Relu", "c", "y")], outputs=[])
    yield "format-output-is-constant", after_conv([op("Relu", "c", "y")], output="w")
    yield "format-too-few-inputs", after_conv([op("Add", "c", "y")])
    yield "format-too-many-inputs", after_conv([op("Relu", "c c", "y")])
    yield "format-input-left-out", after_conv([helper.make_node("Add", ["c", ""], ["y"])])
    yield "format-raw-short", model([CONV], {"w": raw([4, 3, 3, 3], 431), "b": ARRAYS["b"]})
    yield "format-raw-long", model([CONV], {"w": raw([4, 3, 3, 3], 436), "b": ARRAYS["b"]})
    yield "format-dimension-negative", model([CONV], {"w": raw([4, -3, 3, 3], 432), "b": ARRAYS["b"]})
    yield "format-dimensions-overflow", model(
        [CONV], {"w": raw([2 ** 62, 2 ** 62, 3, 3], 432), "b": ARRAYS["b"]})
    yield "format-tensor-twice", model([CONV], {"w": ARRAYS["w"], "b": ARRAYS["b"],
                                               "again": raw([4, 3, 3, 3], 432)})
    yield "ok-weight-of-text-is-missed", model(
        [CONV], {"w": TensorProto(name="w", data_type=TensorProto.STRING, dims=[1],
                                  string_data=[b"a"]), "b": ARRAYS["b"]})
    yield "ok-rank-7-is-missed", model([CONV], {"w": raw([1] * 7, 4), "b": ARRAYS["b"]})
    yield "format-external-absolute", external("/etc/passwd")
    yield "format-external-above", external("../onnx/ok-external.bin")
    yield "format-external-inside-above", external("a/../../ok-external.bin")
    yield "format-external-empty-part", external("a//b")
    yield "format-external-no-location", external(None)
    yield "format-external-offset-is-text", external("ok-external.bin", "ten")
    yield "format-external-beyond", external("ok-external.bin", 17, 432)
    yield "format-external-far-beyond", external("ok-external.bin", 2 ** 63)
    yield "format-external-length", external("ok-external.bin", 0, 400)
    yield "io-external-missing", external("missing.bin")
    yield "io-external-folder", external(".")
    yield "shape-kernel-shape", model([op("Conv", "x w", "y", kernel_shape=[5, 5])], ARRAYS)
    yield "shape-conv-channels", model([op("Conv", "x w", "y")], {"w": f32(4, 2, 3, 3)})
    yield "shape-weight-rank", model([op("Conv", "x w", "y")], {"w": f32(4, 3, 9)})
    yield "shape-reshape", after_conv([op("Reshape", "c s", "y")], {"s": ints(1, 7, -1)})
    yield "format-reshape-two-rests", after_conv([op("Reshape", "c s", "y")], {"s": ints(-1, -1)})
    yield "format-reshape-no-shape", after_conv([op("Reshape", "c", "y")])
    yield "shape-gemm", after_conv([op("GlobalAveragePool", "c", "p"), op("Flatten", "p", "f"),
                                    op("Gemm", "f m", "y")], {"m": f32(5, 6)})
    yield "shape-add", after_conv([op("Relu", "c", "r"), op("MaxPool", "r", "p", kernel_shape=[2, 2]),
                                   op("Add", "r p", "y")])
    yield "shape-squeeze", after_conv([op("Squeeze", "c a", "y")], {"a": ints(1)})
    yield "format-axis", after_conv([op("Concat", "c c", "y", axis=4)])
    yield "format-transpose-twice", after_conv([op("Transpose", "c", "y", perm=[0, 1, 1, 3])])
    yield "format-slice-step-0", after_conv([op("Slice", "c a e a s", "y")],
                                            {"a": ints(1), "e": ints(3), "s": ints(0)})
    yield "format-split-outputs", after_conv([op("Split", "c s", "y z", axis=1)],
                                             {"s": ints(1, 1, 2)})
    yield "shape-split-sizes", after_conv([op("Split", "c s", "y z", axis=1)], {"s": ints(3, 3)})
    yield "format-pad-pads", after_conv([op("Pad", "c p", "y")], {"p": ints(1, 2, 3)})
    yield "format-gather-index", model([op("Gather", "w i", "g"), op("Relu", "x", "y")],
                                       {"w": ints(1, 2), "i": ints(2)}, output="y")
    yield "format-resize-no-size", after_conv([op("Resize", "c", "y")])
    yield "format-range", model([op("Range", "a a z", "g"), op("Relu", "x", "y")],
                                {"a": np.int64(1), "z": np.int64(0)}, output="y")


def seeds():
    yield "windows", after_conv([
        op("MaxPool", "c", "m", kernel_shape=[2, 2], auto_pad="SAME_UPPER"),
        op("AveragePool", "m", "a", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
        op("LRN", "a", "l", size=3), op("ConvTranspose", "l t", "u", strides=[2, 2]),
        helper.make_node("Resize", ["u", "", "s"], ["r"], mode="linear"),
        op("GlobalMaxPool", "r", "g")], {"t": f32(4, 2, 2, 2), "s": np.array([1, 1, 2, 1.5], np.float32)})
    yield "pointwise", after_conv([
        op("LeakyRelu", "c", "a", alpha=.2), op("PRelu", "a s", "b2"), op("Clip", "b2 lo hi", "d"),
        op("Sigmoid", "d", "e"), op("HardSigmoid", "e", "f"), op("HardSwish", "f", "g"),
        op("Elu", "g", "h"), op("Tanh", "h", "i"), op("Erf", "i", "j"), op("Add", "j s", "k"),
        op("Sub", "s k", "l"), op("Mul", "l c", "m"), op("Div", "m two", "o"),
        op("Sum", "o c a", "p"), op("BatchNormalization", "p b b b v", "q"),
        op("InstanceNormalization", "q b b", "r"), op("Identity", "r", "t"), op("Dropout", "t", "u"),
        op("Softmax", "u", "y", axis=1)],
        {"s": f32(4, 1, 1), "lo": np.float32(-1), "hi": np.float32(2), "two": np.float32(2),
         "v": np.ones(4, np.float32)}, opset=14)
    yield "shapes", after_conv([
        op("Transpose", "c", "a", perm=[0, 2, 3, 1]), op("Slice", "a s e ax st", "b2"),
        op("Split", "b2", "d e2", axis=1), op("Concat", "d e2", "f", axis=1),
        op("Pad", "f p", "g", mode="reflect"), op("Gather", "g i", "h", axis=2),
        op("Unsqueeze", "h u", "j"), op("Squeeze", "j u", "k"), op("ReduceMean", "k", "l", axes=[1]),
        op("ReduceSum", "l u3", "m"), op("ReduceMax", "m", "n", axes=[-1]), op("Flatten", "n", "o"),
        op("LogSoftmax", "o", "y")],
        {"s": ints(0, 8), "e": ints(6, 0), "ax": ints(1, 2), "st": ints(1, -1),
         "p": ints(0, 1, 1, 0, 0, 1, 1, 0), "i": ints(0, -1), "u": ints(1), "u3": ints(2)})
    yield "folded", after_conv([
        op("Shape", "c", "s"), op("Gather", "s zero", "n"), op("Unsqueeze", "n axis", "n1"),
        op("Slice", "s one big", "rest"), op("ReduceProd", "rest", "area", keepdims=1),
        op("Concat", "n1 area", "t", axis=0), op("Cast", "t", "tf", to=1), op("Cast", "tf", "ti", to=7),
        op("Reshape", "c ti", "r"), op("ConstantOfShape", "t", "z"),
        op("Range", "zero four uno", "q"), op("Expand", "q two2", "x2"), op("Equal", "x2 x2", "eq"),
        op("Where", "eq x2 x2", "wh"), op("Mul", "wh wh", "mu"), op("Floor", "tf", "fl"),
        op("Sqrt", "fl", "sq"), op("Transpose", "w", "wt"), op("Identity", "wt", "wi"),
        op("Relu", "r", "y")],
        {"zero": np.int64(0), "uno": np.int64(1), "four": np.int64(4), "axis": ints(0),
         "one": ints(1), "big": ints(2 ** 62), "two2": ints(2, 4)})
    yield "matrices", after_conv([
        op("GlobalAveragePool", "c", "p"), op("Flatten", "p", "f"), op("Gemm", "f m v", "g", alpha=.5),
        op("MatMul", "g k", "h"), op("Gemm", "h h2 v", "i", transA=1), op("MatMul", "i i2", "y")],
        {"m": f32(4, 5), "v": f32(5), "k": f32(5, 6), "h2": f32(1, 5), "i2": f32(5, 3)})
    yield "quantised", model([
        op("QuantizeLinear", "x s z", "q"), op("QLinearConv", "q s z w sw zw s z b", "c",
                                               pads=[1, 1, 1, 1]),
        op("DequantizeLinear", "c s z", "y"), op("DequantizeLinear", "w sw zw", "wf", axis=0)],
        {"s": np.float32(.05), "z": np.uint8(128), "w": rng.integers(-99, 99, (4, 3, 3, 3)).astype(np.int8),
         "sw": np.array([.1, .2, .3, .4], np.float32), "zw": np.zeros(4, np.int8),
         "b": rng.integers(-9, 9, 4).astype(np.int32)}, output="y")
    half = TensorProto(name="w", data_type=TensorProto.FLOAT16, dims=[4, 3, 3, 3],
                       int32_data=[int(v) for v in rng.integers(0, 0x3c00, 108)])
    typed = TensorProto(name="b", data_type=TensorProto.DOUBLE, dims=[4], double_data=[1, 2, 3, 4])
    wide = TensorProto(name="s", data_type=TensorProto.UINT64, dims=[2], uint64_data=[1, 2 ** 63])
    small = TensorProto(name="u", data_type=TensorProto.UINT16, dims=[2], raw_data=b"\1\0\2\0")
    yield "types", model([CONV, op("Reshape", "c sh", "y")],
                         {"w": half, "b": typed, "s": wide, "u": small,
                          "sh": TensorProto(name="sh", data_type=7, dims=[2], int64_data=[1, -1])})
    yield "constants", model([
        helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(f32(4, 3, 3, 3))),
        helper.make_node("Constant", [], ["s"], value_ints=[1, -1]),
        helper.make_node("Constant", [], ["t"], value_float=2.5),
        helper.make_node("Constant", [], ["v"], value_string="text"),
        op("Conv", "x w", "c"), op("Mul", "c t", "m"), op("Reshape", "m s", "y")], {})
    yield "old", model([op("Conv", "x w", "c"), op("Add", "c b", "d", broadcast=1, axis=1),
                        op("PRelu", "d b", "p"), op("Clip", "p", "e", min=-1., max=6.),
                        op("Reshape", "e", "y", shape=[1, -1])], ARRAYS, opset=6, ir=3)
    yield "nhwc", model([op("Transpose", "x", "t", perm=[0, 3, 1, 2]), op("Conv", "t w b", "c"),
                         op("Upsample", "c s", "y")],
                        {**ARRAYS, "s": np.array([1, 1, 2, 2], np.float32)}, shape=("n", 8, 9, 3), opset=9)
    yield "unknown-behind", after_conv([op("Relu", "c", "r"), op("NonMaxSuppression", "r", "n"),
                                        op("Add", "n r", "y")])


def main():
    for folder in (BAD, SEEDS):
        os.makedirs(folder, exist_ok=True)
    with open(BAD + "/ok-external.bin", "wb") as file:
        file.write(bytes(16) + ARRAYS["w"].tobytes())
    for name, made in bad_files():
        if name == "format-tensor-twice":
            made.graph.initializer[2].name = "w"
        if name == "format-no-graph":
            made.ClearField("graph")
        with open(f"{BAD}/{name}.onnx", "wb") as file:
            file.write(made.SerializeToString())
    for name, made in seeds():
        with open(f"{SEEDS}/{name}", "wb") as file:
            file.write(made.SerializeToString())
    print(len(os.listdir(BAD)), "files,", len(os.listdir(SEEDS)), "seeds")


if __name__ == "__main__":
    main()
