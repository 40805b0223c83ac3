#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/golden/NAME: a narrow twin of every family with random weights, in one of
the containers, an input, and the value of every module in PyTorch.

    tools/dev/make_golden.py [-o tests/golden] [NAME ...]

The files are committed; make them anew only on purpose, in a commit of its own. The
values are computed in double precision and rounded once to float32, so that they are as
near to the truth for every order of summation. In expected.safetensors "input" is the
input, "0012:layer1.0.relu" the value of a module, numbered in the order in which the
modules returned; the name behind the colon is empty for the network's own result."""
import argparse
import copy
import os
import sys
from collections import OrderedDict

import torch
import torchvision

import torch_files as files
import torch_nets as nets


class Case:
    def __init__(self, net, h, w, classes, file, save, change=lambda sd: sd, half=False, note=""):
        self.net, self.h, self.w, self.classes = net, h, w, classes
        self.file, self.save, self.change, self.half, self.note = file, save, change, half, note


CASES = OrderedDict([
    ("alexnet", Case("alexnet", 95, 127, 7, "model.pth", files.save_tar, note="the tar layout")),
    ("vgg11", Case("vgg11", 65, 72, 5, "model.pth", files.save_zip, half=True,
                   note="the zip layout, float16")),
    ("vgg16_bn", Case("vgg16_bn", 33, 40, 6, "model.pth", files.save_sequential,
                      note="the sequential layout")),
    ("googlenet", Case("googlenet", 33, 45, 9, "model.pth", files.save_sequential, half=True,
                       note="the sequential layout, float16, with both auxiliary heads")),
    ("resnet18", Case("resnet18", 37, 50, 11, "model.pth", files.save_zip, files.checkpoint,
                      note="a checkpoint in the zip layout: state_dict beside the optimiser's "
                      "state, names behind 'module.'")),
    ("resnet50", Case("resnet50", 33, 47, 8, "model.safetensors", files.save_safetensors,
                      note="safetensors")),
    ("resnext50", Case("resnext50", 40, 33, 5, "model.pth", files.save_zip, files.shared,
                       note="the zip layout; all tensors are views of one storage, filters "
                       "transposed in it")),
    ("densenet", Case("densenet", 35, 44, 7, "model.pth", files.save_sequential,
                      files.old_densenet, note="the sequential layout with the old keys, norm.1")),
    ("squeezenet1_0", Case("squeezenet1_0", 47, 65, 6, "model.safetensors",
                           files.save_safetensors, half=True, note="safetensors, float16")),
    ("squeezenet1_1", Case("squeezenet1_1", 37, 45, 10, "model.pth", files.save_zip,
                           note="the zip layout")),
    ("resnet14_cifar", Case("resnet14_cifar", 13, 18, 10, "model.th", files.save_sequential,
                            files.checkpoint, note="a checkpoint in the sequential layout; "
                            "option A shortcuts")),
])

README = """# {name}

A narrow twin of torchvision's {net} ({floats} numbers, {classes} classes) with random weights,
input {h}x{w}, and the value of every module in PyTorch.

- `{file}`: {note}.
- `expected.safetensors`: "input", and `NNNN:MODULE` in the order in which the modules returned;
  computed in double precision, rounded once to float32.
- Made by `tools/dev/make_golden.py {name}`, seed {seed}, PyTorch {torch}, torchvision
  {torchvision}, Python {python}.
"""


# Narrow nets can amplify rounding (a squeeze to two channels that nearly cancel). A net
# in which PyTorch's own float32 is further than this from double is not taken: four
# times this is what the test allows, at every level and order of summation.
MAX_OWN_ERROR = 2.5e-6


def own_error(net, x, exact):
    """The largest error of PyTorch's float32, of each tensor's largest magnitude."""
    single = nets.record(net, x)
    return max(float((single[k] - v).abs().max() / v.abs().max()) for k, v in exact.items())


def trained_like(case, first_seed):
    """A net whose values are worth comparing: the first seed that leaves nothing dead
    and is well conditioned."""
    for seed in range(first_seed, first_seed + 500):
        net = nets.narrow(case.net, case.classes)
        nets.randomize(net, seed, case.h, case.w, batch=8)
        if case.half:
            net.load_state_dict(OrderedDict(
                (k, v.to(torch.get_default_dtype()) if v.is_floating_point() else v)
                for k, v in files.halved(net.state_dict()).items()))
        gen = torch.Generator().manual_seed(seed + 1000)
        x = nets.photo_like(1, case.h, case.w, gen)
        values = nets.record(copy.deepcopy(net).double(), x.double())
        complaints = nets.health(values)
        if own_error(net, x, values) > MAX_OWN_ERROR:
            complaints.append("badly conditioned")
        if not complaints:
            return seed, net, x, values
    raise SystemExit("no good seed: %s" % complaints)


def make(name, case, folder):
    seed, net, x, values = trained_like(case, 1)
    os.makedirs(folder, exist_ok=True)
    sd = net.state_dict()
    if case.half:
        sd = files.halved(sd)
    case.save(case.change(sd), os.path.join(folder, case.file))
    expected = OrderedDict([("input", x)])
    for i, (path, v) in enumerate(values.items()):
        expected["%04d:%s" % (i, path)] = v.float()
    files.save_safetensors(expected, os.path.join(folder, "expected.safetensors"))
    with open(os.path.join(folder, "README.md"), "w") as f:
        f.write(README.format(
            name=name, net=case.net, classes=case.classes, h=case.h, w=case.w, file=case.file,
            note=case.note, seed=seed, torch=torch.__version__,
            torchvision=torchvision.__version__, python=sys.version.split()[0],
            floats=sum(v.numel() for v in sd.values())))
    total = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print("%-16s seed %d, %3d values, %4d KB" % (name, seed, len(values), total // 1024))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", default="tests/golden")
    parser.add_argument("names", nargs="*", default=list(CASES), metavar="NAME")
    args = parser.parse_args()
    torch.set_num_threads(1)
    for name in args.names or CASES:
        make(name, CASES[name], os.path.join(args.out, name))


if __name__ == "__main__":
    main()
