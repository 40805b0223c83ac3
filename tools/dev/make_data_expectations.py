#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What tests/data/run.sh expects: PyTorch's classes of the sample photos with SqueezeNet
1.1, and its logits of one input with the CIFAR ResNet-20.

    ECAM_TEST_DATA=DIR tools/dev/make_data_expectations.py"""
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision import models, transforms

import torch_nets

PREPARE = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])


def main():
    data = Path(os.environ["ECAM_TEST_DATA"])
    out = Path(__file__).resolve().parents[2] / "tests/data"
    net = models.squeezenet1_1()
    net.load_state_dict(torch.load(data / "weights/squeezenet1_1.pth"))
    net.eval()
    lines = []
    with torch.no_grad():
        for photo in sorted((data / "imagenet-sample").glob("*.JPEG")):
            x = PREPARE(Image.open(photo).convert("RGB"))
            lines.append(f"{photo.name} {int(net(x[None])[0].argmax())}\n")
    (out / "squeezenet-top1.txt").write_text("".join(lines))

    net = torch_nets.full("resnet20_cifar")
    state = torch.load(data / "weights/resnet20-cifar10.th", map_location="cpu")["state_dict"]
    net.load_state_dict({k.replace("module.", "", 1): v for k, v in state.items()})
    net.eval()
    x = np.random.default_rng(20).standard_normal((1, 3, 32, 32)).astype("f")
    with torch.no_grad():
        logits = net(torch.from_numpy(x)).numpy()
    np.save(out / "cifar-input.npy", x)
    np.save(out / "cifar-logits.npy", logits)


if __name__ == "__main__":
    main()
