#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/fixtures/weights: one small network in every container that is read.

Made with torch 1.13.1 and numpy 1.24. Run from the root of the source tree:

    python3 tools/dev/make_weight_fixtures.py

Every file that PyTorch itself is able to read is loaded again by torch.load and
compared. Element i of the tensor NAME is ((7 * i + sum of NAME's bytes) mod 31 - 15) / 8,
which every float type holds exactly, so the C tests need no table of values.
"""
import argparse
import collections
import io
import json
import pathlib
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import torch

OUT = pathlib.Path("tests/fixtures/weights")
MAGIC = 0x1950A86A20F9469CFC6C
SHAPES = {
    "conv1.weight": (4, 3, 3, 3),
    "conv1.bias": (4,),
    "bn1.weight": (4,),
    "bn1.running_mean": (4,),
    "bn1.num_batches_tracked": (),
    "fc.weight": (5, 4),
}


def values(name, shape):
    n = int(np.prod(shape, dtype=int))
    flat = ((7 * np.arange(n) + sum(name.encode())) % 31 - 15) / 8
    return flat.reshape(shape)


def tensor(name, shape, dtype=torch.float32):
    if name.endswith("num_batches_tracked"):
        return torch.tensor(1000)
    return torch.tensor(values(name, shape)).to(dtype)


def state_dict(dtype=torch.float32, prefix=""):
    return collections.OrderedDict(
        (prefix + name, tensor(name, shape, dtype)) for name, shape in SHAPES.items())


def check(path, wanted, pick=lambda x: x):
    got = pick(torch.load(path))
    for name, t in wanted.items():
        assert torch.equal(got[name], t), (path, name)


def save(name, obj, **options):
    torch.save(obj, OUT / name, **options)
    torch.load(OUT / name)


def modern():
    """What the installed torch writes."""
    plain = state_dict()
    for protocol in (1, 2, 3, 4, 5):
        for zipped in (True, False):
            kind = "zip" if zipped else "sequential"
            save(f"{kind}-p{protocol}.pth", plain, pickle_protocol=protocol,
                 _use_new_zipfile_serialization=zipped)
    for dtype, name in ((torch.float16, "f16"), (torch.bfloat16, "bf16"), (torch.float64, "f64")):
        for zipped in (True, False):
            kind = "zip" if zipped else "sequential"
            save(f"{kind}-{name}.pth", state_dict(dtype), _use_new_zipfile_serialization=zipped)
    save("prefix-module.pth", state_dict(prefix="module."))
    save("prefix-compiled.pth", state_dict(prefix="_orig_mod.module."))
    averaged = state_dict(prefix="module.")
    averaged["n_averaged"] = torch.tensor(7)
    save("prefix-averaged.pth", averaged)
    parameters = collections.OrderedDict(
        (k, torch.nn.Parameter(v) if v.is_floating_point() else v) for k, v in plain.items())
    save("parameters.pth", parameters)
    strided = state_dict()
    strided["conv1.weight"] = strided["conv1.weight"].to(memory_format=torch.channels_last)
    strided["fc.weight"] = strided["fc.weight"].t().contiguous().t()
    assert not strided["fc.weight"].is_contiguous()
    save("strided-zip.pth", strided)
    save("strided-sequential.pth", strided, _use_new_zipfile_serialization=False)
    pool = torch.cat([t.reshape(-1) for t in plain.values() if t.is_floating_point()])
    shared, at = state_dict(), 0
    for name, t in plain.items():
        if t.is_floating_point():
            shared[name] = pool[at:at + t.numel()].reshape(t.shape)
            at += t.numel()
    save("shared-zip.pth", shared)
    save("shared-sequential.pth", shared, _use_new_zipfile_serialization=False)


def checkpoints():
    """State dicts inside what training scripts save."""
    model = torch.nn.Linear(4, 3)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    beside = {
        "epoch": 90,
        "arch": "tiny",
        "best_acc1": torch.tensor(71.5),
        "loss": np.float64(0.25),
        "history": np.arange(3),
        "rng_state": torch.arange(8, dtype=torch.uint8),
        "size": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "dtype": torch.float32,
        "tags": {1, 2},
        "args": argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("x"), none=None),
        "optimizer": optimizer.state_dict(),
        "lr_scheduler": scheduler.state_dict(),
    }
    for key in ("state_dict", "model", "model_state_dict", "net"):
        save(f"checkpoint-{key}.pth", {**beside, key: state_dict(prefix="module.")})
    save("checkpoint-sequential.pth", {**beside, "state_dict": state_dict()},
         _use_new_zipfile_serialization=False)
    save("checkpoint-protocol1.pth", {**beside, "state_dict": state_dict()}, pickle_protocol=1)
    save("checkpoint-timm.pth", {
        "epoch": 3, "arch": "resnet18", "state_dict": state_dict(),
        "state_dict_ema": {k: t * 0 for k, t in state_dict().items()},
        "args": argparse.Namespace(model="resnet18"), "amp_scaler": {"scale": 65536.0},
        "metric": 0.5, "version": 2})
    save("checkpoint-nested.pth", {"model": {"state_dict": state_dict()}, "step": 1})
    save("checkpoint-other-key.pth", {"weights_of_mine": state_dict(), "step": 1})
    save("checkpoint-list.pth", [state_dict(), 3])
    cyclic = {"state_dict": state_dict()}
    cyclic["self"] = cyclic
    cyclic["list"] = [cyclic]
    cyclic["list"].append(cyclic["list"])
    save("checkpoint-cyclic.pth", cyclic)


class Verbatim:
    """Pickles as a call of a global that need not exist."""

    def __init__(self, module, name, *args, state=None):
        self.call = (module, name, args, state)


class GlobalName:
    """Pickles as a global that need not exist."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Python2Dict:
    """OrderedDict as Python 2 pickled it: called with a list of [key, value] lists."""

    def __init__(self, items):
        self.call = ("collections", "OrderedDict", ([list(i) for i in items],), None)


class Writer(pickle._Pickler):
    """Pickles ids for objects that a callback names, and Verbatim calls."""

    def __init__(self, file, protocol, persistent):
        super().__init__(file, protocol)
        self.persistent_id = persistent

    def save_verbatim(self, obj):
        module, name, args, state = obj.call
        self.write(b"c" + module.encode() + b"\n" + name.encode() + b"\n")
        if args is not None:
            self.save(args)
            self.write(b"R")
            self.memoize(obj)
        if state is not None:
            self.save(state)
            self.write(b"b")

    def save_global_name(self, obj):
        self.write(b"c" + obj.module.encode() + b"\n" + obj.name.encode() + b"\n")

    dispatch = {**pickle._Pickler.dispatch, Verbatim: save_verbatim, Python2Dict: save_verbatim,
                GlobalName: save_global_name}


def dumps(obj, protocol=2, persistent=lambda o: None):
    file = io.BytesIO()
    Writer(file, protocol, persistent).dump(obj)
    return file.getvalue()


def strides(shape):
    return tuple(int(np.prod(shape[i + 1:], dtype=int)) for i in range(len(shape)))


class Storage:
    def __init__(self, key, array, kind="FloatStorage"):
        self.key, self.array, self.kind = key, array, kind
        self.view = None


def arrays():
    return {name: values(name, shape).astype("<f4") for name, shape in SHAPES.items() if shape}


def sequential(obj, storages, little=True):
    """The sequential layout, with storages given by the object's ids."""

    def persistent(o):
        if not isinstance(o, Storage):
            return None
        root = o.view[0] if o.view else o
        view = ("view" + o.key, o.view[1], o.view[2]) if o.view else None
        return ("storage", GlobalName("torch", root.kind), root.key, "cpu", len(root.array), view)

    info = {"protocol_version": 1001, "little_endian": little,
            "type_sizes": {"short": 2, "int": 4, "long": 4}}
    parts = [dumps(MAGIC), dumps(1001), dumps(info), dumps(obj, 2, persistent),
             dumps([s.key for s in storages])]
    for s in storages:
        parts.append(struct.pack("<q", len(s.array)) + s.array.tobytes())
    return b"".join(parts)


def old_sequential():
    """Forms of old releases that the installed torch reads but does not write."""
    plain = arrays()
    # Views of storages, an OrderedDict of Python 2, _rebuild_tensor without hooks.
    pool = Storage("100", np.concatenate([a.reshape(-1) for a in plain.values()]))
    items, at = [], 0
    for i, (name, a) in enumerate(plain.items()):
        part = Storage(str(200 + i), None)
        part.view = (pool, at, a.size)
        at += a.size
        items.append((name, Verbatim("torch._utils", "_rebuild_tensor", part, 0, a.shape,
                                     strides(a.shape))))
    path = OUT / "sequential-views.pth"
    path.write_bytes(sequential(Python2Dict(items), [pool]))
    check(path, {k: torch.tensor(a) for k, a in plain.items()})
    # Tensors as objects with a state of (storage, offset, size, stride), and
    # Parameters around them with a state of five.
    storages = [Storage(str(i), a.reshape(-1)) for i, a in enumerate(plain.values())]
    items = []
    for s, (name, a) in zip(storages, plain.items()):
        t = Verbatim("torch", "FloatTensor", state=(s, 0, a.shape, strides(a.shape)))
        if name.startswith("fc"):
            t = Verbatim("torch.nn.parameter", "Parameter", state=(t, None, None, True, False))
        items.append((name, t))
    (OUT / "sequential-states.pth").write_bytes(sequential(Python2Dict(items), storages))


def tar_bytes(members, format):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1.5 if format == tarfile.PAX_FORMAT else 1  # 1.5 needs a PAX header
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def tar_members(views=False):
    """The oldest layout: sys_info, storages, tensors, pickle."""
    info = {"protocol_version": 1000, "little_endian": True,
            "type_sizes": {"short": 2, "int": 4, "long": 4}}
    plain = arrays()
    storages, tensors, keys = [], [], {}
    if views:
        pool = np.concatenate([a.reshape(-1) for a in plain.values()])
        storages.append(dumps((77, "cpu", GlobalName("torch", "FloatStorage"))) +
                        struct.pack("<q", pool.size) + pool.tobytes())
    parts, at = [], 0
    for i, (name, a) in enumerate(plain.items()):
        keys[name] = 94000000 + i
        if views:
            parts.append((1000 + i, 77, at, a.size))
            at += a.size
        else:
            storages.append(dumps((1000 + i, "cpu", GlobalName("torch", "FloatStorage"))) +
                            struct.pack("<q", a.size) + a.tobytes())
        tensors.append(dumps((keys[name], 1000 + i, GlobalName("torch", "FloatTensor"))) +
                       struct.pack("<ii", a.ndim, 0) +
                       struct.pack(f"<{2 * a.ndim}q", *a.shape, *strides(a.shape)) +
                       struct.pack("<q", 0))

    class Tensor:
        def __init__(self, name):
            self.name = name

    obj = Python2Dict([(name, Tensor(name)) for name in plain])
    return [
        ("sys_info", dumps(info)),
        ("storages", dumps(len(storages)) + b"".join(storages) + dumps(parts)),
        ("tensors", dumps(len(tensors)) + b"".join(tensors)),
        ("pickle", dumps(obj, 2, lambda o: str(keys[o.name]) if isinstance(o, Tensor) else None)),
    ]


def tars():
    wanted = {k: torch.tensor(a) for k, a in arrays().items()}
    for name, format in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT),
                         ("ustar", tarfile.USTAR_FORMAT)):
        path = OUT / f"tar-{name}.pth"
        path.write_bytes(tar_bytes(tar_members(), format))
        check(path, wanted)
    path = OUT / "tar-views.pth"
    path.write_bytes(tar_bytes(tar_members(views=True), tarfile.PAX_FORMAT))
    check(path, wanted)


