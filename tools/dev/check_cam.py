#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare Eigen-CAM with NumPy's SVD in double.

  check_cam.py DRIVER                    random and nasty matrices
  check_cam.py DRIVER --taps DIR         every .npy (1xCxHxW float32) in DIR, as
                                         `eigencam tap` writes them
  check_cam.py --tap T.npy --raw R.npy --mode paper --component 1
                                         a raw map that the program wrote

DRIVER is tests/unit/cam_driver of a build with -Dtests=true. Maps must be within
1e-5 of their maximum wherever both neighbouring singular values are further away
than a ratio of 0.98, and carry the sign of the rule in eigencam.h.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

TOLERANCE = 1e-5
MAX_RATIO = 0.98


def reference(a, mode):
    """A is positions x channels, float32. Returns s, maps [k][positions], vectors."""
    a = np.where(np.isfinite(a), a, 0).astype(np.float64)
    if mode == "centered":
        a = a - a.mean(axis=0)
    _, s, vt = np.linalg.svd(a, full_matrices=False)
    maps = (a @ vt.T).T
    for i, v in enumerate(vt):
        total = v.sum()
        if abs(total) > 1e-6 * np.sqrt(len(v)):
            turn = total < 0
        else:
            size = np.abs(maps[i])
            turn = maps[i][np.argmax(size >= (1 - 1e-6) * size.max())] < 0
        if turn:
            maps[i] *= -1
            vt[i] *= -1
    return s, maps, vt


def is_defined(s, i):
    """Are the direction and the sign of component i worth comparing?"""
    if s[i] <= 1e-11 * s[0]:
        return False
    above = i == 0 or s[i] < MAX_RATIO * s[i - 1]
    below = i + 1 == len(s) or s[i + 1] < MAX_RATIO * s[i]
    return above and below


def off_by(got, want):
    """Largest difference, as a share of the largest value."""
    largest = np.abs(want).max()
    return np.abs(got.astype(np.float64) - want).max() / largest if largest > 0 else 0.0


class Checker:
    def __init__(self, driver):
        self.driver = driver
        self.failed = self.passed = self.skipped = 0
        self.folder = tempfile.TemporaryDirectory()

    def path(self, name):
        return str(pathlib.Path(self.folder.name) / name)

    def run(self, *args):
        done = subprocess.run([self.driver, *map(str, args)], text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"{args}: {done.stderr}")
        return done.stdout, done.stderr

    def judge(self, name, is_good, text):
        self.passed += is_good
        self.failed += not is_good
        print(f"{'ok  ' if is_good else 'FAIL'} {name}: {text}", flush=True)

    def components(self, name, act, mode, wanted):
        c, h, w = act.shape
        act.tofile(self.path("a"))
        lines, took = self.run("cam", self.path("a"), c, h, w, mode, "auto", wanted, self.path("o"))
        rows = [list(map(float, line.split())) for line in lines.splitlines()]
        out = np.fromfile(self.path("o"), np.float32)
        k = len(rows)
        maps = out[: k * h * w].reshape(k, h * w)
        vectors = out[k * h * w :].reshape(k, c)
        s, want_maps, want_vectors = reference(act.reshape(c, -1).T, mode)
        worst, values, compared = 0.0, 0.0, 0
        for i in range(k):
            if s[0] > 0:
                values = max(values, abs(rows[i][0] - s[i]) / s[0])
            if not np.isfinite(maps[i]).all() or (s[i] <= 0 and maps[i].any()):
                worst = np.inf
            if s[0] > 0 and is_defined(s, i):
                compared += 1
                worst = max(worst, off_by(maps[i], want_maps[i]))
                worst = max(worst, off_by(vectors[i], want_vectors[i]))
        self.skipped += k - compared
        good = worst <= TOLERANCE and values <= 1e-10
        self.judge(f"{name} {mode}", good, f"{compared} of {k} components defined, maps off by "
                   f"{worst:.1e}, values by {values:.1e}, {took.strip()}")

    def salience(self, name, act):
        c, h, w = act.shape
        act.tofile(self.path("a"))
        clean = np.where(np.isfinite(act), act, 0).astype(np.float64)
        self.run("salience", self.path("a"), c, h, w, "mean", 0, self.path("o"))
        off = off_by(np.fromfile(self.path("o"), np.float32), clean.mean(axis=0).ravel())
        self.judge(f"{name} salience mean", off <= TOLERANCE, f"off by {off:.1e}")
        s, maps, _ = reference(act.reshape(c, -1).T, "centered")
        if s[0] > 0 and is_defined(s, 0):
            self.run("salience", self.path("a"), c, h, w, "pca", 0, self.path("o"))
            off = off_by(np.fromfile(self.path("o"), np.float32), maps[0])
            self.judge(f"{name} salience pca", off <= TOLERANCE, f"off by {off:.1e}")

    def fused(self, name, a, b):
        """The maps of two layers, at the size of a photo, multiplied."""
        height, width = 97, 131
        want = np.ones((height, width))
        for file, act in (("a", a), ("b", b)):
            c, h, w = act.shape
            m = reference(act.reshape(c, -1).T, "paper")[1][0].reshape(h, w)
            m.astype(np.float32).tofile(self.path(file))
            scaled = np.clip(m / m.max(), 0, None) if m.max() > 0 else 0 * m
            want *= enlarge(scaled, height, width)
        self.run("fuse", self.path("a"), *a.shape[1:], self.path("b"), *b.shape[1:], height, width,
                 self.path("o"))
        off = off_by(np.fromfile(self.path("o"), np.float32), want.ravel())
        self.judge(f"{name} fused", off <= TOLERANCE, f"off by {off:.1e}")

    def activation(self, name, act, wanted=3):
        act = np.ascontiguousarray(act, np.float32)
        for mode in ("paper", "centered"):
            self.components(name, act, mode, min(wanted, *np.array([act.shape[0],
                            act.shape[1] * act.shape[2]])))
        self.salience(name, act)


