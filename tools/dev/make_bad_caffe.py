#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/bad/caffe and tests/bad/prototxt: files that must be refused, one defect
each, named after the status and the defect; and good ones, called ok-. Also a good file
into tests/fixtures/weights. Needs NumPy. Run from the root of the source tree."""
import pathlib

import numpy as np

import caffe_format
from caffe_format import blob, number, run, varint

CAFFE, PROTOTXT = pathlib.Path("tests/bad/caffe"), pathlib.Path("tests/bad/prototxt")
VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)
GOOD = blob(VALUES)


def layer(*parts, name=b"a", kind=b"T", number_of=100, blobs=GOOD):
    body = b"" if name is None else run(1, name)
    body += b"" if kind is None else run(2, kind)
    body += b"".join(parts)
    return run(number_of, body + (run(7, blobs) if blobs else b""))


def net(*layers):
    return run(1, b"net") + b"".join(layers)


def shape(*dims):
    return run(7, run(1, b"".join(varint(d) for d in dims)))


def data(array=VALUES):
    return run(5, array.astype("<f4").tobytes())


OTHER = layer(name=b"first")
V1 = run(4, b"a") + number(5, 4) + run(6, GOOD)

FILES = {
    "ok-v2": net(OTHER, layer()),
    "ok-v1": net(run(2, V1)),
    "ok-unpacked": net(layer(blobs=blob(VALUES, unpacked=True))),
    "ok-double": net(layer(blobs=blob(VALUES, double=True))),
    "ok-legacy": net(layer(blobs=blob(VALUES, legacy=True))),
    "ok-without-blobs": net(layer(blobs=None)),
    "ok-unknown-fields": net(layer(run(999, b"x"), number(998, 5))),
    "ok-scalar": net(layer(blobs=data(VALUES[:1, :1]))),
    "format-cut-in-second-layer": net(OTHER, layer())[:-3],
    "format-varint-of-11-bytes": net(OTHER, layer(b"\x28" + b"\x80" * 10 + b"\0")),
    "format-tag-zero": net(OTHER, layer(b"\0")),
    "format-wire-type-7": net(OTHER, layer(b"\x57")),
    "format-length-beyond-the-layer": net(OTHER, layer(blobs=None, *[b"\x3a\x7f"])),
    "format-length-of-2-to-64": net(OTHER, layer(b"\x3a" + b"\xff" * 9 + b"\x01")),
    "format-name-is-a-number": net(OTHER, layer(number(1, 5))),
    "format-name-missing": net(layer(name=None)),
    "format-name-empty": net(layer(name=b"")),
    "format-type-missing": net(layer(kind=None)),
    "format-nul-in-name": net(layer(name=b"a\0b")),
    "format-control-character-in-name": net(layer(name=b"a\nb")),
    "format-name-no-utf8": net(layer(name=b"a\xff")),
    "format-both-kinds-of-layers": net(layer(), run(2, V1)),
    "format-v1-type-unknown": net(run(2, run(4, b"a") + number(5, 77))),
    "format-shape-too-large": net(layer(blobs=shape(2, 4) + data())),
    "format-shape-too-small": net(layer(blobs=shape(2, 2) + data())),
    "format-shape-negative": net(layer(blobs=shape(2, -3) + data())),
    "format-shape-overflows": net(layer(blobs=shape(1 << 62, 1 << 62, 6) + data())),
    "format-shape-without-data": net(layer(blobs=shape(2, 3))),
    "format-shape-cut": net(layer(blobs=run(7, run(1, b"\x80")) + data())),
    "format-data-of-23-bytes": net(layer(blobs=shape(2, 3) + run(5, bytes(23)))),
    "format-data-of-fixed64": net(layer(blobs=shape(1, 1) + b"\x29" + bytes(8))),
    "format-doubles-of-20-bytes": net(layer(blobs=shape(2, 3) + run(8, bytes(20)))),
    "format-data-and-doubles": net(layer(blobs=shape(2, 3) + data() + run(8, bytes(48)))),
    "format-layer-twice": net(layer(), layer()),
    "format-parameter-is-a-number": net(OTHER, layer(number(106, 1))),
    "format-no-layers": run(1, b"net"),
    "unsupported-v0": net(run(2, run(1, run(1, b"a")))),
    "unsupported-group": net(OTHER, layer(b"\x5b\x5c")),
    "unsupported-rank-7": net(layer(blobs=shape(1, 1, 1, 1, 1, 2, 3) + data())),
    "unsupported-doubles-not-packed": net(layer(blobs=shape(1, 1) + b"\x41" + bytes(8))),
    "unsupported-doubles-in-pieces": net(layer(blobs=shape(2, 1) + run(8, bytes(8)) * 2)),
    "limit-kernel-of-9-axes": net(OTHER, layer(run(106, number(4, 3) * 9))),
    "limit-17-coefficients": net(OTHER, layer(run(110, run(2, bytes(4 * 17))))),
    "limit-name-of-2000-bytes": net(layer(name=b"n" * 2000)),
    "limit-shape-of-9": net(OTHER, layer(blobs=shape(*[1] * 9) + data())),
}

DATA = "input: 'data' input_dim: [1, 3, 8, 8]\n"
RELU = "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }\n"


def one(kind, more="", bottom="data"):
    return (DATA + f"layer {{ name: 'a' type: '{kind}' bottom: '{bottom}' top: 'a' "
            f"{more} }}\n")


TEXTS = {
    "ok-relu": DATA + RELU,
    "ok-old": DATA + "layers { name: 'r' type: RELU bottom: 'data' top: 'r' }\n",
    "ok-unknown-fields": one("ReLU", "param { lr_mult: 1 } strange: [1, { a < b: 'c' > }]"),
    "ok-comments": "# a\n" + DATA + "# b\n" + RELU + "#",
    "format-empty": "\n",
    "format-no-layers": DATA,
    "format-no-input": RELU,
    "format-loss-alone": one("SoftmaxWithLoss"),
    "format-input-of-0": "input: 'data' input_dim: [1, 3, 0, 8]\n" + RELU,
    "format-brace-missing": DATA + RELU.rstrip()[:-1],
    "format-brace-too-many": DATA + RELU + "}",
    "format-angle-closed-by-brace": one("ReLU", "relu_param < negative_slope: 0 }"),
    "format-quote-missing": DATA + "layer { name: 'r }\n",
    "format-quote-over-lines": DATA + "layer { name: 'r\n' }\n",
    "format-escape": DATA + "layer { name: '\\y' }",
    "format-nul-escaped": DATA + "layer { name: '\\0' }",
    "format-colon-missing": DATA + "layer { name 'a' }",
    "format-value-missing": DATA + "layer { name: }",
    "format-list-not-closed": DATA + "layer { bottom: ['a', 'b' }",
    "format-raw-nul": DATA + "layer { name: 'a\0b' }",
    "format-number-is-a-word": one("LRN", "lrn_param { alpha: many }"),
    "format-whole-number-with-fraction": one("LRN", "lrn_param { local_size: 5.5 }"),
    "format-number-too-large": one("LRN", "lrn_param { local_size: 99999999999999999999 }"),
    "format-word-unknown": one("Pooling", "pooling_param { pool: MIN kernel_size: 2 }"),
    "format-message-is-a-number": one("LRN", "lrn_param: 5"),
    "format-number-is-a-message": one("LRN", "lrn_param { alpha { } }"),
    "format-name-missing": DATA + "layer { type: 'ReLU' bottom: 'data' top: 'r' }",
    "format-type-missing": DATA + "layer { name: 'r' bottom: 'data' top: 'r' }",
    "format-name-twice": DATA + RELU + RELU,
    "format-bottom-unknown": one("ReLU", bottom="nowhere"),
    "format-cycle": DATA + "layer { name: 'a' type: 'ReLU' bottom: 'b' top: 'a' }\n"
                    "layer { name: 'b' type: 'ReLU' bottom: 'a' top: 'b' }\n",
    "format-weights-missing": one("Convolution",
                                  "convolution_param { num_output: 4 kernel_size: 3 }"),
    "format-kernel-missing": one("Pooling"),
    "format-kernel-twice": one("Pooling", "pooling_param { kernel_size: 2 kernel_h: 2 }"),
    "format-stride-of-0": one("Pooling", "pooling_param { kernel_size: 2 stride: 0 }"),
    "format-two-inputs": one("ReLU", "bottom: 'data'"),
    "format-slope-not-finite": one("ReLU", "relu_param { negative_slope: inf }"),
    "unsupported-v0": "layers { layer { name: 'a' type: 'conv' } }",
    "unsupported-stochastic": one("Pooling", "pooling_param { kernel_size: 2 pool: STOCHASTIC }"),
    "unsupported-3d": one("Convolution", "convolution_param { num_output: 4 kernel_size: [3,3,3] }"),
    "unsupported-label-used": "layer { name: 'd' type: 'Data' top: 'data' top: 'label' }\n"
                              "layer { name: 'a' type: 'Eltwise' bottom: 'data' bottom: 'label' "
                              "top: 'a' }\n",
    "limit-nested": "x { " * 65 + "} " * 65,
    "limit-9-pads": one("Pooling", "pooling_param { pad: [1,1,1,1,1,1,1,1,1] }"),
    "limit-name-of-2000-bytes": DATA + RELU.replace("'r'", "'" + "n" * 2000 + "'", 1),
}


# A seed for the fuzz targets: every layer, with weights for "c", "b" and "f".
SEED = (
    "name: 'seed' input: 'data' input_dim: [1, 3, 9, 9]\n" + "".join(
        f"layer {{ name: '{name}' type: '{kind}' bottom: '{bottom}' top: '{name}' {more} }}\n"
        for name, kind, bottom, more in [
            ("c", "Convolution", "data", "convolution_param { num_output: 8 kernel_size: 3 pad: 1 }"),
            ("r", "ReLU", "c", "relu_param { negative_slope: 0.1 }"), ("o", "Dropout", "r", ""),
            ("n", "LRN", "o", "lrn_param { norm_region: WITHIN_CHANNEL }"),
            ("b", "BatchNorm", "n", "batch_norm_param { eps: 0.001 } include { phase: TEST }"),
            ("p", "Pooling", "b", "pooling_param { pool: AVE kernel_h: 3 kernel_w: 2 stride: 2 }"),
            ("e", "Eltwise", "p", "bottom: 'p' eltwise_param { coeff: [1, -0.5] }"),
            ("j", "Concat", "e", "bottom: 'p' concat_param { axis: 1 }"),
            ("w", "Power", "j", "power_param { scale: 2 shift: 1 }"),
            ("k", "Slice", "w", "top: 'k1' slice_param { slice_point: 8 }"),
            ("t", "Permute", "k1", "permute_param { order: [0, 2, 3, 1] }"),
            ("h", "Reshape", "t", "reshape_param { shape { dim: 0 dim: -1 } }"),
            ("l", "Flatten", "t", "flatten_param { axis: 1 }"),
            ("g", "Pooling", "k", "pooling_param { pool: AVE global_pooling: true }"),
            ("f", "InnerProduct", "g", "inner_product_param { num_output: 5 }"),
            ("s", "Softmax", "f", ""), ("x", "Odd", "s", "strange { a: 1 }")]))
SEED_BLOBS = {"c": [(8, 3, 3, 3), (8,)], "b": [(8,), (8,), (1,)], "f": [(5, 8), (5,)]}


def main():
    for folder, ending, files in ((CAFFE, "caffemodel", FILES), (PROTOTXT, "prototxt", TEXTS)):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            content = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.{ending}").write_bytes(content)
    seeds = pathlib.Path("tests/fuzz/corpus")
    for name, content in (("prototxt", SEED.encode()), ("caffe", caffe_format.net(
            caffe_format.parse(SEED), {k: [np.full(s, 0.5) for s in v]
                                       for k, v in SEED_BLOBS.items()}))):
        (seeds / name).mkdir(exist_ok=True)
        (seeds / name / "every-layer").write_bytes(content)
    good = pathlib.Path("tests/fixtures/weights/caffe-v2.caffemodel")
    good.write_bytes(net(layer(name=b"fc", kind=b"InnerProduct")))


if __name__ == "__main__":
    main()
