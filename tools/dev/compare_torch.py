#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares every module of a network, and its logits, with PyTorch.

    tools/dev/compare_torch.py --program build/tools/eigencam resnet50 vgg16

Builds torchvision's network with random weights (torch_nets.py), saves it in each
container, runs `eigencam tap` on all modules and `eigencam predict --logits`, and prints
a row a network, container and size: the number of values compared, and the worst error,
|ours - torch|max / |torch|max of one module. Exit status 1 where one is above the limit.

Beside torchvision's names (--list): resnet20_cifar; NAME:old (DenseNet's old keys),
NAME:timm (VGG's names in timm; features and logits are compared), NAME:checkpoint (a
checkpoint with 'module.' names); FILE.pth of one of these (NAME=FILE) for real weights."""
import argparse
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict

import numpy as np
import torch

import torch_files as files
import torch_nets as nets

CONTAINERS = OrderedDict([("zip", (files.save_zip, "pth")),
                          ("sequential", (files.save_sequential, "pth")),
                          ("tar", (files.save_tar, "pth")),
                          ("safetensors", (files.save_safetensors, "safetensors"))])


class Subject:
    """A network with weights, and how its state dict is written."""

    def __init__(self, text, seed):
        text, _, self.file = text.partition("=")
        self.name, _, self.variant = text.partition(":")
        self.title = text
        self.is_cifar = self.name.endswith("_cifar")
        if self.name.startswith("narrow_"):
            self.net = nets.narrow(self.name[7:], 10)
        else:
            self.net = nets.full(self.name)
        if self.file:
            sd = torch.load(self.file, map_location="cpu")
            sd = sd.get("state_dict", sd)
            self.net.load_state_dict({k.replace("module.", "", 1): v for k, v in sd.items()})
        else:
            size = (32, 32) if self.is_cifar else (224, 224)
            nets.randomize(self.net, seed, *size)

    def state_dict(self):
        sd = self.net.state_dict()
        if self.variant == "old":
            return files.old_densenet(sd)
        if self.variant == "timm":
            return files.timm_vgg(sd)
        if self.variant == "checkpoint":
            return files.checkpoint(sd)
        return sd

    def containers(self, wanted):
        """A checkpoint is more than tensors; the writers of these two know only tensors."""
        flat = ("tar", "safetensors") if self.variant == "checkpoint" else ()
        return [c for c in wanted if c not in flat]

    def sizes(self, wanted):
        if self.is_cifar:
            return [(32, 32), (27, 45)]
        return [s for s in wanted if self.variant != "timm" or s == (224, 224)]

    def reference(self, x, in_double):
        net = copy.deepcopy(self.net).double() if in_double else self.net
        values = nets.record(net, x.double() if in_double else x)
        if self.variant == "timm":  # its head is another module with the same result
            values = OrderedDict((k, v) for k, v in values.items()
                                 if k == "" or k.startswith("features"))
        if not in_double and not self.file:
            for complaint in nets.health(values):
                print("  note: %s %s" % (self.title, complaint), file=sys.stderr)
        return OrderedDict((k, v.numpy()) for k, v in values.items())


class Program:
    def __init__(self, path, extra):
        self.path, self.extra = path, extra

    def call(self, *words):
        return subprocess.run([self.path, *words, *self.extra], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)

    def values(self, model, x, names, folder):
        """name -> array for the names that are there; the others' complaints."""
        taps = os.path.join(folder, "taps")
        shutil.rmtree(taps, ignore_errors=True)
        x_file = os.path.join(folder, "x.npy")
        np.save(x_file, x)
        names, missing = [n for n in names if n], []
        while names:
            done = self.call("tap", "-m", model, "-l", ",".join(names), "-o", taps, x_file)
            if done.returncode == 0:
                break
            unknown = [n for n in names if "'%s'" % n in done.stderr]
            if done.returncode != 2 or not unknown:
                raise RuntimeError(done.stderr.strip())
            missing.append(unknown[0])
            names.remove(unknown[0])
        out = {n: np.load(os.path.join(taps, n + ".npy")) for n in names}
        logits = os.path.join(folder, "logits.npy")
        done = self.call("predict", "-m", model, "--logits", logits, x_file)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        out[""] = np.load(logits)
        shutil.rmtree(taps, ignore_errors=True)
        return out, missing


def relative(got, want):
    if got.shape != want.shape:
        return float("inf")
    top = np.abs(want).max()
    diff = np.abs(got.astype(np.float64) - want.astype(np.float64)).max()
    return float(diff / top) if np.isfinite(diff) and top > 0 else float(not diff == 0)


