#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The maps of `eigencam explain` on taps of all families, against NumPy in double.

    ECAM_TEST_DATA=DIR tools/dev/check_maps.py [--program build/tools/eigencam] [NETWORK ...]

For each network (random weights as in torch_nets.py; squeezenet1_1 with its real ones)
and at every ISA level of this machine: the default layer is the one of the design; raw
maps in both modes, components 1 to 3, salience in both readings and the fused map agree
with a double-precision reference made from the tapped layers, to 1e-5 of the maximum,
with the sign of the rule; 1 and 2 threads, and the converted file, give the same bits.
Components whose singular value is within 2 % of a neighbour's are counted, not compared:
their direction is hardly defined."""
import argparse
import filecmp
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

import torch_files as files
import torch_nets as nets
from check_cam import TOLERANCE, is_defined, off_by, reference

# The default layer, a layer in the middle, and an early one for salience.
LAYERS = {
    "alexnet": ("features.11", "features.7", "features.1"),
    "vgg16": ("features.29", "features.15", "features.8"),
    "googlenet": ("inception5b", "inception4c", "conv3"),
    "resnet50": ("layer4.2", "layer3", "layer1.0"),
    "densenet121": ("features.relu5", "features.denseblock3", "features.transition1"),
    "squeezenet1_1": ("features.12", "features.7", "features.3"),
}
LEVELS = ("scalar", "avx2", "avx512", "neon")


class Report:
    def __init__(self):
        self.n_good = self.n_bad = self.n_undefined = 0
        self.worst = 0.0

    def expect(self, is_good, text):
        self.n_good += bool(is_good)
        if not is_good:
            self.n_bad += 1
            print("FAIL " + text, flush=True)

    def near(self, got, want, text):
        if got.shape != want.shape:
            self.expect(False, "%s: shape %s, expected %s" % (text, got.shape, want.shape))
            return
        error = off_by(got, want)
        if np.isfinite(error):
            self.worst = max(self.worst, error)
        self.expect(error <= TOLERANCE, "%s: off by %.1e of the maximum" % (text, error))


class Program:
    def __init__(self, path, model, photo, folder):
        self.path, self.model, self.photo, self.folder = path, model, photo, folder

    def run(self, command, out, *words):
        words = [self.path, command, "-m", self.model, "-o", os.path.join(self.folder, out),
                 *words, self.photo]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit("%s\n%s" % (" ".join(words), done.stderr))
        return done.stdout

    def explain(self, out, *words):
        """The JSON with settings, beside which every array lies."""
        self.run("explain", out, "--save", "raw,map,json", *words)
        folder = os.path.join(self.folder, out)
        name = [n for n in os.listdir(folder) if n.endswith(".json")]
        with open(os.path.join(folder, name[0])) as f:
            return json.load(f)

    def taps(self, out, layers, *words):
        self.run("tap", out, "-l", ",".join(layers), *words)
        return {n: np.load(os.path.join(self.folder, out, n + ".npy")) for n in layers}


def matrix(tap):
    """Positions x channels."""
    return tap[0].reshape(tap.shape[1], -1).T


def on_photo(raw, geometry):
    """The map at the photo's size, in double; NaN where the network saw nothing."""
    def axis(n_map, photo, resized, origin, size):
        at = (np.arange(photo) + 0.5) * resized / photo - origin  # in the input's pixels
        seen = (at >= 0) & (at < size)
        u = np.clip(at * n_map / size - 0.5, 0, n_map - 1)
        low = np.minimum(np.floor(u).astype(int), max(n_map - 2, 0))
        return low, np.minimum(low + 1, n_map - 1), u - low, seen

    (ph, pw), (rh, rw) = geometry["photo"], geometry["resized"]
    (oy, ox), (ih, iw) = geometry["crop_origin"], geometry["input"]
    y0, y1, fy, seen_y = axis(raw.shape[0], ph, rh, oy, ih)
    x0, x1, fx, seen_x = axis(raw.shape[1], pw, rw, ox, iw)
    rows = raw[y0] * (1 - fy)[:, None] + raw[y1] * fy[:, None]
    out = rows[:, x0] * (1 - fx) + rows[:, x1] * fx
    out[~np.outer(seen_y, seen_x)] = np.nan
    return out


def scaled(raw):
    """At the layer's size, before it goes to the photo: negatives cut, the largest 1."""
    top = raw.max()
    return np.clip(raw, 0, None) / top if top > 0 else 0 * raw


def near_where_seen(report, path, want, text):
    got = np.load(path).astype(np.float64)
    seen = ~np.isnan(want)
    unseen = got[~seen]
    report.expect(np.all(np.isnan(unseen) | (unseen == 0)),
                  text + ": a value where nothing is seen")
    report.near(got[seen], want[seen], text)


