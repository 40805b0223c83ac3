# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# A converted file is a fixed point, and what it explains does not change.
cp "$PHOTOS/cat_chelsea.png" cat.png
"$EIGENCAM" convert "$MODEL" -o copy.safetensors | steady
cmp "$MODEL" copy.safetensors && echo "the same bytes"
try convert copy.safetensors -o copy.safetensors
try convert copy.safetensors -o ./../cwd/copy.safetensors
try convert missing.pth -o x.safetensors
try convert cat.png -o x.safetensors
printf 'n01440764 tench, Tinca tinca\ngoldfish' >names.txt
try convert copy.safetensors -o named.safetensors --labels names.txt
seq 111 | sed 's/^/name /' >names.txt
"$EIGENCAM" convert copy.safetensors -o named.safetensors --labels names.txt --resize 256 --crop 224 \
    --bgr --scale 1 --mean 104,117,123 --std 1,1,1 --filter bicubic --license "none at all"
echo "exit $?"
"$EIGENCAM" info named.safetensors --verify | grep -v -e sha256 -e converter -e '^model ' | steady
"$EIGENCAM" convert named.safetensors -o again.safetensors --json | steady
cmp named.safetensors again.safetensors && echo "the same bytes"
with_model tap -q -l layer4 -o a cat.png
"$EIGENCAM" tap -q -m copy.safetensors -l layer4 --threads 1 -o b cat.png
cmp a/layer4.npy b/layer4.npy && echo "the same tap"
head -c 100000 copy.safetensors >cut.safetensors
try info cut.safetensors
ls
