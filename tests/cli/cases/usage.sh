# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
try
try explian
try zzzzzz
try explain
try explain --colour jet x.png
try explain --zzzzzz x.png
try explain -x x.png
try explain --mode
try explain --mode other x.png
try explain --threshold 1.5 x.png
try explain --top 0 x.png
try explain --save overlay,film x.png
try explain --components 0 x.png
try explain --component 1 --components 2 x.png
try explain --top 3 --no-predict x.png
try explain --no-predict=yes x.png
try explain --limit help x.png
try explain --limit macs=many x.png
try explain --isa mmx x.png
try explain - -
try predict --logits
try predict
try layers extra
try layers --size 224
try tap x.png
try tap -l last x.png
try tap -l last -o taps
try tap -l last -o taps a.png b.png
try convert
try convert a.pth
try convert a.pth -o b.safetensors --mean 1,2
try convert a.pth -o b.safetensors --std 1,0,1
try convert a.pth -o b.safetensors --bgr --rgb
try convert a.pth -o b.safetensors --squash 2x2 --resize 3
try info a b
