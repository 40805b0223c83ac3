# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What enters the first layer can be given as it is.
cp "$PHOTOS/cat_chelsea.png" cat.png
with_model tap -l input,conv1 -o taps cat.png
with_model tap -l conv1 -o again taps/input.npy
cmp taps/conv1.npy again/conv1.npy && echo "the same"
with_model tap -l conv1 -o piped - <taps/input.npy
cmp taps/conv1.npy piped/conv1.npy && echo "the same"
with_model explain -q -o out --save overlay taps/input.npy | steady
with_model explain -q taps/conv1.npy
with_model predict -q --logits logits.npy --top 1 cat.png missing.png taps/input.npy | steady
head -c 128 logits.npy | tail -c 118 | tr -s ' '
