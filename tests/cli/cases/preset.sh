# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# How photos are prepared: presets, fields over them, means from files.
photos() {
    "$EIGENCAM" convert "$MODEL" -q -o new.safetensors "$@" >/dev/null || echo "exit $?"
    "$EIGENCAM" info new.safetensors | grep -e '^photos' -e '^channels' -e '^mean' -e '^std' -e '^preset'
    rm -f new.safetensors
}
for preset in torchvision caffe-vgg caffe-bvlc caffe-densenet resnet-msra tf raw; do
    echo "-- $preset"
    photos --preset $preset
done
"$EIGENCAM" convert "$MODEL" -q -o first.safetensors --preset torchvision >/dev/null
"$EIGENCAM" convert first.safetensors -q -o same.safetensors --preset torchvision >/dev/null
cmp first.safetensors same.safetensors && echo "nothing changed: the same bytes"
"$EIGENCAM" info --json same.safetensors | grep -o '"preset":.*'
echo "-- fields over a preset"
photos --preset tf --crop 299
photos --preset caffe-bvlc --crop 227
photos --preset caffe-bvlc --resize 300 --crop 0 --rgb --mean 1,2,3 --std 4,5,6 --scale 0.5 --filter bicubic
photos --squash 256x256 --crop 224 --bgr --scale 1 --mean 104,117,123 --std 1,1,1
echo "-- means from files"
{
    printf '\010\001\020\003\030\001\040\002\052\030' # 1 x 3 x 1 x 2, 24 bytes
    printf '\000\000\200\077\000\000\100\100\000\000\040\101\000\000\240\101\000\000\200\277\000\000\200\077'
} >mean.binaryproto
try convert "$MODEL" -o mean.safetensors --mean mean.binaryproto --preset caffe-vgg
"$EIGENCAM" info mean.safetensors | grep -e '^mean' -e '^preset'
"$EIGENCAM" tap -q -m "$MODEL" -l input -o taps "$PHOTOS/cat_chelsea.png" >/dev/null
"$EIGENCAM" convert "$MODEL" -o mean.safetensors --mean taps/input.npy 2>&1 | steady
head -c 20 mean.binaryproto >cut.binaryproto
try convert "$MODEL" -o x.safetensors --mean cut.binaryproto
try convert "$MODEL" -o x.safetensors --mean missing.npy
try convert "$MODEL" -o x.safetensors --mean "$TESTS/cli/functions.sh" 2>&1 | sed "s|$TESTS|TESTS|"
try convert "$MODEL" -o x.safetensors --mean 1,2,x
try convert "$MODEL" -o x.safetensors --preset caffe
"$EIGENCAM" convert mean.safetensors -o x.safetensors --json --mean missing.npy
ls
echo "-- without a file of its own"
cp "$PHOTOS/cat_chelsea.png" cat.png
"$EIGENCAM" convert "$MODEL" -q -o vgg.safetensors --preset caffe-vgg >/dev/null
"$EIGENCAM" tap -q -m vgg.safetensors -l input -o converted cat.png
"$EIGENCAM" tap -q -m "$MODEL" -l input -o preset --preset caffe-vgg cat.png
cmp converted/input.npy preset/input.npy && echo "the same input"
"$EIGENCAM" predict -q -m vgg.safetensors --top 2 cat.png >by_file
"$EIGENCAM" predict -q -m "$MODEL" --preset caffe-vgg --top 2 cat.png >by_preset
cmp by_file by_preset && echo "the same classes"
"$EIGENCAM" explain -q -m "$MODEL" --preset caffe-vgg --json cat.png >/dev/null
grep -A 6 '"preprocess": {' eigencam-out/cat.json
