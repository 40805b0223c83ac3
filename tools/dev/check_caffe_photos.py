#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Caffe's GoogLeNet and SqueezeNet with real weights on photos, against a twin in PyTorch.

    tools/dev/check_caffe_photos.py --program build/tools/eigencam --data DATA [--maps FOLDER]

Each photo of DATA/imagenet-sample is decoded by Pillow and prepared in NumPy as the preset
says; the twin of check_caffe.py and ours predict from the same numbers, and ours from the
photo itself as well. With --maps overlays of twenty photos and contact sheets are written.
Exit status 1 where the twin's class and ours differ."""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image, ImageDraw

import caffe_format as caffe
import check_caffe

NETS = {"googlenet": (224, (104, 117, 123)), "squeezenet": (227, (104, 117, 123))}


def prepared(path, crop, mean):
    photo = Image.open(path).convert("RGB").resize((256, 256), Image.BILINEAR)
    first = (256 - crop) // 2
    x = np.asarray(photo, np.float32)[first:first + crop, first:first + crop, ::-1]
    return np.ascontiguousarray((x - np.float32(mean)).transpose(2, 0, 1)[None])


def predictions(program, words, inputs):
    done = subprocess.run([program, "predict", "--json", "--top", "1", "-q", *words, *inputs],
                          capture_output=True, text=True, check=True)
    return [json.loads(line)["top"][0]["index"] for line in done.stdout.splitlines()]


def contact_sheet(files, path):
    sheet = Image.new("RGB", (5 * 260, 4 * 280), "white")
    for i, file in enumerate(files):
        tile = Image.open(file).convert("RGB")
        tile.thumbnail((250, 250))
        at = (5 + i % 5 * 260, 20 + i // 5 * 280)
        sheet.paste(tile, at)
        ImageDraw.Draw(sheet).text((at[0], at[1] - 14), os.path.basename(file)[:38], fill="black")
    sheet.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--maps")
    args = parser.parse_args()
    photos = sorted(glob.glob(args.data + "/imagenet-sample/*.JPEG"))
    words = [line.split(" ", 1)[0] for line in open(args.data + "/ilsvrc/synset_words.txt",
                                                    encoding="utf-8")]
    labels = [words.index(os.path.basename(p).split("_")[0]) for p in photos]
    failed = False
    for name, (crop, mean) in NETS.items():
        text, blobs = check_caffe.subject(name, args.data)
        graph = caffe.parse(text)
        twin = check_caffe.Twin(graph, blobs)
        with tempfile.TemporaryDirectory() as folder:
            model = folder + "/net.caffemodel"
            with open(model, "wb") as file:
                file.write(caffe.net(graph, blobs))
            theirs, inputs = [], []
            for i, path in enumerate(photos):
                x = prepared(path, crop, mean)
                inputs.append(f"{folder}/{i:03}.npy")
                np.save(inputs[-1], x)
                with torch.no_grad():
                    theirs.append(int(list(twin.run(torch.from_numpy(x)).values())[-1].flatten().argmax()))
            ours = predictions(args.program, ["-m", model], inputs)
            own = predictions(args.program, ["-m", model], photos)
            n_differ = sum(a != b for a, b in zip(ours, theirs))
            failed |= n_differ > 0
            print(f"{name}: {len(photos)} photos, {n_differ} with another class than the twin; top-1 "
                  f"{sum(a == b for a, b in zip(ours, labels))} right from Pillow's pixels, "
                  f"{sum(a == b for a, b in zip(own, labels))} from ours, "
                  f"{sum(a != b for a, b in zip(own, ours))} differ between the two", flush=True)
            if args.maps and name == "googlenet":
                for tap in ("last", "inception_4c/output"):
                    out = f"{args.maps}/{tap.replace('/', '_')}"
                    subprocess.run([args.program, "explain", "-q", "-m", model, "-l", tap, "-o", out,
                                    *photos[::3][:20]], check=True, stdout=subprocess.DEVNULL)
                    contact_sheet(sorted(glob.glob(out + "/*.png")), out + ".png")
    sys.exit(failed)


if __name__ == "__main__":
    main()