def worst(got, want):
    """(largest relative error, its name); a value that is missing is infinitely wrong."""
    found = [(relative(got[n], want[n]) if n in got else float("inf"), n) for n in want]
    top = max(e for e, _ in found)
    return next((e, n or "logits") for e, n in found if e == top)  # the first of equals


def first_beyond(got, want, limit):
    for n in want:
        if n not in got or not relative(got[n], want[n]) <= limit:
            return n or "logits"
    return None


class Table:
    def __init__(self, with_double):
        self.head = ["network", "container", "input", "values", "worst error", "of"]
        if with_double:
            self.head += ["ours to double", "PyTorch to double"]
        self.rows = []

    def add(self, *cells):
        self.rows.append([str(c) for c in cells])
        print("  ".join("%-*s" % (w, c) for w, c in zip((18, 11, 8, 6, 11, 44, 14, 10), cells)),
              flush=True)

    def markdown(self):
        """Containers that gave the same numbers share a row."""
        merged = OrderedDict()
        for title, container, *cells in self.rows:
            merged.setdefault((title, *cells), []).append(container)
        rows = [[key[0], ", ".join(containers), *key[1:]] for key, containers in merged.items()]
        lines = [self.head, ["---"] * len(self.head)] + rows
        return "".join("| %s |\n" % " | ".join(row) for row in lines)


def compare(subject, program, args, table):
    is_good = True
    gen = torch.Generator().manual_seed(args.seed + 1)
    inputs = [(h, w, nets.photo_like(1, h, w, gen)) for h, w in subject.sizes(args.sizes)]
    torch32 = [subject.reference(x, False) for _, _, x in inputs]
    torch64 = [subject.reference(x, True) if args.double else None for _, _, x in inputs]
    with tempfile.TemporaryDirectory(dir=args.tmp) as folder:
        for container in subject.containers(args.containers):
            save, ending = CONTAINERS[container]
            model = os.path.join(folder, "model." + ending)
            save(subject.state_dict(), model)
            if container == "tar" and args.check_torch_load:
                back = torch.load(model)
                assert all(torch.equal(back[k], v) for k, v in subject.state_dict().items()
                           if v.dim() > 0), "torch.load reads other values from the tar"
            for (h, w, x), want, exact in zip(inputs, torch32, torch64):
                size = "%dx%d" % (h, w)
                try:
                    got, missing = program.values(model, x.numpy(), list(want), folder)
                except RuntimeError as e:
                    table.add(subject.title, container, size, 0, "failed", str(e))
                    is_good = False
                    continue
                for name in missing:
                    print("  %s: no layer is called '%s'" % (subject.title, name), file=sys.stderr)
                error, of = worst(got, want)
                cells = [subject.title, container, size, len(want), "%.1e" % error, of]
                if exact is not None:
                    cells += ["%.1e %s" % worst(got, exact), "%.1e %s" % worst(want, exact)]
                table.add(*cells)
                if not error <= args.limit:
                    is_good = False
                    print("  first beyond %.0e, in network order: %s"
                          % (args.limit, first_beyond(got, want, args.limit)), file=sys.stderr)
            os.unlink(model)
    return is_good


def size(text):
    h, _, w = text.partition("x")
    return int(h), int(w)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/tools/eigencam")
    parser.add_argument("--containers", type=lambda t: t.split(","), default=list(CONTAINERS)[:3],
                        help="of %s (default: the first three)" % ", ".join(CONTAINERS))
    parser.add_argument("--sizes", type=lambda t: [size(s) for s in t.split(",")],
                        default=[(224, 224), (193, 257)])
    parser.add_argument("--limit", type=float, default=1e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--double", action="store_true",
                        help="also against PyTorch in double precision")
    parser.add_argument("--check-torch-load", action="store_true",
                        help="torch.load must read the tar that was written")
    parser.add_argument("--isa", default=None)
    parser.add_argument("--plan", default=None)
    parser.add_argument("--threads", default="1")
    parser.add_argument("--tmp", default=None, help="a folder for temporary files")
    parser.add_argument("--markdown", metavar="FILE", help="append the table")
    parser.add_argument("--list", action="store_true", help="names of networks")
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    args = parser.parse_args()
    if args.list:
        print("\n".join(nets.FULL + ["resnet20_cifar"] + ["narrow_" + n for n in nets.NARROW]))
        return 0
    torch.set_num_threads(1)
    extra = ["--threads", args.threads, "-q"]
    for option in ("isa", "plan"):
        if getattr(args, option):
            extra += ["--" + option, getattr(args, option)]
    table, is_good = Table(args.double), True
    for text in args.networks:
        is_good &= compare(Subject(text, args.seed), Program(args.program, extra), args, table)
    if args.markdown:
        with open(args.markdown, "a") as f:
            f.write(table.markdown())
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