def check_maps(report, title, settings, info, taps, salience_layer, mode, reading):
    """Every map that one run wrote, against the reference."""
    salience_tap = matrix(taps[salience_layer])
    size = taps[salience_layer].shape[2:]
    s_sal, sal_maps, _ = reference(salience_tap, "centered")
    for m in info["maps"]:
        layer, i = m["layer"], m["component"] - 1
        text = "%s %s %s component %d" % (title, layer, mode, i + 1)
        s, maps, _ = reference(matrix(taps[layer]), mode)
        shape = taps[layer].shape[2:]
        ok = is_defined(s, i)
        if ok:
            want = maps[i].reshape(shape)
            raw = np.load(m["files"]["raw"])
            report.near(raw, want, text)
            near_where_seen(report, m["files"]["map"], on_photo(want, settings["geometry"]),
                            text + ", map on the photo")
            share = s[i] ** 2 / (s ** 2).sum()
            report.expect(abs(m["share"] - share) < 1e-6, "%s: share %r, expected %r"
                          % (text, m["share"], share))
        else:
            report.n_undefined += 1
        if reading == "mean":
            salience, sal_ok = salience_tap.astype(np.float64).mean(axis=1), True
        else:
            salience, sal_ok = sal_maps[i], is_defined(s_sal, i)
        salience = salience.reshape(size)
        if sal_ok:
            report.near(np.load(m["files"]["salience_raw"]), salience, "%s salience %s %d"
                        % (title, reading, i + 1))
        else:
            report.n_undefined += 1
        if ok and sal_ok:
            fused = (on_photo(scaled(want), settings["geometry"]) *
                     on_photo(scaled(salience), settings["geometry"]))
            near_where_seen(report, m["files"]["fused_map"], fused, "%s fused with %s"
                            % (text, reading))


def same_files(report, folder, a, b, text):
    a, b = os.path.join(folder, a), os.path.join(folder, b)
    names = sorted(n for n in os.listdir(a) if n.endswith(".npy"))
    report.expect(names and names == sorted(n for n in os.listdir(b) if n.endswith(".npy")),
                  text + ": other files")
    for name in names:
        report.expect(filecmp.cmp(os.path.join(a, name), os.path.join(b, name), shallow=False),
                      "%s: %s differs" % (text, name))


def levels_here(program):
    """The ISA levels that `--version` says this machine runs."""
    text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return [level for level in LEVELS if level in text.partition("this machine runs:")[2]]


def check_network(report, name, args, data, folder):
    path = os.path.join(folder, "model.pth")
    if name == "squeezenet1_1":
        path = os.path.join(data, "weights", "squeezenet1_1.pth")
    else:
        files.save_zip(nets.randomize(nets.full(name), 1, 224, 224).state_dict(), path)
    last, middle, early = LAYERS[name]
    photo = os.path.join(data, "photos", args.photo)
    program = Program(args.program, path, photo, folder)
    info = program.explain("default", "--threads", "1")
    report.expect(info["maps"][0]["layer"] == last, "%s: 'last' is %s, expected %s"
                  % (name, info["maps"][0]["layer"], last))
    signs = {}
    for level in args.levels:
        for mode, reading in (("paper", "mean"), ("centered", "pca")):
            title = "%s %s" % (name, level)
            base = ["--isa", level, "--threads"]
            options = ["-l", "%s,%s" % (middle, last), "--mode", mode, "--components", "3",
                       "--salience", reading, "--salience-layer", early, "--fuse"]
            out = "%s-%s" % (level, mode)
            taps = program.taps("taps-" + level, [early, middle, last], *base, "1")
            info = program.explain(out, *options, *base, "1")
            check_maps(report, title, info["settings"], info, taps, early, mode, reading)
            program.explain(out + "-2", *options, *base, "2")
            same_files(report, folder, out, out + "-2", title + " with 1 and 2 threads")
            for m in info["maps"]:
                raw = np.load(m["files"]["raw"])
                key = (mode, m["layer"], m["component"])
                first = signs.setdefault(key, raw)
                report.expect(m["gap"] > 0.98 or float((first * raw).sum()) > 0,
                              "%s %s: the sign is not %s's" % (title, key, args.levels[0]))
    converted = os.path.join(folder, "converted.safetensors")
    subprocess.run([args.program, "convert", path, "-o", converted], check=True,
                   stdout=subprocess.DEVNULL)
    options = ["-l", "%s,%s" % (middle, last), "--components", "3", "--threads", "1"]
    program.explain("direct", *options)
    Program(args.program, converted, photo, folder).explain("converted", *options)
    same_files(report, folder, "direct", "converted", name + " after convert")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/tools/eigencam")
    parser.add_argument("--photo", default="cat_chelsea.png")
    parser.add_argument("--levels", type=lambda t: t.split(","), default=None)
    parser.add_argument("--tmp", default=None)
    parser.add_argument("networks", nargs="*", default=list(LAYERS), metavar="NETWORK")
    args = parser.parse_args()
    data = os.environ.get("ECAM_TEST_DATA")
    if not data:
        print("skipped: ECAM_TEST_DATA is not set")
        return 77
    args.levels = args.levels or levels_here(args.program)
    torch.set_num_threads(1)
    is_good = True
    for name in args.networks or LAYERS:
        report = Report()
        with tempfile.TemporaryDirectory(dir=args.tmp) as folder:
            check_network(report, name, args, data, folder)
        print("%s: %d checks, %d failed, %d components not compared, worst error %.1e (%s)"
              % (name, report.n_good + report.n_bad, report.n_bad, report.n_undefined,
                 report.worst, ", ".join(args.levels)), flush=True)
        is_good &= report.n_bad == 0
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