def enlarge(m, height, width):
    """Bilinear, half-pixel centres, the edge beyond the outermost centres."""
    h, w = m.shape
    y = np.clip((np.arange(height) + 0.5) * h / height - 0.5, 0, h - 1)
    x = np.clip((np.arange(width) + 0.5) * w / width - 0.5, 0, w - 1)
    y0, x0 = y.astype(int), x.astype(int)
    y1, x1 = np.minimum(y0 + 1, h - 1), np.minimum(x0 + 1, w - 1)
    fy, fx = (y - y0)[:, None], x - x0
    top = m[y0][:, x0] * (1 - fx) + m[y0][:, x1] * fx
    low = m[y1][:, x0] * (1 - fx) + m[y1][:, x1] * fx
    return top * (1 - fy) + low * fy


def spectrum(rng, rows, cols, values):
    """A matrix with the given singular values."""
    k = len(values)
    u = np.linalg.qr(rng.standard_normal((rows, k)))[0]
    v = np.linalg.qr(rng.standard_normal((cols, k)))[0]
    return (u * values) @ v.T


def features(rng, c, h, w):
    """Like a real layer: smooth blobs, weighted by channel, rectified."""
    y, x = np.mgrid[0:h, 0:w]
    act = np.zeros((c, h * w))
    for _ in range(12):
        cy, cx, r = rng.uniform(0, h), rng.uniform(0, w), rng.uniform(0.5, max(h, w) / 2)
        blob = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / r**2).ravel()
        act += np.outer(rng.standard_normal(c), blob)
    act += 0.1 * rng.standard_normal(act.shape)
    return np.maximum(act, 0).reshape(c, h, w)