def deflated():
    """A PyTorch zip that someone unpacked and packed again."""
    with zipfile.ZipFile(OUT / "zip-p2.pth") as old, \
            zipfile.ZipFile(OUT / "zip-deflated.pth", "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            again = zipfile.ZipInfo(info.filename)
            again.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(again, old.read(info))


def safetensors(tensors, metadata=None, pad=0):
    head, data = {}, b""
    if metadata is not None:
        head["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        head[name] = {"dtype": dtype, "shape": list(shape),
                      "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head, separators=(",", ":")).encode() + b" " * pad
    return struct.pack("<Q", len(text)) + text + data


def safetensors_files():
    plain = {k: ("F32", a.shape, a.tobytes()) for k, a in arrays().items()}
    plain["bn1.num_batches_tracked"] = ("I64", (), struct.pack("<q", 1000))
    (OUT / "plain.safetensors").write_bytes(safetensors(plain, {"format": "pt", "k\u00e9y": "\u03b1"}))
    (OUT / "padded.safetensors").write_bytes(safetensors(plain, None, 13))
    halves = {}
    for name, a in arrays().items():
        t = torch.tensor(a)
        if name.startswith("conv"):
            halves[name] = ("F16", a.shape, t.half().numpy().tobytes())
        elif name.startswith("fc"):
            halves[name] = ("BF16", a.shape, t.bfloat16().view(torch.int16).numpy().tobytes())
        else:
            halves[name] = ("F64", a.shape, t.double().numpy().tobytes())
    (OUT / "types.safetensors").write_bytes(safetensors(halves))


def npz_files():
    plain = arrays()
    plain["bn1.num_batches_tracked"] = np.int64(1000)
    np.savez(OUT / "plain.npz", **plain)
    np.savez_compressed(OUT / "deflated.npz", **plain)
    mixed = {"conv1.weight": np.asfortranarray(plain["conv1.weight"]),
             "conv1.bias": plain["conv1.bias"].astype("<f2"),
             "bn1.weight": plain["bn1.weight"].astype("<f8"),
             "bn1.running_mean": plain["bn1.running_mean"],
             "fc.weight": np.asfortranarray(plain["fc.weight"].astype("<f8"))}
    np.savez(OUT / "mixed.npz", **mixed)
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(OUT / f"array-v{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, values("array", (2, 3, 4)).astype("<f4"), version)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    modern()
    checkpoints()
    old_sequential()
    tars()
    deflated()
    safetensors_files()
    npz_files()
    files = list(OUT.iterdir())
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files)} bytes in {OUT}")


if __name__ == "__main__":
    main()
