# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
cp "$PHOTOS/cat_chelsea.png" cat.png
with_model explain -l layer5.1 cat.png
with_model explain --salience-layer nothing cat.png
with_model explain --salience-layer 'layer4.*' cat.png 2>&1 | sed 's/means [0-9]* layers/means N layers/'
with_model tap -l conv2 -o taps cat.png
ls
