#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes a .caffemodel of a deploy.prototxt and arrays in a .npz.

    tools/dev/make_caffemodel.py bvlc_googlenet_deploy.prototxt bvlc_googlenet.npz OUT

Arrays are called LAYER.w and LAYER.b, or LAYER.0, LAYER.1, LAYER.2. Without options the
file is as today's Caffe writes it: layers (V2), packed floats, shapes as BlobShape."""
import argparse
import sys

import numpy as np

import caffe_format as caffe


def arrays_of(npz):
    blobs = {}
    for key in sorted(npz.files):
        layer, _, leaf = key.rpartition(".")
        at = {"w": 0, "b": 1}.get(leaf, int(leaf) if leaf.isdigit() else None)
        if at is None:
            sys.exit(f"make_caffemodel.py: array '{key}': expected LAYER.w, LAYER.b or LAYER.N")
        blobs.setdefault(layer, {})[at] = npz[key]
    return {layer: [found[i] for i in sorted(found)] for layer, found in blobs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("prototxt")
    parser.add_argument("npz")
    parser.add_argument("output")
    parser.add_argument("--v1", action="store_true", help="layers as before 2014")
    parser.add_argument("--unpacked", action="store_true", help="one field for each number")
    parser.add_argument("--double", action="store_true", help="double_data")
    parser.add_argument("--legacy", action="store_true", help="num, channels, height, width")
    args = parser.parse_args()
    with open(args.prototxt, encoding="utf-8") as f:
        graph = caffe.parse(f.read())
    blobs = arrays_of(np.load(args.npz))
    unused = set(blobs) - {layer.get("name") for layer in graph.all("layer")}
    if unused:
        print(f"make_caffemodel.py: not in the graph: {', '.join(sorted(unused))}",
              file=sys.stderr)
    with open(args.output, "wb") as f:
        f.write(caffe.net(graph, blobs, v1=args.v1, unpacked=args.unpacked, double=args.double,
                          legacy=args.legacy))


if __name__ == "__main__":
    main()