def nasty(check):
    rng = np.random.default_rng(7)
    for c, h, w in [(512, 14, 14), (2048, 7, 7), (64, 112, 112), (64, 224, 224), (256, 56, 56),
                    (512, 28, 28), (1024, 7, 7), (96, 13, 13), (3, 32, 32), (2048, 20, 31)]:
        check.activation(f"features {c}x{h}x{w}", features(rng, c, h, w))
    for c, h, w in [(1, 1, 1), (7, 1, 1), (1, 5, 5), (2, 1, 2), (33, 3, 11), (33, 4, 8), (9, 1, 9),
                    (40, 5, 8), (256, 1, 1)]:
        check.activation(f"tiny {c}x{h}x{w}", rng.standard_normal((c, h, w)), 50)
    def shaped(a, h):
        return a.T.reshape(a.shape[1], h, -1)
    for name, values in [("s1 = s2", [5, 5, 1]), ("s1 near s2", [5, 4.95, 1]),
                         ("rank 1", [3]), ("cluster", list(np.linspace(1, 0.99, 40)) + [0.1]),
                         ("all equal", [1.0] * 60), ("steep", list(10.0 ** -np.arange(0, 8))),
                         ("slow", list(1.0 / np.arange(1, 120))),
                         ("flat", list(np.linspace(1, 0.9, 190))),
                         ("huge", [1e30, 1e29, 1e28]), ("small", [1e-36, 1e-37, 1e-38])]:
        a = spectrum(rng, 196, 240, np.array(values))
        check.activation(f"spectrum {name}", shaped(a, 14), 10)
        check.activation(f"spectrum {name}, wide", shaped(a.T.copy(), 15), 10)
    check.activation("all of 49x2048", features(rng, 2048, 7, 7), 49)
    check.activation("all of 3136x64", features(rng, 64, 56, 56), 64)
    check.activation("zeros", np.zeros((64, 7, 7)))
    check.activation("constant", np.full((64, 7, 7), 0.37))
    check.activation("identity", np.eye(64).reshape(64, 8, 8), 5)
    ints = np.outer(np.arange(1, 65), np.arange(1, 50)).reshape(64, 7, 7)
    check.activation("exact rank 1", ints, 3)
    act = features(rng, 128, 9, 9)
    act[5, 2, 3], act[6, 1, 1], act[7, 0, 0] = np.nan, np.inf, -np.inf
    check.activation("NaN and Inf", act)
    check.activation("large mean", 1000 + rng.standard_normal((64, 14, 14)))
    check.fused("features", features(rng, 64, 7, 7).astype(np.float32),
                features(rng, 16, 56, 56).astype(np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("driver", nargs="?")
    parser.add_argument("--taps", type=pathlib.Path)
    parser.add_argument("--tap")
    parser.add_argument("--raw")
    parser.add_argument("--mode", choices=["paper", "centered", "mean"], default="paper")
    parser.add_argument("--component", type=int, default=1)
    args = parser.parse_args()
    if args.raw:
        tap, raw = np.load(args.tap), np.load(args.raw)
        a = tap.reshape(tap.shape[1], -1).T
        if args.mode == "mean":
            want = np.where(np.isfinite(a), a, 0).astype(np.float64).mean(axis=1)
        else:
            s, maps, _ = reference(a, args.mode)
            want = maps[args.component - 1]
            if not is_defined(s, args.component - 1):
                print(f"skip {args.raw}: neighbouring singular values are too close")
                return 0
        off = off_by(raw.ravel(), want)
        print(f"{'ok  ' if off <= TOLERANCE else 'FAIL'} {args.raw}: off by {off:.1e}")
        return int(off > TOLERANCE)
    if not args.driver:
        parser.error("the path of cam_driver is needed")
    check = Checker(args.driver)
    if args.taps:
        acts = {}
        for path in sorted(args.taps.glob("**/*.npy")):
            tap = np.load(path)
            if tap.ndim in (2, 4) and tap.shape[0] == 1:
                acts[path.stem] = tap.reshape(tap.shape[1], *(tap.shape[2:] or (1, 1)))
        for name, act in acts.items():
            check.activation(name, act)
        for (name, a), b in zip(acts.items(), list(acts.values())[1:]):
            check.fused(name, a, b)
    else:
        nasty(check)
    print(f"check_cam: {check.passed} passed, {check.failed} failed "
          f"({check.skipped} components without a defined direction)")
    return int(check.failed != 0 or check.passed == 0)


if __name__ == "__main__":
    sys.exit(main())
