#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Adds seeds to tests/fuzz/corpus/pickle: the pickles inside the fixtures of weights
and inside the good files of tests/bad. The other targets start from those files
as they are (tests/fuzz/meson.build lists the folders). Run from the source's root."""
import hashlib
import pathlib
import zipfile

OUT = pathlib.Path("tests/fuzz/corpus/pickle")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    paths = sorted(pathlib.Path("tests/fixtures/weights").glob("*.pth"))
    paths += sorted(pathlib.Path("tests/bad/pickle").glob("*.pth"))
    for path in paths:
        if path.name.startswith(("tar-", "sequential-")) or not zipfile.is_zipfile(path):
            continue
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith("/data.pkl"):
                    data = archive.read(name)
                    (OUT / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


if __name__ == "__main__":
    main()
