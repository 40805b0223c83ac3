# SPDX-License-Identifier: BSD-2-Clause
"""models.py DIR [MODEL...]: the networks of the comparison, as a .pth for eigencam and a
.onnx for the peers, with one input and what PyTorch computes from it: x.npy, MODEL.y.npy.
Weights are random but hide nothing (tools/dev/torch_nets.py). Needs torch and torchvision."""
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/dev"))
import torch_nets  # noqa: E402

MODELS = "alexnet vgg16 googlenet resnet18 resnet50 resnet101 densenet121".split()


def make(folder, name):
    net = torch_nets.full(name)
    torch_nets.randomize(net, 1, 224, 224)
    net.eval()
    torch.save(net.state_dict(), folder / f"{name}.pth")
    x = torch.from_numpy(np.load(folder / "x.npy"))
    with torch.no_grad():
        np.save(folder / f"{name}.y.npy", net(x).numpy())
    torch.onnx.export(net, x, folder / f"{name}.onnx", opset_version=13, input_names=["x"],
                      output_names=["y"])


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    x = np.random.default_rng(0).standard_normal((1, 3, 224, 224)).astype("f")
    np.save(folder / "x.npy", x)
    for name in sys.argv[2:] or MODELS:
        make(folder, name)
        print(name)


if __name__ == "__main__":
    main()
