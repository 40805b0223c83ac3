# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What is broken is named; the others are done.
cp "$PHOTOS/cat_chelsea.png" cat.png
cp "$PHOTOS/raccoon_face_512.jpg" raccoon.jpg
head -c 5000 cat.png >cut.png
echo "no picture" >text.jpg
mkdir empty
with_model explain -q cat.png missing.png cut.png text.jpg empty raccoon.jpg | steady
with_model predict --json --top 1 missing.png cat.png | steady
with_model predict -q --top 1 missing.png
ls eigencam-out
