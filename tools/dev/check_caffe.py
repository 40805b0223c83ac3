#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares every layer of Caffe nets with a twin that interprets the prototxt by PyTorch.

    tools/dev/check_caffe.py --program build/tools/eigencam --data DATA all

Nets: googlenet and squeezenet with real weights from DATA/weights; alexnet, vgg16,
resnet50 and resnet101 (as MSRA wrote them), and layers (one of everything), with random weights. Each is
written as .caffemodel in several forms (--forms). A row a net and form: layers compared,
worst error |ours - twin|max / |twin|max. Exit status 1 where one is above the limit."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

import caffe_format as caffe
import caffe_nets

FORMS = {"v2": {}, "unpacked": {"unpacked": True}, "double": {"double": True},
         "legacy": {"legacy": True}, "v1": {"v1": True, "legacy": True}, "text": {}}


def integer(node, name, default=None):
    value = node.get(name)
    return default if value is None else int(value)


def pair(node, name, short, default):
    """A size given once, twice, or as SHORT_h and SHORT_w."""
    found = [int(v) for v in node.all(name)]
    if found:
        return found[0], found[-1]
    return (integer(node, short + "_h", default), integer(node, short + "_w", default))


class Twin:
    """Runs a parsed prototxt; makes random weights where there are none."""

    def __init__(self, graph, blobs=None, seed=1):
        self.graph, self.blobs = graph, blobs
        self.is_new = blobs is None
        if self.is_new:
            self.blobs = {}
        self.rng = np.random.default_rng(seed)

    def weight(self, name, i, shape, low=None, high=None):
        if self.is_new and len(self.blobs.setdefault(name, [])) <= i:
            fan_in = int(np.prod(shape[1:])) or 1
            fresh = (self.rng.normal(0, (2 / fan_in) ** 0.5, shape) if low is None
                     else self.rng.uniform(low, high, shape))
            self.blobs[name].append(fresh.astype(np.float32))
        return torch.from_numpy(self.blobs[name][i]).double()

    def run(self, x):
        """name of the layer -> its own result, in double."""
        values, results = {}, {}
        for layer in self.graph.all("layer"):
            tops, kind = layer.all("top"), layer.get("type")
            if kind == "Input":
                values[tops[0]] = x.double()
                continue
            out = getattr(self, "do_" + kind)(layer, [values[b] for b in layer.all("bottom")])
            out = out if isinstance(out, list) else [out]
            for i, (top, value) in enumerate(zip(tops, out)):
                values[top] = value
                results[layer.get("name") + (f".{i}" if len(out) > 1 else "")] = value
        return results

    def do_Convolution(self, layer, x):
        p, name = layer.get("convolution_param"), layer.get("name")
        n, group = integer(p, "num_output"), integer(p, "group", 1)
        k = pair(p, "kernel_size", "kernel", 0)
        w = self.weight(name, 0, (n, x[0].shape[1] // group, *k))
        b = None if p.get("bias_term") == "false" else self.weight(name, 1, (n,), -0.5, 0.5)
        return F.conv2d(x[0], w, b, pair(p, "stride", "stride", 1), pair(p, "pad", "pad", 0),
                        pair(p, "dilation", "dilation", 1), group)

    def do_Deconvolution(self, layer, x):
        p, name = layer.get("convolution_param"), layer.get("name")
        n, k = integer(p, "num_output"), pair(p, "kernel_size", "kernel", 0)
        w = self.weight(name, 0, (x[0].shape[1], n, *k))
        return F.conv_transpose2d(x[0], w, self.weight(name, 1, (n,), -0.5, 0.5),
                                  pair(p, "stride", "stride", 1), pair(p, "pad", "pad", 0))

    def do_Pooling(self, layer, x):
        p, x = layer.get("pooling_param"), x[0]
        is_max = p.get("pool", "MAX") == "MAX"
        if p.get("global_pooling") == "true":
            return x.amax((2, 3), keepdim=True) if is_max else x.mean((2, 3), keepdim=True)
        k, s = pair(p, "kernel_size", "kernel", 0), pair(p, "stride", "stride", 1)
        pad, sides = pair(p, "pad", "pad", 0), []
        for axis in (0, 1):
            size = x.shape[2 + axis]
            n = -(-(size + 2 * pad[axis] - k[axis]) // s[axis]) + 1
            if max(pad) > 0 and (n - 1) * s[axis] >= size + pad[axis]:
                n -= 1
            sides.append(n)
        rows = []
        for oy in range(sides[0]):
            y0 = oy * s[0] - pad[0]
            y1 = min(y0 + k[0], x.shape[2] + pad[0])
            row = []
            for ox in range(sides[1]):
                x0 = ox * s[1] - pad[1]
                x1 = min(x0 + k[1], x.shape[3] + pad[1])
                cut = x[:, :, max(y0, 0):y1, max(x0, 0):x1]
                row.append(cut.amax((2, 3)) if is_max
                           else cut.sum((2, 3)) / ((y1 - y0) * (x1 - x0)))
            rows.append(torch.stack(row, 2))
        return torch.stack(rows, 2)

    def do_LRN(self, layer, x):
        p, x = layer.get("lrn_param"), x[0]
        size, alpha = integer(p, "local_size", 5), float(p.get("alpha", 1))
        beta, k = float(p.get("beta", 0.75)), float(p.get("k", 1))
        half = size // 2
        square = x * x
        if p.get("norm_region") == "WITHIN_CHANNEL":
            padded = F.pad(square, (half,) * 4)
            total = sum(padded[:, :, i:i + x.shape[2], j:j + x.shape[3]]
                        for i in range(size) for j in range(size))
            return x / (1 + alpha / size ** 2 * total) ** beta
        padded = F.pad(square, (0, 0, 0, 0, half, half))
        total = sum(padded[:, i:i + x.shape[1]] for i in range(size))
        return x / (k + alpha / size * total) ** beta

    def do_InnerProduct(self, layer, x):
        name, x = layer.get("name"), x[0].flatten(1)
        n = integer(layer.get("inner_product_param"), "num_output")
        w = self.weight(name, 0, (n, x.shape[1])).reshape(n, -1)
        return x @ w.T + self.weight(name, 1, (n,), -0.5, 0.5)

    def do_ReLU(self, layer, x):
        return F.leaky_relu(x[0], float(layer.get("relu_param", caffe.Node()).get(
            "negative_slope", 0)))

    def do_PReLU(self, layer, x):
        return F.prelu(x[0], self.weight(layer.get("name"), 0, (x[0].shape[1],), 0.1, 0.5))

    def do_ELU(self, _, x):
        return F.elu(x[0])

    def do_Sigmoid(self, _, x):
        return torch.sigmoid(x[0])

    def do_TanH(self, _, x):
        return torch.tanh(x[0])

    def do_Dropout(self, _, x):
        return x[0]

    def do_Softmax(self, _, x):
        return torch.softmax(x[0], 1)

    def do_Concat(self, _, x):
        return torch.cat(x, 1)

    def do_Eltwise(self, layer, x):
        p = layer.get("eltwise_param", caffe.Node())
        operation = p.get("operation", "SUM")
        if operation == "PROD":
            return torch.stack(x).prod(0)
        if operation == "MAX":
            return torch.stack(x).amax(0)
        coeff = [float(c) for c in p.all("coeff")] or [1] * len(x)
        return sum(c * v for c, v in zip(coeff, x))

    def do_BatchNorm(self, layer, x):
        name, c = layer.get("name"), x[0].shape[1]
        eps = float(layer.get("batch_norm_param", caffe.Node()).get("eps", 1e-5))
        mean, var = self.weight(name, 0, (c,), -50, 50), self.weight(name, 1, (c,), 100, 900)
        factor = self.weight(name, 2, (1,), 400, 999)
        shape = (1, c, 1, 1)
        return (x[0] - (mean / factor).view(shape)) / (var / factor + eps).sqrt().view(shape)

    def do_Scale(self, layer, x):
        name, shape = layer.get("name"), (1, x[0].shape[1], 1, 1)
        gamma = self.weight(name, 0, (shape[1],), 0.3, 0.7).view(shape)
        return x[0] * gamma + self.weight(name, 1, (shape[1],), -0.3, 0.3).view(shape)

    def do_Bias(self, layer, x):
        c = x[0].shape[1]
        return x[0] + self.weight(layer.get("name"), 0, (c,), -1, 1).view(1, c, 1, 1)

    def do_Power(self, layer, x):
        p = layer.get("power_param")
        return float(p.get("scale", 1)) * x[0] + float(p.get("shift", 0))

    def do_Slice(self, layer, x):
        at = [int(v) for v in layer.get("slice_param").all("slice_point")]
        return [x[0][:, a:b] for a, b in zip([0] + at, at + [None])]

    def do_Permute(self, layer, x):
        return x[0].permute([int(v) for v in layer.get("permute_param").all("order")])

    def do_Flatten(self, _, x):
        return x[0].flatten(1)

    def do_Reshape(self, layer, x):
        dims = [int(d) for d in layer.get("reshape_param").get("shape").all("dim")]
        return x[0].reshape([x[0].shape[i] if d == 0 else d for i, d in enumerate(dims)])


def real_squeezenet(folder):
    state = torch.load(os.path.join(folder, "squeezenet1_1.pth"), map_location="cpu")
    fires = {3: 2, 4: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8, 12: 9}
    blobs = {}
    for key, value in state.items():
        path, leaf = key.rsplit(".", 1)
        parts = path.split(".")
        name = {"features.0": "conv1", "classifier.1": "conv10"}.get(path)
        if name is None:
            part = {"squeeze": "squeeze1x1", "expand1x1": "expand1x1", "expand3x3": "expand3x3"}
            name = f"fire{fires[int(parts[1])]}/{part[parts[2]]}"
        blobs.setdefault(name, [None, None])[leaf == "bias"] = value.numpy()
    return blobs


def subject(name, data):
    """(text of the prototxt, blobs or None)."""
    folder = os.path.join(data or "", "weights")
    if name == "googlenet":
        npz = np.load(os.path.join(folder, "bvlc_googlenet.npz"))
        blobs = {k[:-2]: [npz[k], npz[k[:-2] + ".b"]] for k in npz.files if k.endswith(".w")}
        with open(os.path.join(folder, "bvlc_googlenet_deploy.prototxt"), encoding="utf-8") as f:
            return f.read(), blobs
    if name == "squeezenet":
        with open(os.path.join(folder, "squeezenet_v1.1_deploy.prototxt"), encoding="utf-8") as f:
            return f.read(), real_squeezenet(folder)
    return getattr(caffe_nets, name)(), None


def taps(program, model, extra, x_file, folder):
    done = subprocess.run([program, "tap", "-m", model, *extra, "-l", "*", "-o", folder, "--json",
                           x_file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return {t["layer"]: np.load(t["file"]) for t in json.loads(done.stdout)["taps"]}


def relative(got, want):
    if got.size != want.size:
        return float("inf")
    diff = np.abs(got.reshape(-1).astype(np.float64) - want.reshape(-1)).max()
    top = np.abs(want).max()
    return float(diff / top) if top > 0 and np.isfinite(diff) else float("inf")


def check(name, args):
    text, blobs = subject(name, args.data)
    graph = caffe.parse(text)
    shape = [int(d) for d in graph.all("layer")[0].get("input_param").get("shape").all("dim")]
    x = np.random.default_rng(3).normal(0, 50, (1, *shape[1:])).astype(np.float32)
    twin = Twin(graph, blobs)
    with torch.no_grad():
        want = {k: v.numpy() for k, v in twin.run(torch.from_numpy(x)).items()}
    is_good = True
    for form in args.forms:
        with tempfile.TemporaryDirectory() as folder:
            model, x_file = os.path.join(folder, "m.caffemodel"), os.path.join(folder, "x.npy")
            np.save(x_file, x)
            extra = []
            is_old = FORMS[form].get("v1", False)
            try:
                made = caffe.net(graph, twin.blobs, **FORMS[form])
            except KeyError as e:
                print(f"{name:12} {form:9} has layers that V1 has not: {e}")
                continue
            with open(model, "wb") as f:
                f.write(made)
            if form == "text" or is_old: # the graph from a text as well
                extra = ["--graph", os.path.join(folder, "deploy.prototxt")]
                with open(extra[1], "w", encoding="utf-8") as f:
                    f.write(caffe.v1_text(graph) if is_old else text)
            try:
                for more in ([], extra) if is_old else (extra,):
                    got = taps(args.program, model, more, x_file, os.path.join(folder, "taps"))
            except RuntimeError as e:
                print(f"{name:12} {form:9} failed: {e}")
                is_good = False
                continue
            errors = {n: relative(got[n], v) if n in got else float("inf")
                      for n, v in want.items()}
            worst = max(errors, key=errors.get)
            print(f"{name:12} {form:9} {len(errors):4} layers  worst {errors[worst]:.1e} {worst}")
            if not errors[worst] <= args.limit:
                is_good = False
                print("  first beyond: " + next(n for n in errors if not errors[n] <= args.limit))
    return is_good


def main():
    nets = ["googlenet", "squeezenet", "alexnet", "vgg16", "resnet50", "resnet101", "layers"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", default="build/tools/eigencam")
    parser.add_argument("--data", default=os.environ.get("ECAM_TEST_DATA"))
    parser.add_argument("--forms", default="v2,text", type=lambda s: s.split(","),
                        help=", ".join(FORMS))
    parser.add_argument("--limit", default=1e-4, type=float)
    parser.add_argument("nets", nargs="+", help="all, or some of " + " ".join(nets))
    args = parser.parse_args()
    wanted = nets if args.nets == ["all"] else args.nets
    sys.exit(not all([check(name, args) for name in wanted]))


if __name__ == "__main__":
    main()
