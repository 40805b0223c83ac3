# SPDX-License-Identifier: BSD-2-Clause
"""Caffe's formats for developers' scripts: prototxt in, binary NetParameter out. Written
apart from weights/caffe_*.c on purpose: the two check each other."""
import re
import struct

import numpy as np

TOKEN = re.compile(r"""\s+|\#[^\n]*|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
                   r"""|(?P<word>[\w.+-]+)|(?P<mark>[{}:;,\[\]<>])""")


def tokens(text):
    at = 0
    while at < len(text):
        m = TOKEN.match(text, at)
        if m is None:
            raise ValueError(f"prototxt: {text[at:at + 20]!r}")
        at = m.end()
        if m.lastgroup is not None:
            yield m.lastgroup, m.group()


class Node(list):
    """A message: (name, value) pairs in order; a value is a str, a Quoted or a Node."""

    def all(self, name):
        return [v for n, v in self if n == name]

    def get(self, name, default=None):
        found = self.all(name)
        return found[-1] if found else default


class Quoted(str):
    pass


def parse(text):
    items = list(tokens(text))
    at = 0

    def message(closing):
        nonlocal at
        node = Node()
        while at < len(items) and items[at][1] != closing:
            name = items[at][1]
            at += 1
            if items[at][1] == ":":
                at += 1
            values = [items[at]]
            if items[at][1] == "[":
                end = items.index(("mark", "]"), at)
                values = [v for v in items[at + 1:end] if v[1] != ","]
                at = end
            at += 1
            if values == [("mark", "{")]:
                node.append((name, message("}")))
                at += 1
                values = []
            for kind, value in values:
                node.append((name, Quoted(value[1:-1]) if kind == "text" else value))
            if at < len(items) and items[at][1] in ";,":
                at += 1
        return node

    return message(None)


# ---- Numbers of caffe.proto: name -> (number, kind), kind a message's table or a type ----

WORDS = {"MAX": {"pool": 0, "operation": 2}, "AVE": 1, "STOCHASTIC": 2, "PROD": 0, "SUM": 1,
         "ACROSS_CHANNELS": 0, "WITHIN_CHANNEL": 1, "TRAIN": 0, "TEST": 1, "CEIL": 0, "FLOOR": 1}
SHAPE = {"dim": (1, "ints")}
RULE = {"phase": (1, "enum"), "min_level": (2, "int"), "max_level": (3, "int"),
        "stage": (4, "text"), "not_stage": (5, "text")}
PARAMS = {
    "transform_param": {"scale": (1, "float"), "mirror": (2, "bool"), "crop_size": (3, "int"),
                        "mean_value": (5, "float")},
    "concat_param": {"concat_dim": (1, "int"), "axis": (2, "int")},
    "convolution_param": {"num_output": (1, "int"), "bias_term": (2, "bool"), "pad": (3, "int"),
                          "kernel_size": (4, "int"), "group": (5, "int"), "stride": (6, "int"),
                          "pad_h": (9, "int"), "pad_w": (10, "int"), "kernel_h": (11, "int"),
                          "kernel_w": (12, "int"), "stride_h": (13, "int"),
                          "stride_w": (14, "int"), "axis": (16, "int"), "dilation": (18, "int")},
    "dropout_param": {"dropout_ratio": (1, "float")},
    "eltwise_param": {"operation": (1, "enum"), "coeff": (2, "float")},
    "inner_product_param": {"num_output": (1, "int"), "bias_term": (2, "bool"), "axis": (5, "int"),
                            "transpose": (6, "bool")},
    "lrn_param": {"local_size": (1, "int"), "alpha": (2, "float"), "beta": (3, "float"),
                  "norm_region": (4, "enum"), "k": (5, "float")},
    "pooling_param": {"pool": (1, "enum"), "kernel_size": (2, "int"), "stride": (3, "int"),
                      "pad": (4, "int"), "kernel_h": (5, "int"), "kernel_w": (6, "int"),
                      "stride_h": (7, "int"), "stride_w": (8, "int"), "pad_h": (9, "int"),
                      "pad_w": (10, "int"), "global_pooling": (12, "bool"),
                      "round_mode": (13, "enum")},
    "power_param": {"power": (1, "float"), "scale": (2, "float"), "shift": (3, "float")},
    "relu_param": {"negative_slope": (1, "float")},
    "softmax_param": {"axis": (2, "int")},
    "slice_param": {"slice_dim": (1, "int"), "slice_point": (2, "int"), "axis": (3, "int")},
    "prelu_param": {"channel_shared": (2, "bool")},
    "reshape_param": {"shape": (1, SHAPE), "axis": (2, "int"), "num_axes": (3, "int")},
    "flatten_param": {"axis": (1, "int"), "end_axis": (2, "int")},
    "batch_norm_param": {"use_global_stats": (1, "bool"), "eps": (3, "float")},
    "elu_param": {"alpha": (1, "float")},
    "bias_param": {"axis": (1, "int"), "num_axes": (2, "int")},
    "scale_param": {"axis": (1, "int"), "num_axes": (2, "int"), "bias_term": (4, "bool")},
    "input_param": {"shape": (1, SHAPE)},
    "permute_param": {"order": (1, "int")},
}
V2_PARAMS = {"transform_param": 100, "concat_param": 104, "convolution_param": 106,
             "dropout_param": 108, "eltwise_param": 110, "inner_product_param": 117,
             "lrn_param": 118, "pooling_param": 121, "power_param": 122, "relu_param": 123,
             "softmax_param": 125, "slice_param": 126, "prelu_param": 131, "reshape_param": 133,
             "flatten_param": 135, "batch_norm_param": 139, "elu_param": 140, "bias_param": 141,
             "scale_param": 142, "input_param": 143, "permute_param": 202}
V1_PARAMS = {"concat_param": 9, "convolution_param": 10, "dropout_param": 12,
             "inner_product_param": 17, "lrn_param": 18, "pooling_param": 19, "power_param": 21,
             "eltwise_param": 24, "relu_param": 30, "slice_param": 31, "transform_param": 36,
             "softmax_param": 39}
LAYER = {"name": (1, "text"), "type": (2, "text"), "bottom": (3, "text"), "top": (4, "text"),
         "include": (8, RULE), "exclude": (9, RULE)}
LAYER.update({k: (n, PARAMS[k]) for k, n in V2_PARAMS.items()})
V1_LAYER = {"bottom": (2, "text"), "top": (3, "text"), "name": (4, "text"), "type": (5, "v1type"),
            "include": (32, RULE), "exclude": (33, RULE)}
V1_LAYER.update({k: (n, PARAMS[k]) for k, n in V1_PARAMS.items()})
NET = {"name": (1, "text"), "input": (3, "text"), "input_dim": (4, "int"),
       "input_shape": (8, SHAPE)}
V1_TYPES = {"Concat": 3, "Convolution": 4, "Data": 5, "Dropout": 6, "Flatten": 8,
            "InnerProduct": 14, "LRN": 15, "Pooling": 17, "ReLU": 18, "Sigmoid": 19,
            "Softmax": 20, "SoftmaxWithLoss": 21, "Split": 22, "TanH": 23, "Eltwise": 25,
            "Power": 26, "Slice": 33, "Silence": 36, "Accuracy": 1, "Deconvolution": 39}
V1_NAMES = {n: "_".join(re.findall(r"HDF5|LRN|ReLU|TanH|[A-Z][a-z]+", n)).upper()
            for n in V1_TYPES}


def old_name(kind):
    """Convolution -> CONVOLUTION, InnerProduct -> INNER_PRODUCT."""
    special = {"SoftmaxWithLoss": "SOFTMAX_LOSS", "ReLU": "RELU", "TanH": "TANH"}
    return special.get(kind, V1_NAMES[kind])


# ---- The wire ----


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def number(field, n):
    return varint(field << 3) + varint(int(n))


def run(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + bytes(data)


def scalar(field, kind, name, value):
    if kind == "text":
        return run(field, value.encode())
    if kind == "float":
        return varint(field << 3 | 5) + struct.pack("<f", float(value))
    if kind == "bool":
        return number(field, value == "true")
    if kind == "enum":
        word = WORDS[value]
        return number(field, word[name] if isinstance(word, dict) else word)
    if kind == "v1type":
        return number(field, V1_TYPES[value])
    return number(field, int(value))


def encode(node, table):
    out = b""
    for name, value in node:
        if name not in table:
            continue # fillers, learning rates
        field, kind = table[name]
        if isinstance(value, Node):
            out += run(field, encode(value, kind))
        elif kind == "ints":
            out += run(field, varint(int(value)))
        else:
            out += scalar(field, kind, name, value)
    return out


def blob(array, unpacked=False, double=False, legacy=False):
    out = b""
    if legacy:
        dims = [1] * (4 - array.ndim) + list(array.shape)
        for i, d in enumerate(dims):
            out += number(i + 1, d)
    if double:
        out += run(8, array.astype("<f8").tobytes())
    elif unpacked:
        flat = array.astype("<f4").reshape(-1)
        rows = np.zeros((flat.size, 5), np.uint8)
        rows[:, 0] = 5 << 3 | 5
        rows[:, 1:] = flat.view(np.uint8).reshape(-1, 4)
        out += rows.tobytes()
    else:
        out += run(5, array.astype("<f4").tobytes())
    if not legacy:
        out += run(7, run(1, b"".join(varint(d) for d in array.shape)))
    return out


def net(graph, blobs, v1=False, **options):
    """A NetParameter of a parsed prototxt; blobs: layer name -> list of arrays."""
    out = encode(graph, NET)
    for layer in graph.all("layer"):
        if v1 and layer.get("type") == "Input":
            shape = layer.get("input_param").get("shape")
            out += run(3, layer.get("top").encode())
            out += b"".join(number(4, d) for d in shape.all("dim"))
            continue
        body = encode(layer, V1_LAYER if v1 else LAYER)
        for array in blobs.get(layer.get("name"), []):
            body += run(6 if v1 else 7, blob(array, **options))
        out += run(2 if v1 else 100, body)
    return out


def v1_text(graph):
    """The prototxt of the same net as people wrote it in 2014."""
    lines = []

    def put(node, depth):
        for name, value in node:
            if isinstance(value, Node):
                lines.append("  " * depth + name + " {")
                put(value, depth + 1)
                lines.append("  " * depth + "}")
            else:
                lines.append("  " * depth + f"{name}: " +
                             (f'"{value}"' if isinstance(value, Quoted) else value))

    for name, value in graph:
        if name != "layer":
            put([(name, value)], 0)
        elif value.get("type") == "Input":
            lines.append(f'input: "{value.get("top")}"')
            lines += [f"input_dim: {d}" for d in value.get("input_param").get("shape").all("dim")]
        else:
            put([("layers", Node((n, old_name(v) if n == "type" else v) for n, v in value))], 0)
    return "\n".join(lines) + "\n"
