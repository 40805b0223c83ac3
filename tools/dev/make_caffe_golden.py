#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/golden/caffe_NAME: narrow twins of Caffe nets with random weights, and what
every layer gave in the twin of check_caffe.py, computed in double. Run from the root of
the source tree: tools/dev/make_caffe_golden.py alexnet vgg16"""
import os
import re
import sys
from collections import OrderedDict

import numpy as np
import torch

import caffe_format as caffe
import caffe_nets
import torch_files
from check_caffe import Twin

# name: (channels divided by, height, width, form, its options)
CASES = {
    "alexnet": (16, 67, 75, "today's layers, packed floats", {}),
    "vgg16": (32, 33, 45, "V1 layers, legacy shapes", {"v1": True, "legacy": True}),
    "resnet50": (16, 65, 61, "today's layers, float64", {"double": True}),
    "layers": (1, 37, 45, "one field a number", {"unpacked": True}),
}
CLASSES = 9


def narrow(text, by, h, w):
    text = text.replace("num_output: 1000", f"num_output: {CLASSES * by}")
    text = re.sub(r"num_output: (\d+)", lambda m: f"num_output: {int(m.group(1)) // by}", text)
    return re.sub(r"dim: 3 dim: \d+ dim: \d+", f"dim: 3 dim: {h} dim: {w}", text)


def make(name):
    by, h, w, form, options = CASES[name]
    text = getattr(caffe_nets, name)()
    graph = caffe.parse(narrow(text, by, h, w) if by > 1 else text)
    if name == "resnet50": # so small an input leaves 3x2 for the last pool
        for layer in graph.all("layer"):
            if layer.get("name") == "pool5":
                layer[-1] = ("pooling_param", caffe.parse("pool: AVE global_pooling: true"))
    x = torch.from_numpy(np.random.default_rng(5).normal(0, 50, (1, 3, h, w)).astype(np.float32))
    twin = Twin(graph, seed=7)
    with torch.no_grad():
        values = twin.run(x)
    kinds = [layer.get("type") for layer in graph.all("layer")]
    expected = OrderedDict([("input", x)])
    for i, (layer, value) in enumerate(values.items()):
        expected["%04d:%s" % (i, layer)] = value.float()
    before_softmax = list(values.values())[-2 if kinds[-1] == "Softmax" else -1]
    expected["%04d:" % len(values)] = before_softmax.float()
    folder = os.path.join("tests/golden", "caffe_" + name)
    os.makedirs(folder, exist_ok=True)
    model = caffe.net(graph, twin.blobs, **options)
    with open(os.path.join(folder, "model.caffemodel"), "wb") as f:
        f.write(model)
    torch_files.save_safetensors(expected, os.path.join(folder, "expected.safetensors"))
    numbers = sum(b.size for blobs in twin.blobs.values() for b in blobs)
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as f:
        f.write(f"""# caffe_{name}

A narrow twin of Caffe's {name} ({numbers} numbers) with random weights, input {h}x{w}, and
the value of every layer.

- `model.caffemodel`: {form}.
- `expected.safetensors`: "input", and `NNNN:LAYER` in the order of the net; computed in double
  precision by an interpreter of the prototxt, rounded once to float32.
- Made by `tools/dev/make_caffe_golden.py {name}`, PyTorch {torch.__version__}.
""")
    print(f"{folder}: {numbers} numbers, {len(model)} bytes, {len(values)} layers")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or CASES:
        make(wanted)
