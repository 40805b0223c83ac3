# SPDX-License-Identifier: BSD-2-Clause
"""run.py [OPTION...] EIGENCAM FOLDER: eigencam beside onnxruntime and PyTorch, on the
files that models.py made in FOLDER.

The machine's speed wanders, so nothing is compared across time: one process of eigencam
and one of onnxruntime make a pair, pairs follow each other model by model, and what
counts is the median of the pairs' ratios, told with its range. PyTorch has --torch
processes a cell. onnxruntime is found through NODE_PATH (npm install
--ignore-scripts onnxruntime-node). Prints a Markdown table on stdout."""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
# Times faster than onnxruntime, 1 and 2 threads: what must be, what is aimed at.
GOALS = {
    "alexnet": ((1.25, 1.15), (1.4, 1.3)),
    "vgg16": ((2.17, 1.70), (2.7, 2.2)),
    "googlenet": ((1.30, 1.25), (1.6, 1.5)),
    "resnet18": ((1.40, 1.35), (1.8, 1.75)),
    "resnet50": ((1.15, 1.10), (1.3, 1.25)),
    "resnet101": ((1.15, 1.10), (1.35, 1.3)),
    "densenet121": ((1.25, 1.20), (1.45, 1.4)),
}
HALF = 1.8  # AlexNet with float16 weights
MEAN = (1.35, 1.6)


def last_json(command, env=None):
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    return json.loads(out.strip().splitlines()[-1])


class Peers:
    def __init__(self, args):
        self.args = args
        self.folder = Path(args.folder)
        self.x = self.folder / "x.npy"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}

    def eigencam(self, weights, threads, logits):
        return last_json([self.args.eigencam, "bench", "-q", "-m", str(self.folder / weights),
                          "--threads", str(threads), "--json", "--input", str(self.x),
                          "--logits", str(logits)], self.env)

    def onnxruntime(self, name, threads):
        return last_json(["node", str(HERE / "ort.js"), str(self.folder / f"{name}.onnx"),
                          str(self.x), str(threads), str(self.args.seconds)], self.env)

    def torch(self, name, threads):
        return last_json([sys.executable, str(HERE / "torch_run.py"),
                          str(self.folder / f"{name}.pth"), name, str(self.x), str(threads),
                          str(self.args.seconds)], self.env)


def error(logits, want):
    return float(np.abs(np.ravel(logits) - np.ravel(want)).max() / np.abs(want).max())


def cell(peers, name, weights, threads):
    ours, theirs, worst = [], [], 0.0
    want = np.load(peers.folder / f"{name}.y.npy")
    with tempfile.TemporaryDirectory() as tmp:
        logits = Path(tmp) / "logits.npy"
        for pair in range(peers.args.pairs):
            order = [True, False] if pair % 2 == 0 else [False, True]
            for is_ours in order:
                if is_ours:
                    ours.append(peers.eigencam(weights, threads, logits))
                else:
                    theirs.append(peers.onnxruntime(name, threads))
        worst = error(np.load(logits), want)
        peer_error = error(np.array(theirs[-1]["logits"]), want)
    ratios = [t["median_ms"] / o["median_ms"] for o, t in zip(ours, theirs)]
    torch = [peers.torch(name, threads)["median_ms"] for _ in range(peers.args.torch)]
    return {
        "ours": statistics.median(o["median_ms"] for o in ours),
        "ours_min": min(o["min_ms"] for o in ours),
        "theirs": statistics.median(t["median_ms"] for t in theirs),
        "theirs_min": min(t["min_ms"] for t in theirs),
        "ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios),
        "torch": statistics.median(torch) if torch else None,
        "error": worst, "peer_error": peer_error,
    }


def verdict(ratio, must, aim):
    return "aim" if ratio >= aim else "must" if ratio >= must else "**missed**"


def row(label, threads, c, must, aim):
    torch = "" if c["torch"] is None else f"{c['torch']:.2f}"
    print(f"| {label} | {threads} | {c['ours']:.2f} ({c['ours_min']:.2f}) "
          f"| {c['theirs']:.2f} ({c['theirs_min']:.2f}) | {torch} "
          f"| {c['ratio']:.2f} ({c['low']:.2f} to {c['high']:.2f}) "
          f"| {must:.2f} / {aim:.2f} | {verdict(c['ratio'], must, aim)} "
          f"| {c['error']:.1e} / {c['peer_error']:.1e} |", flush=True)


def cpu():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--torch", type=int, default=1, help="PyTorch processes a cell")
    parser.add_argument("--seconds", type=float, default=1.0, help="of timing in each process")
    parser.add_argument("--only", action="append", help="model; may be repeated")
    parser.add_argument("eigencam")
    parser.add_argument("folder")
    args = parser.parse_args()
    peers = Peers(args)
    print(f"{cpu()}, {args.pairs} pairs of processes a cell. Times in ms: median of the "
          f"processes' medians (least of all); ratio: median of the pairs (range); error: largest "
          f"difference of the logits from PyTorch's over their largest magnitude, eigencam / "
          f"onnxruntime.\n")
    print("| model | threads | eigencam | onnxruntime | PyTorch | times faster | must / aim | "
          "met | error |\n|---|--:|--:|--:|--:|--:|--:|---|--:|", flush=True)
    ratios = []
    for name, (must, aim) in GOALS.items():
        if args.only and name not in args.only:
            continue
        for i, threads in enumerate((1, 2)):
            c = cell(peers, name, f"{name}.pth", threads)
            row(name, threads, c, must[i], aim[i])
            ratios.append(c["ratio"])
    if not args.only:
        mean = statistics.geometric_mean(ratios)
        print(f"| geometric mean | | | | | {mean:.2f} | {MEAN[0]} / {MEAN[1]} "
              f"| {verdict(mean, *MEAN)} | |", flush=True)
    half = peers.folder / "alexnet-half.safetensors"
    if not args.only or "alexnet" in args.only:
        half.unlink(missing_ok=True)
        subprocess.run([args.eigencam, "convert", "-q", str(peers.folder / "alexnet.pth"),
                        "--half", "-o", str(half)], check=True, stdout=subprocess.DEVNULL)
        args.torch = 0
        for threads in (1, 2):
            row("alexnet, float16 weights", threads, cell(peers, "alexnet", half.name, threads),
                HALF, HALF)


if __name__ == "__main__":
    main()
