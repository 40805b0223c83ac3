#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/bad/FORMAT: files that must be refused, one defect each.

The name says the status and the defect: format-overlapping-members.pth must give
ECAM_ERR_FORMAT. Needs plain Python only. Run from the root of the source tree:

    python3 tools/dev/make_bad_files.py

Each file is made from a good one that this script can also write (the function
with no defect); tests/bad/bad_weights.c checks that the good ones, the files named
ok-..., are read.
"""
import json
import pathlib
import struct
import zlib

OUT = pathlib.Path("tests/bad")


def write(folder, name, data):
    path = OUT / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


# ---- Zip ----


def member(name, data, **changes):
    """A member; changes override what its headers say."""
    m = {"name": name, "data": data, "packed": data, "method": 0, "flags": 0, "crc": None,
         "size": None, "packed_size": None, "local": {}, "offset": None, "disk": 0, "extra": b"",
         "local_signature": b"PK\3\4", "signature": b"PK\1\2"}
    m.update(changes)
    if m["method"] == 8 and "packed" not in changes:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        m["packed"] = deflate.compress(data) + deflate.flush()
    if m["crc"] is None:
        m["crc"] = zlib.crc32(data)
    if m["size"] is None:
        m["size"] = len(data)
    if m["packed_size"] is None:
        m["packed_size"] = len(m["packed"])
    return m


def zip_bytes(members, **end):
    body, central = b"", b""
    for m in members:
        offset = len(body) if m["offset"] is None else m["offset"]
        local = {**m, **m["local"]}
        name = local["name"].encode("latin-1")
        body += local["local_signature"] + struct.pack(
            "<HHHHHIIIHH", 20, local["flags"], local["method"], 0, 0, local["crc"],
            local["packed_size"], local["size"], len(name), 0) + name + m["packed"]
        name = m["name"].encode("latin-1")
        central += m["signature"] + struct.pack(
            "<HHHHHHIIIHHHHHII", 20, 20, m["flags"], m["method"], 0, 0, m["crc"],
            m["packed_size"], m["size"], len(name), len(m["extra"]), 0, m["disk"], 0, 0,
            offset) + name + m["extra"]
    e = {"signature": b"PK\5\6", "disk": 0, "here": len(members), "entries": len(members),
         "bytes": len(central), "offset": len(body), "comment": b"", "comment_bytes": None,
         "before": b"", "after": b""}
    e.update(end)
    before = e["before"](len(body), len(central)) if callable(e["before"]) else e["before"]
    comment_bytes = len(e["comment"]) if e["comment_bytes"] is None else e["comment_bytes"]
    return body + central + before + e["signature"] + struct.pack(
        "<HHHHIIH", e["disk"], 0, e["here"], e["entries"], e["bytes"], e["offset"],
        comment_bytes) + e["comment"] + e["after"]


# ---- Pickles ----


def text(s):
    raw = s.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(n):
    return b"\x8a\x08" + struct.pack("<q", n)


def sizes(*numbers):
    return b"(" + b"".join(number(n) for n in numbers) + b"t"


def name_of(module, name):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def storage(key="0", elements=6, kind="FloatStorage", view=b""):
    return (b"(" + text("storage") + name_of("torch", kind) + text(key) + text("cpu") +
            number(elements) + view + b"tQ")


def tensor(place=None, offset=0, shape=sizes(2, 3), stride=sizes(3, 1)):
    return (name_of("torch._utils", "_rebuild_tensor_v2") + b"(" + (place or storage()) +
            number(offset) + shape + stride + b"\x89" + name_of("collections", "OrderedDict") +
            b")RtR")


def state(*pairs):
    return b"}(" + b"".join(text(k) + v for k, v in pairs) + b"u"


def pickle(body):
    return b"\x80\x02" + body + b"."


DATA = struct.pack("<6f", 1, 2, 3, 4, 5, 6)
GOOD = pickle(state(("w", tensor())))


def pth(body, data=DATA, *more, **end):
    return zip_bytes([member("a/data.pkl", body), member("a/data/0", data), *more], **end)


def zips():
    good = [member("a/data.pkl", GOOD), member("a/data/0", DATA)]

    def bad(name, *members, **end):
        write("zip", name + ".pth", zip_bytes(members or good, **end))

    first = member("a/data.pkl", GOOD)
    bad("ok-plain")
    bad("ok-comment", comment=b"a comment PK")
    bad("ok-deflated", member("a/data.pkl", GOOD, method=8), member("a/data/0", DATA, method=8))
    bad("format-no-end-record", signature=b"PK\5\7")
    bad("format-garbage-after-the-end", after=b"x")
    bad("format-comment-longer-than-the-file", comment_bytes=7)
    bad("format-central-directory-outside", offset=1 << 20)
    bad("format-central-directory-too-long", bytes=1 << 20)
    bad("format-more-entries-than-bytes", here=9, entries=9)
    bad("format-fewer-entries-than-bytes", here=1, entries=1)
    bad("unsupported-several-disks", disk=1)
    bad("unsupported-entries-on-other-disks", here=1)
    bad("unsupported-member-on-other-disk", first, member("a/data/0", DATA, disk=1))
    bad("format-central-signature", first, member("a/data/0", DATA, signature=b"PK\1\3"))
    bad("format-local-signature", first, member("a/data/0", DATA, local_signature=b"PK\3\5"))
    bad("format-names-differ", first, member("a/data/0", DATA, local={"name": "a/data/1"}))
    bad("format-local-name-longer", first, member("a/data/0", DATA, local={"name": "a/data/0x"}))
    bad("format-sizes-differ", first, member("a/data/0", DATA, local={"size": 25}))
    bad("format-crcs-differ", first, member("a/data/0", DATA, local={"crc": 1}))
    bad("format-methods-differ", first, member("a/data/0", DATA, local={"method": 8}))
    bad("format-flags-differ", first, member("a/data/0", DATA, local={"flags": 8}))
    bad("format-offset-outside", first, member("a/data/0", DATA, offset=1 << 30))
    bad("format-offset-of-another-member", first, member("a/data/0", DATA, offset=0))
    bad("format-overlapping-members", first, member("a/data/0", DATA),
        member("a/data/0", DATA, offset=len(zip_bytes([first])) - 22 - 46 - len("a/data.pkl")))
    bad("format-inner-member",
        member("a/data.pkl", GOOD),
        member("a/x", zip_bytes([member("a/data/0", DATA)])[:-76]),
        member("a/data/0", DATA, offset=30 + 10 + len(GOOD) + 30 + 3))
    bad("format-duplicate-names", first, member("a/data/0", DATA), member("a/data/0", DATA))
    bad("format-empty-name", first, member("", b""))
    bad("format-control-character-in-name", first, member("a/da\x1bta", b""))
    bad("format-nul-in-name", first, member("a/data\0", b""))
    bad("format-stored-with-two-sizes", first,
        member("a/data/0", DATA, size=25, local={"size": 25}))
    bad("format-member-longer-than-the-file", first,
        member("a/data/0", DATA, size=1 << 20, packed_size=1 << 20))
    bad("unsupported-encrypted", first, member("a/data/0", DATA, flags=1))
    bad("unsupported-strong-encryption", first, member("a/data/0", DATA, flags=0x40))
    bad("unsupported-masked-headers", first, member("a/data/0", DATA, flags=0x2000))
    bad("unsupported-patch-data", first, member("a/data/0", DATA, flags=0x20))
    bad("unsupported-bzip2", first, member("a/data/0", DATA, method=12))
    bad("format-bomb-beyond-what-deflate-can", first,
        member("a/data/0", bytes(24), method=8, size=0xFFFFFFF0))
    bad("format-inflates-to-more", first,
        member("a/data/0", bytes(2400), method=8, size=24, crc=zlib.crc32(bytes(24))))
    bad("format-inflates-to-less", first, member("a/data/0", bytes(20), method=8, size=24))
    bad("format-damaged-deflate-stream", first,
        member("a/data/0", DATA, method=8, packed=b"\xff" * 24))
    bad("format-bytes-after-the-deflate-stream", first,
        member("a/data/0", DATA, method=8, packed=member("", DATA, method=8)["packed"] + b"x"))
    bad("format-crc-of-inflated-data", first, member("a/data/0", DATA, method=8, crc=1))
    bad("format-crc-of-the-object", member("a/data.pkl", GOOD, crc=1), member("a/data/0", DATA))
    bad("format-no-object", member("a/data/0", DATA))
    bad("format-two-objects", first, member("b/data.pkl", GOOD), member("a/data/0", DATA))
    bad("format-no-storage", first)
    bad("format-storage-too-short", first, member("a/data/0", DATA[:20]))
    bad("format-storage-too-long", first, member("a/data/0", DATA + DATA))
    bad("unsupported-big-endian", first, member("a/byteorder", b"big"), member("a/data/0", DATA))
    bad("unsupported-torchscript", first, member("a/constants.pkl", b""))
    bad("format-no-members", member("x", b""), here=0, entries=0, bytes=0)
    zip64s(good)


def zip64s(good):
    def records(**changes):
        def make(offset, size):
            f = {"signature": b"PK\6\6", "record": 44, "disk": 0, "here": 2, "entries": 2,
                 "bytes": size, "offset": offset, "at": offset + size, "disks": 1}
            f.update(changes)
            return (f["signature"] + struct.pack("<QHHIIQQQQ", f["record"], 45, 45, f["disk"], 0,
                                                 f["here"], f["entries"], f["bytes"],
                                                 f["offset"]) +
                    b"PK\6\7" + struct.pack("<IQI", 0, f["at"], f["disks"]))
        return make

    wide = {"here": 0xFFFF, "entries": 0xFFFF, "bytes": 0xFFFFFFFF, "offset": 0xFFFFFFFF}

    def bad(name, **changes):
        write("zip", name + ".pth", zip_bytes(good, before=records(**changes), **wide))

    bad("ok-zip64")
    bad("format-zip64-signature", signature=b"PK\6\5")
    bad("format-zip64-record-too-short", record=10)
    bad("format-zip64-record-outside", at=1 << 40)
    bad("format-zip64-offset-outside", offset=1 << 63)
    bad("format-zip64-entries", entries=1 << 62, here=1 << 62)
    bad("format-zip64-directory-too-long", bytes=(1 << 64) - 1)
    bad("unsupported-zip64-several-disks", disks=2)
    bad("unsupported-zip64-entries-on-other-disks", here=1)
    write("zip", "format-zip64-contradicts.pth",
          zip_bytes(good, before=records(entries=2), here=3, entries=3))
    extra = struct.pack("<HHQ", 1, 8, 24)
    first = good[0]
    write("zip", "format-zip64-member-without-sizes.pth",
          zip_bytes([first, member("a/data/0", DATA, size=0xFFFFFFFF)]))
    write("zip", "format-zip64-extra-too-short.pth", zip_bytes([first, member(
        "a/data/0", DATA, size=0xFFFFFFFF, packed_size=0xFFFFFFFF, extra=extra)]))


# ---- Pickles, in a zip file ----


def pickles():
    def bad(name, body, data=DATA):
        write("pickle", name + ".pth", pth(body, data))

    def one(value):
        return pickle(state(("w", tensor()), ("x", value)))

    def weight(**changes):
        return pickle(state(("w", tensor(**changes))))

    bad("ok-plain", GOOD)
    bad("ok-slashes-in-name", pickle(state(("../../x", tensor()))))
    bad("ok-list-that-holds-itself", one(b"]q\x01h\x01a"))
    bad("ok-dictionary-that-holds-itself", pickle(b"}q\x01(" + text("w") + tensor() + text("d") +
                                                  b"h\x01u"))
    bad("ok-many-memo-entries", one(b"]" + b"".join(b"Nr" + struct.pack("<I", i) + b"0"
                                                    for i in range(300))))
    size = name_of("torch", "Size") + b"(" + sizes(2, 3) + b"tR"
    bad("ok-torch-size", weight(shape=size))
    bytes_of = storage(elements=24, kind="UntypedStorage")
    typed = name_of("torch._utils", "_rebuild_tensor_v3") + b"(" + bytes_of + number(0)
    typed += sizes(2, 3) + sizes(3, 1) + b"\x89)"
    bad("ok-tensor-with-dtype", pickle(state(
        ("w", typed + name_of("torch", "float32") + b"}tR"))))
    bad("format-tensor-without-dtype", pickle(state(("w", typed + b"N}tR"))))
    bad("format-tensor-of-wider-dtype", pickle(state(
        ("w", typed + name_of("torch", "float64") + b"}tR"))))
    as_type = name_of("torch._tensor", "_rebuild_from_type_v2") + b"("
    bad("ok-tensor-of-a-subclass", pickle(state(
        ("w", as_type + name_of("torch._utils", "_rebuild_tensor_v2") +
         name_of("torch", "Tensor") + tensor()[tensor().index(b"("):-1] + b"}tR"))))
    bad("unsupported-tensor-of-a-subclass-by-nothing", pickle(state(
        ("w", as_type + b"NN)NtR"))))
    bad("ok-parameter-in-parameter", pickle(state(
        ("w", (name_of("torch._utils", "_rebuild_parameter") + b"(") * 2 + tensor() +
         b"\x89}tR\x89}tR"))))
    bad("unsupported-parameter-20-deep", pickle(state(
        ("w", (name_of("torch._utils", "_rebuild_parameter") + b"(") * 20 + tensor() +
         b"\x89}tR" * 20))))
    bad("limit-dictionary-that-holds-itself-5000-times",
        pickle(b"}q\1(" + b"K\1h\1" * 5000 + b"u"))
    bad("ok-object-with-keywords", one(name_of("argparse", "Namespace") + b")}\x92"))
    bad("ok-number-as-text", one(b"F1.5e3\n"))
    for module, name in (("os", "system"), ("posix", "system"), ("builtins", "eval"),
                         ("builtins", "getattr"), ("builtins", "__import__"),
                         ("subprocess", "Popen"), ("torch.serialization", "load"),
                         ("numpy", "load"), ("torch.storage", "_load_from_bytes"),
                         ("torch", "load"), ("torch.hub", "load"), ("collections", "namedtuple")):
        call = name_of(module, name) + b"(" + text("true") + b"tR"
        bad(f"unsupported-global-{module}.{name}", one(call))
    bad("unsupported-global-by-stack", one(text("os") + text("system") + b"\x93"))
    bad("unsupported-global-by-inst", one(b"(ios\nsystem\n"))
    bad("unsupported-whole-model", pickle(name_of("torchvision.models.resnet", "ResNet") +
                                          b")\x81}b"))
    bad("unsupported-module-id", pickle(b"(" + text("module") + name_of("torch", "Size") +
                                        text("x.py") + text("class X") + b"tQ" + b"0" +
                                        state(("w", tensor(b"(" + text("module") + text("a") +
                                                           text("b") + text("c") + text("d") +
                                                           b"tQ")))))
    bad("format-global-without-name", pickle(b"ccollections\n"))
    bad("format-global-named-by-numbers", one(b"K\1K\2\x93"))
    bad("unsupported-extension-opcode", one(b"\x82\x01"))
    bad("unsupported-out-of-band-buffer", one(b"\x97"))
    bad("unsupported-unknown-opcode", one(b"\xff"))
    bad("unsupported-protocol-9", b"\x80\x09" + GOOD[2:])
    bad("format-empty", b"")
    bad("format-no-stop", GOOD[:-1])
    bad("format-something-after-stop", GOOD + b"N")
    bad("format-two-values-at-stop", pickle(b"N" + state(("w", tensor()))))
    bad("format-mark-at-stop", pickle(b"(" + state(("w", tensor()))))
    bad("format-stop-on-empty-stack", pickle(b""))
    for name, op in (("pop", b"0"), ("dup", b"2"), ("append", b"a"), ("setitem", b"s"),
                     ("reduce", b"R"), ("build", b"b"), ("newobj", b"\x81"), ("put", b"q\1"),
                     ("memoize", b"\x94"), ("tuple3", b"N\x87"), ("persid", b"Q"),
                     ("stack-global", b"\x93")):
        bad(f"format-{name}-on-empty-stack", pickle(op))
        bad(f"format-{name}-on-mark", pickle(b"NNN(" + op))
    for name, op in (("tuple", b"t"), ("list", b"l"), ("dict", b"d"), ("appends", b"]e"),
                     ("setitems", b"}u"), ("pop-mark", b"1"), ("obj", b"o"),
                     ("inst", b"itorch\nSize\n"), ("additems", b"\x8f\x90")):
        bad(f"format-{name}-without-mark", pickle(op))
    bad("format-obj-without-class", one(b"(o"))
    bad("format-dict-with-odd-items", one(b"(Nd"))
    bad("format-setitems-with-odd-items", one(b"}(Nu"))
    bad("format-append-to-a-number", one(b"K\1Na"))
    bad("format-setitem-on-a-list", one(b"]NNs"))
    bad("format-build-on-a-number", one(b"K\1Nb"))
    bad("format-call-of-a-number", one(b"K\1)R"))
    bad("format-call-with-a-list", one(name_of("torch", "Size") + b"]R"))
    bad("format-ordered-dict-of-no-pairs",
        one(name_of("collections", "OrderedDict") + b"](K\1e\x85R"))
    bad("format-memo-entry-never-set", one(b"h\x63"))
    bad("format-memo-index-huge", one(b"Nr\xff\xff\xff\xff"))
    bad("format-memo-index-no-number", one(b"Npx\n"))
    bad("format-memo-index-of-20-digits", one(b"Np18446744073709551617\n"))
    bad("format-frame-too-long", one(b"\x95" + struct.pack("<Q", 1 << 40)))
    bad("format-text-too-long", one(b"X\xff\xff\xff\x7f"))
    bad("format-text-of-2-to-63", one(b"\x8d" + struct.pack("<Q", 1 << 63)))
    bad("format-bytes-too-long", one(b"\x8e" + struct.pack("<Q", (1 << 64) - 1)))
    bad("format-long-too-long", one(b"\x8b\xff\xff\xff\x7f"))
    bad("format-integer-of-letters", one(b"Iabc\n"))
    bad("format-integer-without-digits", one(b"L-L\n"))
    bad("format-text-without-quotes", one(b"Sabc\n"))
    bad("format-text-with-unknown-escape", one(b"S'\\q'\n"))
    bad("format-unicode-with-unknown-escape", one(b"V\\u12\n"))
    bad("limit-nested-lists", one(b"]" * 200 + b"a" * 199))
    bad("limit-nested-tuples", one(b"N" + b"\x85" * 200))
    bad("limit-nested-marks", one(b"(" * 200 + b"t" * 200))
    bad("limit-nested-persistent-ids", one(b"N" + b"\x85Q" * 200))
    bad("unsupported-no-state-dict", pickle(state(("epoch", b"K\1"))))
    bad("unsupported-one-tensor", pickle(tensor()))
    bad("unsupported-two-state-dicts", pickle(state(("a", state(("w", tensor()))),
                                                    ("b", state(("w", tensor()))))))
    bad("unsupported-complex", weight(place=storage(elements=3, kind="ComplexFloatStorage")))
    bad("format-name-with-control-character", pickle(state(("w\x1b[2J", tensor()))))
    bad("format-name-with-nul", pickle(state(("w\0x", tensor()))))
    bad("format-name-empty", pickle(state(("", tensor()))))
    bad("format-name-no-utf8", pickle(b"}(X\2\0\0\0\xff\xfe" + tensor() + b"u"))
    bad("limit-name-of-2000-bytes", pickle(state(("w" * 2000, tensor()))))
    bad("format-name-twice", pickle(state(("w", tensor()), ("w", tensor()))))
    bad("format-shape-of-text", weight(shape=text("2x3")))
    bad("format-shape-with-text", weight(shape=b"(" + text("2") + number(3) + b"t"))
    bad("format-shape-negative", weight(shape=sizes(-2, 3)))
    bad("format-shape-too-large", weight(shape=sizes(3, 3)))
    bad("format-shape-huge", weight(shape=sizes(1 << 62, 1 << 62)))
    bad("format-shape-overflows-to-fit", weight(shape=sizes(1 << 32, 1 << 32)))
    bad("format-shape-that-holds-itself", weight(shape=b"](q\1h\1e"[:1] + b"q\1(h\1h\1e"))
    bad("unsupported-rank-7", weight(shape=sizes(1, 1, 1, 1, 1, 2, 3),
                                     stride=sizes(6, 6, 6, 6, 6, 3, 1)))
    bad("format-stride-missing", weight(stride=sizes(1)))
    bad("format-stride-negative", weight(stride=sizes(-3, 1)))
    bad("format-stride-too-large", weight(stride=sizes(4, 1)))
    bad("format-stride-overflows", weight(stride=sizes((1 << 63) - 1, 1)))
    bad("unsupported-stride-of-zero", weight(shape=sizes(1 << 40, 6), stride=sizes(0, 1)))
    bad("format-offset-too-large", weight(offset=1))
    bad("format-offset-negative", weight(offset=-1))
    bad("format-offset-overflows", weight(offset=(1 << 62) + 1))
    bad("format-storage-elements-negative", weight(place=storage(elements=-6)))
    bad("format-storage-elements-overflow", weight(place=storage(elements=(1 << 62) + 6)))
    bad("format-storage-elements-wrong", weight(place=storage(elements=5)))
    bad("format-storage-of-wrong-class", weight(place=storage(kind="Size")))
    bad("format-storage-key-long", weight(place=storage(key="0" * 100)))
    bad("format-storage-key-climbs", weight(place=storage(key="../../0")))
    bad("format-storage-key-with-nul", weight(place=storage(key="0\0x")))
    bad("format-storage-no-id", weight(place=b"N"))
    bad("format-storage-id-too-short", weight(place=b"(" + text("storage") + b"tQ"))
    bad("format-storage-id-that-holds-itself", weight(place=b"]q\1h\1aQ"))
    bad("format-tensor-without-arguments",
        pickle(state(("w", name_of("torch._utils", "_rebuild_tensor_v2") + b")R"))))


# ---- The sequential layout ----

MAGIC_NUMBER = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
SYSTEM = pickle(state(("little_endian", b"\x88"), ("protocol_version", b"M\xe9\x03")))


def sequential(magic=MAGIC_NUMBER, version=pickle(b"M\xe9\x03"), system=SYSTEM, body=None,
               keys=pickle(b"](" + text("0") + b"e"), count=6, data=DATA, after=b""):
    if body is None:
        body = pickle(state(("w", tensor(storage(view=b"N")))))
    head = magic + version + system + body + keys
    return head + (b"" if count is None else struct.pack("<q", count) + data) + after


def sequentials():
    def bad(name, **changes):
        write("torch-sequential", name + ".pth", sequential(**changes))

    def view(offset, n):
        return pickle(state(("w", tensor(storage(view=b"(" + text("v") + number(offset) +
                                                 number(n) + b"t")))))

    bad("ok-plain")
    bad("ok-view", body=pickle(state(("w", tensor(
        storage(view=b"(" + text("v") + number(1) + number(5) + b"t"), shape=sizes(1, 2))))))
    bad("format-magic", magic=MAGIC_NUMBER[:-2] + b"\x18.")
    bad("unsupported-version", version=pickle(b"M\xea\x03"))
    bad("unsupported-big-endian", system=pickle(state(("little_endian", b"\x89"))))
    bad("format-no-byte-order", system=pickle(state(("x", b"N"))))
    bad("format-system-is-a-list", system=pickle(b"]"))
    bad("format-keys-are-a-number", keys=pickle(b"K\1"))
    bad("format-key-is-a-number", keys=pickle(b"](K\0e"))
    bad("format-key-of-no-tensor", keys=pickle(b"](" + text("1") + b"e"))
    bad("format-key-twice", keys=pickle(b"](" + text("0") + text("0") + b"e"),
        after=struct.pack("<q", 6) + DATA)
    bad("format-key-missing", keys=pickle(b"]"), count=0, data=b"")
    bad("format-storage-missing", keys=pickle(b"]"), count=None)
    bad("format-key-too-long", keys=pickle(b"](" + text("0" * 99) + b"e"))
    bad("format-count-too-large", count=7)
    bad("format-count-too-small", count=5)
    bad("format-count-negative", count=-1)
    bad("format-count-overflows", count=(1 << 62) + 6)
    bad("format-data-cut", data=DATA[:-1])
    bad("format-garbage-after-the-data", after=b"x")
    bad("format-count-of-2-to-60", count=1 << 60, body=pickle(state(
        ("w", tensor(storage(elements=1 << 60, view=b"N"))))))
    bad("format-view-outside", body=view(1, 6))
    bad("format-view-overflows", body=view((1 << 62) + 1, 6))
    bad("format-view-negative", body=view(-1, 6))
    bad("format-view-smaller-than-tensor", body=view(1, 5))
    bad("format-storage-with-two-sizes", body=pickle(state(
        ("w", tensor(storage(view=b"N"))), ("v", tensor(storage(elements=5, view=b"N"))))))
    bad("format-storage-with-two-types", body=pickle(state(
        ("w", tensor(storage(view=b"N"))), ("v", tensor(storage(kind="DoubleStorage",
                                                                elements=3, view=b"N"))))))


# ---- The tar layout ----


def tar_header(name, size, kind=b"0", checksum=None, size_field=None):
    block = bytearray(512)
    block[0:len(name)] = name.encode()
    block[100:108] = b"0000644\0"
    block[124:136] = size_field or b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    total = sum(block) if checksum is None else checksum
    block[148:156] = b"%06o\0 " % total
    return bytes(block)


def tar_bytes(members):
    out = b""
    for name, data, *more in members:
        header = tar_header(name, len(data), **(more[0] if more else {}))
        out += header + data + bytes(-len(data) % 512)
    return out + bytes(1024)


def tar_members(storages=None, tensors=None, body=None, system=SYSTEM, count=6, shape=(2, 3),
                stride=(3, 1), offset=0, rank=None, views=pickle(b"]"), n=b"K\1", n_tensors=b"K\1",
                storage_key=b"K\5", storage_type="FloatStorage", id=b"U\1" + b"7"):
    if storages is None:
        storages = (pickle(n) + pickle(b"(K\5" + text("cpu") + name_of("torch", storage_type) +
                                       b"t") + struct.pack("<q", count) + DATA + views)
    if tensors is None:
        rank = len(shape) if rank is None else rank
        tensors = (pickle(n_tensors) + pickle(b"(K\7" + storage_key +
                                              name_of("torch", "FloatTensor") + b"t") +
                   struct.pack("<iI", rank, 0) +
                   struct.pack(f"<{len(shape) + len(stride) + 1}q", *shape, *stride, offset))
    if body is None:
        body = pickle(state(("w", id + b"Q")))
    return [("sys_info", system), ("storages", storages), ("tensors", tensors), ("pickle", body)]


def tars():
    def bad(name, members=None, **changes):
        write("torch-tar", name + ".pth", tar_bytes(members or tar_members(**changes)))

    def view(*numbers):
        return pickle(b"](" + b"(" + b"".join(number(n) for n in numbers) + b"te")

    good = tar_members()
    bad("ok-plain")
    bad("ok-number-as-id", id=b"K\7")
    bad("ok-view", views=view(9, 5, 0, 6), storage_key=b"K\x09")
    bad("format-no-sys_info", good[1:])
    bad("format-no-storages", [good[0], good[2], good[3]])
    bad("format-no-tensors", [good[0], good[1], good[3]])
    bad("format-no-pickle", good[:3])
    bad("format-member-twice", good + good[3:])
    bad("format-header-checksum", [good[0], (*good[1], {"checksum": 1}), *good[2:]])
    bad("format-size-no-number", [good[0], (*good[1], {"size_field": b"x" * 12}), *good[2:]])
    bad("format-size-beyond-the-file",
        [good[0], (*good[1], {"size_field": b"77777777777\0"}), *good[2:]])
    bad("format-size-of-2-to-63",
        [good[0], (*good[1], {"size_field": b"\x80\0\0\0" + b"\xff" * 8}), *good[2:]])
    bad("format-size-of-more-than-64-bits",
        [good[0], (*good[1], {"size_field": b"\x80" + b"\xff" * 11}), *good[2:]])
    for name, record in (("length", b"99 path=x\n"), ("no-length", b"path=x\n"),
                         ("size", b"10 size=x\n"), ("zero", b"0 path=x\n")):
        bad(f"format-pax-{name}", [("x", record, {"kind": b"x"}), *good])
    bad("unsupported-big-endian", system=pickle(state(("little_endian", b"\x89"))))
    bad("format-storage-count", n=b"K\2")
    bad("format-storage-count-huge", n=number(1 << 62))
    bad("format-storage-count-is-text", n=text("1"))
    bad("format-storage-elements", count=7)
    bad("format-storage-elements-negative", count=-1)
    bad("format-storage-type", storage_type="Size")
    bad("format-views-are-a-number", views=pickle(b"K\1"))
    bad("format-view-of-nothing", views=view(9, 4, 0, 1))
    bad("format-view-outside", views=view(9, 5, 1, 6))
    bad("format-view-overflows", views=view(9, 5, (1 << 62) + 1, 1))
    bad("format-view-hides-a-storage", views=view(5, 5, 0, 1))
    storage_of_6 = (pickle(b"(K\5" + text("cpu") + name_of("torch", "FloatStorage") + b"t") +
                    struct.pack("<q", 6) + DATA)
    bad("ok-two-storages", storages=pickle(b"K\2") + storage_of_6.replace(b"K\5", b"K\6") +
        storage_of_6 + pickle(b"]"))
    bad("format-storage-twice", storages=pickle(b"K\2") + storage_of_6 * 2 + pickle(b"]"))
    bad("format-bytes-after-the-storages", views=pickle(b"]") + b"x")
    bad("ok-empty-tensor", storages=pickle(b"K\1") + storage_of_6[:-32] + bytes(8) +
        pickle(b"]"), shape=(), stride=())
    one_tensor = tar_members()[2][1][4:]
    bad("format-tensor-twice", tensors=pickle(b"K\2") + one_tensor * 2)
    bad("format-bytes-after-the-tensors", tensors=good[2][1] + b"x")
    bad("ok-storage-as-id", body=pickle(state(
        ("w", name_of("torch._utils", "_rebuild_tensor") + b"(U\x015Q" + number(0) +
         sizes(2, 3) + sizes(3, 1) + b"tR"))))
    bad("format-storage-of-no-id", body=pickle(state(
        ("w", name_of("torch._utils", "_rebuild_tensor") + b"(U\x016Q" + number(0) +
         sizes(2, 3) + sizes(3, 1) + b"tR"))))
    bad("format-tensor-count", n_tensors=b"K\2")
    bad("format-tensor-of-no-storage", storage_key=b"K\6")
    bad("format-tensor-shape-too-large", shape=(3, 3))
    bad("format-tensor-shape-negative", shape=(-2, 3))
    bad("format-tensor-stride-overflows", stride=((1 << 63) - 1, 1))
    bad("format-tensor-offset", offset=1)
    bad("unsupported-tensor-rank", rank=7)
    bad("unsupported-tensor-rank-negative", rank=-1)
    bad("format-id-of-no-tensor", id=b"K\5")
    bad("format-id-no-number", id=text("x"))
    bad("unsupported-global", body=pickle(state(("w", name_of("os", "system") + b")R"))))


# ---- safetensors ----


def safetensors(head, data=DATA, size=None):
    raw = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(raw) if size is None else size) + raw + data


def safetensors_files():
    def bad(name, head, *args, **changes):
        write("safetensors", name + ".safetensors", safetensors(head, *args, **changes))

    def one(dtype="F32", shape=(2, 3), offsets=(0, 24), **more):
        return {"w": {"dtype": dtype, "shape": shape, "data_offsets": offsets, **more}}

    def entry(field):
        return b'{"w":{' + field + b'}}'

    def two(a, b):
        return {"a": {"dtype": "F32", "shape": [(a[1] - a[0]) // 4], "data_offsets": a},
                "b": {"dtype": "F32", "shape": [(b[1] - b[0]) // 4], "data_offsets": b}}

    bad("ok-plain", one())
    bad("ok-slashes-in-name", {"../../x": one()["w"]})
    bad("ok-metadata", {"__metadata__": {"format": "pt"}, **one()})
    bad("ok-no-tensors", {}, b"")
    bad("format-header-longer-than-the-file", one(), size=1 << 40)
    bad("format-header-of-2-to-64", one(), size=(1 << 64) - 1)
    bad("format-header-cut", one(), size=20)
    bad("format-header-is-a-list", b"{}"[:0] + b"{[]}")
    bad("format-no-json", b"{hello}")
    bad("format-two-objects", b"{}{}", b"")
    bad("format-raw-nul", b'{"w\0":1}')
    bad("format-escaped-nul", b'{"w\\u0000x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}')
    bad("format-control-character-in-name",
        b'{"w\\u001b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}')
    bad("format-name-twice", b'{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},'
                             b'"w":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}}')
    bad("format-name-empty", {"": one()["w"]})
    bad("format-entry-is-a-number", {"w": 1})
    bad("format-entry-is-a-list", {"w": [1]})
    bad("format-field-unknown", one(extra=1))
    bad("format-field-twice", entry(b'"dtype":"F32","dtype":"F32","shape":[2,3],"data_offsets":[0,24]'))
    for field in ("dtype", "shape", "data_offsets"):
        head = one()
        del head["w"][field]
        bad(f"format-no-{field}", head)
    bad("format-dtype-is-a-number", one(dtype=1))
    bad("unsupported-dtype", one(dtype="F8_E4M3"))
    bad("format-shape-is-a-number", one(shape=6))
    bad("format-shape-with-text", one(shape=["2", 3]))
    bad("format-shape-negative", one(shape=[-2, -3]))
    bad("format-shape-with-fraction", one(shape=[1.5, 4]))
    bad("format-shape-beyond-exact-numbers", one(shape=[1 << 60, 0], offsets=[0, 0]), b"")
    bad("format-shape-overflows", one(shape=[1 << 40, 1 << 40]))
    bad("format-shape-too-small", one(shape=[2, 2]))
    bad("unsupported-rank-7", one(shape=[1, 1, 1, 1, 1, 2, 3]))
    bad("format-offsets-of-one", one(offsets=[0]))
    bad("format-offsets-of-three", one(offsets=[0, 24, 24]))
    bad("format-offsets-reversed", one(offsets=[24, 0]))
    bad("format-offsets-beyond-the-file", one(shape=[100], offsets=[0, 400]))
    bad("format-offsets-huge", one(shape=[1 << 50], offsets=[0, 1 << 52]))
    bad("format-offsets-negative", one(offsets=[-24, 0]))
    bad("format-overlap", two((0, 16), (8, 24)))
    bad("format-gap", two((0, 8), (12, 24)))
    bad("format-gap-at-the-start", one(shape=[5], offsets=[4, 24]))
    bad("format-data-of-no-tensor", one(shape=[5], offsets=[0, 20]))
    bad("format-metadata-is-a-list", {"__metadata__": [], **one()})
    bad("format-metadata-with-a-number", {"__metadata__": {"n": 1}, **one()})
    bad("format-metadata-twice", b'{"__metadata__":{},"__metadata__":{}}', b"")
    bad("format-metadata-key-twice", b'{"__metadata__":{"a":"1","a":"2"}}', b"")
    bad("limit-nested", b'{"w":' + b"[" * 100 + b"]" * 100 + b"}")
    bad("limit-name-of-2000-bytes", {"w" * 2000: one()["w"]})


# ---- NumPy ----


def npy(text_="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", data=DATA, version=1,
        size=None, magic=b"\x93NUMPY"):
    raw = text_.encode("latin-1")
    size = len(raw) if size is None else size
    return magic + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", size) + raw + data


def numpy_files():
    def bad(name, *args, **changes):
        write("npz", name + ".npy", npy(*args, **changes))

    def array(descr="'<f4'", order="False", shape="(2, 3)"):
        return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"

    bad("ok-plain")
    bad("ok-other-order-and-quotes", '{"shape": (2L, 3L), "descr": "<f4", "fortran_order": True}')
    bad("format-header-longer-than-the-file", size=60000)
    bad("format-header-of-4-gib", version=2, size=0xFFFFFFFF)
    bad("unsupported-version", version=4)
    bad("format-version-cut", "", b"", magic=b"\x93NUMPY"[:6])
    bad("format-no-dictionary", "hello")
    bad("format-dictionary-open", array()[:-1])
    bad("format-something-after-the-dictionary", array() + "x")
    bad("format-unknown-key", "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}")
    bad("format-key-twice", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}")
    bad("format-key-missing", "{'descr': '<f4', 'shape': (6,)}")
    bad("format-descr-without-quotes", array("<f4"))
    bad("format-descr-open", "{'descr': '<f4")
    bad("unsupported-big-endian", array("'>f4'"))
    bad("unsupported-objects", array("'|O'"))
    bad("unsupported-records", array("[('a', '<f4')]"))
    bad("unsupported-complex", array("'<c8'"))
    bad("unsupported-text", array("'<U6'"))
    bad("format-order-is-a-number", array(order="0"))
    bad("format-shape-is-a-number", array(shape="6"))
    bad("format-shape-open", array(shape="(2, 3"))
    bad("format-shape-with-text", array(shape="('2', 3)"))
    bad("format-shape-negative", array(shape="(-2, -3)"))
    bad("format-shape-of-30-digits", array(shape="(" + "9" * 30 + ",)"))
    bad("format-shape-overflows", array(shape=f"({1 << 33}, {1 << 33})"))
    bad("format-shape-too-large", array(shape="(7,)"))
    bad("format-shape-too-small", array(shape="(5,)"))
    bad("unsupported-rank-7", array(shape="(1, 1, 1, 1, 1, 2, 3)"))

    def npz(name, *members):
        write("npz", name + ".npz", zip_bytes(members))

    npz("ok-plain", member("a.npy", npy()), member("b/c.npy", npy(), method=8))
    npz("ok-slashes-in-name", member("../../x.npy", npy()))
    npz("format-damaged-member", member("a.npy", npy()), member("b.npy", b"hello"))
    npz("format-empty-member", member("a.npy", npy()), member("b.npy", b""))
    npz("unsupported-other-member", member("a.npy", npy()), member("b.txt", b"hello"))
    npz("unsupported-name-of-suffix", member("a.npy", npy()), member(".npy", npy()))
    npz("format-names-no-utf8", member("a\xff.npy", npy()))


# ---- No container ----


def strangers():
    for name, data in (("empty", b""), ("png", b"\x89PNG\r\n\x1a\n"), ("html", b"<!DOCTYPE html>"),
                       ("lfs", b"version https://git-lfs.github.com/spec/v1\n"),
                       ("pickle", b"\x80\x04N."), ("text", b"hello world"), ("one-byte", b"P"),
                       ("zip-start", b"PK\3\4"), ("zeros", bytes(600)),
                       ("other-zip", zip_bytes([member("a.txt", b"hello")]))):
        write("stranger", f"format-{name}.pth", data)


def main():
    for old in OUT.glob("*/*.*"):
        if old.parent.name in ("zip", "pickle", "torch-sequential", "torch-tar", "safetensors",
                               "npz", "stranger"):
            old.unlink()
    zips()
    pickles()
    sequentials()
    tars()
    safetensors_files()
    numpy_files()
    strangers()
    files = list(OUT.glob("*/*"))
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files)} bytes in {OUT}")


if __name__ == "__main__":
    main()
