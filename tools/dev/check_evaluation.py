#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The boxes of `eigencam evaluate localization` against a chain of NumPy's own.

    tools/dev/check_evaluation.py --ilsvrc DIR [--program EIGENCAM] [--threshold 15]
        MODEL LAYER [LAYER ...]

From the tapped layer on nothing is shared: singular vectors, scaling, enlarging, levels,
components, boxes and overlaps are computed here in double, from what the paper and the
development kit say. Of each layer and mode it tells on how many images the box is the same
and how far the GT-known errors are apart; below 99 %, or above 0.3 points, it fails. The
network's input is squashed, which `tap` does with a model file that says so."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import numpy as np


def first_map(act, centered):
    """H x W: the activation along its first right singular vector."""
    c, h, w = act.shape
    rows = act.reshape(c, h * w).T.astype(np.float64)
    if centered:
        rows = rows - rows.mean(0)
    _, _, vt = np.linalg.svd(rows, full_matrices=False)
    v = vt[0]
    out = rows @ v
    # The sign: of paper mode the sum of the vector is not negative; a centred map is
    # turned so that it goes with the mean activation.
    if centered:
        mean = act.reshape(c, h * w).mean(0, dtype=np.float64)
        if np.dot(out, mean - mean.mean()) < 0:
            out = -out
    elif v.sum() < 0:
        out = -out
    return out.reshape(h, w)


def scaled(cells, centered):
    low = 0 if centered else cells.min()
    high = cells.max()
    if high <= low:
        return np.zeros_like(cells)
    return np.clip((cells - low) / (high - low), 0, 1)


def enlarged(levels, h, w):
    """Bilinear, pixels' centres at halves, the edge repeated."""
    def axis(n_cells, n):
        at = np.clip((np.arange(n) + 0.5) * n_cells / n - 0.5, 0, n_cells - 1)
        low = np.floor(at).astype(int)
        return low, np.minimum(low + 1, n_cells - 1), at - low
    y0, y1, fy = axis(levels.shape[0], h)
    x0, x1, fx = axis(levels.shape[1], w)
    upper = levels[y0][:, x0] * (1 - fx) + levels[y0][:, x1] * fx
    lower = levels[y1][:, x0] * (1 - fx) + levels[y1][:, x1] * fx
    return upper * (1 - fy)[:, None] + lower * fy[:, None]


def largest_box(mask):
    """x0, y0, x1, y1 of the 8-connected component of most pixels, found by flooding."""
    h, w = mask.shape
    left = mask.copy()
    best, box = 0, None
    for start in map(tuple, np.argwhere(mask)):
        if not left[start]:
            continue
        left[start] = False
        stack, points = [start], []
        while stack:
            y, x = stack.pop()
            points.append((y, x))
            for v in range(max(y - 1, 0), min(y + 2, h)):
                for u in range(max(x - 1, 0), min(x + 2, w)):
                    if left[v, u]:
                        left[v, u] = False
                        stack.append((v, u))
        if len(points) > best:
            best = len(points)
            ys, xs = zip(*points)
            box = [min(xs), min(ys), max(xs), max(ys)]
    return box


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0]) + 1
    h = min(a[3], b[3]) - max(a[1], b[1]) + 1
    if w <= 0 or h <= 0:
        return 0.0
    areas = sum((r[2] - r[0] + 1) * (r[3] - r[1] + 1) for r in (a, b))
    return w * h / (areas - w * h)


def truth_of(path):
    root = ET.parse(path).getroot()
    size = [int(root.find("size/" + side).text) for side in ("width", "height")]
    boxes = [[float(o.find("bndbox/" + side).text) for side in ("xmin", "ymin", "xmax", "ymax")]
             for o in root.findall("object")]
    return size, boxes


def check(rows, got, layer, mode, limits):
    same = sum(a == b for a, b in zip(rows["box"], got["box"]))
    n = len(rows["box"])
    errors = [100 * (1 - np.mean([v >= 0.5 for v in r["iou"]])) for r in (rows, got)]
    share = 100 * same / n
    is_good = share >= limits[0] and abs(errors[0] - errors[1]) <= limits[1]
    print(f"{layer} {mode}: {same} of {n} boxes the same ({share:.2f} %), GT-known error "
          f"{errors[0]:.2f} here, {errors[1]:.2f} there{'' if is_good else '  FAILED'}", flush=True)
    return is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--ilsvrc", required=True, type=pathlib.Path)
    parser.add_argument("--program", default="eigencam")
    parser.add_argument("--threshold", type=int, default=15)
    parser.add_argument("--graph", help="of Caffe weights")
    parser.add_argument("model")
    parser.add_argument("layer", nargs="+")
    args = parser.parse_args()
    images = sorted((args.ilsvrc / "Data/CLS-LOC/val").iterdir())
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        model = str(work / "squashed.safetensors")
        graph = ["--graph", args.graph] if args.graph else []
        subprocess.run([args.program, "convert", "-q", args.model, *graph, "--squash", "224x224",
                        "-o", model], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([args.program, "evaluate", "localization", "-q", "-m", args.model, *graph,
                        "--ilsvrc", str(args.ilsvrc), "-l", ",".join(args.layer), "--methods",
                        "eigencam,eigencam-centered", "--threshold", str(args.threshold), "-o",
                        str(work / "results.jsonl")], check=True, stdout=subprocess.DEVNULL)
        with open(work / "results.jsonl", encoding="utf-8") as f:
            header = json.loads(next(f))
            lines = {line["image"]: line for line in map(json.loads, f)}
        empty = {"box": [], "iou": []}
        ours = {row: {k: list(v) for k, v in empty.items()} for row in header["rows"]}
        theirs = {row: {k: list(v) for k, v in empty.items()} for row in header["rows"]}
        for image in images:
            subprocess.run([args.program, "tap", "-q", "-m", model, "-l", ",".join(args.layer),
                            "-o", str(work), str(image)], check=True, stdout=subprocess.DEVNULL)
            (w, h), truth = truth_of(args.ilsvrc / "Annotations/CLS-LOC/val" / (image.stem + ".xml"))
            for i, row in enumerate(header["rows"]):
                mode, layer = row.split(" ", 1)
                file = work / (layer.replace("/", "_") + ".npy")
                act = np.load(file)[0]
                is_centered = mode == "eigencam-centered"
                levels = np.floor(255 * scaled(first_map(act, is_centered), is_centered))
                grey = np.floor(enlarged(levels, h, w) + 0.5)
                box = largest_box(100 * grey > args.threshold * grey.max())
                ours[row]["box"].append(box)
                ours[row]["iou"].append(max([iou(box, t) for t in truth], default=0) if box else 0)
                there = lines[image.stem]["maps"][i]["box"]
                theirs[row]["box"].append(there)
                theirs[row]["iou"].append(max([iou(there, t) for t in truth], default=0)
                                          if there else 0)
        for row in header["rows"]:
            mode, layer = row.split(" ", 1)
            is_good &= check(ours[row], theirs[row], layer, mode, (99, 0.3))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
