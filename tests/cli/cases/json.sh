# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
cp "$PHOTOS/cat_chelsea.png" cat.png
with_model predict --json --top 2 cat.png | steady
with_model explain --json -q --top 1 cat.png | steady
echo "the file: the same, and the settings"
steady <eigencam-out/cat.json | sed -E 's/"version": .*/"version": "VERSION",/; s/"isa": .*/"isa": "LEVEL",/
    s/"(converter|source_sha256|data_sha256)": .*/"\1": "...",/; s/"license": .*/"license": "...",/'
with_model tap -l fc -o taps --json cat.png | steady
"$EIGENCAM" layers -m "$MODEL" --json | steady | cut -c 1-200
"$EIGENCAM" info --kernels --json | cut -c 1-24
