# SPDX-License-Identifier: BSD-2-Clause
"""torch_run.py MODEL.pth NAME X.npy THREADS SECONDS: times PyTorch, traced, frozen and
optimised for inference; prints one JSON object with median and least ms."""
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/dev"))
import torch_nets  # noqa: E402


def main():
    weights, name, x, threads, seconds = sys.argv[1:]
    torch.set_num_threads(int(threads))
    net = torch_nets.full(name)
    net.load_state_dict(torch.load(weights))
    net.eval()
    x = torch.from_numpy(np.load(x))
    ms = []
    with torch.no_grad():
        net = torch.jit.optimize_for_inference(torch.jit.trace(net, x, check_trace=False))
        for _ in range(4):
            net(x)
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end or len(ms) < 10:
            begin = time.monotonic()
            net(x)
            ms.append(1e3 * (time.monotonic() - begin))
    ms.sort()
    print(json.dumps({"median_ms": ms[len(ms) // 2], "min_ms": ms[0]}))


if __name__ == "__main__":
    main()
