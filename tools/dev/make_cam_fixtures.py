#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/fixtures/cam/: activations, and what NumPy's SVD in double (LAPACK)
makes of them, so that the C tests need no Python.

  NAME.f32            activation [c][positions], little-endian float32
  NAME.MODE.f64       s[k], then k maps [positions], then k vectors [c], float64,
                      signs as eigencam.h says

The table of names and shapes is in tests/unit/test_cam.c.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from check_cam import features, reference, spectrum  # noqa: E402

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "cam"


def write(name, act, k):
    act = np.ascontiguousarray(act, np.float32)
    a = act.reshape(act.shape[0], -1)
    a.astype("<f4").tofile(OUT / f"{name}.f32")
    for mode in ("paper", "centered"):
        s, maps, vectors = reference(a.T, mode)
        parts = [s[:k], maps[:k].ravel(), vectors[:k].ravel()]
        np.concatenate(parts).astype("<f8").tofile(OUT / f"{name}.{mode}.f64")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20210)
    write("deep", features(rng, 256, 7, 7), 3)
    write("early", features(rng, 12, 24, 24), 3)
    write("square", rng.standard_normal((40, 5, 8)), 3)
    write("signed", features(rng, 48, 9, 6) - 0.3, 3)
    write("steep", spectrum(rng, 30, 36, 10.0 ** -np.arange(8)), 6)
    (OUT / "README.md").write_text(
        "Made by `tools/dev/make_cam_fixtures.py` (see there for the layout) with\n"
        f"NumPy {np.__version__}, seed 20210. Changed only on purpose, in a commit of its own.\n")


if __name__ == "__main__":
    main()
