# SPDX-License-Identifier: BSD-2-Clause
"""State dicts into files: the three layouts of PyTorch, safetensors, float16, and the
key names and wrappers in which people have them."""
import io
import json
import pickle
import re
import struct
import tarfile
from collections import OrderedDict

import torch

# ---- Containers ----


def save_zip(sd, path):
    torch.save(sd, path)


def save_sequential(sd, path):
    torch.save(sd, path, _use_new_zipfile_serialization=False)


class _TarPickler(pickle.Pickler):
    """Tensors leave as persistent ids: their keys, in decimal."""

    def __init__(self, f, keys):
        super().__init__(f, protocol=2)
        self.keys = keys

    def persistent_id(self, obj):
        return str(self.keys[id(obj)]) if isinstance(obj, torch.Tensor) else None

    def reducer_override(self, obj):
        if isinstance(obj, type(torch.FloatTensor)):  # torch.FloatTensor is no class today
            return obj.__name__
        return NotImplemented


_STORAGE = {torch.float32: (torch.FloatStorage, torch.FloatTensor),
            torch.float64: (torch.DoubleStorage, torch.DoubleTensor),
            torch.float16: (torch.HalfStorage, torch.HalfTensor),
            torch.int64: (torch.LongStorage, torch.LongTensor)}


def save_tar(sd, path):
    """The oldest layout: a tar of sys_info, storages, tensors and pickle. It knew no
    tensors of rank 0, so counters of batches stay behind."""
    sd = OrderedDict((k, v.contiguous()) for k, v in sd.items() if v.dim() > 0)
    keys = {id(t): 1000 + 2 * i for i, t in enumerate(sd.values())}
    members = OrderedDict((n, io.BytesIO()) for n in ("sys_info", "storages", "tensors", "pickle"))

    def put(member, obj):
        _TarPickler(members[member], keys).dump(obj)

    put("sys_info", {"protocol_version": 1000, "little_endian": True,
                     "type_sizes": {"short": 2, "int": 4, "long": 4}})
    put("storages", len(sd))
    put("tensors", len(sd))
    for t in sd.values():
        key = keys[id(t)]
        storage, kind = _STORAGE[t.dtype]
        put("storages", (key + 1, "cpu", storage))
        members["storages"].write(struct.pack("<q", t.numel()) + t.numpy().tobytes())
        put("tensors", (key, key + 1, kind))
        members["tensors"].write(struct.pack("<ii", t.dim(), 0))
        members["tensors"].write(struct.pack("<%dq" % t.dim(), *t.shape))
        members["tensors"].write(struct.pack("<%dq" % t.dim(), *t.stride()))
        members["tensors"].write(struct.pack("<q", 0))
    put("storages", [])  # no views of other storages
    put("pickle", sd)
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as tar:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = body.tell()
            body.seek(0)
            tar.addfile(info, body)


_ST_NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
             torch.float64: "F64", torch.int64: "I64"}


def save_safetensors(sd, path, metadata=None):
    header, at, parts = OrderedDict(), 0, []
    if metadata:
        header["__metadata__"] = metadata
    for name, t in sd.items():
        t = t.detach().contiguous()
        raw = (t.view(torch.int16) if t.dtype == torch.bfloat16 else t).numpy().tobytes()
        header[name] = {"dtype": _ST_NAMES[t.dtype], "shape": list(t.shape),
                        "data_offsets": [at, at + len(raw)]}
        parts.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for raw in parts:
            f.write(raw)


def load_safetensors(path):
    kinds = {v: k for k, v in _ST_NAMES.items()}
    with open(path, "rb") as f:
        n = struct.unpack("<Q", f.read(8))[0]
        header = json.loads(f.read(n))
        body = bytearray(f.read())
    out = OrderedDict()
    for name, h in header.items():
        if name == "__metadata__":
            continue
        a, b = h["data_offsets"]
        out[name] = (torch.frombuffer(body[a:b], dtype=kinds[h["dtype"]]).reshape(h["shape"])
                     if b > a else torch.zeros(h["shape"]))
    return out


# ---- Values and wrappers ----

def halved(sd):
    """float16 where a tensor is of float; a model of these values is exact in float32."""
    return OrderedDict((k, v.half() if v.is_floating_point() else v) for k, v in sd.items())


def shared(sd):
    """The same values as views of one storage, matrices and filters with their first two
    axes stored the other way round: offsets and strides matter to who reads them."""
    flat = torch.empty(sum(v.numel() for v in sd.values() if v.is_floating_point()) + 3)
    out, at = OrderedDict(), 3
    for k, v in sd.items():
        if not v.is_floating_point():
            out[k] = v
            continue
        turned = v.dim() >= 2
        view = flat[at:at + v.numel()].view(v.transpose(0, 1).shape if turned else v.shape)
        view.copy_(v.transpose(0, 1) if turned else v)
        out[k] = view.transpose(0, 1) if turned else view
        at += v.numel()
    return out


def checkpoint(sd, prefix="module."):
    """As training scripts save it: prefixed, with the optimiser's state beside it."""
    moments = {i: {"momentum_buffer": torch.zeros_like(v)} for i, v in enumerate(sd.values())
               if v.is_floating_point() and v.numel() < 64}
    return {"epoch": 3, "arch": "net", "best_acc1": 12.5,
            "state_dict": OrderedDict((prefix + k, v) for k, v in sd.items()),
            "optimizer": {"state": moments, "param_groups": [{"lr": 0.1, "params": [0, 1]}]}}


# ---- Other names for the same tensors ----

def old_densenet(sd):
    """`denselayer1.norm.1.weight` for `denselayer1.norm1.weight`, no counters."""
    out = OrderedDict()
    for k, v in sd.items():
        if not k.endswith("num_batches_tracked"):
            out[re.sub(r"(denselayer\d+\.(?:norm|conv))([12]\.)", r"\1.\2", k)] = v
    return out


def timm_vgg(sd):
    """timm's VGG: the first two dense layers are convolutions of another name."""
    out = OrderedDict()
    for k, v in sd.items():
        if k.startswith("classifier."):
            _, i, what = k.split(".")
            k = {"0": "pre_logits.fc1.", "3": "pre_logits.fc2.", "6": "head.fc."}[i] + what
            if what == "weight" and i == "0":
                v = v.view(v.shape[0], -1, 7, 7)
            elif what == "weight" and i == "3":
                v = v.view(v.shape[0], -1, 1, 1)
        out[k] = v
    return out


def check_containers(sd, folder):
    """The installed torch.load reads what the writers wrote, equal to the last bit."""
    for writer, drop in ((save_zip, False), (save_sequential, False), (save_tar, True)):
        path = "%s/%s" % (folder, writer.__name__)
        writer(sd, path)
        back = torch.load(path)
        want = [k for k, v in sd.items() if v.dim() > 0 or not drop]
        assert list(back) == want, writer.__name__
        assert all(torch.equal(back[k], sd[k]) for k in want), writer.__name__
    path = folder + "/safetensors"
    save_safetensors(sd, path)
    back = load_safetensors(path)
    assert list(back) == list(sd) and all(torch.equal(back[k], sd[k]) for k in sd)
