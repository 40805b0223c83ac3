#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare every step of every colour map with matplotlib's, within 2 of 255.

  check_colormaps.py DRIVER      tests/unit/cam_driver of a build with -Dtests=true
"""
import subprocess
import sys

import matplotlib
import numpy as np

NAMES = {"viridis": "viridis", "turbo": "turbo", "jet": "jet", "inferno": "inferno",
         "magma": "magma", "grey": "gray"}


def main():
    lines = subprocess.run([sys.argv[1], "colours"], text=True, capture_output=True, check=True)
    steps = {}
    for line in lines.stdout.splitlines():
        name, *rgb = line.split()
        steps.setdefault(name, []).append([int(v) for v in rgb])
    failed = 0
    for name, theirs in NAMES.items():
        want = matplotlib.colormaps[theirs](np.arange(256))[:, :3] * 255
        off = np.abs(np.array(steps[name]) - want).max()
        failed += off > 2
        print(f"{'ok  ' if off <= 2 else 'FAIL'} {name}: off by {off:.2f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
