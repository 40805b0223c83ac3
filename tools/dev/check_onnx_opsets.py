#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares operators whose signature changed in opsets 18 to 21 with onnxruntime.

    NODE_PATH=DIR/node_modules tools/dev/check_onnx_opsets.py --program build/tools/eigencam

The models are written by hand (messages only: the checker of an older onnx package does not
know these opsets): image -> operator -> image or row. A row a model: the largest difference,
of the largest magnitude. Exit status 1 where one is above the limit."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(1)


def ints(*v):
    return np.array(v, np.int64)


def floats(*v):
    return np.array(v, np.float32)


def node(op, *constants, n_outputs=1, **attrs):
    """An operator on the value before it, with constants as further inputs (None: left out)."""
    return op, constants, n_outputs, attrs


W = rng.normal(size=(4, 3, 3, 3)).astype(np.float32)
CONV = node("Conv", W, floats(.1, .2, .3, .4), pads=[1, 1, 1, 1])
Q8 = np.uint8(120)
MODELS = {
    "ReduceMean-18 axes": (18, [CONV, node("ReduceMean", ints(2, 3), keepdims=1)]),
    "ReduceMean-18 keepdims 0": (18, [CONV, node("ReduceMean", ints(-1, -2), keepdims=0)]),
    "ReduceMean-18 no axes, noop": (18, [CONV, node("ReduceMean", noop_with_empty_axes=1)]),
    "ReduceMax-18 axes": (18, [CONV, node("ReduceMax", ints(1))]),
    "ReduceMax-20 axes": (20, [CONV, node("ReduceMax", ints(2))]),
    "ReduceSum-13 axes": (21, [CONV, node("ReduceSum", ints(1, 2), keepdims=1)]),
    "Split-18 num_outputs": (18, [CONV, node("Split", n_outputs=3, axis=2, num_outputs=3),
                                  node("Relu")]),
    "Split-18 sizes": (18, [CONV, node("Split", ints(1, 3), n_outputs=2, axis=1)]),
    "Pad-18 axes": (18, [node("Pad", ints(2, 1, 0, 3), floats(0.5), ints(-1, 2)), CONV]),
    "Pad-18 reflect": (18, [node("Pad", ints(1, 2, 3, 1), None, ints(2, 3), mode="reflect"), CONV]),
    "Pad-21 edge": (21, [node("Pad", ints(0, 0, 2, 1, 0, 0, 1, 2), mode="edge"), CONV]),
    "Pad-21 cut": (21, [node("Pad", ints(0, 0, -1, 1, 0, 0, 1, -2)), CONV]),
    "Resize-18 axes, scales": (18, [node("Resize", None, floats(2, 1.5), axes=[2, 3],
                                         mode="linear"), CONV]),
    "Resize-18 axes, sizes": (18, [node("Resize", None, None, ints(9, 20), axes=[2, 3],
                                        mode="nearest", nearest_mode="floor",
                                        coordinate_transformation_mode="asymmetric"), CONV]),
    "Resize-19 corners": (19, [node("Resize", None, None, ints(1, 3, 21, 9), mode="linear",
                                    coordinate_transformation_mode="align_corners"), CONV]),
    "AveragePool-19": (19, [CONV, node("AveragePool", kernel_shape=[3, 3], strides=[2, 2],
                                       pads=[1, 1, 1, 1], count_include_pad=1)]),
    "AveragePool-19 ceil": (19, [CONV, node("AveragePool", kernel_shape=[3, 3], strides=[2, 2],
                                            ceil_mode=1)]),
    "MaxPool-12 ceil": (21, [CONV, node("MaxPool", kernel_shape=[3, 3], strides=[2, 2],
                                        ceil_mode=1, dilations=[1, 1])]),
    "MaxPool-12 dilations": (21, [CONV, node("MaxPool", kernel_shape=[2, 2], dilations=[2, 3])]),
    "Gelu-20": (20, [CONV, node("Gelu")]),
    "Gelu-20 tanh": (20, [CONV, node("Gelu", approximate="tanh")]),
    "Cast-19": (19, [CONV, node("Cast", to=TensorProto.FLOAT, saturate=1)]),
    "Reshape-19": (19, [CONV, node("Reshape", ints(0, 2, -1), allowzero=0), node("Softmax")]),
    "Reshape-21": (21, [CONV, node("Reshape", ints(1, -1))]),
    "Shape-19 arithmetic": (19, [CONV]),
    "Flatten-21": (21, [CONV, node("Flatten", axis=2)]),
    "Transpose-21": (21, [CONV, node("Transpose", perm=[0, 2, 3, 1])]),
    "Squeeze-21": (21, [CONV, node("ReduceMean", ints(2, 3)), node("Squeeze", ints(2, 3))]),
    "Unsqueeze-21": (21, [CONV, node("ReduceMean", ints(2, 3), keepdims=0),
                          node("Unsqueeze", ints(0, 3)), node("Relu")]),
    "Identity-21": (21, [CONV, node("Identity")]),
    "Clip-13": (21, [CONV, node("Clip", np.float32(-.5), np.float32(.75))]),
    "QuantizeLinear-21": (21, [CONV, node("QuantizeLinear", np.float32(.05), Q8),
                               node("DequantizeLinear", np.float32(.05), Q8)]),
    "DequantizeLinear-21 axis": (21, [CONV, node("QuantizeLinear", floats(.05, .04, .03, .06),
                                                 np.array([1, -2, 3, 0], np.int8), axis=1),
                                      node("DequantizeLinear", floats(.05, .04, .03, .06),
                                           np.array([1, -2, 3, 0], np.int8), axis=1)]),
    "QLinearConv-10": (21, [node("QuantizeLinear", np.float32(.03), Q8),
                            node("QLinearConv", np.float32(.03), Q8,
                                 rng.integers(-99, 99, (4, 3, 3, 3)).astype(np.int8),
                                 floats(.011, .013, .017, .019), np.zeros(4, np.int8),
                                 np.float32(.11), np.uint8(115),
                                 rng.integers(-999, 999, 4).astype(np.int32), pads=[1, 1, 1, 1]),
                            node("DequantizeLinear", np.float32(.11), np.uint8(115))]),
    "BatchNormalization-15": (21, [CONV, node("BatchNormalization", floats(1, 2, .5, -1),
                                              floats(0, .1, .2, .3), floats(.1, -.1, 0, .2),
                                              floats(.5, 1, 2, 1), epsilon=1e-3)]),
    "InstanceNormalization-6": (21, [CONV, node("InstanceNormalization", floats(1, 2, .5, -1),
                                                floats(0, .1, .2, .3))]),
    "PRelu-16": (21, [CONV, node("PRelu", floats(.1, .2, .3, -.4).reshape(4, 1, 1))]),
    "LeakyRelu-16": (21, [CONV, node("LeakyRelu", alpha=.2)]),
    "ConvTranspose-11": (21, [node("ConvTranspose", rng.normal(size=(3, 2, 3, 3)).astype(np.float32),
                                   strides=[2, 2], pads=[1, 0, 1, 2], output_padding=[1, 0])]),
    "LogSoftmax-13": (21, [CONV, node("LogSoftmax", axis=1)]),
    "Gemm-13": (21, [CONV, node("ReduceMean", ints(2, 3), keepdims=0),
                     node("Gemm", rng.normal(size=(4, 5)).astype(np.float32), floats(1, 2, 3, 4, 5),
                          alpha=.5, beta=2.)]),
    "MatMul-13": (21, [CONV, node("MatMul", rng.normal(size=(11, 4)).astype(np.float32))]),
    "Gather-13": (21, [CONV, node("Gather", ints(3, -3), axis=1)]),
    "Slice-13": (21, [CONV, node("Slice", ints(-1, 1), ints(-2 ** 62, 2 ** 62), ints(3, 2),
                                 ints(-2, 3))]),
}


