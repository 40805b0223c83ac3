#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/golden/onnx_NAME: small networks exported by torch.onnx, with random weights,
and what their layers gave in PyTorch, in double, under the names of the ONNX nodes. Run from
the root of the source tree: tools/dev/make_onnx_golden.py"""
import copy
import os
import warnings
from collections import OrderedDict

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import nn

import torch_files


class Unit(nn.Module):
    """Convolution, its batch-norm (which the export folds), an activation."""

    def __init__(self, inputs, outputs, size, activation, **options):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False, **options)
        self.norm = nn.BatchNorm2d(outputs)
        self.act = activation

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.one = Unit(channels, channels, 3, nn.ReLU())
        self.two = Unit(channels, channels, 3, nn.Identity())
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(x + self.two(self.one(x)))


class Resnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Unit(3, 20, 7, nn.ReLU(), stride=2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.block1 = Residual(20)
        self.down = Unit(20, 36, 1, nn.ReLU(), stride=2)
        self.block2 = Residual(36)
        self.last = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(36, 9)

    def forward(self, x):
        x = self.block2(self.down(self.block1(self.pool(self.stem(x)))))
        return self.fc(torch.flatten(self.last(x), 1))


class Squeeze(nn.Module):
    """Squeeze and excite."""

    def __init__(self, channels):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.down = nn.Conv2d(channels, 8, 1)
        self.relu = nn.ReLU()
        self.up = nn.Conv2d(8, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x):
        return x * self.gate(self.up(self.relu(self.down(self.pool(x)))))


class Mobile(nn.Module):
    """Whatever mobile networks have: depthwise, gates, shuffles, splits, resizing."""

    def __init__(self):
        super().__init__()
        self.stem = Unit(3, 16, 3, nn.Hardswish(), stride=2)
        self.deep = Unit(16, 16, 3, nn.ReLU6(), groups=16)
        self.squeeze = Squeeze(16)
        self.wide = Unit(16, 24, 1, nn.SiLU())
        self.side = Unit(12, 12, 3, nn.LeakyReLU(0.1), groups=3)
        self.slope = nn.PReLU(24)
        self.tail = Unit(40, 20, 1, nn.ELU())
        self.up = nn.ConvTranspose2d(20, 6, 2, stride=2)
        self.gelu = nn.GELU()
        self.fc = nn.Linear(6, 7)

    def forward(self, x):
        x = self.stem(x)
        skip = x
        x = self.wide(self.squeeze(self.deep(x)))
        a, b = x.chunk(2, 1)
        x = torch.cat([a, self.side(b)], 1)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = F.avg_pool2d(self.slope(x), 2)
        x = F.interpolate(x, size=skip.shape[2:], mode="bilinear", align_corners=False)
        x = self.tail(torch.cat([x, skip], 1))
        x = self.gelu(self.up(x))
        return F.log_softmax(self.fc(x.mean((2, 3))), 1)


NETS = {"resnet": (Resnet, 13, (1, 3, 49, 57)), "mobile": (Mobile, 17, (1, 3, 38, 44))}


def names_of(net, graph):
    """Module -> the one node that computes it; of a convolution with a batch-norm, the
    batch-norm's."""
    names = {}
    for path, module in net.named_modules():
        if list(module.children()):
            continue
        scope = "/" + path.replace(".", "/") + "/"
        nodes = [n.name for n in graph.node if n.name.startswith(scope) and n.op_type != "Constant"]
        is_folded = path.endswith(".conv") and path[:-4] + "norm" in dict(net.named_modules())
        if len(nodes) == 1:
            names[path[:-4] + "norm" if is_folded else path] = nodes[0]
    return names


def make(name):
    build, opset, shape = NETS[name]
    torch.manual_seed(3)
    net = build()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    net.eval()
    x = torch.randn(shape)
    folder = f"tests/golden/onnx_{name}"
    os.makedirs(folder, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, x, folder + "/model.onnx", opset_version=opset, input_names=["photo"],
                          output_names=["result"],
                          dynamic_axes={"photo": {0: "n"}, "result": {0: "n"}})
    names = names_of(net, onnx.load(folder + "/model.onnx").graph)
    twin, values = copy.deepcopy(net).double(), OrderedDict()
    for path, module in twin.named_modules():
        if path in names:
            module.register_forward_hook(
                lambda m, i, y, path=path: values.__setitem__(path, y.detach().clone()))
    with torch.no_grad():
        result = twin(x.double())
        if name == "mobile":  # what stands before the softmax is the network's result here
            result = values["fc"]
    expected = OrderedDict([("input", x)])
    for i, (path, value) in enumerate(values.items()):
        expected[f"{i:04}:{names[path]}"] = value.float()
    expected[f"{len(values):04}:"] = result.float()
    torch_files.save_safetensors(expected, folder + "/expected.safetensors")
    with open(folder + "/README.md", "w", encoding="utf-8") as f:
        f.write(f"`model.onnx`: a small network that torch.onnx wrote in opset {opset}, with random weights;\n"
                f"`expected.safetensors`: its input and what {len(values)} of its layers gave in PyTorch, in\n"
                "double. Both are made by `tools/dev/make_onnx_golden.py`, and hold nobody else's data.\n")
    print(f"{folder}: {len(values)} layers, {sum(p.numel() for p in net.parameters())} parameters")


if __name__ == "__main__":
    for net_name in NETS:
        make(net_name)
