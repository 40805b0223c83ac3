# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Where the output cannot go.
cp "$PHOTOS/cat_chelsea.png" cat.png
: >file
with_model explain -q -o file cat.png
with_model explain -q -o file/inner cat.png
with_model explain -q -o deep/er/folder --no-predict cat.png | steady
mkdir -p blocked/cat.overlay.png
with_model explain -q -o blocked cat.png
with_model predict -q --logits missing/x.npy --top 1 cat.png | steady
find . -name '*tmp*'
