#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes tests/golden/layers: model files (docs/model-file.md) of single layers with odd
parameters, and expected.safetensors with "CASE/input" and "CASE/output".

    tools/dev/make_layer_golden.py [-o tests/golden/layers]

The cases are in layer_cases.py. Outputs are computed in double precision and rounded
once. The C test takes the names of the cases from expected.safetensors."""
import argparse
import glob
import json
import os
import sys
from collections import OrderedDict

import torch

import torch_files as files
from layer_cases import CASES

SEED = 21
PREPROCESS = {"resize": "none", "filter": "bilinear", "channels": "rgb", "scale": 1,
              "mean": [0, 0, 0], "std": [1, 1, 1]}

README = """# layers

{n} model files of one layer each (or of a few, where it needs company), and
`expected.safetensors`: "CASE/input" and "CASE/output", computed by PyTorch in double precision,
rounded once to float32. Made by `tools/dev/make_layer_golden.py` from `layer_cases.py`, seed
{seed}, PyTorch {torch}, Python {python}.
"""


def model(case):
    """Tensors and metadata of the model file."""
    tensors = OrderedDict()
    nodes = [{"name": "input", "kind": "input", "attrs": {"channels": [case.shape[1]]}}]
    for n in case.nodes:
        attrs = {k: v if isinstance(v, float) else v if isinstance(v, list) else [v]
                 for k, v in n["attrs"].items()}
        out = {"name": n["name"], "kind": n["kind"], "inputs": n["inputs"]}
        if attrs:
            out["attrs"] = attrs
        if n["weights"]:
            out["weights"] = {role: "%s.%s" % (n["name"], role) for role in n["weights"]}
            for role, value in n["weights"].items():
                tensors["%s.%s" % (n["name"], role)] = value
        nodes.append(out)
    last = nodes[-1]["name"]
    graph = {"nodes": nodes, "aliases": {}, "output": last}
    return tensors, {"eigencam.format": "1", "eigencam.graph": json.dumps(graph),
                     "eigencam.preprocess": json.dumps(PREPROCESS), "eigencam.last": last}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", default="tests/golden/layers")
    args = parser.parse_args()
    torch.set_num_threads(1)
    os.makedirs(args.out, exist_ok=True)
    for old in glob.glob(os.path.join(args.out, "*.safetensors")):
        os.unlink(old)
    gen = torch.Generator().manual_seed(SEED)
    expected = OrderedDict()
    for name, case in CASES.items():
        tensors, metadata = model(case)
        files.save_safetensors(tensors, os.path.join(args.out, name + ".safetensors"), metadata)
        x = torch.randn(*case.shape, generator=gen)
        expected[name + "/input"] = x
        expected[name + "/output"] = case.expected(x.double()).float()
    files.save_safetensors(expected, os.path.join(args.out, "expected.safetensors"))
    with open(os.path.join(args.out, "README.md"), "w") as f:
        f.write(README.format(n=len(CASES), seed=SEED, torch=torch.__version__,
                              python=sys.version.split()[0]))
    print("%d cases" % len(CASES))


if __name__ == "__main__":
    main()
