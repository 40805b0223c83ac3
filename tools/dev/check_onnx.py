#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Exports torchvision's networks by torch.onnx and compares what we make of the files.

    tools/dev/check_onnx.py --program build/tools/eigencam [--opsets 9,13,17] [NET...]

Networks have random weights and statistics (torch.onnx folds batch-norm into the
convolutions). A row a network and opset: the error of the result against PyTorch in double,
|ours - theirs|max / |theirs|max, and, for those that are imported from a .pth as well, that
of the Eigen-CAM map against the .pth's. Exit status 1 where one is above the limit."""
import argparse
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch
import torchvision

FAMILIES = ["alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "resnet101", "densenet121"]
OTHERS = ["mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "shufflenet_v2_x1_0",
          "mnasnet1_0", "regnet_y_400mf", "inception_v3", "deeplabv3_resnet50"]


class Backbone(torch.nn.Module):
    """The feature map of a segmentation network."""

    def __init__(self, network):
        super().__init__()
        self.backbone = network.backbone

    def forward(self, x):
        return self.backbone(x)["out"]


def build(name):
    torch.manual_seed(1)
    if name.startswith("deeplabv3"):
        net = Backbone(getattr(torchvision.models.segmentation, name)(
            weights=None, weights_backbone=None))
    else:
        options = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
        if name in ("googlenet", "inception_v3"):
            options["aux_logits"] = False
        net = getattr(torchvision.models, name)(weights=None, **options)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    return net.eval()


def export(net, x, path, opset):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, x, path, opset_version=opset, input_names=["input"],
                          output_names=["result"],
                          dynamic_axes={"input": {0: "batch"}, "result": {0: "batch"}})


def error(got, want):
    if got.shape != want.shape:
        return float("inf")
    return float(np.abs(got.astype(np.float64) - want).max() / np.abs(want).max())


def run(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])


def written(program, folder, *words):
    """The only array that a command writes about x.npy."""
    with tempfile.TemporaryDirectory() as out:
        run(program, *words, "-q", "-o", out, folder + "/x.npy")
        name, = [n for n in os.listdir(out) if n.endswith(".npy")]
        return np.load(f"{out}/{name}")


def result(program, model, folder):
    return written(program, folder, "tap", "-m", model, "-l", "result")


def cam(program, model, folder):
    return written(program, folder, "explain", "-m", model, "--no-predict", "--save", "raw")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--opsets", default="9,13,17")
    parser.add_argument("--limit", type=float, default=1e-4)
    parser.add_argument("nets", nargs="*", default=FAMILIES + OTHERS)
    args = parser.parse_args()
    failed = False
    for name in args.nets:
        net = build(name)
        side = 299 if name == "inception_v3" else 224
        x = torch.randn(1, 3, side, side)
        with tempfile.TemporaryDirectory() as folder:
            np.save(folder + "/x.npy", x.numpy())
            torch.save(net.state_dict(), folder + "/net.pth")
            reference = cam(args.program, folder + "/net.pth", folder) if name in FAMILIES else None
            files = []
            for opset in map(int, args.opsets.split(",")):
                path = f"{folder}/{name}-{opset}.onnx"
                try:
                    export(net, x, path, opset)
                    files.append((opset, path))
                except Exception as e:  # what this torch cannot write in that opset
                    print(f"{name:22} opset {opset:2}  torch: {str(e).splitlines()[0][:70]}")
            with torch.no_grad():
                want = net.double()(x.double()).numpy()
            for opset, path in files:
                try:
                    errors = [error(result(args.program, path, folder), want)]
                    if reference is not None:
                        errors.append(error(cam(args.program, path, folder), reference))
                except RuntimeError as e:
                    print(f"{name:22} opset {opset:2}  FAILED {e}")
                    failed = True
                    continue
                words = [f"{kind} {e:.1e}" for kind, e in zip(("result", "map"), errors)]
                is_bad = max(errors) > args.limit
                failed |= is_bad
                print(f"{name:22} opset {opset:2}  {'  '.join(words)}{'  FAILED' if is_bad else ''}",
                      flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
