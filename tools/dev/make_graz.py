#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws a tree in the form of INRIA's annotations for Graz-02, with masks that are exact.

    tools/dev/make_graz.py OUT [--images 20] [--size 320x240] [--seed 1]

Each folder (bikes, cars, people) has NAME_001.image.png and so on, and a mask for each
object: red where it is seen, green where something stands before it. Every image has one
or two objects but the fourth, which has no mask. Nothing in it is worth a score: it is
there so that the way from files to numbers can be walked without the real data."""
import argparse
import pathlib

import numpy as np
from PIL import Image

CLASSES = {"bikes": ("bike", (190, 60, 40)), "cars": ("carsgraz", (50, 80, 190)),
           "people": ("person", (200, 170, 120))}


def background(rng, h, w):
    """Blurred noise: a mean over growing squares."""
    out = np.zeros((h, w, 3))
    for step in (4, 8, 16):
        cells = rng.integers(60, 196, (h // step + 2, w // step + 2, 3))
        out += np.repeat(np.repeat(cells, step, 0), step, 1)[:h, :w]
    return out / 3


def ellipse(h, w, cy, cx, ry, rx):
    y, x = np.mgrid[0:h, 0:w]
    return ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1


def draw(rng, h, w, colour, n_objects):
    """The picture, and for each object where it is seen and where it is hidden."""
    picture = background(rng, h, w)
    masks = []
    for _ in range(n_objects):
        cy, cx = rng.uniform(0.3, 0.7) * h, rng.uniform(0.25, 0.75) * w
        ry, rx = rng.uniform(0.15, 0.3) * h, rng.uniform(0.1, 0.25) * w
        shape = ellipse(h, w, cy, cx, ry, rx)
        stripes = (np.arange(w) // max(w // 40, 1)) % 2 * 40
        striped = np.array(colour)[None, None, :] + stripes[None, :, None]
        picture[shape] = np.broadcast_to(striped, (h, w, 3))[shape]
        masks.append([shape, np.zeros((h, w), bool)])
    # A post that stands before everything.
    left = int(rng.uniform(0.3, 0.6) * w)
    post = np.zeros((h, w), bool)
    post[:, left:left + max(w // 16, 1)] = True
    picture[post] = (90, 90, 90)
    for mask in masks:
        mask[1] = mask[0] & post
        mask[0] = mask[0] & ~post
    return picture.clip(0, 255).astype(np.uint8), masks


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=20, help="of each class")
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    w, h = (int(side) for side in args.size.split("x"))
    rng = np.random.default_rng(args.seed)
    for folder, (name, colour) in CLASSES.items():
        to = args.output / folder
        to.mkdir(parents=True, exist_ok=True)
        for i in range(1, args.images + 1):
            n_objects = 0 if i == 4 else 1 + i % 2
            picture, masks = draw(rng, h, w, colour, n_objects)
            Image.fromarray(picture).save(to / f"{name}_{i:03}.image.png", optimize=True)
            for k, (seen, hidden) in enumerate(masks):
                mask = np.zeros((h, w, 3), np.uint8)
                mask[seen, 0] = 255
                mask[hidden, 1] = 255
                Image.fromarray(mask).save(to / f"{name}_{i:03}.mask.{k}.png", optimize=True)


if __name__ == "__main__":
    main()
