#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real weights on real photos: the first class of SqueezeNet 1.1, ours and PyTorch's.

    ECAM_TEST_DATA=DIR tools/dev/check_squeezenet.py [--program build/tools/eigencam]

(a) Photos decoded by Pillow and stored as PNG, which loses nothing: what differs is our
    resize, crop and arithmetic alone. Every photo must get PyTorch's class.
(b) The JPEG files themselves: our decoder's last bit may differ; two photos may."""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from torchvision import models, transforms

MAY_DIFFER = 2

PREPARE = transforms.Compose([
    transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])


def ours(program, model, photos, folder):
    """Logits, a row a photo, and the classes that --json tells."""
    logits = os.path.join(folder, "logits.npy")
    done = subprocess.run([program, "predict", "-m", model, "--json", "--logits", logits, *photos],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit("predict failed: %s" % done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["input"] for line in lines] == photos, "inputs in another order"
    return np.load(logits), [line["top"][0]["index"] for line in lines]


def compare(title, photos, want, got, top):
    """Prints the photos of another class; returns their number."""
    n_other = 0
    for photo, w, g, t in zip(photos, want, got, top):
        assert int(g.argmax()) == t, "the JSON and the logits of %s disagree" % photo
        if t != int(w.argmax()):
            n_other += 1
            second, first = np.sort(w)[-2:]
            print("  %s: ours %d, PyTorch %d, whose lead is %.3f" %
                  (os.path.basename(photo), t, int(w.argmax()), first - second))
    diff = np.abs(got - want).max(axis=1) / np.abs(want).max(axis=1)
    print("%s: %d of %d agree; logits differ by %.1e of the largest at most, %.1e in the median"
          % (title, len(photos) - n_other, len(photos), diff.max(), np.median(diff)))
    return n_other


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/tools/eigencam")
    args = parser.parse_args()
    data = os.environ.get("ECAM_TEST_DATA")
    if not data:
        print("skipped: ECAM_TEST_DATA is not set")
        return 77
    torch.set_num_threads(1)
    weights = os.path.join(data, "weights", "squeezenet1_1.pth")
    net = models.squeezenet1_1(weights=None).eval()
    net.load_state_dict(torch.load(weights))
    jpegs = sorted(glob.glob(os.path.join(data, "imagenet-sample", "*.JPEG")))
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        want, pngs = [], []
        for path in jpegs:
            photo = Image.open(path).convert("RGB")
            want.append(net(PREPARE(photo)[None])[0].numpy())
            pngs.append(os.path.join(folder, os.path.basename(path)[:-5] + ".png"))
            photo.save(pngs[-1], compress_level=1)
        want = np.stack(want)
        a = compare("Pillow's pixels", pngs, want, *ours(args.program, weights, pngs, folder))
        b = compare("JPEG", jpegs, want, *ours(args.program, weights, jpegs, folder))
    return 0 if jpegs and a == 0 and b <= MAY_DIFFER else 1


if __name__ == "__main__":
    sys.exit(main())