def write(path, opset, steps, shape):
    nodes, arrays, value = [], [], "x"
    for i, (op, constants, n_outputs, attrs) in enumerate(steps):
        inputs = [value]
        for k, constant in enumerate(constants):
            name = "" if constant is None else f"c{i}_{k}"
            inputs.append(name)
            if constant is not None:
                arrays.append(numpy_helper.from_array(np.asarray(constant), name))
        outputs = [f"v{i}_{k}" for k in range(n_outputs)]
        nodes.append(helper.make_node(op, inputs, outputs, name=f"n{i}", **attrs))
        value = outputs[-1]
    if path.endswith("Shape-19_arithmetic.onnx"):  # v -> (N, -1) by what is computed
        arrays += [numpy_helper.from_array(ints(0), "zero"), numpy_helper.from_array(ints(-1), "rest")]
        nodes += [helper.make_node("Shape", [value], ["shape"], start=0, end=1),
                  helper.make_node("Concat", ["shape", "rest"], ["target"], axis=0),
                  helper.make_node("Reshape", [value, "target"], ["row"])]
        value = "row"
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, None)], arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 10 if opset > 20 else 9 if opset > 18 else 8
    with open(path, "wb") as file:
        file.write(model.SerializeToString())
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--limit", type=float, default=2e-5)
    args = parser.parse_args()
    shape = [1, 3, 10, 11]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        x = rng.normal(size=shape).astype(np.float32)
        np.save(folder + "/x.npy", x)
        x.tofile(folder + "/x.raw")
        jobs = []
        for name, (opset, steps) in MODELS.items():
            path = f"{folder}/{name.replace(' ', '_').replace(',', '')}.onnx"
            value = write(path, opset, steps, shape)
            jobs.append({"name": name, "model": path, "dims": shape, "input": folder + "/x.raw",
                         "output": path + ".raw", "value": value})
        with open(folder + "/jobs.json", "w") as file:
            json.dump(jobs, file)
        done = subprocess.run(["node", os.path.join(os.path.dirname(__file__), "ort_run.js"),
                               folder + "/jobs.json"], capture_output=True, text=True)
        print(done.stdout + done.stderr, end="")
        for job in jobs:
            if not os.path.exists(job["output"]):
                print(f"{job['name']:32} onnxruntime gave nothing")
                failed = True
                continue
            want = np.fromfile(job["output"], np.float32)
            out = job["model"] + ".taps"
            run = subprocess.run([args.program, "tap", "-m", job["model"], "-l", job["value"], "-q",
                                  "-o", out, folder + "/x.npy"], capture_output=True, text=True)
            if run.returncode != 0:
                print(f"{job['name']:32} FAILED {run.stderr.strip()}")
                failed = True
                continue
            name, = os.listdir(out)
            got = np.load(f"{out}/{name}").ravel()
            error = (np.abs(got - want).max() / np.abs(want).max() if got.shape == want.shape
                     else float("inf"))
            failed |= not error <= args.limit
            print(f"{job['name']:32} {error:.1e}{'' if error <= args.limit else '  FAILED'}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
