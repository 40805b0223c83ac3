#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/bad/model: model files that must be refused, one defect each, and the
seeds of tests/fuzz/corpus/{model,graph}.

The name says the status and the defect: shape-add-of-4-and-5.safetensors must give
ECAM_ERR_SHAPE when it is loaded or when a session is made. Needs plain Python only.
Run from the root of the source tree:

    python3 tools/dev/make_bad_models.py
"""
import copy
import json
import math
import pathlib
import struct

BAD = pathlib.Path("tests/bad/model")
CORPUS = pathlib.Path("tests/fuzz/corpus")

TENSORS = {"conv": [4, 3, 3, 3], "point": [4, 4, 1, 1], "depth": [4, 1, 3, 3], "dense": [5, 4],
           "v4": [4], "v5": [5]}
PREPROCESS = {"resize": "squash", "size": [17, 19], "filter": "bilinear", "channels": "rgb",
              "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}


def node(name, kind, inputs=(), attrs=None, weights=None):
    made = {"name": name, "kind": kind}
    for key, value in (("inputs", list(inputs)), ("attrs", attrs), ("weights", weights)):
        if value:
            made[key] = value
    return made


NORM = {"weight": "v4", "bias": "v4", "mean": "v4", "var": "v4"}
NODES = [
    node("input", "input", attrs={"channels": [3]}),
    node("conv", "conv2d", ["input"], {"stride": [2, 2], "pad": [1, 1, 1, 1]},
         {"weight": "conv", "bias": "v4"}),
    node("bn", "batchnorm", ["conv"], {"eps": 1e-3}, NORM),
    node("relu", "relu", ["bn"]),
    node("max", "maxpool2d", ["relu"],
         {"kernel": [3, 3], "stride": [2, 2], "pad": [1, 1, 1, 1], "ceil": [1], "caffe": [1]}),
    node("avg", "avgpool2d", ["relu"],
         {"kernel": [2, 2], "stride": [2, 2], "pad": [0, 1, 0, 1], "count_pad": [0]}),
    node("dw", "conv2d", ["max"], {"groups": [4], "dilation": [2, 2], "pad": [2, 2, 2, 2]},
         {"weight": "depth"}),
    node("pw", "conv2d", ["dw"], None, {"weight": "point", "bias": "v4"}),
    node("add", "add", ["pw", "dw"]),
    node("cat", "concat", ["add", "pw"], {"axis": [1]}),
    node("lrn", "lrn", ["add"], {"size": [5], "alpha": 1e-4, "beta": 0.75, "k": 1}),
    node("pad", "pad", ["lrn"], {"pad": [1, 2, 0, 1, 3, 0], "value": -1.5}),
    node("ada", "adaptive_avgpool2d", ["lrn"], {"output": [2, 3]}),
    node("gap", "global_avgpool", ["lrn"]),
    node("drop", "dropout", ["gap"]),
    node("id", "identity", ["drop"]),
    node("flat", "flatten", ["id"], {"axis": [1]}),
    node("fc", "dense", ["flat"], None, {"weight": "dense", "bias": "v5"}),
    node("prob", "softmax", ["fc"], {"axis": [1]}),
]
GRAPH = {"nodes": NODES, "aliases": {"block": "add", "block.relu": "relu"}, "output": "prob"}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def model(network=GRAPH, tensors=None, dtypes=None, **facts):
    """A model file; facts override its metadata, None leaves one out."""
    metadata = {"format": "1", "last": "lrn", "preprocess": compact(PREPROCESS),
                "graph": compact(network), **facts}
    header = {"__metadata__": {"eigencam." + k: v for k, v in metadata.items() if v is not None}}
    at = 0
    for name, shape in (TENSORS if tensors is None else tensors).items():
        dtype = (dtypes or {}).get(name, "F32")
        end = at + math.prod(shape) * {"F32": 4, "I64": 8, "U8": 1}[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    text = compact(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    return struct.pack("<Q", len(text)) + text + bytes(at)


def with_node(which, /, **changes):
    """The graph with one node changed; None removes a key."""
    graph = copy.deepcopy(GRAPH)
    for n in graph["nodes"]:
        if n["name"] == which:
            n.update(changes)
            for key in [k for k, v in n.items() if v is None]:
                del n[key]
    return graph


def with_nodes(nodes, output="prob"):
    return {**GRAPH, "nodes": nodes, "output": output}


def chain(kind, n, attrs=None, weights=None):
    """n layers of a kind after the first convolution."""
    nodes = NODES[:2] + [node(f"n{i}", kind, [f"n{i - 1}" if i else "conv"], attrs, weights)
                         for i in range(n)]
    return {"nodes": nodes, "output": nodes[-1]["name"]}


def bad_files():
    yield "ok-every-kind", model()
    yield "ok-hostile-names", model(
        {"nodes": NODES[:1] + [node("../../x", "relu", ["input"]), node("/etc/passwd", "relu",
                                                                       ["../../x"])],
         "aliases": {"-o": "../../x", "*": "../../x", "a,b": "../../x", "%s%n": "../../x"},
         "output": "/etc/passwd"}, tensors={}, last="../../x")
    for key in ("graph", "preprocess", "last"):
        yield f"format-no-{key}", model(**{key: None})
    yield "unsupported-no-format", model(format=None)
    yield "unsupported-format-2", model(format="2")
    yield "unsupported-key-of-a-later-version", model(quantised="yes")
    yield "format-last-is-no-layer", model(last="nowhere")
    yield "format-graph-cut", model(graph=compact(GRAPH)[:-40])
    yield "limit-graph-nested", model(graph="[" * 100 + "]" * 100)
    yield "limit-labels-nested", model(labels="[" * 100 + "]" * 100)
    yield "format-labels-with-escape", model(labels='["a\\u001b[2J"]')
    yield "format-hash-short", model(data_sha256="abc")
    yield "format-input-later", model(with_node("conv", inputs=["relu"]))
    yield "format-input-itself", model(with_node("conv", inputs=["conv"]))
    yield "format-input-an-alias", model(with_node("max", inputs=["block.relu"]))
    yield "format-input-missing", model(with_node("relu", inputs=None))
    yield "format-name-twice", model(with_node("relu", name="bn"))
    yield "format-name-empty", model(with_node("prob", name=""))
    yield "format-name-with-escape", model(with_node("id", name="\x1b[2J"))
    yield "format-node-key-unknown", model(with_node("relu", slope=0.1))
    yield "format-alias-of-alias", model({**GRAPH, "aliases": {"a": "add", "b": "a"}})
    yield "format-alias-hides-a-node", model({**GRAPH, "aliases": {"relu": "add"}})
    yield "format-output-is-no-node", model(with_nodes(NODES, "nowhere"))
    yield "format-two-inputs", model(with_nodes(NODES + [node("in2", "input")]))
    yield "format-no-nodes", model(with_nodes([], "input"))
    yield "format-weight-missing", model(with_node("fc", weights={"weight": "nowhere"}))
    yield "format-weight-of-whole-numbers", model(dtypes={"dense": "I64"})
    yield "unsupported-kind", model(with_node("relu", kind="no_such_kind"))
    yield "unsupported-attribute", model(with_node("relu", attrs={"slope": 0.1}))
    yield "unsupported-role", model(with_node("relu", weights={"slope": "v4"}))
    yield "format-attribute-real", model(with_node("conv", attrs={"stride": 2}))
    yield "format-attribute-of-one", model(with_node("conv", attrs={"stride": [2]}))
    yield "format-stride-0", model(with_node("conv", attrs={"stride": [0, 1]}))
    yield "format-stride-huge", model(with_node("conv", attrs={"stride": [1 << 40, 1]}))
    yield "format-pad-negative", model(with_node("conv", attrs={"pad": [-1, 0, 0, 0]}))
    yield "format-groups-0", model(with_node("dw", attrs={"groups": [0]}))
    yield "format-no-weight", model(with_node("conv", weights=None))
    yield "shape-bias-of-5", model(with_node("conv", weights={"weight": "conv", "bias": "v5"}))
    yield "shape-add-of-4-and-8", model(with_node("lrn", kind="add", inputs=["add", "cat"],
                                                  attrs=None))
    yield "shape-groups-of-3", model(with_node("dw", attrs={"groups": [3]}))
    yield "shape-kernel-beyond-the-map", model(
        {"nodes": NODES[:2] + [node("p", "maxpool2d", ["conv"], {"kernel": [50, 50]})],
         "output": "p"}, last="conv")
    yield "shape-dense-on-a-map", model(with_node("fc", inputs=["lrn"]))
    yield "limit-arena", model(chain("pad", 1, {"pad": [0, 0, 65536, 0, 65536, 0]}), last="conv")
    yield "limit-macs", model(
        {"nodes": NODES[:2] + [node("wide", "adaptive_avgpool2d", ["conv"],
                                    {"output": [65536, 65536]})] +
         [node(f"n{i}", "conv2d", [f"n{i - 1}" if i else "wide"], None, {"weight": "point"})
          for i in range(200)], "output": "n199"}, last="conv")


def main():
    BAD.mkdir(parents=True, exist_ok=True)
    for old in BAD.glob("*.safetensors"):
        old.unlink()
    for name, data in bad_files():
        (BAD / (name + ".safetensors")).write_bytes(data)
    for folder in ("model", "graph"):
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
    (CORPUS / "model" / "every-kind").write_bytes(model(
        labels='["a","b"]', source='{"file":"x.pth"}', family="Own", license="CC0"))
    (CORPUS / "graph" / "every-kind").write_text(compact(GRAPH))
    (CORPUS / "graph" / "spaces").write_text(json.dumps(
        {"nodes": NODES[:4], "aliases": {}, "output": "relu"}, indent=1))


if __name__ == "__main__":
    main()
