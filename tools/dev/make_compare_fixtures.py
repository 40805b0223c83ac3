#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/fixtures/compare: what PyTorch computed for the network of
tests/golden/resnet18 (see make_golden.py), as a person would save it. Needs NumPy."""
import json
import pathlib
import struct

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "tests/fixtures/compare"


def read_safetensors(path):
    data = path.read_bytes()
    (n,) = struct.unpack_from("<Q", data)
    arrays = {}
    for name, entry in json.loads(data[8:8 + n]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + n + begin:8 + n + end], np.float32)
            arrays[name.split(":", 1)[-1]] = values.reshape(entry["shape"])
    return arrays


def main():
    golden = read_safetensors(ROOT / "tests/golden/resnet18/expected.safetensors")
    pick = {name: golden[name] for name in (
        "conv1", "layer1.0.relu.1", "layer2.0.downsample", "layer3.0.bn1", "layer4", "fc")}
    np.save(OUT / "input.npy", golden["input"].astype(np.float64))

    # Other types and orders of elements; a batch axis left out; names of no layer.
    good = dict(pick, input=golden["input"], logits=pick["fc"], note=np.arange(3))
    good["conv1"] = pick["conv1"][0]
    good["layer1.0.relu.1"] = np.asfortranarray(pick["layer1.0.relu.1"])
    good["layer4"] = pick["layer4"].astype(np.float64)
    np.savez_compressed(OUT / "good.npz", **good)

    bad = {name: np.array(value) for name, value in pick.items()}
    bad["layer2.0.downsample"][0, 2, 1, 3] += 0.25
    bad["layer3.0.bn1"] = bad["layer3.0.bn1"].transpose(0, 1, 3, 2)
    bad["layer4"][0, 1, 0, 1] = np.nan
    bad["fc"] = np.zeros(11, np.int64)
    del bad["layer1.0.relu.1"]
    np.savez_compressed(OUT / "bad.npz", **bad)

    np.savez_compressed(OUT / "strange.npz", a=pick["fc"], b=pick["fc"])


main()
